"""`foley bench cost`: what a job costs in time and memory, and whether that grows as it should with the film's length.

Each job runs as a process of its own, as a user would start it. Memory is the resident set, sampled through the run for
the plot; its peak is what the operating system counted (`ru_maxrss`), where it says so.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foleydesigner.errors import ConfigurationError, JobError
from foleydesigner.evals.bench import long_film
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.files import write_json
from foleydesigner.job import JobFolder
from foleydesigner.model import Model
from foleydesigner.script import FoleyScript

PEAK_LIMIT_MB = 1024.0
GROWTH_LIMIT = 1.25
"""Peak of the longest film over that of the shortest."""
LINEAR_LIMIT = 1.25
"""Processor seconds a minute of the longest film over those of the shortest, after what every start costs."""
LONGEST_WALL = 2.0
"""Wall time over the film's length."""
BED_DIP_DB = -12.0
"""A lull of the wind is several decibels deep, a gap sixty."""
MATCH_S = 0.1
_SAMPLE_EVERY_S = 0.25
_POINTS = 240


class Run(Model):
    """One job's cost."""

    film: str
    length_s: float
    events: int
    shots: int
    wall_s: float
    cpu_s: float
    """Processor time, all threads: unlike the wall's, it says the same on a busy machine."""
    peak_mb: float
    stages_s: dict[str, float]
    memory: tuple[tuple[float, float], ...]
    """(seconds since the start, resident MB), at most `_POINTS`."""
    start_offset_ms: float | None = None
    """Median offset of script onsets from the picture's true contacts in the first minute; None without truth."""
    end_offset_ms: float | None = None
    """The same in the last minute."""
    take_error_start_ms: float | None = None
    """Median distance of measured from asked onsets, over takes of the first minute."""
    take_error_end_ms: float | None = None
    bed_dip_db: float | None = None
    """Quietest second of the longest bed's stem relative to its median second; None without a bed."""


def run(work: Path, minutes: Sequence[float] = (1.0, 5.0, 10.0), films: Sequence[Path] = ()) -> BenchRecord:
    """Design synthetic films of `minutes` and the `films` given, one after the other.

    Raises:
        ConfigurationError: psutil is not installed.
        JobError: a job failed.
    """
    _psutil()
    began = time.monotonic()
    synthetic = [
        measured_job(long_film.write_long_film(work / "films", length), work, length) for length in sorted(minutes)
    ]
    given = [measured_job(film, work, None) for film in films]
    options = " ".join(["--minutes", ",".join(f"{m:g}" for m in minutes), *(f"--film {film.name}" for film in films)])
    return BenchRecord(
        part="cost",
        command=f"foley bench cost {options} --out cost.json",
        checks=(*_growth(synthetic), *(check for job in [*synthetic, *given] for check in _single(job))),
        details={"jobs": [job.model_dump(mode="json") for job in [*synthetic, *given]], **_slopes(synthetic)},
        wall_s=round(time.monotonic() - began, 1),
    )


