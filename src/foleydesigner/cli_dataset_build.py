"""`foley dataset build|inspect|stats|export|import`: clips of FilmStereo out of cleaned recordings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from foleydesigner.cli_dataset import collect_into, dataset

if TYPE_CHECKING:
    from foleydesigner.generator.filmstereo.annotation import ClipAnnotation
    from foleydesigner.generator.filmstereo.recipe import Recipe

__all__ = ["dataset"]

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


def recipe_options(command: Any) -> Any:
    """What a dataset is asked to be."""
    options = [
        click.option("--clips", type=click.IntRange(1), default=2000, show_default=True, help="How many."),
        click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True),
        click.option("--seconds", type=click.FloatRange(2.0, 60.0), default=10.0, show_default=True, help="Of a clip."),
        click.option("--rate", "sample_rate_hz", type=int, default=48_000, show_default=True, help="Hz."),
        click.option("--fps", type=click.IntRange(1, 120), default=25, show_default=True, help="Of the trajectories."),
        click.option("--moving", type=click.FloatRange(0.0, 1.0), default=0.64, show_default=True, help="Share."),
        click.option(
            "--sizes", default="small=20,medium=20,large=40,very_large=20", show_default=True, help="Percent."
        ),
        click.option("--reverbs", default="hall=25,room=25,chamber=25,plate=25", show_default=True, help="Percent."),
        click.option(
            "--azimuths",
            type=click.Choice(["paper", "continuous", "both"]),
            default="both",
            show_default=True,
            help="The paper's five, any between -45 and 45 degrees, or half and half.",
        ),
        click.option("--signals", default="wet,direct,dry", show_default=True, help="What is kept of a clip."),
        click.option("--shard-clips", type=click.IntRange(1, 10_000), default=50, show_default=True),
        click.option(
            "--rooms", type=click.Choice(["pyroomacoustics", "gpurir"]), default="pyroomacoustics", show_default=True
        ),
        click.option(
            "--vst3", default="", metavar="PATH", help="A reverb of your own, with .vstpreset files beside it."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def recipe_of(options: dict[str, Any]) -> Recipe:
    """The recipe that the options ask for.

    Raises:
        click.BadParameter: a list cannot be read, or a value is out of range.
    """
    from pydantic import ValidationError

    from foleydesigner.generator.filmstereo.recipe import Recipe

    try:
        return Recipe.model_validate(
            {
                "clips": options["clips"],
                "seed": options["seed"],
                "duration_s": options["seconds"],
                "sample_rate_hz": options["sample_rate_hz"],
                "frame_rate": options["fps"],
                "moving": options["moving"],
                "sizes": _percent(options["sizes"]),
                "reverbs": _percent(options["reverbs"]),
                "azimuths": options["azimuths"],
                "signals": tuple(part.strip() for part in options["signals"].split(",") if part.strip()),
                "shard_clips": options["shard_clips"],
                "rooms": options["rooms"],
                "vst3": options["vst3"],
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise click.BadParameter(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error


def _percent(text: str) -> dict[str, float]:
    try:
        pairs = [part.split("=", 1) for part in text.split(",") if part.strip()]
        shares = {name.strip(): 0.01 * float(value) for name, value in pairs}
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no list like small=20,large=80.") from error
    return shares


@dataset.command()
@click.option("--source", "sources", multiple=True, help="Collect these first: see `foley dataset collect --help`.")
@click.option("--licences", default="", help="Only these, with --source: cc0,cc-by,…; empty = every free one.")
@click.option("--judge", default="auto", show_default=True, help="With --source: clap:PATH, yamnet, none or auto.")
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), default=None, help="For what is fetched.")
@recipe_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the dataset.")
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="Processes; as many as cores if not given.")
@click.option("--on", "runner", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--address", default="", help="Of a Ray cluster; empty = one that is started here.")
@click.option("--captions", type=click.Choice(["template", "served"]), default="template", show_default=True)
def build(
    sources: tuple[str, ...],
    licences: str,
    judge: str,
    cache: Path | None,
    out: Path,
    workers: int | None,
    runner: str,
    address: str,
    captions: str,
    **options: Any,
) -> None:
    """Make a dataset, or what is missing of it: clips with known place and time, in WebDataset shards."""
    from foleydesigner.generator.filmstereo import building
    from foleydesigner.generator.filmstereo.pools import pool_of
    from foleydesigner.generator.filmstereo.recordings import MANIFEST, RECORDINGS

    recipe = recipe_of(options)
    if sources and not (out / RECORDINGS / MANIFEST).is_file():
        collect_into(
            out,
            sources,
            licences=licences or None,
            judge=judge,
            cache=cache,
            sample_rate_hz=recipe.sample_rate_hz,
            workers=workers or os.cpu_count() or 1,
        )
    pool = pool_of("ray" if runner == "ray" else "local", workers or os.cpu_count() or 1, address)
    with _caption_writer(captions, out) as writer:
        log = building.build(recipe, out, pool, writer=writer, tell=click.echo)
    _keep_statistics(out)
    core_s, audio_s = sum(entry.core_s for entry in log), sum(entry.audio_s for entry in log)
    click.echo(f"{out}: {audio_s / 3600.0:.2f} h of audio in {core_s / 3600.0:.2f} core hours")


@contextlib.contextmanager
def _caption_writer(captions: str, out: Path) -> Iterator[Any]:
    """The served one, or None for the template."""
    if captions != "served":
        yield None
        return
    from foleydesigner.cli_dataset_captions import served_writer

    with served_writer(out / "captions") as writer:
        yield writer


@dataset.command()
@click.argument("folder", type=_FOLDER)
def stats(folder: Path) -> None:
    """Count what a dataset holds; writes statistics.json and statistics.png into it."""
    for line in _keep_statistics(folder):
        click.echo(line)


def _keep_statistics(folder: Path) -> list[str]:
    from foleydesigner.files import write_json
    from foleydesigner.generator.filmstereo import statistics
    from foleydesigner.generator.filmstereo.shards import FilmStereo

    annotations = list(FilmStereo(folder).annotations())
    found = statistics.statistics_of(annotations)
    write_json(folder / "statistics.json", found.model_dump())
    statistics.draw(annotations, folder / "statistics.png")
    return statistics.lines(found)


@dataset.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--clip", "clip_id", default="", help="Of this clip: all that is known; without, the first ten in a line each."
)
@click.option("--audio", type=click.Path(path_type=Path), default=None, help="With --clip: put its signals here, WAV.")
def inspect(folder: Path, clip_id: str, audio: Path | None) -> None:
    """Look into a dataset."""
    from foleydesigner.errors import DatasetError
    from foleydesigner.generator.filmstereo.shards import FilmStereo
    from foleydesigner.tools.audio_file import write_wav

    dataset = FilmStereo(folder)
    if not clip_id:
        for index, annotation in enumerate(dataset.annotations()):
            if index == 10:
                break
            click.echo(_in_a_line(annotation))
        return
    for clip in dataset.clips(signals=("wet", "direct", "dry") if audio else ()):
        if clip.annotation.id == clip_id:
            click.echo(clip.annotation.model_dump_json(indent=2))
            for signal, sound in clip.audio.items():
                if audio is not None:
                    audio.mkdir(parents=True, exist_ok=True)
                    click.echo(write_wav(audio / f"{clip_id}.{signal}.wav", sound, clip.annotation.sample_rate_hz))
            return
    raise DatasetError(
        f"no clip is called {clip_id!r}", "clip_000000 or a later one", f"foley dataset inspect {folder}"
    )


def _in_a_line(a: ClipAnnotation) -> str:
    way = f"{a.azimuth_deg[0]:.0f}° {a.depth_m[0]:.1f} m"
    if a.motion == "linear":
        way += f" → {a.azimuth_deg[-1]:.0f}° {a.depth_m[-1]:.1f} m"
    return f"{a.id} {a.split:5} {a.recording.family:11} {way:32} {len(a.onsets_ms):3} onsets  {a.caption}"


@dataset.command()
@click.argument("folder", type=_FOLDER)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--split", type=click.Choice(["train", "valid", "test"]), default=None)
def export(folder: Path, out: Path, split: Literal["train", "valid", "test"] | None) -> None:
    """Write clips in the layout that the paper's authors published: WAV files and filmstereo.json."""
    from foleydesigner.generator.filmstereo import public_layout
    from foleydesigner.generator.filmstereo.shards import FilmStereo

    count = public_layout.export(FilmStereo(folder).clips(split), out)
    click.echo(f"{out}: {count} clips")


@dataset.command(name="import")
@click.argument("listing", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--root", type=_FOLDER, required=True, help="Where the files of the list are.")
@click.option("--licence", required=True, help="Of the files: nothing is taken in without one.")
@click.option("--author", required=True, help="Of the files.")
@click.option("--out", type=click.Path(path_type=Path), required=True)
def import_public(listing: Path, root: Path, licence: str, author: str, out: Path) -> None:
    """Take in clips in the layout that the paper's authors published, as one shard each fifty."""
    from foleydesigner.generator.filmstereo.public_layout import import_shards

    count, left_out = import_shards(listing, root, out, licence=licence, author=author)
    click.echo(f"{out}: {count} clips; {left_out} whose prompt names no family left out")
