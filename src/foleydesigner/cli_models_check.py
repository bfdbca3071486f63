"""`foley models check`: one real request to every model server that the settings name."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

FAILED_EXIT_CODE = 1


@click.command()
def check() -> None:
    """Ask each model server something, and say what works, how fast, and what a missing one costs a job."""
    from foleydesigner.agents.served.check import check_all, in_words
    from foleydesigner.agents.served.desk import Desk
    from foleydesigner.cli import make_settings
    from foleydesigner.job import JobFolder

    with tempfile.TemporaryDirectory(prefix="foley-check-") as folder:
        desk = Desk(JobFolder(Path(folder)), make_settings())
        try:
            reports = check_all(desk)
        finally:
            desk.close()
    for report in reports:
        click.echo(in_words(report))
    if any(report.model and not report.works for report in reports):
        sys.exit(FAILED_EXIT_CODE)
