"""The exact nominal frame rate of a film, judged from what its header claims and when its frames really stand."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

STANDARD_RATES: tuple[Fraction, ...] = (
    *(Fraction(nominal * 1000, 1001) for nominal in (24, 30, 48, 60, 120)),
    *(Fraction(rate) for rate in (12, 15, 24, 25, 30, 48, 50, 60, 100, 120, 240)),
)
"""SMPTE and broadcast rates, and the usual multiples and fractions of them, frames per second."""

_FALLBACK = Fraction(25)
_SLOWEST, _FASTEST = Fraction(1, 1000), Fraction(1000)


@dataclass(frozen=True, slots=True)
class RateJudgement:
    """Nominal rate in frames per second, whether the intervals vary, and the length of the picture in seconds."""

    rate: Fraction
    variable: bool
    duration_s: float


def usable_rate(*claims: Fraction | None) -> Fraction:
    """The first claim between 0.001 and 1000 frames per second; 25 when there is none."""
    for claim in claims:
        if claim is not None and _SLOWEST <= claim <= _FASTEST:
            return claim
    return _FALLBACK


def snap(rate: float, relative_tolerance: float = 5e-4) -> Fraction:
    """The standard rate within `relative_tolerance` of `rate`, else the nearest fraction with a denominator ≤ 1001."""
    nearest = min(STANDARD_RATES, key=lambda standard: abs(float(standard) - rate))
    if abs(float(nearest) / rate - 1.0) <= relative_tolerance:
        return nearest
    fraction = Fraction(rate).limit_denominator(1001)
    return fraction if fraction > 0 else Fraction(1, 1001)


def judge_rate(
    times_s: NDArray[np.float64], claimed: Fraction, tick_s: float, last_duration_s: float | None = None
) -> RateJudgement:
    """Compare frame times with the claimed rate.

    The rate is variable when any interval strays from the median one by more than a tenth of it plus two ticks of the
    time base (containers with millisecond ticks round each time). A constant rate keeps the exact claim while the mean
    interval agrees with it to one part in a thousand, and is measured and snapped to a standard otherwise.

    Args:
        times_s: presentation times of shape (n,), n ≥ 1, ascending.
        claimed: rate by the header, frames per second.
        tick_s: one tick of the stream's time base, seconds.
        last_duration_s: how long the last frame stands, where the container says so.
    """
    period_s = float(1 / claimed)
    if times_s.size < 2:
        shown_s = last_duration_s if last_duration_s and last_duration_s > 0 else period_s
        return RateJudgement(claimed, False, float(times_s[-1]) + shown_s)
    intervals_s = np.diff(times_s)
    median_s = float(np.median(intervals_s))
    # Where one tick is one frame (AVI), a gap is a whole interval: the allowance stays below that.
    allowance_s = 0.1 * median_s + min(2.0 * tick_s, 0.5 * median_s)
    variable = bool(np.any(np.abs(intervals_s - median_s) > allowance_s))
    span_s = float(times_s[-1] - times_s[0])
    mean_s = span_s / (times_s.size - 1)
    rate = claimed
    # Over a short clip the ticks alone shift the mean by this much.
    slack = 1e-3 + 2.0 * tick_s / span_s
    if not variable and abs(mean_s / period_s - 1.0) > slack:
        rate = snap(1.0 / mean_s)
    usual_s = float(1 / rate) if not variable else median_s
    # A container may give the last frame any length; beyond a few periods it is padding for the sound.
    if last_duration_s is None or not 0.25 * usual_s <= last_duration_s <= 4.0 * usual_s:
        last_duration_s = usual_s
    duration_s = float(times_s[-1]) + last_duration_s
    exact_s = float(times_s.size / rate)
    # Millisecond ticks (Matroska) leave a steady film up to a tick short or long at either end: its count is exact.
    if not variable and 1e-6 < abs(duration_s - exact_s) <= 2.0 * tick_s:
        duration_s = exact_s
    return RateJudgement(rate, variable, duration_s)
