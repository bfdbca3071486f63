"""What tells that a bouncing thing landed before it was followed: what touched the ground there, who walked past there.

Where somebody's feet are followed, an impact read in their place is not theirs but of what they pass: a ball before
them, an anvil behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.corners import Corners, middle
from foleydesigner.tools.landings import Landing, landings
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.onsets import Candidate
from foleydesigner.tools.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Passing:
    """An impact read where somebody walks."""

    impact: Candidate
    walker: int
    box: Corners
    """Of the walker at that moment, cells."""


def passed_by(own: Sequence[Candidate], number: int, live: LiveTrack, times_s: NDArray[np.float64]) -> list[Passing]:
    """What was read where somebody walks: what ends there, and turns of the path, which a ball made in their place."""
    clock = np.arange(len(times_s), dtype=np.float64)
    turns = [
        Candidate(float(time_s), live.start_frame + round(turn.row), 0.0, *middle(box), "contact", landed=True)
        for turn in landings(np.asarray(live.path, dtype=np.float64).reshape(-1, 2))
        for box in [live.box_at(live.start_frame + min(round(turn.row), live.frames - 1))]
        for time_s in [np.interp(live.start_frame + turn.row, clock, times_s)]
    ]
    read = [*(impact for impact in own if impact.kind != "jolt"), *turns]
    rows = [int(np.clip(impact.frame - live.start_frame, 0, live.frames - 1)) for impact in read]
    boxes = [live.box_at(live.start_frame + row) for row in rows]
    return [Passing(impact, number, box) for impact, box in zip(read, boxes, strict=True)]


def passings(passing: Sequence[Passing], times_s: NDArray[np.float64]) -> Timeline[tuple[float, Passing]]:
    """What was read where somebody walks, each with the frame, and part of one, at which it struck."""
    clock = np.arange(len(times_s), dtype=np.float64)
    frames = [float(np.interp(seen.impact.time_s, times_s, clock)) for seen in passing]
    return Timeline((frame, frame, (frame, seen)) for frame, seen in zip(frames, passing, strict=True))


def touches(
    live: LiveTrack, seen: Sequence[LiveTrack], row: float, most: float, known: Sequence[Landing]
) -> float | None:
    """The row within `most` rows of `row` at which something touches the ground where a thing would that bounces on.

    Args:
        live: the thing.
        seen: what may be it.
        row: of the thing's path; negative before it.
        most: rows.
        known: two landings of the thing, which say where the ground is and how it goes across.
    """
    expected_x, wide, ground = _expected(live, row, known)
    box = live.box_at(live.start_frame + min(round(known[0].row), live.frames - 1))
    high = box[3] - box[1]
    first, last = (round(live.start_frame + row + way * most) for way in (-1, 1))
    low: list[float] = []
    for track in seen:
        for frame in range(max(first, track.start_frame), min(last + 1, track.end_frame)):
            box = track.box_at(frame)
            like_it = box[2] - box[0] <= 2.0 * wide and box[3] - box[1] <= 2.0 * high
            if like_it and abs(middle(box)[0] - expected_x) <= wide and abs(box[3] - ground) <= 0.5 * high:
                low.append(float(frame - live.start_frame))
    return float(np.clip(row, min(low), max(low))) if low else None


def behind(
    live: LiveTrack,
    passing: Timeline[tuple[float, Passing]],
    row: float,
    most: float,
    known: Sequence[Landing],
) -> float | None:
    """The row within `most` rows of `row` of an impact read of who walked past a thing's place; as `touches`."""
    expected_x, wide, ground = _expected(live, row, known)
    near: list[float] = []
    for frame, seen in passing.meeting(live.start_frame + row - most - 1.0, live.start_frame + row + most + 1.0):
        struck = frame - live.start_frame
        x1, y1, x2, y2 = seen.box
        there = x1 - wide / 2 <= expected_x <= x2 + wide / 2 and y1 <= ground <= y2 + wide
        if there and abs(struck - row) <= most:
            near.append(struck)
    return min(near, key=lambda struck: abs(struck - row), default=None)


def _expected(live: LiveTrack, row: float, known: Sequence[Landing]) -> tuple[float, float, float]:
    """Where across a bouncing thing is at a row before it was followed, how wide it is, and where its ground is, cells.

    Two landings of it are known; across it goes on evenly.
    """
    boxes = [live.box_at(live.start_frame + min(round(landing.row), live.frames - 1)) for landing in known]
    (x, _), (later_x, _) = middle(boxes[0]), middle(boxes[1])
    expected_x = x + (later_x - x) * (row - known[0].row) / (known[1].row - known[0].row)
    return expected_x, boxes[0][2] - boxes[0][0], boxes[0][3]
