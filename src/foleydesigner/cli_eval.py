"""`foley eval …`: evidence for what the agents and models are worth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from foleydesigner.cli_bench import finish, kept, workplace


@click.group(name="eval")
def evaluate() -> None:
    """Compare ways of working on scenes of known truth."""


@evaluate.command()
@click.option("--scenes", type=click.IntRange(1), default=24, show_default=True, help="How many complex scenes.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="Of the first scene.")
@kept
def agents(scenes: int, seed: int, out: Path, work: Path | None) -> None:
    """One pass without agents against the full graph, on complex scenes (table 5 of the paper)."""
    from foleydesigner.evals.ablation import agents as part

    with workplace(work) as folder:
        finish(part.run(folder, range(seed, seed + scenes), click.echo), out)


@evaluate.command()
@click.argument("made", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--reference",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The FilmStereo dataset that DIR was made for.",
)
@click.option("--split", type=click.Choice(["train", "valid", "test"]), default="test", show_default=True)
@click.option(
    "--signal",
    "signals",
    multiple=True,
    type=click.Choice(["direct", "wet"]),
    help="Compare this signal; may be given again. All that both datasets hold; files stand for wet.",
)
@click.option("--only", default="", help="Some metrics, as in gcc_bewo,iou.")
@click.option("--limit", type=click.IntRange(0), default=0, help="So many clips at most.")
@click.option("--exact", is_flag=True, help="All 513 windows of each frame of gcc_bewo, not 17: about 30 times slower.")
@click.option(
    "--stereocrw", type=click.Path(path_type=Path), default=None, help="A StereoCRW checkpoint, for crw, fsad too."
)
@click.option("--clap", default="", help="A CLAP checkpoint's folder or hub name, for fad as well.")
@click.option("--vggish", type=click.Path(path_type=Path), default=None, help="VGGish weights, for fad as well.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("metrics.json"), show_default=True)
def metrics(
    made: Path,
    reference: Path,
    split: Literal["train", "valid", "test"],
    signals: tuple[Literal["direct", "wet"], ...],
    only: str,
    limit: int,
    exact: bool,
    stereocrw: Path | None,
    clap: str,
    vggish: Path | None,
    out: Path,
) -> None:
    """Hold made clips against the FilmStereo clips they were made for.

    DIR is a dataset with the same clip names, or a folder of clip_000123.wav or .flac. Every figure stands with its
    floor, its ceiling and a 95 % interval over clips; metrics whose judges are not at hand are skipped, each with a
    line.
    """
    from foleydesigner.evals.bench.record import write_record
    from foleydesigner.evals.comparison.pairs import Comparison
    from foleydesigner.evals.comparison.run import Judges, run, table

    record = run(
        Comparison(made, reference, split, limit),
        signals,
        tuple(name.strip() for name in only.split(",") if name.strip()),
        Judges(exact=exact, stereocrw=stereocrw, clap=clap, vggish=vggish),
        " ".join(["foley", *sys.argv[1:]]),
        click.echo,
    )
    for line in table(record):
        click.echo(line)
    write_record(out, record)
    click.echo(f"kept: {out}")


@evaluate.command()
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True, help="A FilmStereo dataset."
)
@click.option(
    "--codec",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=None,
    help="A folder with codec.json and codec.safetensors; ours if not given.",
)
@click.option("--split", type=click.Choice(["train", "valid", "test"]), default="test", show_default=True)
@click.option("--limit", type=click.IntRange(0), default=0, help="So many clips at most.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The record, JSON.")
def codec(data: Path, folder: Path | None, split: Literal["train", "valid", "test"], limit: int, out: Path) -> None:
    """What is left of held-out sounds after nano's autoencoder: their delays, and what a tagger calls them."""
    from foleydesigner.evals.bench import codec as part
    from foleydesigner.generator.nano.files import SHIPPED

    finish(part.run(data, folder or SHIPPED, split, limit, click.echo), out)
