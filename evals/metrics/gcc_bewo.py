"""`gcc_bewo/1`: the published squared error of delays by GCC-PHAT without interpolation (`evals.metrics.bewo`).

Each frame is read by 513 windows of 3840 samples, one sample apart; phase transform with an FFT of 7680; the lag of the
highest absolute correlation within 24 samples; their mean. One departure: where a channel is silent the published code
reads one edge of the range, because it takes the first of equal values; here such a window reads the centre.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.metrics.bewo import MAX_LAG, RATE_HZ, SHIFTS, WINDOW, Trace, frame_by_frame
from foleydesigner.evals.metrics.frames import Audio

METRIC = "gcc_bewo/1"
_FFT = 2 * WINDOW


class GccPhat:
    """The estimator of the definition.

    Attributes:
        step: samples between windows: 1 by the definition. A frame's windows share nearly all of their samples, so that
            every 32nd gives nearly the same mean in a thirtieth of the time; a report says so.
    """

    def __init__(self, step: int = 1) -> None:
        self.step = step

    @property
    def name(self) -> str:
        """With the number of windows, where it is not the published one."""
        count = SHIFTS // self.step + 1
        return "GCC-PHAT" if self.step == 1 else f"GCC-PHAT, {count} of the {SHIFTS + 1} windows of a frame"

    def trace_s(self, stereo: Audio) -> Trace:
        """(2, samples) at 16 kHz to delays t_L - t_R in seconds, (frames, windows)."""
        return frame_by_frame(stereo, self._delays_s)

    def _delays_s(self, frame: Audio) -> NDArray[np.float64]:
        from scipy import fft

        windows = np.lib.stride_tricks.sliding_window_view(frame.astype(np.float32), WINDOW, axis=1)[:, :: self.step]
        # (2, windows, 3841), complex of single precision.
        left, right = fft.rfft(windows, _FFT, axis=2)
        cross = left * np.conj(right)
        cross /= np.abs(cross) + 1e-20
        correlation = np.abs(np.concatenate([cross.real, cross.imag], axis=1) @ _lags())
        lag = np.argmax(correlation, axis=1) - MAX_LAG
        heard = windows.any(axis=2).all(axis=0)
        return np.where(heard, lag / RATE_HZ, 0.0)


@lru_cache(maxsize=1)
def _lags() -> NDArray[np.float32]:
    """The rows of the inverse transform for lags of -24 to 24 samples, for (real, imaginary) parts, (7682, 49)."""
    angle = 2.0 * np.pi * np.outer(np.arange(WINDOW + 1), np.arange(-MAX_LAG, MAX_LAG + 1)) / _FFT
    twice = np.full((WINDOW + 1, 1), 2.0)
    twice[[0, -1]] = 1.0
    return np.concatenate([twice * np.cos(angle), -twice * np.sin(angle)]).astype(np.float32)
