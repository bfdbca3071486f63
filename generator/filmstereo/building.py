"""Building a dataset: shards that are missing are made, here or on many machines, and appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from pydantic import ValidationError

from foleydesigner.errors import DatasetError
from foleydesigner.files import write_bytes, write_json
from foleydesigner.generator.filmstereo.dealing import Deal, deal
from foleydesigner.generator.filmstereo.making import Caption, facts_of_deal, make_shard
from foleydesigner.generator.filmstereo.recipe import Recipe
from foleydesigner.generator.filmstereo.recordings import MANIFEST, RECORDINGS, RecordingStore
from foleydesigner.generator.filmstereo.shards import shard_name
from foleydesigner.model import Model
from foleydesigner.tools.place_words import ClipFacts

RECIPE, LOG = "dataset.json", "build.jsonl"
Runner = Literal["local", "ray"]
CaptionWriter = Callable[[ClipFacts], Caption]
"""Gives a caption and who wrote it; what it cannot write it takes from the template itself."""


class Built(Model):
    """What a dataset is, beside its shards: a folder that holds another one is not built into."""

    recipe: Recipe
    recordings_sha256: str
    """Of the manifest of the recordings."""


class ShardLog(Model):
    """What a shard took."""

    shard: int
    clips: int
    audio_s: float
    core_s: float
    """Of one core, making it."""
    wall_s: float
    """Since the build, or its resumption, began."""


@dataclass(frozen=True, slots=True)
class Job:
    """One shard to be made; calling it gives its number, its bytes and the seconds that it took."""

    index: int
    make: Callable[[], bytes]

    def __call__(self) -> tuple[int, bytes, float]:
        """Made here and now."""
        began_s = time.process_time()
        made = self.make()
        return self.index, made, time.process_time() - began_s


class Pool(Protocol):
    """Where jobs run; results come as they are ready."""

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[int, bytes, float]]:
        """All of them, in any order."""
        ...


def build(
    recipe: Recipe,
    out: Path,
    pool: Pool,
    *,
    writer: CaptionWriter | None = None,
    tell: Callable[[str], None] = print,
) -> tuple[ShardLog, ...]:
    """Make what is missing of a dataset in `out`, from the cleaned recordings in `out/recordings`.

    Returns:
        what each shard took, all that were ever made for this dataset.

    Raises:
        DatasetError: there are no recordings, or `out` holds a dataset that was asked for otherwise.
    """
    store = RecordingStore(out / RECORDINGS)
    _settle(recipe, store, out)
    deals = deal(recipe, store.recordings)
    missing = [k for k in range(recipe.shards) if not (out / shard_name(k)).is_file()]
    if len(missing) < recipe.shards:
        tell(f"{recipe.shards - len(missing)} of {recipe.shards} shards are there")
    began_s = time.monotonic()
    jobs = (Job(k, _maker(recipe, store, _of_shard(recipe, deals, k), writer)) for k in missing)
    for done, (index, data, core_s) in enumerate(pool.run(jobs), start=1):
        write_bytes(out / shard_name(index), data)
        clips = len(_of_shard(recipe, deals, index))
        wall_s = time.monotonic() - began_s
        _log(
            out,
            ShardLog(
                shard=index,
                clips=clips,
                audio_s=clips * recipe.duration_s,
                core_s=round(core_s, 3),
                wall_s=round(wall_s, 3),
            ),
        )
        left_s = wall_s / done * (len(missing) - done)
        tell(f"{shard_name(index)}: {clips} clips; {done} of {len(missing)}, {left_s:.0f} s to go")
    return read_log(out)


def _of_shard(recipe: Recipe, deals: Sequence[Deal], index: int) -> Sequence[Deal]:
    return deals[index * recipe.shard_clips : (index + 1) * recipe.shard_clips]


def _maker(
    recipe: Recipe, store: RecordingStore, deals: Sequence[Deal], writer: CaptionWriter | None
) -> Callable[[], bytes]:
    """A shard's work with all that it needs inside, so that it may be done where our files are not.

    Captions are written here: a server of models is asked from one place.
    """
    needed = {d.recording.id for d in deals}
    try:
        sounds = {name: store.audio_path(name).read_bytes() for name in sorted(needed)}
    except OSError as error:
        raise DatasetError(
            f"a recording is missing ({error})", "all that the manifest names", "collect them again"
        ) from error
    written = {d.index: writer(facts_of_deal(recipe, d)) for d in deals} if writer else {}
    return partial(make_shard, recipe, tuple(deals), sounds, written)


def _settle(recipe: Recipe, store: RecordingStore, out: Path) -> None:
    """Keep what is asked for, or check that it is what was asked for before."""
    digest = hashlib.sha256((store.folder / MANIFEST).read_bytes()).hexdigest()
    wanted = Built(recipe=recipe, recordings_sha256=digest)
    path = out / RECIPE
    if not path.is_file():
        write_json(path, wanted)
        return
    found = read_built(out)
    if found != wanted:
        changed = [k for k, v in wanted.recipe.model_dump().items() if found.recipe.model_dump()[k] != v]
        raise DatasetError(
            f"{out} holds another dataset (differs in {', '.join(changed) or 'its recordings'})",
            "an empty folder, or the same request",
            "pass another --out",
        )


def read_built(folder: Path) -> Built:
    """What a dataset was asked to be.

    Raises:
        DatasetError: the folder does not say.
    """
    try:
        return Built.model_validate_json((folder / RECIPE).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise DatasetError(f"{folder / RECIPE} cannot be read ({error})", "a dataset", "check the folder") from error


def _log(out: Path, entry: ShardLog) -> None:
    with (out / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry.model_dump()) + "\n")


def read_log(folder: Path) -> tuple[ShardLog, ...]:
    """What each shard took; a line that a crash cut short is left out."""
    found = []
    try:
        lines = (folder / LOG).read_text("utf-8").splitlines()
    except OSError:
        return ()
    for line in lines:
        try:
            found.append(ShardLog.model_validate_json(line))
        except ValidationError:
            continue
    return tuple(found)
