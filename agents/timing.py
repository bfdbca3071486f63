"""When a sound sounds: hits out of impacts, steps out of a gait, claps out of flashes, levels out of movement.

Every function is pure. A hit that no impact stands behind is marked as such (`Hits.assumed`), so that no event pretends
to be in sync with something that was not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents.picture_index import index_of
from foleydesigner.evidence import Burst, Impact, PictureEvidence, Track
from foleydesigner.script import Span

LEAST_STRENGTH = 0.12
"""An impact weaker than this share of the clip's strongest never sounds by itself."""
FLASH_GAP_S = 0.25
"""Flashes closer than this are one flicker and one clap."""
LONGEST_FLASH_S = 0.6
"""Light that stays longer than this came on or came in; it did not flash."""
THRUST_S = 0.2
"""How long before its end the thrust of a head can have been fastest."""
_THRUST_GAIN = 1.1
"""A thrust is at least this much faster than its track on the mean."""
_AFTER_CUT_S = 0.25
"""Movement this soon after a cut may have begun before it: its impacts count a little less than their strength."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Onsets (ascending, s), one strength each, the impacts behind them, and how many of them were not seen."""

    onsets_s: tuple[float, ...] = ()
    strengths: tuple[float, ...] = ()
    impact_ids: tuple[str, ...] = ()
    assumed: int = 0


def hits_of(impacts: Sequence[Impact]) -> Hits:
    """The impacts as they are, one hit each; of two at one time the stronger."""
    ordered: list[Impact] = []
    for impact in sorted(impacts, key=lambda i: (i.time_s, -i.strength, i.id)):
        if not ordered or impact.time_s > ordered[-1].time_s + 1e-6:
            ordered.append(impact)
    top = max((i.strength for i in ordered), default=1.0) or 1.0
    return Hits(
        onsets_s=tuple(i.time_s for i in ordered),
        strengths=tuple(min(1.0, i.strength / top) for i in ordered),
        impact_ids=tuple(i.id for i in ordered),
    )


