"""Reading a signal between its samples: windowed-sinc interpolation that may move from sample to sample."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

TAPS = 32
PHASES = 4096
MARGIN = TAPS // 2
"""Samples that must stand before and after the range that is read."""


@functools.lru_cache(maxsize=1)
def _table() -> NDArray[np.float64]:
    """Kaiser-windowed sinc (beta 7) at PHASES + 1 fractions of a sample, shape (PHASES + 1, TAPS), unit gain at DC.

    Its response is flat within 0.1 dB to 20 kHz at 48 kHz; the rounding to 1/4096 sample stays below -64 dB there.
    """
    fraction = np.arange(PHASES + 1)[:, None] / PHASES
    offset = np.arange(TAPS)[None, :] - (MARGIN - 1) - fraction
    window = np.i0(7.0 * np.sqrt(np.maximum(1.0 - np.square(offset / MARGIN), 0.0)))
    taps = np.sinc(offset) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True))


def read_at(signal: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    """`signal` (n,) at fractional sample `position` (m,), each within [MARGIN - 1, n - MARGIN - 1]; returns (m,)."""
    table = _table()
    whole = np.floor(position).astype(np.int64)
    phase = np.rint((position - whole) * PHASES).astype(np.int64)
    first = whole - (MARGIN - 1)
    if position.size and np.all(first == first[0] + np.arange(position.size)) and np.all(phase == phase[0]):
        stretch = signal[first[0] : first[0] + position.size + TAPS - 1]
        return np.convolve(stretch, table[phase[0], ::-1], mode="valid")
    windows = np.lib.stride_tricks.sliding_window_view(signal, TAPS)
    return np.asarray(np.einsum("ij,ij->i", windows[first], table[phase]))
