"""Delay between two channels: generalised cross-correlation with phase transform.

C. Knapp and G. Carter, "The generalized correlation method for estimation of time delay", IEEE Trans. ASSP 24(4), 1976.
The phase transform keeps every frequency's phase and forgets its level, so that a coloured sound is measured as sharply
as a white one.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError

Audio = NDArray[np.float32]

WINDOW_S, HOP_S = 0.085, 0.010
MAX_LAG_S = 0.001
INTERPOLATION = 8
_AT_ONCE = 64


def gcc_phat_delays_s(
    stereo: Audio,
    sample_rate_hz: int,
    *,
    window_s: float = WINDOW_S,
    hop_s: float = HOP_S,
    max_lag_s: float = MAX_LAG_S,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Delay tau = t_L - t_R of (2, samples), window by window: positive where the left channel is late.

    The correlation is interpolated eightfold by zero-padding its spectrum, then by a parabola through its peak.

    Returns:
        (times of the windows' centres in seconds, delays in seconds), both (windows,); a silent window reads 0.

    Raises:
        EngineError: not two finite channels.
    """
    if stereo.ndim != 2 or stereo.shape[0] != 2 or not np.isfinite(stereo).all():
        raise EngineError(f"audio of shape {stereo.shape}", "two finite channels, (2, samples)", "pass a stereo stem")
    window, hop = round(window_s * sample_rate_hz), max(1, round(hop_s * sample_rate_hz))
    if stereo.shape[1] < window:
        stereo = np.pad(stereo, ((0, 0), (0, window - stereo.shape[1])))
    frames = np.lib.stride_tricks.sliding_window_view(stereo, window, axis=1)[:, ::hop]
    taper = np.hanning(window + 2)[1:-1]
    times = (np.arange(frames.shape[1]) * hop + 0.5 * window) / sample_rate_hz
    delays = [
        _peaks_s(frames[:, first : first + _AT_ONCE] * taper, sample_rate_hz, max_lag_s)
        for first in range(0, frames.shape[1], _AT_ONCE)
    ]
    return times, np.concatenate(delays)


@functools.lru_cache(maxsize=2)
def _waves(size: int, bins: int, lags: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cosines and sines (bins, lags) that take a spectrum to its interpolated correlation at lags 0, 1 … of 1/8 sample.

    The correlation has tens of thousands of lags and few hundred are looked at: they cost less than the transform.
    """
    whole = size * INTERPOLATION
    angle = 2.0 * np.pi * (np.outer(np.arange(bins), np.arange(lags)) % whole) / whole
    weight = np.full((bins, 1), 2.0 / whole)
    weight[0] = 1.0 / whole
    return weight * np.cos(angle), weight * np.sin(angle)


def _peaks_s(frames: NDArray[np.float64], sample_rate_hz: int, max_lag_s: float) -> NDArray[np.float64]:
    """Lag of the highest correlation of windows (2, n, window), seconds, shape (n,)."""
    from scipy import fft

    size = fft.next_fast_len(2 * frames.shape[2], real=True)
    left, right = fft.rfft(frames, size, axis=2)
    cross = left * np.conj(right)
    magnitude = np.abs(cross)
    # Bins that hold nothing have no phase; what is left there is rounding.
    heard = magnitude > 1e-8 * np.maximum(magnitude.max(axis=1, keepdims=True), 1e-30)
    cross = np.where(heard, cross / np.maximum(magnitude, 1e-30), 0.0)
    reach = int(np.ceil(max_lag_s * sample_rate_hz * INTERPOLATION))
    cosine, sine = _waves(size, cross.shape[1], reach + 2)
    even, odd = np.ascontiguousarray(cross.real) @ cosine, np.ascontiguousarray(cross.imag) @ sine
    around = np.concatenate([(even + odd)[:, :0:-1], even - odd], axis=1)
    peak = 1 + np.argmax(around[:, 1:-1], axis=1)
    row = np.arange(len(peak))
    before, top, after = around[row, peak - 1], around[row, peak], around[row, peak + 1]
    bend = before - 2.0 * top + after
    shift = np.divide(0.5 * (before - after), bend, out=np.zeros_like(top), where=bend < 0.0)
    lag = peak - (reach + 1) + np.clip(shift, -0.5, 0.5)
    return np.where(heard.any(axis=1), lag / (sample_rate_hz * INTERPOLATION), 0.0)
