"""How a curve repeats itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PERIOD_RANGE_S = (0.2, 2.5)
_MIN_PERIODS = 2.5
_MIN_PERIODICITY = 0.3


def period_of(curve: NDArray[np.float64], frame_rate: float) -> tuple[float | None, float]:
    """Period (s) and periodicity in [0, 1] of a curve sampled once a frame.

    The first high peak of the unbiased autocorrelation, detrended over the longest period and interpolated by a
    parabola.
    `(None, height)` where the curve does not repeat itself at least two and a half times.
    """
    shortest, longest = (round(bound * frame_rate) for bound in _PERIOD_RANGE_S)
    longest = min(longest, int(curve.size / _MIN_PERIODS))
    shortest = max(2, shortest)
    if longest <= shortest + 1:
        return None, 0.0
    window = 2 * longest + 1
    trend = np.convolve(np.pad(curve, longest, mode="edge"), np.ones(window) / window, mode="valid")
    centred = curve - trend
    power = float(centred @ centred)
    if power <= 1e-12:
        return None, 0.0
    lags = np.arange(longest + 2)
    size = 1 << int(2 * curve.size - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    correlation = np.fft.irfft(spectrum * spectrum.conj(), size)[: lags.size]
    correlation = correlation / power * curve.size / np.maximum(curve.size - lags, 1)
    inner = correlation[1:-1]
    tops = np.flatnonzero((inner >= correlation[:-2]) & (inner > correlation[2:])) + 1
    tops = tops[(tops >= shortest) & (tops <= longest) & (correlation[tops] > 0.0)]
    if tops.size == 0:
        return None, 0.0
    best = int(next(lag for lag in tops if correlation[lag] >= 0.85 * correlation[tops].max()))
    height = float(np.clip(correlation[best], 0.0, 1.0))
    left, top, right = correlation[best - 1 : best + 2]
    period_s = (best + 0.5 * (left - right) / min(left - 2 * top + right, -1e-9)) / frame_rate
    return (float(period_s), height) if height >= _MIN_PERIODICITY else (None, height)
