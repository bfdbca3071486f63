"""Which of the impacts that the picture shows are an action's hits: every one, the salient ones, or the n strongest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import numpy as np

from foleydesigner.agents.rhythm import beat_s_of
from foleydesigner.agents.timing import LEAST_STRENGTH, adaptive_threshold, thin
from foleydesigner.evidence import Impact, Track

_HARD, _SWING_END_S = 0.4, 0.5
"""Share of a swing's hardest impact that may be its end; how long a door that has shut still trembles."""
_TREMBLES_S, _TREMBLES = 0.1, 0.4
"""How soon after it shuts, and to which share of its greatest speed, a door has slowed down."""
_LATE = 0.4
"""Share of a swing, with the trembling that follows, before which nothing shuts."""


def bounced(kept: Sequence[Impact], weak: Sequence[Impact]) -> list[Impact]:
    """Weak impacts at which a bouncing thing has to land.

    Flights of a bouncing ball shrink by one factor (its restitution), so the first ones foretell the later ones. Where
    the first three intervals shrink so, each later landing is looked for within 15 % of a flight.
    """
    if len(kept) < 4 or not weak:
        return []
    flights = np.diff([i.time_s for i in kept])[:3]
    ratios = flights[1:] / flights[:-1]
    factor = float(np.sqrt(ratios[0] * ratios[1]))
    if not 0.5 <= factor <= 0.97 or float(np.max(np.abs(ratios - factor))) > 0.12:
        return []
    added: list[Impact] = []
    at_s, flight_s = kept[3].time_s, float(flights[2])
    while flight_s > 0.12 and at_s < kept[-1].time_s + 1.0:
        flight_s *= factor
        near = [i for i in (*kept, *weak) if abs(i.time_s - at_s - flight_s) <= 0.15 * flight_s]
        if not near:
            break
        landing = max(near, key=lambda i: (i in kept, i.strength))
        added += [landing] if landing not in kept else []
        at_s = landing.time_s
    return added


def repeated_hits(impacts: Sequence[Impact], min_gap_s: float) -> list[Impact]:
    """All hits of an action that goes on: above the adaptive threshold, plus weaker ones where the rhythm expects them.

    Where the kept hits beat evenly (median absolute deviation of their intervals under 15 %), an impact under the
    threshold is admitted within 15 % of a period of a beat that is missing between two hits: the picture has to show
    something there.
    """
    threshold = adaptive_threshold(impacts)
    kept = thin([i for i in impacts if i.landed or i.strength >= threshold], min_gap_s)
    if len(kept) < 4:
        return kept
    period_s = beat_s_of(np.array([i.time_s for i in kept]))
    weak = [i for i in impacts if threshold > i.strength >= LEAST_STRENGTH / 2]
    landings = bounced(kept, weak)
    if landings or period_s is None:
        return sorted([*kept, *landings], key=lambda i: i.time_s)
    added: list[Impact] = []
    for before, after in pairwise(kept):
        beats = round((after.time_s - before.time_s) / period_s)
        for beat in range(1, beats):
            expected_s = before.time_s + beat * (after.time_s - before.time_s) / beats
            near = [i for i in weak if abs(i.time_s - expected_s) <= 0.15 * period_s]
            if near:
                added.append(max(near, key=lambda i: (i.strength, -i.time_s)))
    return sorted([*kept, *added], key=lambda i: i.time_s)


def salient_hits(impacts: Sequence[Impact], min_gap_s: float) -> list[Impact]:
    """The hits of an action whose number the words leave open: the strongest and all that come near it."""
    top = max((i.strength for i in impacts), default=0.0)
    return thin([i for i in impacts if i.strength >= max(0.6 * top, LEAST_STRENGTH)], min_gap_s)


def strongest_hits(impacts: Sequence[Impact], count: int, min_gap_s: float) -> list[Impact]:
    """The `count` hits that stand out most and keep their distance; fewer when the picture has fewer.

    For small counts the whole combination is judged: strength first, with a small bonus for even, unhurried spacing
    (people and animals who do a thing three times do it in a rhythm).
    """
    apart = thin(impacts, min_gap_s)
    if len(apart) <= count:
        return apart
    ranked = sorted(apart, key=lambda i: (-i.strength, i.time_s))[:12]
    if count > 4 or count == 1:
        return sorted(
            ranked[:count] if count <= len(ranked) else thin(apart, min_gap_s)[:count], key=lambda i: i.time_s
        )

    def merit(chosen: Iterable[Impact]) -> float:
        hits = list(chosen)
        times = sorted(i.time_s for i in hits)
        intervals = np.diff(times)
        mean = float(intervals.mean())
        even = 1.0 - min(1.0, float(intervals.std()) / mean) if len(intervals) > 1 else 0.5
        near = 1.0 if mean <= 2.0 else 2.0 / mean
        return sum(i.strength for i in hits) / count + 0.1 * even + 0.1 * near

    return sorted(max(combinations(ranked, count), key=merit), key=lambda i: i.time_s)


def shutting(track: Track, own: Sequence[Impact]) -> Impact | None:
    """The impact at which a thing that swings to has shut; None where only the end of its movement tells.

    The hardest near the end of its track, which goes on while it trembles; else the last hard one after which it is
    all but at rest.
    """
    hardest = max((i.strength for i in own), default=0.0)
    hard = [i for i in own if i.kind != "jolt" and i.strength >= _HARD * hardest]
    last = [i for i in hard if i.time_s >= track.end_s - _SWING_END_S]
    last = last or [i for i in hard if _settles(track, i.time_s)][-1:]
    return max(last, key=lambda i: i.strength, default=None)


def _settles(track: Track, time_s: float) -> bool:
    """Whether what swings has come to rest soon after a time, but for its trembling."""
    if time_s < track.start_s + _LATE * (track.end_s - track.start_s):
        return False
    times, speeds = track.points.times_s, track.points.speeds
    before = speeds[(times >= time_s - _SWING_END_S) & (times <= time_s)]
    after = speeds[times > time_s + _TREMBLES_S]
    return bool(before.size and (not after.size or after.mean() <= _TREMBLES * before.max()))
