"""`foley trace JOB`: what ran when, as a tree; and to MLflow."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--send", is_flag=True, help="Send it to MLflow as well: what has not been sent yet.")
@click.option(
    "--uri", default=None, help="Tracking server or store (default: the settings', else a local SQLite file)."
)
def trace(folder: Path, send: bool, uri: str | None) -> None:
    """Print what ran in a job: runs, nodes, questions to models with tokens and findings."""
    from foleydesigner.graph.trace_tree import in_words, runs_of
    from foleydesigner.job import JobFolder

    job = JobFolder(folder)
    job.read_record()
    for line in in_words(runs_of(job)):
        click.echo(line)
    if send:
        from foleydesigner.config import Settings
        from foleydesigner.graph.trace_mlflow import default_uri
        from foleydesigner.graph.trace_mlflow import send as send_trace

        target = uri or Settings().tracking_uri or default_uri()
        run_id, count = send_trace(job, target)
        click.echo(f"sent {count} traces to {target}, run {run_id}")
