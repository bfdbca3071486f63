"""Damaged files by the thousand: films and screenplays that were good, with bytes turned, cut, swapped.

Every file follows from a seed and its number alone, so that any of them can be made again.
"""

from __future__ import annotations

import json
import random
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from foleydesigner.evals.faults.broken import SCREENPLAY
from foleydesigner.evals.faults.sandbox import Outcome, Sandbox, job_leftovers
from foleydesigner.model import Line, Model

WHOLE_EVERY = 20
"""One file in so many goes through a whole job; the others as far as perception, where files are read."""
SCREENPLAY_EVERY = 10
"""One file in so many is a screenplay."""
GOOD = ("good.mp4", "front.mp4", "good.mkv")
_HEADER = 8
"""Bytes of an MP4 box's size and name."""


class Fault(Model):
    """One damaged file that was met wrongly."""

    number: int
    kind: Line
    fault: str


class FuzzReport(Model):
    """How all damaged files were met."""

    seed: int
    files: int
    refused: int = 0
    """Ended in one clear line."""
    worked: int = 0
    """Good enough still: a legal reading, or a finished job."""
    crashes: int = 0
    hangs: int = 0
    tracebacks: int = 0
    leaks: int = 0
    illegal: int = 0
    """Readings that are not legal evidence, half-written files, and ends that are neither clean nor one clear line."""
    slowest_s: float = Field(default=0.0, ge=0.0)
    peak_mb: float = Field(default=0.0, ge=0.0)
    faults: tuple[Fault, ...] = ()

    @property
    def wrong(self) -> int:
        """Files that were met wrongly."""
        return self.crashes + self.hangs + self.tracebacks + self.leaks + self.illegal


def run(files: int, seed: int, good: Path, work: Path, sandbox: Sandbox) -> FuzzReport:
    """Make and try `files` damaged files.

    Args:
        files: how many.
        seed: of all of them.
        good: folder of the good films; see `broken.write_good`.
        work: folder for files and jobs; those that were met wrongly stay there.
        sandbox: where they are tried.
    """
    work.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    faults: list[Fault] = []
    slowest_s = peak_mb = 0.0
    for number in range(files):
        kind, path = damaged(number, seed, good, work)
        folder = work / f"job_{number}"
        ended = _tried(number, path, folder, sandbox)
        verdict, fault = judged(ended, folder)
        counts[verdict] = counts.get(verdict, 0) + 1
        slowest_s, peak_mb = max(slowest_s, ended.wall_s), max(peak_mb, ended.peak_mb)
        if fault:
            faults.append(Fault(number=number, kind=kind, fault=fault[:400]))
        else:
            path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    return FuzzReport.model_validate(
        {"seed": seed, "files": files, **counts, "slowest_s": slowest_s, "peak_mb": peak_mb, "faults": tuple(faults)}
    )


def damaged(number: int, seed: int, good: Path, work: Path) -> tuple[str, Path]:
    """Make damaged file `number` of a seed in `work`: what was done to it, and where it is."""
    rng = random.Random(f"{seed}/{number}")
    if number % SCREENPLAY_EVERY == SCREENPLAY_EVERY - 1:
        name, data, ways = "screenplay.fountain", SCREENPLAY.encode() * rng.randrange(1, 40), _BYTES
    else:
        name = rng.choice(GOOD)
        data, ways = (good / name).read_bytes(), _BYTES if name.endswith(".mkv") else {**_BYTES, **_BOXES}
    done = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        way = rng.choice(sorted(ways))
        data = ways[way](data, rng) if data else data
        done.append(way)
    path = work / f"{seed}_{number}{Path(name).suffix}"
    path.write_bytes(data)
    return f"{name}: {', '.join(done)}", path


def judged(ended: Outcome, folder: Path) -> tuple[str, str]:
    """The count that an end belongs to, and what is wrong with it; "" = nothing."""
    named = (("hangs", ended.timed_out), ("crashes", ended.crashed), ("tracebacks", ended.traceback))
    kind = next((name for name, holds in (*named, ("leaks", bool(ended.left))) if holds), "illegal")
    illegal = [] if ended.refused else _reading(ended.stdout).get("illegal", [])
    fault = ended.fault or ", ".join(f"half-written: {name}" for name in job_leftovers(folder)) or "; ".join(illegal)
    return (kind, fault) if fault else ("refused" if ended.refused else "worked", "")