def measured_job(film: Path, work: Path, minutes: float | None) -> Run:
    """Design one film in a process of its own, watching it; what is measured already in `work` is read from there."""
    measured = work / "measured" / f"{film.stem}.json"
    if measured.exists():
        return Run.model_validate_json(measured.read_bytes())
    folder = work / "jobs" / film.stem
    command = [sys.executable, "-m", "foleydesigner.cli", "design", str(film.resolve())]
    command += ["--out", str(folder), "--quiet"]
    began = time.monotonic()
    with (work / f"{film.stem}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own interpreter and module
        memory, peak_mb, cpu_s = _watched(process)
    wall_s = time.monotonic() - began
    if process.returncode != 0:
        raise JobError(
            f"the job on {film.name} ended with {process.returncode}",
            "a finished job",
            f"see {work / f'{film.stem}.log'}",
        )
    job = JobFolder(folder)
    script = FoleyScript.model_validate_json(job.script.read_bytes())
    takes = _take_errors_ms(job, script)
    offsets = _offsets_ms(script, minutes) if minutes is not None else (None, None)
    stages = job.read_record().get("seconds", {})
    result = Run(
        film=film.name,
        length_s=script.clip.duration_s,
        events=len(script.events),
        shots=len(script.shots),
        wall_s=round(wall_s, 2),
        cpu_s=round(cpu_s, 2),
        peak_mb=round(peak_mb, 1),
        stages_s={name: round(seconds, 2) for name, seconds in stages.items()},
        memory=_thinned(memory),
        start_offset_ms=offsets[0],
        end_offset_ms=offsets[1],
        take_error_start_ms=takes[0],
        take_error_end_ms=takes[1],
        bed_dip_db=_bed_dip_db(job, script),
    )
    write_json(measured, result)
    return result


def _psutil() -> Any:
    """Asked for before a job is begun that nobody could watch."""
    try:
        import psutil
    except ImportError as error:
        raise ConfigurationError(
            "psutil is not installed", "the `bench` extra", "install it: pip install 'foleydesigner[bench]'"
        ) from error
    return psutil


def _watched(process: subprocess.Popen[bytes]) -> tuple[list[tuple[float, float]], float, float]:
    """Samples of (seconds, resident MB) until the process ends, the peak, and the processor seconds it took."""
    psutil = _psutil()
    samples: list[tuple[float, float]] = []
    seen_mb = cpu_s = 0.0
    began = time.monotonic()
    watched = psutil.Process(process.pid)
    while True:
        with contextlib.suppress(psutil.NoSuchProcess):
            used = watched.cpu_times()
            cpu_s = used.user + used.system
            resident_mb = watched.memory_info().rss / 2**20
            samples.append((round(time.monotonic() - began, 2), round(resident_mb, 1)))
            seen_mb = max(seen_mb, resident_mb, _high_water_mb(process.pid))
        if hasattr(os, "wait4"):
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                process.returncode = os.waitstatus_to_exitcode(status)
                counted_mb = _counted_mb(usage.ru_maxrss)
                # Linux keeps the count over exec: a child begins with the peak of the process that started it.
                return samples, counted_mb if counted_mb > _own_peak_mb() else seen_mb, cpu_s
        elif process.poll() is not None:
            return samples, seen_mb, cpu_s
        time.sleep(_SAMPLE_EVERY_S)


def _counted_mb(maxrss: int) -> float:
    """`ru_maxrss` in MB: kilobytes on Linux, bytes on macOS."""
    return maxrss * (1.0 if sys.platform == "darwin" else 1024.0) / 2**20


def _own_peak_mb() -> float:
    """Peak of this process so far; only called where `wait4` is, and there is `resource` too."""
    import resource

    return _counted_mb(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _high_water_mb(process_id: int) -> float:
    """Peak of another process so far as Linux counts it from its exec on; 0 where there is no such count."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text("ascii", errors="replace")
    except OSError:
        return 0.0
    lines = (line.split() for line in status.splitlines())
    return next((float(words[1]) / 1024.0 for words in lines if words[:1] == ["VmHWM:"]), 0.0)


def _thinned(memory: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """At most `_POINTS` of the samples, the highest of each stretch."""
    step = max(1, -(-len(memory) // _POINTS))
    return tuple(max(memory[first : first + step], key=lambda point: point[1]) for first in range(0, len(memory), step))


def _offsets_ms(script: FoleyScript, minutes: float) -> tuple[float | None, float | None]:
    """Median distance from true contacts to the nearest script onset in the first and the last minute."""
    found = np.array(sorted(t for event in script.events for t in event.onsets_s))
    truth = long_film.contacts_s(minutes)
    last_s = script.clip.duration_s - 60.0
    return _near_ms(truth[truth < 60.0], found), _near_ms(truth[truth >= max(last_s, 0.0)], found)


def _near_ms(wanted: Any, found: Any) -> float | None:
    if not len(wanted) or not len(found):
        return None
    distance = np.abs(np.subtract.outer(wanted, found)).min(axis=1)
    near = distance[distance <= MATCH_S]
    return round(1000.0 * float(np.median(near)), 3) if near.size else None


def _take_errors_ms(job: JobFolder, script: FoleyScript) -> tuple[float | None, float | None]:
    """Median onset error of the takes that lie in the first and in the last minute."""
    first, last = [], []
    for event in script.events:
        error = json.loads(job.take_record(event.id).read_text("utf-8"))["onset_error_ms"]
        if error is not None:
            first += [error] if event.out_s < 60.0 else []
            last += [error] if event.in_s >= script.clip.duration_s - 60.0 else []
    return (
        round(float(np.median(first)), 3) if first else None,
        round(float(np.median(last)), 3) if last else None,
    )


def _bed_dip_db(job: JobFolder, script: FoleyScript) -> float | None:
    """Quietest second of the longest bed, its ends left out, relative to its median second, dB."""
    import soundfile

    beds = [event for event in script.events if event.layer == "backgrounds" and event.kind == "steady"]
    index = json.loads((job.stems / "index.json").read_text("utf-8"))
    files = {entry["id"]: entry["file"] for entry in index if entry["kind"] == "event"}
    longest = max(beds, key=lambda event: max(s.end_s - s.start_s for s in event.spans), default=None)
    if longest is None:
        return None
    with soundfile.SoundFile(job.stems / files[longest.id]) as stem:
        power = [
            float(np.mean(np.square(block))) for block in stem.blocks(stem.samplerate, dtype="float64", fill_value=None)
        ][1:-2]
    if not power:
        return None
    return round(float(10.0 * np.log10(max(min(power), 1e-20) / float(np.median(power)))), 2)


def _slopes(jobs: Sequence[Run]) -> dict[str, float]:
    """Straight lines through wall and processor time against length: seconds a minute, and what a start costs."""
    if len(jobs) < 2:
        return {}
    minutes = [job.length_s / 60.0 for job in jobs]
    lines = {
        name: np.polyfit(minutes, seconds, 1)
        for name, seconds in {"wall_s": [job.wall_s for job in jobs], "cpu_s": [job.cpu_s for job in jobs]}.items()
    }
    per_minute = {f"{name}_per_minute": round(float(slope), 2) for name, (slope, _) in lines.items()}
    return per_minute | {f"{name}_at_start": round(float(start), 2) for name, (_, start) in lines.items()}


def _growth(jobs: Sequence[Run]) -> list[Check]:
    """Flat memory, linear time, and no drift over the synthetic films."""
    if len(jobs) < 2:
        return []
    short, long = jobs[0], jobs[-1]
    rates = [
        (after.cpu_s - before.cpu_s) / (after.length_s - before.length_s) for before, after in itertools.pairwise(jobs)
    ]
    checks = [
        Check(
            name=f"peak memory of {long.film} over {short.film}",
            value=round(long.peak_mb / short.peak_mb, 3),
            limit=GROWTH_LIMIT,
            sense="at most",
        )
    ]
    if len(rates) > 1:
        checks.append(
            Check(
                name="cost of a further minute, longest films over shortest",
                value=round(rates[-1] / rates[0], 3),
                limit=LINEAR_LIMIT,
                sense="at most",
            )
        )
    return checks


def _single(job: Run) -> list[Check]:
    """What every film has to keep."""
    checks = [
        Check(name=f"peak memory, {job.film}", value=job.peak_mb, limit=PEAK_LIMIT_MB, sense="at most", unit="MB"),
        Check(
            name=f"wall time over length, {job.film}",
            value=round((job.wall_s - 10.0) / job.length_s, 3),
            limit=LONGEST_WALL,
            sense="at most",
            note="10 s are allowed for the start",
        ),
    ]
    if job.bed_dip_db is not None:
        checks.append(
            Check(name=f"quietest second of the bed, {job.film}", value=job.bed_dip_db, limit=BED_DIP_DB,
                  sense="at least", unit="dB")
        )  # fmt: skip
    apart = job.length_s >= 120.0  # in a shorter film the first minute and the last are the same
    if apart and job.start_offset_ms is not None and job.end_offset_ms is not None:
        checks.append(
            Check(
                name=f"onset offset of the last minute over the first, {job.film}",
                value=round(abs(job.end_offset_ms - job.start_offset_ms), 3),
                limit=1.0,
                sense="at most",
                unit="ms",
            )
        )
    return checks
