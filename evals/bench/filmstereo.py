"""`foley bench filmstereo`: does a dataset say the truth about itself, is its mix as asked, what did it take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.metrics import itd
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.frames import frame_centres_s
from foleydesigner.evals.metrics.onset_f1 import Agreement, agreement
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Signal
from foleydesigner.generator.filmstereo.building import ShardLog, read_built, read_log
from foleydesigner.generator.filmstereo.recordings import RECORDINGS, RecordingStore
from foleydesigner.generator.filmstereo.shards import Clip, FilmStereo, read_shard
from foleydesigner.generator.filmstereo.statistics import statistics_of

LEAST_CLIPS, MOST_ITD_US, LEAST_ONSET_F1, MOST_POINTS = 2000, 30.0, 0.95, 2.0
ONSET_TOLERANCE_S = 0.010
_PAPER_CLIPS, _CLIP_S = 14_784, 10.0


def run(folder: Path, limit: int | None = None, tell: Callable[[str], None] = print) -> BenchRecord:
    """Hold a dataset against its own annotation.

    `limit` measures the delays of that many clips only, in whole shards evenly chosen.
    """
    began_s = time.monotonic()
    dataset, built = FilmStereo(folder), read_built(folder)
    annotations = list(dataset.annotations())
    found = statistics_of(annotations)
    shards = -(-limit // built.recipe.shard_clips) if limit else len(dataset.shards)
    measured = dataset.shards[:: max(1, len(dataset.shards) // shards)][:shards]
    direct, wet = _delays((clip for path in measured for clip in read_shard(path, ("direct", "wet"))), tell)
    placed = _placed(annotations)
    mix_off = max(
        abs(found.share("motions", "linear") - 100.0 * built.recipe.moving),
        *(abs(found.share("sizes", size) - 100.0 * share) for size, share in built.recipe.sizes.items()),
    )
    f1 = 2.0 * placed.matched / max(placed.found + placed.wanted, 1)
    return BenchRecord(
        part="filmstereo",
        command=f"foley bench filmstereo --data DIR{f' --limit {limit}' if limit else ''} --out filmstereo.json",
        checks=(
            Check(name="clips", value=found.clips, limit=LEAST_CLIPS, sense="at least"),
            Check(
                name="itd_mae_us of the direct path, mean over clips",
                value=round(float(np.mean(direct)), 2),
                limit=MOST_ITD_US,
                sense="at most",
                unit="us",
                note=f"worst clip {max(direct):.1f}; in the room {np.mean(wet):.0f}, median {np.median(wet):.0f}",
            ),
            Check(
                name="onset_f1 of single hits against where they were placed, 10 ms",
                value=round(f1, 4),
                limit=LEAST_ONSET_F1,
                sense="at least",
                note=f"{placed.matched} matched, {placed.found} annotated, {placed.wanted} placed",
            ),
            Check(
                name="mix asked for, largest difference",
                value=round(mix_off, 2),
                limit=MOST_POINTS,
                sense="at most",
                unit="points",
            ),
        ),
        figures={"space": _space_figures(annotations, direct, wet)},
        details={
            "recipe": built.recipe.model_dump(mode="json"),
            "statistics": found.model_dump(),
            "recordings": _recordings(folder),
            "throughput": throughput(read_log(folder)),
        },
        wall_s=round(time.monotonic() - began_s, 1),
    )


def _delays(clips: Iterator[Clip], tell: Callable[[str], None]) -> tuple[list[float], list[float]]:
    """`itd_mae_us` of the direct and the wet signal of each measured clip."""
    found: dict[Signal, list[float]] = {"direct": [], "wet": []}
    for index, clip in enumerate(clips):
        a = clip.annotation
        wanted = a.delay_s(frame_centres_s(clip.audio["wet"].shape[1], a.sample_rate_hz))
        for signal, values in found.items():
            value, _ = itd.itd_mae_us(clip.audio[signal], wanted, a.sample_rate_hz)
            if value is not None:
                values.append(value)
        if index % 20 == 0:
            tell(f"{index} clips")
    return found["direct"], found["wet"]


def _space_figures(annotations: list[ClipAnnotation], direct: list[float], wet: list[float]) -> tuple[Figure, ...]:
    centred = [
        float(np.mean(np.abs(a.delay_s((np.arange(len(a.azimuth_deg)) + 0.5) / a.frame_rate)))) for a in annotations
    ]
    floor = round(1e6 * float(np.mean(centred)), 1)
    return (
        Figure(
            metric=itd.METRIC, value=round(float(np.mean(direct)), 2), unit="us", floor=floor, floor_is="centred mono",
            ceiling=0.0, ceiling_is="the geometry", count=len(direct), note="direct path",
        ),
        Figure(
            metric=itd.METRIC, value=round(float(np.mean(wet)), 1), unit="us", floor=floor, floor_is="centred mono",
            ceiling=round(float(np.mean(direct)), 2), ceiling_is="direct path", count=len(wet), note="room and reverb",
        ),
    )  # fmt: skip


def _placed(annotations: list[ClipAnnotation]) -> Agreement:
    """Onsets that were annotated against those that were placed, over clips of single hits."""
    total = Agreement(matched=0, found=0, wanted=0)
    for a in annotations:
        if a.placed_onsets_ms:
            found, wanted = np.array(a.onsets_ms) * 1e-3, np.array(a.placed_onsets_ms) * 1e-3
            total += agreement(found, wanted, ONSET_TOLERANCE_S)
    return total


def _recordings(folder: Path) -> dict[str, Any]:
    store = RecordingStore(folder / RECORDINGS)
    return {"kept": len(store), "dropped": dict(sorted(store.dropped().items()))}


def throughput(log: tuple[ShardLog, ...]) -> dict[str, float]:
    """Hours of audio an hour of one core, and what 14,784 clips of 10 s would take one core at that slope.

    `spread_of_shards` says how alike the shards are in it: the slope holds for more of them as far as it is small.
    """
    if not log:
        return {}
    audio_s = np.array([entry.audio_s for entry in log])
    core_s = np.array([entry.core_s for entry in log])
    per_s = float(core_s.sum() / audio_s.sum())
    wanted_s = _PAPER_CLIPS * _CLIP_S
    return {
        "audio_h": round(float(audio_s.sum()) / 3600.0, 3),
        "core_h": round(float(core_s.sum()) / 3600.0, 3),
        "audio_h_per_core_h": round(1.0 / per_s, 1),
        "paper_clips_core_h": round(wanted_s * per_s / 3600.0, 2),
        "paper_clips_hours_on_two_cores": round(0.5 * wanted_s * per_s / 3600.0, 2),
        "spread_of_shards": round(float(np.std(core_s / audio_s) / per_s), 3),
    }
