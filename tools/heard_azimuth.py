"""Where a placed hit is heard: its azimuth read back from level or delay between the two channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.audio_source import AudioSource, read_padded
from foleydesigner.tools.delay import gcc_phat_delays_s
from foleydesigner.tools.panning import SPEED_OF_SOUND_M_S

WINDOW_S = 0.085


def heard_azimuths_deg(
    stereo: AudioSource,
    sample_rate_hz: int,
    times_s: Sequence[float],
    *,
    law: Literal["film", "spaced_pair"],
    field_of_view_deg: float = 90.0,
    microphone_spacing_m: float = 0.17,
) -> NDArray[np.float64]:
    """Azimuths (n,) in degrees, left negative, over the 85 ms after each time; NaN where nothing sounds.

    Film law: the inverse of the sine-cosine law, theta = FOV/2 * (4/pi * atan2(R, L) - 1) of the channels' rms. Spaced
    pair: theta = asin(tau * c / d) of the GCC-PHAT delay tau.

    Args:
        stereo: the placed take, two channels.
        sample_rate_hz: its rate.
        times_s: seconds from its first sample.
        law: how it was placed.
        field_of_view_deg: of the film law.
        microphone_spacing_m: d of the spaced pair.
    """
    window = round(WINDOW_S * sample_rate_hz)
    out = np.full(len(times_s), np.nan)
    for index, time_s in enumerate(times_s):
        first = round(time_s * sample_rate_hz)
        part = read_padded(stereo, first, first + window).astype(np.float64)
        level = np.sqrt((part**2).mean(axis=1))
        if level.max() < 1e-5:
            continue
        if law == "film":
            pan = 4.0 / np.pi * np.arctan2(level[1], level[0]) - 1.0
            out[index] = 0.5 * field_of_view_deg * pan
        else:
            _, delays_s = gcc_phat_delays_s(part.astype(np.float32), sample_rate_hz, window_s=WINDOW_S)
            sine = float(delays_s[0]) * SPEED_OF_SOUND_M_S / microphone_spacing_m
            out[index] = np.rad2deg(np.arcsin(np.clip(sine, -1.0, 1.0)))
    return out
