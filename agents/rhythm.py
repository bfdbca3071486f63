"""The beat of a steady action, taken out of the scatter of what is seen.

A person who beats steadily is regular within some 20 ms; the moment at which a movement seems to stop, read from
pictures 40 ms apart and from a hand instead of the stick, scatters by three times that. Where the hits keep a beat,
each is drawn towards it. And they keep it behind somebody who walks past: where that hides the beater, a beat that is
missing is heard all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents.timing import Hits
from foleydesigner.evidence import Track

_LEAST_HITS = 6
_REGULAR = 0.15
"""Largest median deviation of the intervals from their median, as a share of it, that still is a beat."""
_WINDOW_BEATS = 6
_KEPT_SCATTER = 0.3
"""Share of a hit's distance from its beat that stays: players breathe."""
_LEAST_KEPT = 4
"""Hits from which a beat is known well enough to be gone on with."""
_HELD_STRENGTH = 0.7
_MOST_MISSING = 3.0
"""Beats from one hit to the next at most, where single ones are missing."""


def with_hidden_beats(
    hits: Hits, hidden: Callable[[float], bool], moves: Callable[[float], bool], window_s: tuple[float, float]
) -> Hits:
    """Hits that keep a beat, with the beats that are missing while the beater is hidden; `Hits.assumed` counts those.

    Args:
        hits: of one action that goes on.
        hidden: whether something else is in the action's place at a time.
        moves: whether the beater is seen to move at a time. Before the first hit it has to; after the last, until half
            a period after the beat: an arm that is only laid down stops before.
        window_s: no beat is added outside.
    """
    times = np.array(hits.onsets_s)
    if len(times) < _LEAST_KEPT or hits.assumed:
        return hits
    period_s = beat_s_of(times)
    if period_s is None:
        return hits
    added = [t for t in _between(times, period_s) if hidden(t)]
    for edge_s, way, until_s in ((times[0], -1.0, 0.0), (times[-1], 1.0, 0.5 * period_s)):
        beat_s = float(edge_s) + way * period_s
        while window_s[0] <= beat_s < window_s[1] and hidden(beat_s) and moves(beat_s + until_s):
            added.append(beat_s)
            beat_s += way * period_s
    known = sorted([*zip(hits.onsets_s, hits.strengths, strict=True), *((t, _HELD_STRENGTH) for t in added)])
    return replace(
        hits,
        onsets_s=tuple(t for t, _ in known),
        strengths=tuple(strength for _, strength in known),
        assumed=len(added),
    )


def beat_s_of(times_s: NDArray[np.float64]) -> float | None:
    """The beat that hits (n,) keep, seconds: their usual distance, or the shortest where single ones are missing.

    None where there is none. The shortest distance is the beat where nearly all others are a whole number of it; with
    enough beats to a gap anything would be.
    """
    gaps = np.diff(times_s)
    if not len(gaps):
        return None
    usual_s = float(np.median(gaps))
    if float(np.median(np.abs(gaps - usual_s))) <= _REGULAR * usual_s:
        return usual_s
    shortest_s = float(gaps.min())
    beats = np.maximum(np.round(gaps / shortest_s), 1.0)
    period_s = float(gaps.sum() / beats.sum())
    off = np.abs(gaps - beats * period_s) > _REGULAR * period_s
    return period_s if len(gaps) >= _LEAST_KEPT - 1 and beats.max() <= _MOST_MISSING and not off.any() else None


def _between(times: NDArray[np.float64], period_s: float) -> Iterator[float]:
    """The beats that are missing where the distance of two hits is a whole number of periods."""
    for first, second in pairwise(times.tolist()):
        beats = round((second - first) / period_s)
        if beats > 1 and abs((second - first) / beats - period_s) <= _REGULAR * period_s:
            yield from (first + beat * (second - first) / beats for beat in range(1, beats))


def passes(tracks: Sequence[Track], place: tuple[float, float, float, float], time_s: float) -> bool:
    """Whether a track is at a place (x1, y1, x2, y2; shares of the picture) at a time, before it or behind it."""
    for track in tracks:
        if track.start_s <= time_s <= track.end_s:
            points = track.points
            x1, y1, x2, y2 = (float(np.interp(time_s, points.times_s, points.boxes[:, edge])) for edge in range(4))
            if x1 < place[2] and x2 > place[0] and y1 < place[3] and y2 > place[1]:
                return True
    return False


def steadied(hits: Hits, most_s: float = 0.07) -> Hits:
    """Hits that keep a beat, drawn towards it by at most `most_s`; two on one beat become one.

    The beat may drift: each hit is compared with a straight line through its neighbours within six beats.
    """
    if len(hits.onsets_s) < _LEAST_HITS or hits.assumed:
        return hits
    times = np.array(hits.onsets_s)
    intervals = np.diff(times)
    period_s = float(np.median(intervals))
    if float(np.median(np.abs(intervals - period_s))) > _REGULAR * period_s:
        return hits
    beats = np.concatenate([[0], np.cumsum(np.round(intervals / period_s))])
    fitted = np.array([_line(beats, times, beat) for beat in beats])
    keep = _one_a_beat(beats, np.abs(times - fitted))
    moved = fitted + _KEPT_SCATTER * (times - fitted)
    moved = np.clip(moved, times - most_s, times + most_s)
    far = np.abs(times - fitted) > 0.25 * period_s
    moved = np.maximum(np.where(far, times, moved), 0.0)
    order = [i for i in np.argsort(moved, kind="stable") if keep[i]]
    return replace(
        hits,
        onsets_s=tuple(float(moved[i]) for i in order),
        strengths=tuple(hits.strengths[i] for i in order),
        impact_ids=tuple(hits.impact_ids[i] for i in order),
    )


def _line(beats: np.ndarray, times: np.ndarray, beat: float) -> float:
    """Time of a beat on the straight line through the hits around it."""
    near = np.abs(beats - beat) <= _WINDOW_BEATS
    if len(np.unique(beats[near])) < 3:
        return float(np.median(times[beats == beat]))
    slope, offset = np.polyfit(beats[near], times[near], 1)
    return float(slope * beat + offset)


def _one_a_beat(beats: np.ndarray, misses: np.ndarray) -> Sequence[bool]:
    """Of hits that fall on one beat, only the nearest is kept."""
    keep = np.ones(len(beats), dtype=bool)
    for beat in np.unique(beats):
        members = np.flatnonzero(beats == beat)
        keep[members] = members == members[np.argmin(misses[members])]
    return [bool(k) for k in keep]
