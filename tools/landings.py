"""Where a thing that falls turns back: bounces, read from the path of its middle.

Between two contacts a thing is in free flight, y = y0 + v t + g t² / 2. The contact lies where the flight before it and
the flight after it meet, which is known to a fraction of a frame from two places on either side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LEAST_SPEED = 0.25
"""Speed, cells a frame, with which a thing has to arrive."""
_RETURNED = 0.25
"""Share of the arriving speed that has to come back, or nothing bounced."""
_AROUND = 3
"""Frames on either side in which a contact is the lowest place."""
_MOST_GRAVITY = 1.0
_LEAST_POINTS, _FALL_FRAMES = 4, 8
_SPREAD_CELLS, _SPREAD_SHARE = 0.15, 0.05
"""How far places may lie from a parabola: cells, or share of the height of the flight."""
_UNEVEN = 1.5
"""How many times the shortest step between frames the longest is where frames no longer come evenly."""


@dataclass(frozen=True, slots=True)
class Landing:
    """One contact: the frame, with its fraction, and how fast speed changed, cells a frame."""

    row: float
    jump: float


@dataclass(frozen=True, slots=True)
class Flight:
    """Free flight from one contact, or from where the path begins, to the next; rows of the path."""

    first_row: float
    last_row: float


def uneven_clock(times_s: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """When frames were shown, in steps of the usual length; None where they come evenly, give or take a tick."""
    step_s = np.diff(times_s)
    if not len(step_s) or step_s.max() < _UNEVEN * step_s.min():
        return None
    return np.asarray((times_s - times_s[0]) / np.median(step_s), dtype=np.float64)


def change_of_pace(clock: NDArray[np.float64] | None, row: float) -> bool:
    """Whether frames come at another rate after a contact than before it: the path lags by frames, not by seconds."""
    if clock is None:
        return False
    middle = int(np.clip(round(row), 0, len(clock) - 1))
    step = np.diff(clock)
    before, after = step[max(0, middle - _FALL_FRAMES) : middle], step[middle : middle + _FALL_FRAMES]
    if min(len(before), len(after)) < _LEAST_POINTS:
        return False
    slow, quick = max(before.mean(), after.mean()), min(before.mean(), after.mean())
    return bool(slow >= _UNEVEN * quick)


def flights(path: NDArray[np.float64], found: list[Landing], clock: NDArray[np.float64] | None = None) -> list[Flight]:
    """The stretches that end with one of the contacts `found` and are free flight: a parabola, opening downwards.

    Args:
        path: (frames, 2) as for `landings`.
        found: its contacts, in order.
        clock: as for `landings`.
    """
    clock = np.arange(len(path), dtype=np.float64) if clock is None else clock
    flown, since = [], 0.0
    for landing in found:
        rows = np.arange(int(np.ceil(since)), int(np.floor(landing.row)) + 1)
        y = path[rows, 1]
        # Before the first contact it may have hung there for long: only its last stretch is a fall.
        if since == 0.0 and len(rows) > _FALL_FRAMES:
            rows, y = rows[-_FALL_FRAMES:], y[-_FALL_FRAMES:]
        if _flies(clock[rows[np.isfinite(y)]], y[np.isfinite(y)]):
            flown.append(Flight(float(rows[0]) if since == 0.0 else since, landing.row))
        since = landing.row
    return flown


def _flies(times: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    if len(times) < _LEAST_POINTS:
        return False
    place = times - times.mean()
    bend, slope, level = np.polyfit(place, y, 2)
    left = float(np.sqrt(np.mean((y - (bend * place**2 + slope * place + level)) ** 2)))
    return bool(bend > 0.0 and left <= max(_SPREAD_CELLS, _SPREAD_SHARE * float(np.ptp(y))))


def landings(path: NDArray[np.float64], clock: NDArray[np.float64] | None = None) -> list[Landing]:
    """Contacts of a thing whose middle goes along `path`.

    Args:
        path: (frames, 2) x and y in cells, y downwards; NaN where it was not seen.
        clock: (frames,) when each place was seen, in frames of the usual length; None where frames come evenly.
    """
    y = path[:, 1]
    if len(y) < 5:
        return []
    step = np.diff(clock) if clock is not None else np.ones(len(y) - 1)
    speed = np.diff(y) / step
    bend = np.diff(speed) / ((step[:-1] + step[1:]) / 2.0)
    flying = bend[np.isfinite(bend) & (bend > 0.0)]
    gravity = min(float(np.median(flying)), _MOST_GRAVITY) if flying.size >= 4 else 0.0
    found: list[Landing] = []
    for k in range(1, len(y) - 2):
        arriving, leaving = speed[k - 1], speed[k + 1]
        if not (arriving >= _LEAST_SPEED and leaving <= -_RETURNED * arriving):
            continue
        around = y[max(0, k - _AROUND) : k + 2 + _AROUND]
        if max(y[k], y[k + 1]) < np.nanmax(around):
            continue  # it turned in the air: nothing was there to land on
        # Speeds are those of the middle of a step; from there to the middle of this one, gravity goes on.
        down = arriving + gravity * (step[k - 1] + step[k]) / 2.0
        up = leaving - gravity * (step[k] + step[k + 1]) / 2.0
        share = (y[k + 1] - y[k] - up * step[k]) / ((down - up) * step[k])
        landing = Landing(row=k + float(np.clip(share, -0.5, 1.5)), jump=float(arriving - leaving))
        if found and landing.row - found[-1].row < 2.0:
            if landing.jump > found[-1].jump:
                found[-1] = landing
            continue
        found.append(landing)
    return found