def _tried(number: int, path: Path, folder: Path, sandbox: Sandbox) -> Outcome:
    if path.suffix == ".fountain":
        return sandbox.run("read", path)
    if number % WHOLE_EVERY == 0:
        return sandbox.foley("design", path, "--out", folder, "--quiet")
    return sandbox.run("look", path, folder)


def _reading(stdout: str) -> dict[str, Any]:
    """The verdict that `looking` prints; empty for whole jobs, which print none."""
    lines = [line for line in stdout.splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1])) if lines else {}


def _place(data: bytes, rng: random.Random) -> tuple[int, int]:
    """A stretch of the data, short more often than long."""
    first = rng.randrange(max(1, len(data)))
    return first, min(len(data), first + 1 + int(rng.paretovariate(0.7)))


def _flip_bytes(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(min(len(out), 1 + int(rng.paretovariate(0.6)))):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def _flip_bits(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(min(len(out), 1 + int(rng.paretovariate(0.6)))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _cut_end(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _cut_start(data: bytes, rng: random.Random) -> bytes:
    return data[rng.randrange(min(len(data), 4096) + 1) :]


def _cut_out(data: bytes, rng: random.Random) -> bytes:
    first, last = _place(data, rng)
    return data[:first] + data[last:]


def _zeros(data: bytes, rng: random.Random) -> bytes:
    first, last = _place(data, rng)
    return data[:first] + bytes(last - first) + data[last:]


def _twice(data: bytes, rng: random.Random) -> bytes:
    first, last = _place(data, rng)
    return data[:last] + data[first:last] + data[last:]


def _splice(data: bytes, rng: random.Random) -> bytes:
    first, last = _place(data, rng)
    return data[:first] + rng.randbytes(rng.randrange(1, 200)) + data[last:]


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """(start, end) of each MP4 box in a stretch, and of those inside boxes that hold boxes; ends at what is none."""
    end = len(data) if end is None else end
    while start + _HEADER <= end:
        size = struct.unpack(">I", data[start : start + 4])[0]
        if not _HEADER <= size <= end - start:
            return
        yield start, start + size
        if data[start + 4 : start + _HEADER] in _HOLDERS:
            yield from boxes(data, start + _HEADER, start + size)
        start += size


_HOLDERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"dinf")


def _some_boxes(data: bytes, rng: random.Random, count: int) -> list[tuple[int, int]]:
    found = list(boxes(data))
    return sorted(rng.sample(found, count)) if len(found) >= count else []


def _swap_boxes(data: bytes, rng: random.Random) -> bytes:
    pair = _some_boxes(data, rng, 2)
    if not pair or pair[0][1] > pair[1][0]:
        return _flip_bits(data, rng)
    (a, b), (c, d) = pair
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _drop_box(data: bytes, rng: random.Random) -> bytes:
    chosen = _some_boxes(data, rng, 1)
    return data[: chosen[0][0]] + data[chosen[0][1] :] if chosen else data


def _resize_box(data: bytes, rng: random.Random) -> bytes:
    chosen = _some_boxes(data, rng, 1)
    if not chosen:
        return data
    size = rng.choice((0, 1, 7, 8, 2**31 - 1, 2**32 - 1, rng.randrange(2**32), chosen[0][1] - chosen[0][0] + 1))
    return data[: chosen[0][0]] + struct.pack(">I", size) + data[chosen[0][0] + 4 :]


def _spoil_field(data: bytes, rng: random.Random) -> bytes:
    """A 32-bit field of a box becomes an extreme number: counts, offsets, durations, sizes."""
    chosen = _some_boxes(data, rng, 1)
    if not chosen or chosen[0][1] - chosen[0][0] < _HEADER + 4:
        return data
    at = rng.randrange(chosen[0][0] + _HEADER, chosen[0][1] - 3)
    value = rng.choice((0, 1, 2**15, 2**24, 2**31 - 1, 2**31, 2**32 - 1))
    return data[:at] + struct.pack(">I", value) + data[at + 4 :]


_BYTES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bytes turned": _flip_bytes,
    "bits turned": _flip_bits,
    "end cut off": _cut_end,
    "start cut off": _cut_start,
    "piece cut out": _cut_out,
    "zeroed stretch": _zeros,
    "stretch twice": _twice,
    "noise spliced in": _splice,
}
_BOXES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "boxes swapped": _swap_boxes,
    "box dropped": _drop_box,
    "box of a wrong size": _resize_box,
    "extreme field": _spoil_field,
}
