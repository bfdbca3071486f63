"""Bounces told by their times alone: contacts whose intervals shrink by one share.

A path says where a thing in free flight lands only while it is followed well. After a cut, or far away, its contacts
may be seen as movement that ends and nothing more, the last of them faintly. Each flight of a thing that bounces lasts
a fixed share of the one before it (its coefficient of restitution), so three contacts foretell the next; where two more
fall where they should, the thing bounces, and all of them are landings. A cut within the series does not end it: a cut
in motion goes on with the same movement from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise

from foleydesigner.tools.onsets import Candidate

_SHARE = (0.5, 0.95)
"""Restitution of what bounces; above it a beat is a hand's."""
_SLACK = 0.08
"""How far the share of two single flights may lie beyond that, for contacts are some milliseconds off."""
_LONGEST_S = 1.5
"""A fall from about 2.7 m and back."""
_SHORTEST_S = 0.12
_NEAR = 0.2
"""How far a contact may lie from where it is foretold, as a share of the flight that ends there."""
_LEAST, _MOST_OF_ALL = 5, 0.5
"""Bounces of a series at least, and the share of all that its track strikes: of many beats some shrink by chance."""
_MOST = 100
"""More than twice as many impacts as the longest series, of the highest restitution, has bounces."""
_STRUCK = ("contact", "reversal", "stop")

Owned = tuple[Candidate, int | None]
"""An impact, and the number of its track."""


def with_series(found: Sequence[Owned], follows: Sequence[tuple[int, int]]) -> list[Owned]:
    """The impacts with those that are bounces by their times marked as landed.

    Args:
        found: impacts with their tracks, in any order.
        follows: pairs of tracks of which the second begins at the cut that ends the first.
    """
    owners = {number for _, number in found if number is not None}
    groups = [{number} for number in owners] + [set(pair) for pair in follows if owners.issuperset(pair)]
    landed: set[int] = set()
    owned: dict[int | None, list[int]] = {}
    for row, (_, number) in enumerate(found):
        owned.setdefault(number, []).append(row)
    for group in groups:
        rows = sorted(row for number in group for row in owned[number])
        rows.sort(key=lambda row: found[row][0].time_s)
        landed |= {rows[place] for place in _longest([found[row][0] for row in rows])}
    return [
        (replace(candidate, landed=True), number) if row in landed else (candidate, number)
        for row, (candidate, number) in enumerate(found)
    ]


def _longest(impacts: Sequence[Candidate]) -> list[int]:
    """Places, in a list in order of time, of the longest series; empty where none is long enough."""
    if len(impacts) > _MOST:
        return []
    struck = [place for place, impact in enumerate(impacts) if impact.kind in _STRUCK]
    best: list[int] = []
    for n, first in enumerate(struck):
        soon = [p for p in struck[n + 1 :] if impacts[p].time_s - impacts[first].time_s <= 2.0 * _LONGEST_S]
        for second, third in combinations(soon, 2):
            series = _extended(impacts, struck, [first, second, third])
            if len(series) > max(len(best), _LEAST - 1) and _stands_out(impacts, series):
                best = series
    return best if len(best) > _MOST_OF_ALL * len(impacts) else []


def _extended(impacts: Sequence[Candidate], struck: Sequence[int], series: list[int]) -> list[int]:
    """Three places with all that follow from them; no more than they are where they are no bounces."""
    first_s, second_s, last_s = (impacts[place].time_s for place in series)
    flight_s = last_s - second_s
    share = flight_s / (second_s - first_s)
    if not (_SHARE[0] - _SLACK <= share <= _SHARE[1] + _SLACK and second_s - first_s <= _LONGEST_S):
        return series
    series = list(series)
    while flight_s * share >= _SHORTEST_S:
        due_s, near_s = last_s + flight_s * share, _NEAR * flight_s * share
        at = [p for p in struck if p > series[-1] and abs(impacts[p].time_s - due_s) <= near_s]
        if not at:
            break
        series.append(min(at, key=lambda place: abs(impacts[place].time_s - due_s)))
        flight_s, last_s = impacts[series[-1]].time_s - last_s, impacts[series[-1]].time_s
        # Errors of single contacts cancel over the series: its share is that of its two ends.
        share = (flight_s / (second_s - first_s)) ** (1.0 / (len(series) - 2))
    return series if _SHARE[0] <= share <= _SHARE[1] else series[:0]


def _stands_out(impacts: Sequence[Candidate], series: Sequence[int]) -> bool:
    """Whether whatever else lies within a series is weaker than the bounces on either side of it: turns in the air."""
    return all(
        impacts[place].salience < min(impacts[before].salience, impacts[after].salience)
        for before, after in pairwise(series)
        for place in range(before + 1, after)
    )
