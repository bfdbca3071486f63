"""What the specialists' settings do to a dry track: equaliser, compressor, gain, in that order, without delay.

The reverb return and the final limiter, which work on other signals, are re-exported here: `reverb`, `limiter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.mix import DynamicsSettings, EqualiserSettings
from foleydesigner.tools.limiter import TruePeakLimiter, true_peak_limit
from foleydesigner.tools.reverb import StreamingReverb, reachable_rt60_s, reverb_return, room_size_for

__all__ = [
    "StreamingReverb",
    "TruePeakLimiter",
    "compress",
    "equalise",
    "process_dry",
    "reachable_rt60_s",
    "reverb_return",
    "room_size_for",
    "true_peak_limit",
]

Audio = NDArray[np.float32]

LOW_SHELF_HZ, PEAK_HZ, HIGH_SHELF_HZ = 250.0, 1000.0, 4000.0
PEAK_Q = 0.5
"""About two and a half octaves: the whole middle band."""

ATTACK_MS, RELEASE_MS = 8.0, 150.0
"""Slow enough to let the crack of a hit through, fast enough for the next step."""

_SHORTEST = 64
"""pedalboard guesses the channel axis by its length; shorter takes are padded for it."""


def process_dry(
    dry: Audio, equaliser: EqualiserSettings | None, dynamics: DynamicsSettings | None, sample_rate_hz: int
) -> Audio:
    """A track (1 or 2, samples) equalised, compressed and set to its level; same shape, nothing moved in time.

    Raises:
        EngineError: another shape, or samples that are not finite.
    """
    if dry.ndim != 2 or dry.shape[0] not in (1, 2):
        raise EngineError(f"a track of shape {dry.shape}", "(1, samples) or (2, samples)", "pass a take's dry sound")
    if not np.isfinite(dry).all():
        raise EngineError("a track that holds samples that are not finite", "finite audio", "make the take again")
    out = dry.astype(np.float32, copy=True)
    if equaliser is not None:
        out = equalise(out, equaliser, sample_rate_hz)
    if dynamics is not None:
        out = compress(out, dynamics, sample_rate_hz)
        out *= np.float32(10.0 ** (dynamics.gain_db / 20.0))
    return out


def equalise(audio: Audio, settings: EqualiserSettings, sample_rate_hz: int) -> Audio:
    """Low shelf, peak, high shelf and, where asked for, a 12 dB/octave high-pass (-3 dB at its corner)."""
    import pedalboard

    if settings.highpass_hz is not None:
        from scipy.signal import butter, sosfilt

        sections = butter(2, settings.highpass_hz, "highpass", fs=sample_rate_hz, output="sos")
        audio = sosfilt(sections, audio.astype(np.float64), axis=1).astype(np.float32)
    plugins: list[Any] = []
    if settings.low_db:
        plugins.append(pedalboard.LowShelfFilter(cutoff_frequency_hz=LOW_SHELF_HZ, gain_db=settings.low_db))
    if settings.mid_db:
        plugins.append(pedalboard.PeakFilter(cutoff_frequency_hz=PEAK_HZ, gain_db=settings.mid_db, q=PEAK_Q))
    if settings.high_db:
        plugins.append(pedalboard.HighShelfFilter(cutoff_frequency_hz=HIGH_SHELF_HZ, gain_db=settings.high_db))
    return _run(plugins, audio, sample_rate_hz)


def compress(audio: Audio, settings: DynamicsSettings, sample_rate_hz: int) -> Audio:
    """Compression above `compressor_threshold_db` by `compressor_ratio`, without make-up gain; None = none."""
    import pedalboard

    if settings.compressor_threshold_db is None or settings.compressor_ratio <= 1.0:
        return audio
    compressor = pedalboard.Compressor(
        threshold_db=settings.compressor_threshold_db,
        ratio=settings.compressor_ratio,
        attack_ms=ATTACK_MS,
        release_ms=RELEASE_MS,
    )
    return _run([compressor], audio, sample_rate_hz)


def _run(plugins: Sequence[Any], audio: Audio, sample_rate_hz: int) -> Audio:
    samples = audio.shape[1]
    padded = np.pad(audio, ((0, 0), (0, max(0, _SHORTEST - samples))))
    for plugin in plugins:
        padded = plugin(padded, float(sample_rate_hz))
    return np.asarray(padded[:, :samples], dtype=np.float32)
