"""`foley dataset`: FilmStereo, a dataset of single sounds in rooms, built on this machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from foleydesigner.generator.filmstereo.judging import Judge
    from foleydesigner.generator.filmstereo.recordings import RecordingStore


@click.group()
def dataset() -> None:
    """Build FilmStereo: single sounds in rooms, with where and when they are known exactly."""


@dataset.command()
@click.option(
    "--source",
    "sources",
    multiple=True,
    required=True,
    metavar="KIND:PLACE",
    help="debian:PACKAGE, folder:DIR, csv:FILE, esc50:DIR, fsd50k:DIR, audiocaps:DIR or procedural[:FAMILIES]; "
    "may be given again.",
)
@click.option("--licences", default=None, help="Allowed, as in cc0,cc-by (default: all that are free to pass on).")
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="The dataset's.")
@click.option(
    "--judge",
    default="auto",
    show_default=True,
    metavar="clap:PATH|yamnet|none",
    help="What says whether a sound is what its title says; auto: CLAP (FOLEY_CLAP), else YAMNet, else nothing.",
)
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), default=None, help="For what is fetched.")
@click.option("--rate", "sample_rate_hz", type=click.IntRange(16_000, 96_000), default=48_000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="No effect on the result.")
def collect(
    sources: tuple[str, ...],
    licences: str | None,
    folder: Path,
    judge: str,
    cache: Path | None,
    sample_rate_hz: int,
    workers: int,
) -> None:
    """Collect recordings from SOURCES and clean them into OUT/recordings; a run that was stopped goes on."""
    collect_into(
        folder,
        sources,
        licences=licences,
        judge=judge,
        cache=cache,
        sample_rate_hz=sample_rate_hz,
        workers=workers,
    )


def collect_into(
    folder: Path,
    sources: tuple[str, ...],
    *,
    licences: str | None,
    judge: str,
    cache: Path | None,
    sample_rate_hz: int,
    workers: int,
) -> None:
    """What `foley dataset collect` does; the options are its own."""
    from foleydesigner.generator.filmstereo.cleaning import clean
    from foleydesigner.generator.filmstereo.licences import parse_allowed, usual_licences
    from foleydesigner.generator.filmstereo.recordings import RECORDINGS
    from foleydesigner.generator.filmstereo.sources import parse_source

    try:
        store = clean(
            [parse_source(source) for source in sources],
            folder / RECORDINGS,
            licences=parse_allowed(licences) if licences else usual_licences(),
            sample_rate_hz=sample_rate_hz,
            cache=cache or folder / "cache",
            judge=_judge(judge),
            workers=workers,
            tell=click.echo,
        )
    except KeyboardInterrupt:
        click.echo("what was cleaned is kept: the same command goes on from there", err=True)
        raise
    _summary(store)


def _judge(text: str) -> Judge | None:
    """The judge that is asked for, or the best that is at hand; says which, and why no better one.

    Raises:
        MissingExtraError: the one that is asked for is not installed.
        CheckpointError: it has no weights.
    """
    import os

    from foleydesigner.errors import CheckpointError, ConfigurationError, MissingExtraError
    from foleydesigner.evals.judges.tagger_check import TaggerCheck
    from foleydesigner.generator.filmstereo.similarity import ClapJudge

    kind, _, place = text.partition(":")
    if kind not in ("clap", "yamnet", "none", "auto") or (kind == "clap" and not place):
        raise ConfigurationError(f"--judge is {text!r}", "clap:PATH, yamnet, none or auto", "correct it")
    found: Judge | None = None
    if kind == "clap":
        found = ClapJudge(place)
    elif kind == "yamnet":
        found = TaggerCheck()
    elif kind == "auto":
        place = os.environ.get("FOLEY_CLAP", "")
        try:
            if place:
                found = ClapJudge(place)
            else:
                click.echo("no CLAP weights: FOLEY_CLAP names none")
                found = TaggerCheck()
        except (MissingExtraError, CheckpointError) as error:
            click.echo(f"no {'CLAP weights' if place else 'tagger'}: {error}")
    click.echo(
        f"text/audio check: {found.name}, {found.least:g} at least"
        if found
        else "text/audio check: none, nobody is asked"
    )
    return found


def _summary(store: RecordingStore) -> None:
    """Kept by category and family, left out by reason."""
    from foleydesigner.script import CATEGORY_OF

    kept = Counter(recording.family for recording in store)
    for category in dict.fromkeys(CATEGORY_OF.values()):
        families = {family: kept[family] for family, of in CATEGORY_OF.items() if of == category}
        told = ", ".join(f"{family} {count}" for family, count in families.items())
        click.echo(f"{category:32} {sum(families.values()):6}   {told}")
    generated = sum(recording.licence == "generated" for recording in store)
    click.echo(f"{'kept':32} {len(store):6}   {generated} of them made by the procedural engine")
    dropped = store.dropped()
    told = ", ".join(f"{reason} {count}" for reason, count in dropped.most_common())
    click.echo(f"{'left out':32} {dropped.total():6}   {told}")
    click.echo(f"papers: {store.folder / 'manifest.csv'}; left out, by name: {store.folder / 'dropped.jsonl'}")
