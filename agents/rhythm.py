"""The beat of a steady action, taken out of the scatter of what is seen.

A person who beats steadily is regular within some 20 ms; the moment at which a movement seems to stop, read from
pictures 40 ms apart and from a hand instead of the stick, scatters by three times that. Where the hits keep a beat,
each is drawn towards it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from foleydesigner.agents.timing import Hits

_LEAST_HITS = 6
_REGULAR = 0.15
"""Largest median deviation of the intervals from their median, as a share of it, that still is a beat."""
_WINDOW_BEATS = 6
_KEPT_SCATTER = 0.3
"""Share of a hit's distance from its beat that stays: players breathe."""


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
