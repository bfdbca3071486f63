"""What `gcc_bewo/1`, `crw/1` and `fsad/1` share: frames, and how two delay traces are compared.

Taken from the public evaluation of P. Sun et al., "Both Ears Wide Open: Towards Language-Driven Spatial Audio
Generation" (ICLR 2025; github.com/PeiwenSun2000/Both-Ears-Wide-Open, evaluations/): sound at 16 kHz, ten frames a
second for ten seconds, each 240 ms and 512 samples more from 120 ms before its time, held inside the clip at either
end; the delay of each frame; their mean over the clip, in ms; the square of its difference from the reference's, times
1000. There the reference is another folder of sound; delays count from the other side, which a square does not see. Two
things are ours: a clip that is not ten seconds long has as many frames as fit in it, ten a second, and beside the
comparison of sound with sound stands one with the annotated delay, over the frames that sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.frames import ACTIVE_BELOW_PEAK_DB, Audio
from foleydesigner.tools import resampling

RATE_HZ = 16_000
FRAMES_A_S = 10
WINDOW, SHIFTS = 3840, 512
"""Samples of a window, and by how many a frame is longer."""
MAX_LAG = 24
"""Samples; 1.5 ms."""
MOST_FRAMES = 100
Trace = NDArray[np.float64]


class DelayEstimator(Protocol):
    """Finds the delay between two channels over time."""

    @property
    def name(self) -> str:
        """What a report calls it."""
        ...

    def trace_s(self, stereo: Audio) -> Trace:
        """Delay t_L - t_R in seconds at several moments of each frame: (2, samples) at 16 kHz to (frames, moments)."""
        ...


def at_rate(stereo: Audio, sample_rate_hz: int) -> Audio:
    """(2, samples) at 16 kHz.

    Raises:
        EngineError: not two finite channels, or shorter than one frame.
    """
    if stereo.ndim != 2 or stereo.shape[0] != 2 or not np.isfinite(stereo).all():
        raise EngineError(f"audio of shape {stereo.shape}", "two finite channels, (2, samples)", "pass a stereo stem")
    stereo = resampling.at_rate(stereo, sample_rate_hz, RATE_HZ)
    if stereo.shape[1] < WINDOW + SHIFTS:
        raise EngineError(f"{stereo.shape[1] / RATE_HZ:.3f} s of sound", "0.272 s at least", "pass the whole clip")
    return stereo


def frame_starts(samples: int) -> NDArray[np.int64]:
    """First samples of the frames of a clip at 16 kHz, shape (frames,)."""
    count = min(max(samples * FRAMES_A_S // RATE_HZ, 1), MOST_FRAMES)
    first = np.trunc((np.arange(count) / FRAMES_A_S - 0.5 * WINDOW / RATE_HZ) * RATE_HZ).astype(np.int64)
    return np.clip(first, 0, samples - WINDOW - SHIFTS)


def frame_middles_s(samples: int) -> NDArray[np.float64]:
    """Middles of the frames, seconds, shape (frames,)."""
    return (frame_starts(samples) + 0.5 * (WINDOW + SHIFTS)) / RATE_HZ


def sounding(stereo: Audio) -> NDArray[np.bool_]:
    """Which frames of (2, samples) at 16 kHz come within 40 dB of the loudest, shape (frames,)."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(stereo.astype(np.float64)).sum(axis=0))])
    first = frame_starts(stereo.shape[1])
    power = energy[first + WINDOW + SHIFTS] - energy[first]
    return np.asarray(power > power.max(initial=0.0) * 10.0 ** (-0.1 * ACTIVE_BELOW_PEAK_DB))


def squared_error(trace_s: Trace, reference_s: Trace) -> float:
    """1000 (mean - mean of the reference)^2 with means in ms, as published; over all that both traces hold."""
    return 1e3 * (1e3 * float(np.mean(trace_s)) - 1e3 * float(np.mean(reference_s))) ** 2


def annotated_error(trace_s: Trace, delay_s: NDArray[np.float64], heard: NDArray[np.bool_]) -> float | None:
    """The same against the annotated delay at the frames' middles, (frames,), over frames that sound; None without."""
    if len(trace_s) != len(delay_s) or len(heard) != len(delay_s):
        raise EngineError(f"{len(delay_s)} delays", f"one for each of {len(trace_s)} frames", "see frame_middles_s")
    return squared_error(trace_s[heard], delay_s[heard]) if heard.any() else None


def mono_floor(delays_s: Sequence[NDArray[np.float64]]) -> float:
    """What an always-centred mono sound scores on clips of these delays, (frames,) each."""
    return float(np.mean([squared_error(np.zeros(1), delay_s) for delay_s in delays_s]))


def frame_by_frame(stereo: Audio, delays_s: Callable[[Audio], NDArray[np.float64]]) -> Trace:
    """Run `delays_s` on each frame (2, 4352) of (2, samples) at 16 kHz: (frames, moments)."""
    return np.stack([delays_s(stereo[:, s : s + WINDOW + SHIFTS]) for s in frame_starts(stereo.shape[1])])
