"""`foley bench clips`: onsets of finished mixes against the sound that real clips came with.

The product reads the picture of a clip and never its sound, so the clips are designed as they are. Each job runs as a
process of its own, as a user would start it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ClipError, JobError
from foleydesigner.evals.bench.clip_sound import films_in, screenplay_beside, sound_of
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.metrics import onset_f1, onset_offset
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.files import file_sha256, write_json
from foleydesigner.job import JobFolder
from foleydesigner.model import Model
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import FoleyScript
from foleydesigner.tools.audio_file import read_wav
from foleydesigner.tools.audio_onsets import audio_onsets

TOLERANCES_S = (0.1, 0.05)


class Heard(Model):
    """One clip: onsets of its own sound and of the mix that was made for it."""

    clip: str
    screenplay: bool
    asks_for_hits: bool
    """The screenplay asks for separate hits, or there is none; else the clip is one long sound (a passing train)."""
    length_s: float
    rate_hz: float
    """Of the picture, frames per second."""
    events: int
    wall_s: float
    """Of the whole command, imports and all."""
    cpu_s: float
    """Processor time of the same, all threads."""
    wanted_s: tuple[float, ...]
    found_s: tuple[float, ...]

    @property
    def onsets(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Found and wanted times, ascending, seconds."""
        return np.array(self.found_s, dtype=np.float64), np.array(self.wanted_s, dtype=np.float64)


def run(work: Path, clips: Path, seed: int = 0) -> BenchRecord:
    """Design every film of the folder `clips` that has a sound track, and compare.

    Raises:
        ClipError: the folder holds no film with sound, or one of them cannot be used.
        JobError: a job failed.
    """
    began = time.monotonic()
    heard, silent = [], []
    for clip in films_in(clips):
        result = _measured(clip, work, seed)
        if result is None:
            silent.append(clip.name)
        else:
            heard.append(result)
    if not heard:
        raise ClipError(f"no film in {clips} has a sound track", "at least one", "pass another folder")
    pools = {"pooled": heard}
    if with_hits := [result for result in heard if result.asks_for_hits]:
        pools["pooled, hits asked for"] = with_hits
    pooled = {name: _figures(results) for name, results in pools.items()}
    return BenchRecord(
        part="clips",
        command=f"foley bench clips --clips {clips.resolve().name} --seed {seed} --out clips.json",
        checks=tuple(_check(name, figures) for name, figures in pooled.items()),
        figures={**{result.clip: _figures([result]) for result in heard}, **pooled},
        details={"clips": [_detail(result) for result in heard], "without_sound": silent},
        wall_s=round(time.monotonic() - began, 1),
    )


def _measured(clip: Path, work: Path, seed: int) -> Heard | None:
    """Design one clip and measure it; what `work` holds already is read from there. None for a clip without sound."""
    reference = sound_of(clip)
    if reference is None:
        return None
    screenplay = screenplay_beside(clip)
    # Names of clips are other people's text: folders are named by content.
    content = file_sha256(clip)[:12] + (f"-{file_sha256(screenplay)[:12]}" if screenplay else "")
    kept = work / "measured" / f"{content}-{seed}.json"
    if kept.exists():
        return Heard.model_validate_json(kept.read_bytes()).model_copy(update={"clip": clip.name})
    job = JobFolder(work / "jobs" / f"{content}-{seed}")
    wall_s, cpu_s = _designed(clip, screenplay, job, work / f"{content}.log", seed)
    script = FoleyScript.model_validate_json(job.script.read_bytes())
    words = Screenplay.model_validate_json(job.screenplay.read_bytes()).mentions()
    length_s = script.clip.duration_s
    result = Heard(
        clip=clip.name,
        screenplay=screenplay is not None,
        asks_for_hits=screenplay is None or any(mention.kind == "impulsive" for mention in words),
        length_s=length_s,
        rate_hz=round(float(script.clip.frame_rate), 3),
        events=len(script.events),
        wall_s=round(wall_s, 2),
        cpu_s=round(cpu_s, 2),
        wanted_s=_onsets_s(*reference, length_s),
        found_s=_onsets_s(*read_wav(job.stereo), length_s),
    )
    write_json(kept, result)
    return result


def _designed(clip: Path, screenplay: Path | None, job: JobFolder, log_path: Path, seed: int) -> tuple[float, float]:
    """Run the job; wall and processor seconds."""
    command = [sys.executable, "-m", "foleydesigner.cli", "design", str(clip.resolve())]
    command += ["--out", str(job.root), "--seed", str(seed), "--quiet"]
    command += ["--script", str(screenplay.resolve())] if screenplay else []
    began, before = time.monotonic(), os.times()
    with log_path.open("wb") as log:
        ended = subprocess.run(command, stdout=log, stderr=log, check=False)  # noqa: S603 - our own module
    if ended.returncode != 0:
        raise JobError(f"the job on {clip.name} ended with {ended.returncode}", "a finished job", f"see {log_path}")
    wall_s, after = time.monotonic() - began, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return wall_s, spent


def _onsets_s(audio: NDArray[np.float32], sample_rate_hz: int, length_s: float) -> tuple[float, ...]:
    """Onsets of (channels, samples) while there is a picture."""
    within = audio[:, : round(length_s * sample_rate_hz)]
    return tuple(round(float(t), 6) for t in audio_onsets(within, sample_rate_hz)[0])


def _figures(heard: list[Heard]) -> tuple[Figure, ...]:
    """F1 at both tolerances, then median and 95th percentile of the offsets, the clips pooled."""
    found, wanted = zip(*(result.onsets for result in heard), strict=True)
    lengths_s = [result.length_s for result in heard]
    offsets_s = [onset_offset.matched_offsets_s(*result.onsets) for result in heard]
    return (
        *(onset_f1.figure(found, wanted, lengths_s, tolerance_s) for tolerance_s in TOLERANCES_S),
        *onset_offset.figures(np.concatenate(offsets_s)),
    )


def _check(pool: str, figures: tuple[Figure, ...]) -> Check:
    """Above what needs no eyes: the best metronome, and lucky random onsets."""
    wide = figures[0]
    return Check(
        name=f"onset F1 within 100 ms, clips {pool}, against the better of its floors",
        value=wide.value,
        limit=wide.floor or 0.0,
        sense="at least",
        note=wide.floor_is,
    )


def _detail(result: Heard) -> dict[str, Any]:
    offsets_s = onset_offset.matched_offsets_s(*result.onsets)
    return {
        **result.model_dump(mode="json"),
        "wall_over_length": round(result.wall_s / result.length_s, 3),
        # Positive: the mix is later than the clip's own sound.
        "signed_offset_ms": round(1000.0 * float(np.median(offsets_s)), 1) if offsets_s.size else None,
    }