def nearest_distance(sorted_times: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of each of `times` (n,) to its nearest in `sorted_times`, shape (n,); infinite when there is none."""
    if not len(sorted_times):
        return np.full(len(times), np.inf)
    at = np.searchsorted(sorted_times, times)
    left = np.abs(times - sorted_times[np.maximum(at - 1, 0)])
    right = np.abs(times - sorted_times[np.minimum(at, len(sorted_times) - 1)])
    nearest: NDArray[np.float64] = np.minimum(left, right)
    return nearest


def thin(impacts: Sequence[Impact], min_gap_s: float) -> list[Impact]:
    """The strongest impacts that keep `min_gap_s` from one another, in time order."""
    kept: list[Impact] = []
    times: list[float] = []
    for impact in sorted(impacts, key=lambda i: (-i.strength, i.time_s)):
        at = int(np.searchsorted(times, impact.time_s))
        if all(abs(times[j] - impact.time_s) >= min_gap_s for j in (at - 1, at) if 0 <= j < len(times)):
            times.insert(at, impact.time_s)
            kept.append(impact)
    return sorted(kept, key=lambda i: i.time_s)


def adaptive_threshold(impacts: Sequence[Impact]) -> float:
    """Strength that separates a repeated action's hits from the movement between them.

    Hits of one action differ by a few dB; what lies far under the upper quartile is the arm going back, not a blow.
    """
    if not impacts:
        return LEAST_STRENGTH
    upper = float(np.quantile([i.strength for i in impacts], 0.75))
    return float(np.clip(0.4 * upper, LEAST_STRENGTH, 0.5))


def completed(hits: Hits, count: int, window_s: tuple[float, float], step_s: float) -> Hits:
    """`hits` brought to `count` by hits in the same rhythm that no impact stands behind (counted in `assumed`)."""
    onsets, strengths = list(hits.onsets_s), list(hits.strengths)
    start_s, end_s = window_s
    lacking = max(0, count - len(onsets))
    spacing = float(np.median(np.diff(onsets))) if len(onsets) > 1 else step_s
    spacing = min(spacing, max((end_s - start_s) / (count + 1), 1e-3))
    for _ in range(lacking):
        first = onsets[0] if onsets else start_s + 0.25 * (end_s - start_s) + spacing
        last = onsets[-1] if onsets else first - spacing
        candidate = last + spacing if last + spacing < end_s - 0.05 else first - spacing
        if candidate < start_s or candidate in onsets:
            gaps = [(b - a, a) for a, b in pairwise([start_s, *onsets, end_s])]
            width, left = max(gaps)
            candidate = left + width / 2
        at = int(np.searchsorted(onsets, candidate))
        onsets.insert(at, candidate)
        strengths.insert(at, 0.7)
    return Hits(
        onsets_s=tuple(onsets), strengths=tuple(strengths), impact_ids=hits.impact_ids, assumed=hits.assumed + lacking
    )


def uttered(impacts: Sequence[Impact], evidence: PictureEvidence) -> tuple[Impact, ...]:
    """The impacts of a calling animal or person, moved to where their track is fastest before them.

    A blow sounds where the movement ends; a bark goes with the thrust of the head, at its greatest speed. Speeds are of
    the movement up to a frame, so the middle of the frame before is their time; the top is interpolated (parabola).
    A track that moves no faster then than it does on the mean shows no thrust: its impacts stay.
    """
    moved = []
    tracks = index_of(evidence).tracks
    for impact in impacts:
        track = tracks.get(impact.track_id or "")
        if track is None:
            moved.append(impact)
            continue
        since_s = track.points.times_s - impact.time_s
        near = np.flatnonzero((since_s >= -THRUST_S) & (since_s <= 1e-3))
        speeds = track.points.speeds[near]
        if near.size < 2 or float(speeds.max()) <= _THRUST_GAIN * track.mean_speed:
            moved.append(impact)
            continue
        at = int(near[np.argmax(speeds)])
        around = track.points[max(0, at - 1) : at + 2]
        step_s = around[-1].time_s - around[-2].time_s
        offset = 0.0
        if len(around) == 3:
            left, top, right = (p.speed for p in around)
            bend = left - 2.0 * top + right
            offset = float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0.0 else 0.0
        time_s = max(track.start_s, track.points[at].time_s + (offset - 0.5) * step_s)
        moved.append(impact.model_copy(update={"time_s": time_s}))
    return tuple(sorted(moved, key=lambda i: (i.time_s, i.id)))


def burst_clusters(bursts: Sequence[Burst]) -> list[tuple[Burst, ...]]:
    """Bursts grouped into flickers: neighbours closer than `FLASH_GAP_S` belong together."""
    groups: list[list[Burst]] = []
    for burst in sorted(bursts, key=lambda b: (b.time_s, b.id)):
        if groups and burst.time_s - groups[-1][-1].time_s < FLASH_GAP_S:
            groups[-1].append(burst)
        else:
            groups.append([burst])
    return [tuple(group) for group in groups]


def step_times(track: Track, impacts: Sequence[Impact], tempo_s: float) -> Hits:
    """Footfalls of a walker: its impacts where they cover its walk, else steps in its period while it moves.

    A period over 0.8 s is read as the whole cycle of two steps, one below as a single step (walkers step 1.4-2.5 times
    a second). Where the feet themselves were read (`tools.gait`), their rhythm comes before the body's. `tempo_s` is
    the step that the words suggest, for a track without any.
    """
    period_s = track.period_s or tempo_s
    step_s = track.step_s or (period_s / 2 if period_s > 0.8 else period_s)
    own = thin([i for i in impacts if i.strength >= LEAST_STRENGTH], 0.6 * step_s)
    walk_s = track.end_s - track.start_s
    if track.step_s is None and len(own) >= max(2.0, 0.6 * walk_s / step_s):
        return hits_of(own)
    phase_s = own[0].time_s if own else track.start_s + 0.5 * step_s
    if track.step_s and track.step_phase_s is not None:
        phase_s = track.step_phase_s
    first = phase_s - step_s * np.floor((phase_s - track.start_s) / step_s)
    grid = np.arange(first, track.end_s, step_s)
    times, speeds = track.points.times_s, track.points.speeds
    moving = np.interp(grid, times, speeds) > max(0.25 * float(np.median(speeds)), 1e-4)
    grid = grid[moving]
    # Arms and coats stop too; where the feet were read, they alone say when.
    seen = np.array([i.time_s for i in own] if track.step_s is None else [])
    snapped = [
        float(seen[np.argmin(np.abs(seen - t))]) if len(seen) and np.min(np.abs(seen - t)) < 0.2 * step_s else float(t)
        for t in grid
    ]
    onsets = tuple(sorted(set(snapped)))
    # The two feet never fall quite alike.
    strengths = tuple(1.0 if index % 2 == 0 else 0.85 for index in range(len(onsets)))
    return Hits(onsets_s=onsets, strengths=strengths, impact_ids=tuple(i.id for i in own), assumed=0)


def energy_curve(tracks: Sequence[Track], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Speed times size of what moves at `times_s`, (n,) to (n,), as a share of its own maximum."""
    energy = np.zeros_like(times_s)
    for track in tracks:
        at, value = track.points.times_s, track.points.speeds * np.sqrt(track.points.areas)
        inside = (times_s >= track.start_s - 1e-9) & (times_s <= track.end_s + 1e-9)
        energy[inside] = np.maximum(energy[inside], np.interp(times_s[inside], at, value))
    if len(energy) > 4:
        energy = np.convolve(np.pad(energy, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    top = float(energy.max(initial=0.0))
    return energy / top if top > 0 else energy


def level_span(start_s: float, end_s: float, tracks: Sequence[Track], floor: float) -> Span:
    """A steady sound over [start_s, end_s) whose level follows what moves, never under `floor`; at most 200 points."""
    step_s = max(0.1, (end_s - start_s) / 200)
    times = np.arange(start_s, end_s, step_s)
    if not tracks or len(times) < 2:
        return Span(start_s=start_s, end_s=end_s)
    levels = floor + (1.0 - floor) * energy_curve(tracks, times)
    return Span(
        start_s=start_s,
        end_s=end_s,
        level_times_s=tuple(round(float(t), 4) for t in times),
        levels=tuple(round(float(np.clip(v, 0.0, 1.0)), 4) for v in levels),
    )


def trusted_bursts(evidence: PictureEvidence) -> list[Burst]:
    """Flashes that are light and not a bright thing moving in: those that are over within `LONGEST_FLASH_S`."""
    return [b for b in evidence.bursts if b.end_s - b.time_s <= LONGEST_FLASH_S and b.time_s < evidence.clip.duration_s]


def sure_bursts(evidence: PictureEvidence) -> list[Burst]:
    """Flashes that sound even where no words speak of light: short, and over a good part of the picture."""
    return [
        b for b in trusted_bursts(evidence) if b.end_s - b.time_s <= 0.2 and b.box.area >= 0.08 and b.strength >= 0.4
    ]


def trusted_impacts(evidence: PictureEvidence, start_s: float, end_s: float) -> list[Impact]:
    """Impacts of [start_s, end_s) that may be sounded.

    A bare peak of residual motion in a shot whose camera moves much is as likely a fault of the camera estimate as a
    blow.
    """
    shaken = [(s.start_s, s.end_s) for s in evidence.shots if s.camera_motion > 0.5]
    cuts = [s.start_s for s in evidence.shots]
    return [
        _after_cut(impact, cuts)
        for impact in index_of(evidence).impacts_between(start_s, end_s)
        if impact.time_s < evidence.clip.duration_s
        and not (
            impact.kind == "activity" and impact.track_id is None and any(a <= impact.time_s < b for a, b in shaken)
        )
    ]


def _after_cut(impact: Impact, cuts_s: Sequence[float]) -> Impact:
    at = int(np.searchsorted(cuts_s, impact.time_s, side="right")) - 1
    if impact.time_s - cuts_s[max(at, 0)] > _AFTER_CUT_S:
        return impact
    return impact.model_copy(update={"strength": 0.8 * impact.strength})
