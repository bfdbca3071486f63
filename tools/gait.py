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


def gait_of(energy: NDArray[np.float64], times_s: NDArray[np.float64], frame_rate: float) -> Gait | None:
    """The walk in the lowest-part energy (n,) of a region seen at `times_s` (n,); None where there is no steady one.

    The period is the energy's own where it is a step's, else half of it (the cycle). The swell of the energy is the
    middle of a swing, and a footfall comes half a step after it.
    """
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
    phase_s = swell_s + step_s / 2
    first_s = float(times_s[0])
    return Gait(step_s=step_s, phase_s=first_s + (phase_s - first_s) % step_s)


def _component(energy: NDArray[np.float64], times_s: NDArray[np.float64], period_s: float) -> complex:
    """The Fourier component of a curve at one period."""
    return complex((energy - energy.mean()) @ np.exp(-2j * np.pi * times_s / period_s))
