"""`foley eval …`: evidence for what the agents and models are worth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from foleydesigner.cli_bench import finish, kept, seed_numbers, workplace


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
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="A FilmStereo dataset.",
)
@click.option(
    "--model", default="dit-nano", show_default=True, help="An engine that follows positions: its name or folder."
)
@click.option(
    "--concat",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=None,
    help="The same backbone told at its input (`train_injection --place input`), as a variant of its own.",
)
@click.option("--split", type=click.Choice(["train", "valid", "test"]), default="test", show_default=True)
@click.option("--signal", type=click.Choice(["direct", "wet"]), default="direct", show_default=True)
@click.option("--seeds", default="0,1,2", show_default=True, help="Noise that each clip is made from, comma-separated.")
@click.option("--limit", type=click.IntRange(0), default=0, help="So many clips at most; 0 = all.")
@click.option("--batch", type=click.IntRange(1), default=8, show_default=True, help="Clips made at once.")
@click.option("--steps", type=click.IntRange(1), default=None, help="Passes of the denoiser; as published.")
@click.option("--text-scale", type=float, default=None, help="Guidance by text; as published.")
@click.option("--position-scale", type=float, default=None, help="Guidance by position; as by text.")
@kept
def ablation(
    data: Path,
    model: str,
    concat: Path | None,
    split: Literal["train", "valid", "test"],
    signal: Literal["direct", "wet"],
    seeds: str,
    limit: int,
    batch: int,
    steps: int | None,
    text_scale: float | None,
    position_scale: float | None,
    out: Path,
    work: Path | None,
) -> None:
    """With cues, without, and cues at the input: what a diffusion model makes of them, on held-out clips."""
    from foleydesigner.evals.ablation import positions as part
    from foleydesigner.generator.learned import EngineOptions, check, load_model

    options = EngineOptions(steps=steps, text_scale=text_scale, position_scale=position_scale)
    named = [(part.WITH, model, True), (part.WITHOUT, model, False)]
    named += [(part.CONCAT, str(concat.resolve()), True)] if concat else []
    for _, source, _ in named:
        check(source)
    variants = [
        part.Variant(name=name, load=lambda source=source: load_model(source, options), told=told)  # type: ignore[misc]
        for name, source, told in named
    ]
    plan = part.Plan(data=data, split=split, signal=signal, seeds=seed_numbers(seeds), limit=limit, batch=batch)
    with workplace(work) as folder:
        finish(part.run(folder, variants, plan, command=" ".join(["foley", *sys.argv[1:]]), tell=click.echo), out)


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
