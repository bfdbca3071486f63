"""`onset_f1/1`: onsets of generated audio against reference onsets, one-to-one within a tolerance, clips pooled.

Floors: the best regular grid (a metronome scores high where there are few onsets) and the 95th percentile of uniformly
random draws of as many onsets as were generated. The ceiling, the reference against itself, is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.metrics.figure import Figure

METRIC = "onset_f1/1"
TOLERANCE_S = 0.1

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Counts that pool by addition.

    Attributes:
        matched: onsets of either side that have a partner.
        found: onsets generated.
        wanted: onsets of the reference.
    """

    matched: int
    found: int
    wanted: int

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(
            matched=self.matched + other.matched, found=self.found + other.found, wanted=self.wanted + other.wanted
        )

    @property
    def f1(self) -> float:
        """2 matched / (found + wanted); 1 when both sides are empty."""
        total = self.found + self.wanted
        return 2.0 * self.matched / total if total else 1.0


def agreement(found_s: Times, wanted_s: Times, tolerance_s: float = TOLERANCE_S) -> Agreement:
    """The largest one-to-one matching of two ascending lists of times, shapes (n,) and (m,), within `tolerance_s`.

    Taking the earliest admissible partner in time order is optimal: the intervals all have one width.
    """
    matched = i = j = 0
    while i < len(found_s) and j < len(wanted_s):
        if abs(found_s[i] - wanted_s[j]) <= tolerance_s:
            matched, i, j = matched + 1, i + 1, j + 1
        elif found_s[i] < wanted_s[j]:
            i += 1
        else:
            j += 1
    return Agreement(matched=matched, found=len(found_s), wanted=len(wanted_s))


def pooled(parts: Sequence[Agreement]) -> Agreement:
    """All clips as one."""
    return sum(parts, start=Agreement(matched=0, found=0, wanted=0))


def random_floor(
    counts: Sequence[int],
    wanted: Sequence[Times],
    durations_s: Sequence[float],
    seed: int = 0,
    draws: int = 200,
    tolerance_s: float = TOLERANCE_S,
) -> tuple[float, float]:
    """(mean, 95th percentile) of the pooled F1 of as many uniformly random onsets as were generated in each clip."""
    rng = np.random.default_rng(seed)
    scores = [
        pooled(
            [
                agreement(np.sort(rng.uniform(0.0, length_s, count)), times, tolerance_s)
                for count, times, length_s in zip(counts, wanted, durations_s, strict=True)
            ]
        ).f1
        for _ in range(draws)
    ]
    return float(np.mean(scores)), float(np.percentile(scores, 95.0))


def grid_floor(wanted: Sequence[Times], durations_s: Sequence[float], tolerance_s: float = TOLERANCE_S) -> float:
    """The best pooled F1 of any one regular grid: periods 0.15-2 s in steps of 10 ms, ten phases each."""
    best = 0.0
    for period_s in np.arange(0.15, 2.005, 0.01):
        for phase in np.arange(0.0, 1.0, 0.1):
            grids = [np.arange(phase * period_s, length_s, period_s) for length_s in durations_s]
            best = max(best, pooled([agreement(g, t, tolerance_s) for g, t in zip(grids, wanted, strict=True)]).f1)
    return best


def figure(
    found: Sequence[Times], wanted: Sequence[Times], durations_s: Sequence[float], tolerance_s: float = TOLERANCE_S
) -> Figure:
    """Pooled F1 of clips; its floor is the better of a regular grid and of lucky random onsets.

    Args:
        found: generated onsets of each clip, ascending, seconds, shape (n,) each.
        wanted: onsets of its reference, the same.
        durations_s: lengths of the clips.
        tolerance_s: farthest that two matched onsets may lie apart.
    """
    counts = pooled([agreement(f, w, tolerance_s) for f, w in zip(found, wanted, strict=True)])
    if not counts.found and not counts.wanted:
        return Figure(metric=METRIC, value=None, ceiling=1.0, count=0, note="no onsets on either side")
    mean, high = random_floor([len(f) for f in found], wanted, durations_s, tolerance_s=tolerance_s)
    grid = grid_floor(wanted, durations_s, tolerance_s)
    return Figure(
        metric=METRIC,
        value=counts.f1,
        floor=max(grid, high),
        floor_is=f"best grid {grid:.3f}, random onsets {mean:.3f} on average and {high:.3f} at the 95th percentile",
        ceiling=1.0,
        ceiling_is="the reference",
        count=counts.wanted,
        note=f"within {1000 * tolerance_s:g} ms; {counts.matched} matched, {counts.found} generated",
    )
