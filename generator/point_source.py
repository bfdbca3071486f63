"""The dry point source inside a stereo take: its channels brought together in time, and added.

A model that was trained on a pair of microphones hears a place as a delay between two channels
(tau = d sin(theta) / c). The delay is measured window by window (`tools.delay`), taken out, and the channels are added:
what is common to both adds up, and no comb is left. What is left is mono and stands where the mixer puts it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.tools.delay import WINDOW_S, gcc_phat_delays_s
from foleydesigner.tools.fractional_delay import MARGIN, read_at

Audio = NDArray[np.float32]

LONGEST_DELAY_S = 0.0006
"""Half as much again as a pair 17 cm apart can have; what is measured beyond is no place."""
_HEARD_DB = -40.0
"""Windows this far below the loudest say nothing of a place."""
_HOP_S, _MEDIAN_S = 0.04, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayTrack:
    """tau = t_L - t_R over time: positive where the sound comes from the right.

    Attributes:
        times_s: centres of the windows in which something is heard, (n,), ascending.
        delays_s: (n,), a running median.
        weights: energy of each window over the loudest's, (n,).
    """

    times_s: NDArray[np.float64]
    delays_s: NDArray[np.float64]
    weights: NDArray[np.float64]


def delay_track(stereo: Audio, sample_rate_hz: int) -> DelayTrack:
    """The delay between two channels (2, samples) wherever something is heard."""
    from scipy.ndimage import median_filter

    times, delays = gcc_phat_delays_s(stereo, sample_rate_hz, hop_s=_HOP_S, max_lag_s=LONGEST_DELAY_S)
    power = np.concatenate([[0.0], np.cumsum((stereo.astype(np.float64) ** 2).sum(axis=0))])
    first = np.clip(np.round((times - WINDOW_S / 2) * sample_rate_hz).astype(int), 0, power.size - 1)
    last = np.clip(first + round(WINDOW_S * sample_rate_hz), 0, power.size - 1)
    energy = power[last] - power[first]
    loudest = float(energy.max(initial=0.0))
    heard = energy > loudest * 10.0 ** (_HEARD_DB / 10.0) if loudest > 0.0 else np.zeros(times.size, dtype=bool)
    if not heard.any():
        return DelayTrack(times_s=np.zeros(0), delays_s=np.zeros(0), weights=np.zeros(0))
    step_s = times[1] - times[0] if times.size > 1 else _MEDIAN_S
    width = max(1, 2 * round(_MEDIAN_S / step_s / 2) + 1)
    smooth = median_filter(delays[heard], size=width, mode="nearest")
    return DelayTrack(times_s=times[heard], delays_s=np.asarray(smooth), weights=energy[heard] / loudest)


def point_source(stereo: Audio, sample_rate_hz: int, track: DelayTrack | None = None) -> Audio:
    """Mono (1, samples) of a stereo take (2, samples): each channel moved by half the delay, then their mean.

    The middle of the pair keeps its time: an onset stays where it was.

    Raises:
        EngineError: not two finite channels.
    """
    if stereo.ndim != 2 or stereo.shape[0] != 2 or not np.isfinite(stereo).all():
        raise EngineError(f"audio of shape {stereo.shape}", "two finite channels, (2, samples)", "check the engine")
    known = delay_track(stereo, sample_rate_hz) if track is None else track
    samples = np.arange(stereo.shape[1], dtype=np.float64)
    if not known.times_s.size:
        return np.asarray(stereo.mean(axis=0, keepdims=True), dtype=np.float32)
    half = 0.5 * sample_rate_hz * np.interp(samples / sample_rate_hz, known.times_s, known.delays_s)
    margin = MARGIN + int(np.ceil(LONGEST_DELAY_S * sample_rate_hz)) + 1
    left, right = np.pad(stereo.astype(np.float64), ((0, 0), (margin, margin)))
    mono = 0.5 * (read_at(left, samples + margin + half) + read_at(right, samples + margin - half))
    return mono[None, :].astype(np.float32)


def position_error_us(
    track: DelayTrack, asked_s: NDArray[np.float64], asked_delays_s: NDArray[np.float64]
) -> float | None:
    """Mean distance of measured from asked delays in microseconds, weighted by energy; None where nothing is heard.

    Args:
        track: as measured.
        asked_s: times of what was asked, ascending.
        asked_delays_s: tau at those times, of the same shape.
    """
    if not track.times_s.size:
        return None
    wanted = np.interp(track.times_s, asked_s, asked_delays_s)
    return float(1e6 * np.average(np.abs(track.delays_s - wanted), weights=track.weights))
