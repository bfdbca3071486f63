"""Footfalls of a walker from the movement of the lowest part of its region.

A foot is planted while the other swings: what moves near the ground swells at mid-swing and ebbs at each heel strike.
The feet differ in size, light and distance, so the swell often repeats by the whole cycle of two steps rather than by
the step (Whittle, "Gait Analysis", on stance and swing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.periodicity import period_of

LOWEST_SHARE = 0.25
"""Part of a walker's box, from below, in which its feet move."""
_STEP_RANGE_S = (0.25, 0.8)
_LEAST_PERIODICITY = 0.35
_SWING_HALF = 0.4
"""Half a swing, in steps (Whittle: stance 60 %, swing 40 % of the cycle)."""
_PLANTED_HALF = 0.1
"""Half the time in which both feet are planted, in steps."""
_WALK_RANGE_S, _STEPS_TRIED = (0.33, 0.8), 240
_LEAST_SEEN, _LEAST_FRAMES, _LEAST_EXPLAINED = 0.3, 20, 0.6
"""Frames in which a walker has to be seen alone, as a share and a number; explained variance of both curves, of 2."""
_SECOND_STEP = 0.5
"""Share of a second swell in a period from which the period is a cycle of two steps."""


@dataclass(frozen=True, slots=True)
class Gait:
    """A steady walk: one footfall at `phase_s`, the others at whole steps from it."""

    step_s: float
    phase_s: float


def lowest_energy(change: NDArray[np.float32], box: tuple[float, float, float, float]) -> float:
    """Sum of the luminance change (h, w), grey levels, over the lowest quarter of a box in cells (x1, y1, x2, y2).

    Change, not flow: a foot in mid-swing is small and fast, and that is where dense flow loses it.
    """
    x1, y1, x2, y2 = box
    top = max(0, int(y2 - LOWEST_SHARE * (y2 - y1)))
    return float(change[top : int(np.ceil(y2)), max(0, int(x1) - 1) : int(np.ceil(x2)) + 1].sum())


def gait_of(
    energy: NDArray[np.float64],
    times_s: NDArray[np.float64],
    frame_rate: float,
    strides: NDArray[np.float64] | None = None,
) -> Gait | None:
    """The walk in the lowest part of a region seen at `times_s` (n,); None where there is no steady one.

    The period is the energy's own where it is a step's, else half of it (the cycle). The swell of the energy is the
    middle of a swing. A swing takes 40 % of the cycle of two steps, so the footfall that ends it comes 40 % of a step
    later. Where the spread of the feet is known (`strides` (n,), NaN where it is not), both are read together: the feet
    are farthest apart while both are planted, for the tenth of the cycle that begins with a footfall.
    """
    if strides is not None and np.isfinite(strides).sum() >= _LEAST_SEEN * len(strides):
        found = _walk(energy, strides, times_s)
        if found is not None:
            return found
    period_s, periodicity = period_of(energy, frame_rate)
    if period_s is None or periodicity < _LEAST_PERIODICITY:
        return None
    low_s, high_s = _STEP_RANGE_S
    whole, half = (abs(_component(energy, times_s, share * period_s)) for share in (1.0, 0.5))
    both_feet = period_s >= 2 * low_s and half > _SECOND_STEP * whole
    step_s = period_s / 2 if both_feet or period_s > high_s else period_s
    if not low_s <= step_s <= high_s:
        return None
    # Where both feet are seen to swing, the difference between them would only shift the phase.
    wave_s = step_s if both_feet else period_s
    swell_s = -float(np.angle(_component(energy, times_s, wave_s))) / (2 * np.pi) * wave_s
    phase_s = swell_s + _SWING_HALF * step_s
    first_s = float(times_s[0])
    return Gait(step_s=step_s, phase_s=first_s + (phase_s - first_s) % step_s)


def _walk(energy: NDArray[np.float64], strides: NDArray[np.float64], times_s: NDArray[np.float64]) -> Gait | None:
    """The step that explains most of both curves by waves of a step and of a cycle, over frames seen alone."""
    alone = np.isfinite(strides)
    times = times_s[alone]
    if len(times) < _LEAST_FRAMES or float(np.ptp(times)) < 2.5 * _STEP_RANGE_S[0]:
        return None
    curves = [_flattened(curve[alone], times) for curve in (energy, strides)]
    best: tuple[float, float, list[tuple[float, complex]]] | None = None
    for step_s in np.geomspace(_WALK_RANGE_S[0], min(_WALK_RANGE_S[1], float(np.ptp(times)) / 2.0), _STEPS_TRIED):
        fits = [_waves(curve, times, float(step_s)) for curve in curves]
        score = sum(share for share, _ in fits)
        if best is None or score > best[0]:
            best = score, float(step_s), fits
    if best is None or best[0] < _LEAST_EXPLAINED:
        return None
    _, step_s, fits = best
    turns = 0j
    for (share, wave), lag in zip(fits, (_SWING_HALF, -_PLANTED_HALF), strict=True):
        crest = -float(np.angle(wave)) / (2 * np.pi)  # in steps
        turns += share * np.exp(2j * np.pi * (crest + lag))
    phase_s, first_s = float(np.angle(turns)) / (2 * np.pi) * step_s, float(times_s[0])
    return Gait(step_s=step_s, phase_s=first_s + (phase_s - first_s) % step_s)


def _flattened(curve: NDArray[np.float64], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve without its slow course (a cubic) and without outliers, variance 1."""
    place = (times_s - times_s.mean()) / max(float(np.ptp(times_s)), 1e-9)
    held = np.clip(curve, *np.percentile(curve, [3, 97]))
    left = held - np.polyval(np.polyfit(place, held, 3), place)
    return np.asarray(left / max(float(left.std()), 1e-9), dtype=np.float64)


def _waves(curve: NDArray[np.float64], times_s: NDArray[np.float64], step_s: float) -> tuple[float, complex]:
    """Share of the variance that waves of a step and of a cycle explain together, and the step's wave.

    A step that is seen in the cycle alone is none: half of the true period would else do as well as the true one.
    """
    turn = 2 * np.pi * times_s / step_s
    design = np.stack([np.cos(turn), np.sin(turn), np.cos(turn / 2), np.sin(turn / 2)], axis=1)
    weights, *_ = np.linalg.lstsq(design, curve, rcond=None)
    explained = 1.0 - float(np.mean((curve - design @ weights) ** 2))
    own, cycle = np.hypot(weights[0], weights[1]), np.hypot(weights[2], weights[3])
    share = explained * min(1.0, float(own / max(cycle, 1e-9)) / _SECOND_STEP)
    return max(share, 0.0), complex(weights[0], -weights[1])


def _component(energy: NDArray[np.float64], times_s: NDArray[np.float64], period_s: float) -> complex:
    """The Fourier component of a curve at one period."""
    return complex((energy - energy.mean()) @ np.exp(-2j * np.pi * times_s / period_s))
