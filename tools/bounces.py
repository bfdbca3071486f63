"""Which landings of a bouncing thing its earlier ones foretell.

Each flight of a thing that bounces is a fixed share (its restitution) shorter than the one before it, and none is ever
longer. So three landings say where the next one falls. It is believed where the path turns there, however little, or
where it leaves the ground and comes back to rest; and between two landings that lie further apart than any flight can,
where something else was before the thing, it is believed unseen. Backwards, it is believed where something was seen
there for a moment.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.landings import Landing

_RESTITUTION = (0.5, 0.97)
_MISSED = 1.2
"""Where a landing was missed, the gap is at least that much longer than the flight before it."""
_ALIKE = 0.12
"""How far the shares by which flights shrink may lie apart."""
_LEAST_RUN = 4
_NEAR = 0.2
"""How far a landing may lie from where it is foretold, as a share of the flight that ends there."""
_SHORTEST_ROWS = 3.0
_ROSE, _LEAST_RISE_CELLS = 0.4, 0.15
"""Share of the foretold height, and cells, by which a thing has to leave the ground."""
_CAME_BACK = 0.5
_FITS, _LEAST_SEEN, _LEAST_RISING = 3, 5, 2
"""Rows of a flight, and of its rise, that have to be seen for it to be known whole."""
_OFF_CELLS, _OFF_SHARE = 0.25, 0.06
"""How far it may lie from free flight: cells, or share of its height."""
_REST_ROWS = 3
_MOST_BEFORE = 4


def foretold(path: NDArray[np.float64], sure: list[Landing], found: list[Landing]) -> list[Landing]:
    """Landings, in order, that are not among the sure ones and must or do follow from them.

    Args:
        path: (frames, 2) x and y in cells, y downwards; NaN where it was not seen.
        sure: landings that end or begin free flight, in order.
        found: all turns of the path, sure or not.
    """
    share = _restitution(sure)
    if share is None:
        return []
    added: list[Landing] = []
    for (before, last), after in zip(pairwise(sure), sure[2:], strict=False):
        added += _hidden(before, last, after, share, found)
    last, flight = sure[-1], sure[-1].row - sure[-2].row
    before_that = sure[-2].row - sure[-3].row
    if flight > (1.0 + _NEAR) * share * before_that:
        return added  # the last flight is longer than a flight can be: from where it goes on is not known
    rise = _rise(path, sure[-2].row, last.row)
    while flight * share >= _SHORTEST_ROWS:
        flight, rise = flight * share, rise * share**2
        landing = _turn(found, last.row + flight, _NEAR * flight) or _settled(path, last, flight, rise, share)
        if landing is None:
            break
        added.append(landing)
        flight, last = landing.row - last.row, landing
    return added


def in_series(found: list[Landing]) -> list[Landing]:
    """The longest run of turns, four at least, whose flights shrink by one share: chance does not do that."""
    best: list[Landing] = []
    for first in range(len(found)):
        for end in range(first + _LEAST_RUN, len(found) + 1):
            flights = np.diff([landing.row for landing in found[first:end]])
            ratios = flights[1:] / flights[:-1]
            if ratios.min() < _RESTITUTION[0] or ratios.max() > _RESTITUTION[1] or np.ptp(ratios) > _ALIKE:
                break
            best = max(best, found[first:end], key=len)
    return best


def before(sure: list[Landing], seen: Callable[[float, float], float | None]) -> list[Landing]:
    """Landings before the first of the sure ones, last first; rows may lie before the path, and are negative then.

    Args:
        sure: landings that end or begin free flight, in order.
        seen: at which row something is seen to touch the ground there about a row, within so many rows.
    """
    share = _restitution(sure)
    if share is None:
        return []
    added: list[Landing] = []
    first, flight = sure[0], sure[1].row - sure[0].row
    while len(added) < _MOST_BEFORE:
        flight /= share
        row = seen(first.row - flight, _NEAR * flight)
        if row is None:
            break
        first, flight = Landing(row=row, jump=first.jump / share), first.row - row
        added.append(first)
    return added


def launched(path: NDArray[np.float64], sure: list[Landing]) -> Landing | None:
    """The landing from which a thing rises when it is first seen; its row may lie before the path.

    Flights are symmetric about their top, so the one that is seen from its rise on began as long before its top as it
    ended after. Gravity is that of the flight that is seen whole.

    Args:
        path: as for `foretold`.
        sure: landings that end or begin free flight, in order.
    """
    if len(sure) < 2:
        return None
    end, flight = sure[0].row, sure[1].row - sure[0].row
    gravity = _gravity(path, sure)
    if gravity is None:
        return None
    rows = np.arange(max(0, int(np.floor(end)) + 1))
    rows = rows[np.isfinite(path[rows, 1])]
    since = float(end) - 2.0 * flight / _RESTITUTION[0]
    for _ in range(_FITS):
        inside = rows[rows > since]
        if len(inside) < _LEAST_SEEN:
            return None
        left = end - inside
        # y = ground - speed * left + gravity * left² / 2, `left` rows before the landing
        slope, ground = np.polyfit(left, path[inside, 1] - 0.5 * gravity * left**2, 1)
        length = -2.0 * slope / gravity
        since = end - length
    misses = path[inside, 1] - (ground + slope * left + 0.5 * gravity * left**2)
    high = 0.125 * gravity * length**2
    share = flight / max(length, 1e-6)
    rising = int(np.sum(inside < end - 0.5 * length - 1.0))
    fits = float(np.sqrt(np.mean(misses**2))) <= max(_OFF_CELLS, _OFF_SHARE * high)
    if not fits or rising < _LEAST_RISING or not _RESTITUTION[0] <= share <= _RESTITUTION[1]:
        return None
    return Landing(row=float(since), jump=sure[0].jump / share)


def _gravity(path: NDArray[np.float64], sure: list[Landing]) -> float | None:
    """Gravity in the flights between landings, cells a frame squared; None where none is seen well enough."""
    found = []
    for first, last in pairwise(sure):
        rows = np.arange(int(np.ceil(first.row)), int(np.floor(last.row)) + 1)
        rows = rows[np.isfinite(path[rows, 1])]
        if len(rows) >= _LEAST_SEEN:
            found.append(2.0 * float(np.polyfit(rows - first.row, path[rows, 1], 2)[0]))
    middle = float(np.median(found)) if found else 0.0
    return middle if middle > 0.0 else None


def _restitution(sure: list[Landing]) -> float | None:
    """The share by which each flight is shorter than the last; None for what does not bounce so."""
    flights = np.diff([landing.row for landing in sure])
    ratios = flights[1:] / flights[:-1]
    if ((ratios > _RESTITUTION[1]) & (ratios < _MISSED)).any():
        return None  # as long as the one before, or a little longer: a hand's beat, no bounce
    ratios = ratios[(ratios >= _RESTITUTION[0]) & (ratios <= _RESTITUTION[1])]
    if not len(ratios):
        return None
    middle = float(np.median(ratios))
    return middle if float(np.median(np.abs(ratios - middle))) <= _ALIKE else None


def _turn(found: list[Landing], row: float, most: float) -> Landing | None:
    """The turn of the path nearest to a row."""
    near = [landing for landing in found if abs(landing.row - row) <= most]
    return min(near, key=lambda landing: abs(landing.row - row), default=None)


def _hidden(before: Landing, last: Landing, after: Landing, share: float, found: list[Landing]) -> list[Landing]:
    """Landings between two that lie further apart than a flight can be, if a whole number of flights fills the gap."""
    flight, gap = last.row - before.row, after.row - last.row
    if gap <= (1.0 + _NEAR) * share * flight:
        return []
    rows, row = [], last.row
    while True:
        flight *= share
        row += flight
        if flight < _SHORTEST_ROWS or row > after.row + _NEAR * flight:
            return []
        if abs(row - after.row) <= _NEAR * flight:
            break
        rows.append(row)
    jumps = [last.jump * share ** (number + 1) for number in range(len(rows))]
    return [
        _turn(found, row, _NEAR * flight) or Landing(row=row, jump=jump) for row, jump in zip(rows, jumps, strict=True)
    ]


def _rise(path: NDArray[np.float64], first_row: float, last_row: float) -> float:
    """How far a thing rose between two contacts, cells."""
    y = path[int(first_row) : int(np.ceil(last_row)) + 1, 1]
    y = y[np.isfinite(y)]
    return float(y.max() - y.min()) if len(y) else 0.0


def _settled(path: NDArray[np.float64], last: Landing, flight: float, rise: float, share: float) -> Landing | None:
    """The landing after which a thing does not rise as far as can be seen: it left the ground, and came back."""
    first, end = int(np.ceil(last.row)), int(np.floor(last.row + flight))
    rows = np.arange(first, end + 1)
    rows = rows[rows < len(path)]
    down = path[max(0, first - 1) : first + 1, 1]
    back = path[end + 1 : end + 1 + _REST_ROWS, 1]
    rows = rows[np.isfinite(path[rows, 1])]
    if len(rows) < _SHORTEST_ROWS or not np.isfinite(down).any() or not np.isfinite(back).any():
        return None
    y = path[rows, 1]
    level, top = float(np.nanmax(down)), float(y.min())
    rose = level - top
    came_back = float(np.nanmax(back)) - top
    if rose < max(_ROSE * rise, _LEAST_RISE_CELLS) or came_back < _CAME_BACK * rose:
        return None
    bend, slope, _ = np.polyfit(rows - last.row, y, 2)
    fitted = -slope / bend if bend > 0.0 else flight
    length = float(np.clip(fitted, (1.0 - _NEAR) * flight, (1.0 + _NEAR) * flight))
    return Landing(row=last.row + length, jump=last.jump * share)
