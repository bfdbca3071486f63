"""What the specialists' settings do to a dry track: equaliser, compressor, gain, in that order, without delay.

The reverb return and the final limiter, which work on other signals, are re-exported here: `reverb`, `limiter`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.mix import DynamicsSettings, EqualiserSettings
from foleydesigner.tools.audio_source import ArraySource, AudioSource, blocks_of
from foleydesigner.tools.limiter import TruePeakLimiter, true_peak_limit
from foleydesigner.tools.reverb import StreamingReverb, reachable_rt60_s, reverb_return, room_size_for

__all__ = [
    "StreamingReverb",
    "TruePeakLimiter",
    "process_dry",
    "processed_blocks",
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
"""pedalboard guesses the channel axis by its length; a shorter block is padded for it."""

_PLUGIN_BLOCK = 8192


def processed_blocks(
    dry: AudioSource, equaliser: EqualiserSettings | None, dynamics: DynamicsSettings | None, sample_rate_hz: int
) -> Iterator[Audio]:
    """A track (1 or 2 channels) equalised, compressed and set to its level, in blocks; nothing moved in time.

    Raises:
        EngineError: another channel count, or samples that are not finite.
    """
    if dry.channels not in (1, 2):
        raise EngineError(f"a track of {dry.channels} channels", "one or two", "pass a take's dry sound")
    steps: list[_Step] = []
    if equaliser is not None:
        steps += _equaliser(equaliser, sample_rate_hz)
    if dynamics is not None:
        steps += _compressor(dynamics, sample_rate_hz)
    gain = np.float32(1.0 if dynamics is None else 10.0 ** (dynamics.gain_db / 20.0))
    for block in blocks_of(dry):
        if not np.isfinite(block).all():
            raise EngineError("a track that holds samples that are not finite", "finite audio", "make the take again")
        for step in steps:
            block = step(block)
        yield block * gain


def process_dry(
    dry: Audio, equaliser: EqualiserSettings | None, dynamics: DynamicsSettings | None, sample_rate_hz: int
) -> Audio:
    """`processed_blocks` of an array (1 or 2, samples), in one; same shape."""
    source = ArraySource(dry)
    return np.concatenate(
        [np.zeros_like(dry[:, :0]), *processed_blocks(source, equaliser, dynamics, sample_rate_hz)], axis=1
    )


class _Step(Protocol):
    """A processor with its state: (channels, m) in, as many out."""

    def __call__(self, block: Audio) -> Audio: ...


def _equaliser(settings: EqualiserSettings, sample_rate_hz: int) -> list[_Step]:
    """Where asked for a 12 dB/octave high-pass (-3 dB at its corner), then low shelf, peak and high shelf."""
    import pedalboard

    plugins: list[Any] = []
    if settings.low_db:
        plugins.append(pedalboard.LowShelfFilter(cutoff_frequency_hz=LOW_SHELF_HZ, gain_db=settings.low_db))
    if settings.mid_db:
        plugins.append(pedalboard.PeakFilter(cutoff_frequency_hz=PEAK_HZ, gain_db=settings.mid_db, q=PEAK_Q))
    if settings.high_db:
        plugins.append(pedalboard.HighShelfFilter(cutoff_frequency_hz=HIGH_SHELF_HZ, gain_db=settings.high_db))
    steps: list[_Step] = [_Plugins(plugins, sample_rate_hz)] if plugins else []
    if settings.highpass_hz is not None:
        steps.insert(0, _HighPass(settings.highpass_hz, sample_rate_hz))
    return steps


def _compressor(settings: DynamicsSettings, sample_rate_hz: int) -> list[_Step]:
    """Compression above `compressor_threshold_db` by `compressor_ratio`, without make-up gain; None = none."""
    import pedalboard

    if settings.compressor_threshold_db is None or settings.compressor_ratio <= 1.0:
        return []
    compressor = pedalboard.Compressor(
        threshold_db=settings.compressor_threshold_db,
        ratio=settings.compressor_ratio,
        attack_ms=ATTACK_MS,
        release_ms=RELEASE_MS,
    )
    return [_Plugins([compressor], sample_rate_hz)]


class _HighPass:
    def __init__(self, corner_hz: float, sample_rate_hz: int) -> None:
        from scipy.signal import butter

        self._sections = butter(2, corner_hz, "highpass", fs=sample_rate_hz, output="sos")
        self._state: NDArray[np.float64] | None = None

    def __call__(self, block: Audio) -> Audio:
        from scipy.signal import sosfilt

        if self._state is None:
            self._state = np.zeros((len(self._sections), block.shape[0], 2))
        out, self._state = sosfilt(self._sections, block.astype(np.float64), axis=1, zi=self._state)
        return np.asarray(out, dtype=np.float32)


class _Plugins:
    """pedalboard plugins that go on where the last block ended."""

    def __init__(self, plugins: Sequence[Any], sample_rate_hz: int) -> None:
        self._plugins = plugins
        self._rate = float(sample_rate_hz)
        self._begun = False

    def __call__(self, block: Audio) -> Audio:
        samples = block.shape[1]
        padded = np.pad(block, ((0, 0), (0, max(0, _SHORTEST - samples))))
        for plugin in self._plugins:
            # A plugin forgets its state when a block is longer than any before: only the last may be shorter.
            padded = plugin(padded, self._rate, buffer_size=_PLUGIN_BLOCK, reset=not self._begun)
        self._begun = True
        return np.asarray(padded[:, :samples], dtype=np.float32)
