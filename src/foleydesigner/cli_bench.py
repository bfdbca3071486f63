"""`foley bench …`: the documented benchmark. Each command runs `evals.bench.<part>.run` and keeps its record."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from foleydesigner.evals.bench.record import BenchRecord

MISSED_EXIT_CODE = 1
"""A check of the benchmark does not hold."""


@click.group()
def bench() -> None:
    """Measure the system against scenes of known truth, real clips, what it costs and what goes wrong."""


def kept(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every part: where its record goes, and where it works."""
    options = [
        click.option("--out", type=click.Path(path_type=Path), required=True, help="The record, JSON."),
        click.option(
            "--work", type=click.Path(path_type=Path), default=None, help="Keep jobs and films in this folder."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def finish(record: BenchRecord, out: Path) -> None:
    """Keep the record, show its checks; a missed check ends the command with 1."""
    from foleydesigner.evals.bench.record import summary, write_record

    write_record(out, record)
    click.echo(summary(record))
    click.echo(f"kept: {out}")
    if not record.held:
        sys.exit(MISSED_EXIT_CODE)
