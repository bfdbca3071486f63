"""`itd_mae_us/1`: how far the delay between the channels is from the one that the cue's azimuth implies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.frames import (
    ACTIVE_BELOW_PEAK_DB,
    FRAME_S,
    Audio,
    active_frames,
    frame_centres_s,
)
from foleydesigner.tools.delay import WINDOW_S, gcc_phat_delays_s

METRIC = "itd_mae_us/1"


def frame_delays_s(stereo: Audio, sample_rate_hz: int) -> NDArray[np.float64]:
    """Mean GCC-PHAT delay t_L - t_R of the windows whose centre lies in each 0.1 s frame, shape (frames,).

    Windows that do not come within 40 dB of the loudest say nothing of a place and are left out.
    """
    times, delays = gcc_phat_delays_s(stereo, sample_rate_hz)
    count = len(frame_centres_s(stereo.shape[1], sample_rate_hz))
    frame = np.floor(times / FRAME_S + 1e-9).astype(int)
    kept = (frame < count) & _sounding(stereo, times, sample_rate_hz)
    sums = np.bincount(frame[kept], weights=delays[kept], minlength=count)
    number = np.bincount(frame[kept], minlength=count)
    # A frame without a window's centre, as the first and the last may be, takes its neighbour's.
    mean = np.full(count, np.nan)
    mean[number > 0] = sums[number > 0] / number[number > 0]
    known = np.flatnonzero(number > 0)
    return np.interp(np.arange(count), known, mean[known]) if known.size else np.zeros(count)


def _sounding(stereo: Audio, centres_s: NDArray[np.float64], sample_rate_hz: int) -> NDArray[np.bool_]:
    """Which windows around `centres_s` come within 40 dB of the loudest of them, shape (windows,)."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(stereo.astype(np.float64)).sum(axis=0))])
    first = np.round((centres_s - 0.5 * WINDOW_S) * sample_rate_hz).astype(int)
    last = np.minimum(first + round(WINDOW_S * sample_rate_hz), stereo.shape[1])
    power = energy[last] - energy[np.minimum(first, stereo.shape[1])]
    return np.asarray(power > power.max(initial=0.0) * 10.0 ** (-0.1 * ACTIVE_BELOW_PEAK_DB))


def itd_mae_us(stereo: Audio, delay_s: NDArray[np.float64], sample_rate_hz: int) -> tuple[float | None, int]:
    """Mean absolute error in microseconds over active frames, and their number; None where nothing sounds.

    Args:
        stereo: (2, samples), dry or direct-path.
        delay_s: tau = t_L - t_R = d sin(theta) / 343 m/s at the centre of each 0.1 s frame, shape (frames,).
        sample_rate_hz: 48 000 by the definition.

    Raises:
        EngineError: as many delays as whole frames are needed.
    """
    active = active_frames(stereo, sample_rate_hz)
    if len(delay_s) != len(active):
        raise EngineError(f"{len(delay_s)} delays", f"one for each of {len(active)} frames", "see frame_centres_s")
    if not active.any():
        return None, 0
    measured = frame_delays_s(stereo, sample_rate_hz)
    return float(np.mean(np.abs(measured - delay_s)[active]) * 1e6), int(active.sum())


def figure(stereo: Audio, delay_s: NDArray[np.float64], sample_rate_hz: int, reference: Audio | None = None) -> Figure:
    """The figure with its floor, what a centred mono sound scores, and its ceiling, what the `reference` scores."""
    value, count = itd_mae_us(stereo, delay_s, sample_rate_hz)
    active = active_frames(stereo, sample_rate_hz)
    return Figure(
        metric=METRIC,
        value=value,
        unit="us",
        floor=float(np.mean(np.abs(delay_s[active])) * 1e6) if active.any() else None,
        floor_is="centred mono",
        ceiling=None if reference is None else itd_mae_us(reference, delay_s, sample_rate_hz)[0],
        ceiling_is="" if reference is None else "the simulated reference",
        count=count,
    )
