"""The 0.1 s frames that the metrics of space are taken on, and which of them sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError

FRAME_S = 0.1
ACTIVE_BELOW_PEAK_DB = 40.0

Audio = NDArray[np.float32]


def frame_centres_s(samples: int, sample_rate_hz: int) -> NDArray[np.float64]:
    """Centres of the whole frames in `samples`, seconds, shape (frames,)."""
    return np.asarray((np.arange(samples // round(FRAME_S * sample_rate_hz)) + 0.5) * FRAME_S)


def frame_power(audio: Audio, sample_rate_hz: int) -> NDArray[np.float64]:
    """Mean square of each channel in each whole frame, (channels, frames).

    Raises:
        EngineError: the audio is not (channels, samples), or not finite.
    """
    if audio.ndim != 2 or not np.isfinite(audio).all():
        raise EngineError(f"audio of shape {audio.shape}", "finite samples, (channels, samples)", "pass a whole mix")
    length = round(FRAME_S * sample_rate_hz)
    count = audio.shape[1] // length
    cut = audio[:, : count * length].astype(np.float64)
    return np.asarray(np.square(cut).reshape(audio.shape[0], count, length).mean(axis=2))


def active_frames(audio: Audio, sample_rate_hz: int) -> NDArray[np.bool_]:
    """Frames within 40 dB of the loudest, shape (frames,); none of a silent clip."""
    power = frame_power(audio, sample_rate_hz).sum(axis=0)
    top = float(power.max(initial=0.0))
    return np.asarray(power > max(top * 10.0 ** (-0.1 * ACTIVE_BELOW_PEAK_DB), 0.0)) if top > 0.0 else power > 0.0
