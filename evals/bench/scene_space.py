"""Where a script's events are heard against where the true things are, hit by hit and along their spans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue
from foleydesigner.evals.bench.label_groups import group_of, judged
from foleydesigner.evals.scenes.truth import TrueEvent, Truth
from foleydesigner.script import FoleyScript, SoundEvent

TOLERANCE_S = 0.1
_STEP_S = 0.1
_SECONDS_A_DEGREE = 1e-3
"""Of several hits of one group at one time the one nearer in place is meant: ten degrees weigh like 10 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Errors of matched hits and spans.

    Attributes:
        offsets_s: found minus true onset of every matched hit.
        azimuth_errors_deg: of every matched hit, and of every tenth of a second of matched spans, where the true thing
            is in the picture and the cue has a direction.
        partners: the script event that shares most with each true one.
    """

    offsets_s: NDArray[np.float64]
    azimuth_errors_deg: NDArray[np.float64]
    partners: dict[str, str]


def compare(truth: Truth, script: FoleyScript, cues: Mapping[str, EventCue]) -> Places:
    """Match inside label groups, one to one, and measure."""
    offsets: list[float] = []
    errors: list[float] = []
    shared: dict[tuple[str, str], float] = {}
    events = judged(script)
    for group in sorted({e.group for e in truth.events}):
        theirs = [e for e in truth.events if e.group == group]
        ours = [e for e in events if group_of(e) == group]
        for true, event, true_s, found_s in _matched_hits(truth, theirs, ours, cues):
            offsets.append(found_s - true_s)
            shared[true.id, event.id] = shared.get((true.id, event.id), 0.0) + 1.0
            errors += _errors(truth, true, cues[event.id], np.array([true_s]))
        for true, event, times_s in _matched_spans(truth, theirs, ours, cues):
            shared[true.id, event.id] = shared.get((true.id, event.id), 0.0) + len(times_s) * _STEP_S
            errors += _errors(truth, true, cues[event.id], times_s)
    partners: dict[str, str] = {}
    for (true_id, event_id), _ in sorted(shared.items(), key=lambda item: -item[1]):
        if true_id not in partners and event_id not in partners.values():
            partners[true_id] = event_id
    return Places(offsets_s=np.array(offsets), azimuth_errors_deg=np.array(errors), partners=partners)


def _matched_hits(
    truth: Truth, theirs: list[TrueEvent], ours: list[SoundEvent], cues: Mapping[str, EventCue]
) -> list[tuple[TrueEvent, SoundEvent, float, float]]:
    from scipy.optimize import linear_sum_assignment

    wanted = [(e, t) for e in theirs for t in e.onsets_s]
    found = [(e, t) for e in ours for t in e.onsets_s]
    if not wanted or not found:
        return []
    cost = np.full((len(wanted), len(found)), 1e3)
    for row, (true, true_s) in enumerate(wanted):
        for column, (event, found_s) in enumerate(found):
            if abs(found_s - true_s) <= TOLERANCE_S:
                away = _errors(truth, true, cues[event.id], np.array([true_s]))
                cost[row, column] = abs(found_s - true_s) + _SECONDS_A_DEGREE * (away[0] if away else 0.0)
    rows, columns = linear_sum_assignment(cost)
    pairs = [(wanted[r], found[c]) for r, c in zip(rows, columns, strict=True) if cost[r, c] < 1e3]
    return [(true, event, true_s, found_s) for (true, true_s), (event, found_s) in pairs]


def _matched_spans(
    truth: Truth, theirs: list[TrueEvent], ours: list[SoundEvent], cues: Mapping[str, EventCue]
) -> list[tuple[TrueEvent, SoundEvent, NDArray[np.float64]]]:
    from scipy.optimize import linear_sum_assignment

    wanted = [(e, span) for e in theirs for span in e.spans_s]
    found = [(e, (s.start_s, s.end_s)) for e in ours for s in e.spans]
    if not wanted or not found:
        return []
    cost = np.full((len(wanted), len(found)), 1e3)
    common: dict[tuple[int, int], NDArray[np.float64]] = {}
    for row, (true, (a, b)) in enumerate(wanted):
        for column, (event, (c, d)) in enumerate(found):
            start_s, end_s = max(a, c), min(b, d)
            if end_s - start_s < 0.5 * min(b - a, d - c):
                continue
            common[row, column] = np.arange(start_s, end_s, _STEP_S)
            away = _errors(truth, true, cues[event.id], common[row, column])
            cost[row, column] = float(np.median(away)) if away else 0.0
    rows, columns = linear_sum_assignment(cost)
    return [
        (wanted[r][0], found[c][0], common[r, c])
        for r, c in zip(rows.tolist(), columns.tolist(), strict=True)
        if cost[r, c] < 1e3
    ]


def _errors(truth: Truth, true: TrueEvent, cue: EventCue, times_s: NDArray[np.float64]) -> list[float]:
    """Absolute azimuth errors where both have a direction, degrees."""
    if cue.placement == "diffuse":
        return []
    wanted = truth.azimuth_deg(true, times_s)
    measured = cue.trajectory.sample(times_s)[0]
    known = np.isfinite(wanted)
    return [float(v) for v in np.abs(wanted - measured)[known]]
