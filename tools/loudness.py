"""Loudness by ITU-R BS.1770-4 and EBU R128 (Tech 3341, 3342), over streams of any length.

The weighting filters come from pyloudnorm; its meter needs a whole file in memory, so the gating blocks are kept here:
the K-weighted energy of every 100 ms, which all windows (400 ms at 75 % overlap, 3 s) are sums of.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ConfigurationError
from foleydesigner.mix import LoudnessReport
from foleydesigner.tools.audio_file import read_blocks, wav_shape
from foleydesigner.tools.audio_source import AudioSource, as_source, blocks_of
from foleydesigner.tools.true_peak import TruePeakMeter

Audio = NDArray[np.float32]

SILENCE_LUFS = -100.0
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
STEP_S, MOMENTARY_STEPS, SHORT_TERM_STEPS = 0.1, 4, 30

CHANNEL_WEIGHTS: dict[int, tuple[float, ...]] = {1: (1.0,), 2: (1.0, 1.0), 6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)}
"""G of BS.1770-4, table 3, for mono, stereo and L R C LFE Ls Rs (the LFE is not measured)."""


class LoudnessMeter:
    """Measures a stream of (channels, m) blocks; ask for `report` after the last.

    Args:
        sample_rate_hz: a multiple of 10, so that 100 ms are whole samples.
        channels: 1, 2 or 6 (L R C LFE Ls Rs).
        peaks: measure true and sample peak too; without, they read -100.

    Raises:
        ConfigurationError: another rate or channel count.
    """

    def __init__(self, sample_rate_hz: int, channels: int, *, peaks: bool = True) -> None:
        if channels not in CHANNEL_WEIGHTS or sample_rate_hz % 10 or sample_rate_hz < 8000:
            raise ConfigurationError(
                f"{channels} channels at {sample_rate_hz} Hz",
                "1, 2 or 6 channels (L R C LFE Ls Rs) at a multiple of 10 Hz from 8 kHz",
                "convert the audio first",
            )
        self._weights = np.array(CHANNEL_WEIGHTS[channels])
        self._sections = k_weighting(sample_rate_hz)
        self._state = np.zeros((self._sections.shape[0], channels, 2))
        self._step = sample_rate_hz // 10
        self._rest = np.zeros(0)
        self._energies: list[NDArray[np.float64]] = []
        self._peaks = TruePeakMeter()
        self._with_peaks = peaks

    def add(self, block: Audio) -> None:
        """Take in (channels, m)."""
        from scipy.signal import sosfilt

        if block.shape[1] == 0:
            return
        if self._with_peaks:
            self._peaks.add(block)
        weighted, self._state = sosfilt(self._sections, block.astype(np.float64), axis=1, zi=self._state)
        power = np.concatenate([self._rest, self._weights @ np.square(weighted)])
        whole = power.size // self._step
        self._energies.append(power[: whole * self._step].reshape(whole, self._step).sum(axis=1))
        self._rest = power[whole * self._step :]

    def report(self) -> LoudnessReport:
        """The figures of all that was added; -100 stands for silence."""
        self._peaks.finish()
        steps = np.concatenate([*self._energies, [self._rest.sum()]])
        momentary = _windows(steps, MOMENTARY_STEPS, self._step)
        short_term = _windows(steps, SHORT_TERM_STEPS, self._step)
        return LoudnessReport(
            integrated_lufs=self._integrated(),
            loudness_range_lu=_loudness_range(short_term[SHORT_TERM_STEPS - 1 : steps.size - 1]),
            momentary_max_lufs=_lufs(float(momentary.max(initial=0.0))),
            short_term_max_lufs=_lufs(float(short_term.max(initial=0.0))),
            true_peak_dbtp=self._peaks.true_peak_dbtp,
            sample_peak_dbfs=self._peaks.sample_peak_dbfs,
        )

    def _integrated(self) -> float:
        """Gated loudness (BS.1770-4, eq. 2-7); a sound shorter than one block is padded with zeros to 400 ms."""
        steps = np.concatenate(self._energies) if self._energies else np.zeros(0)
        if steps.size < MOMENTARY_STEPS:
            return _lufs(float(steps.sum() + self._rest.sum()) / (MOMENTARY_STEPS * self._step))
        blocks = np.convolve(steps, np.ones(MOMENTARY_STEPS), mode="valid") / (MOMENTARY_STEPS * self._step)
        loud = blocks[blocks >= _power(ABSOLUTE_GATE_LUFS)]
        if loud.size == 0:
            return SILENCE_LUFS
        gate = max(float(loud.mean()) * 10.0 ** (0.1 * RELATIVE_GATE_LU), _power(ABSOLUTE_GATE_LUFS))
        return _lufs(float(loud[loud > gate].mean()))


def k_weighting(sample_rate_hz: int) -> NDArray[np.float64]:
    """Second-order sections (2, 6) of the K-weighting; at 48 kHz the coefficients of BS.1770-4, tables 1 and 2."""
    from pyloudnorm.iirfilter import IIRfilter

    stages = (
        IIRfilter(3.99984385397, 0.7071752369554193, 1681.9744509555319, sample_rate_hz, "high_shelf_DeMan"),
        IIRfilter(0.0, 0.5003270373253953, 38.13547087613982, sample_rate_hz, "high_pass_DeMan"),
    )
    return np.array([np.concatenate(stage.generate_coefficients()) for stage in stages], dtype=np.float64)


def measure_blocks(blocks: Iterable[Audio], sample_rate_hz: int, channels: int) -> LoudnessReport:
    """Loudness report of a stream of (channels, m) blocks."""
    meter = LoudnessMeter(sample_rate_hz, channels)
    for block in blocks:
        meter.add(block)
    return meter.report()


def measure(audio: Audio, sample_rate_hz: int) -> LoudnessReport:
    """Loudness report of (channels, samples); 1, 2 or 6 channels."""
    return measure_blocks([audio], sample_rate_hz, audio.shape[0])


def integrated_lufs(audio: Audio | AudioSource, sample_rate_hz: int) -> float:
    """Gated loudness of (channels, samples) alone, without peaks: for stems and takes by the hundred."""
    source = as_source(audio)
    meter = LoudnessMeter(sample_rate_hz, source.channels, peaks=False)
    for block in blocks_of(source):
        meter.add(block)
    return meter.report().integrated_lufs


def gain_to_target_db(integrated_lufs: float, target_lufs: float | None) -> float:
    """Gain in dB that brings a mix to a programme target; 0 without a target, or for silence."""
    return 0.0 if target_lufs is None or integrated_lufs <= ABSOLUTE_GATE_LUFS else target_lufs - integrated_lufs


def measure_file(path: Path) -> LoudnessReport:
    """Loudness report of a sound file, read in blocks.

    Raises:
        JobError: the file cannot be read.
        ConfigurationError: it has another channel count than 1, 2 or 6.
    """
    channels, _, sample_rate_hz = wav_shape(path)
    return measure_blocks(read_blocks(path), sample_rate_hz, channels)


def _windows(steps: NDArray[np.float64], length: int, step: int) -> NDArray[np.float64]:
    """Mean power of the window of `length` steps ending with each step; before the start there is silence."""
    sums = np.cumsum(np.concatenate([np.zeros(length), steps]))
    return np.asarray(np.maximum(sums[length:] - sums[:-length], 0.0) / (length * step))


def _loudness_range(short_term: NDArray[np.float64]) -> float:
    """LRA in LU (EBU Tech 3342): 10th to 95th percentile of gated short-term loudness; 0 when too short."""
    loud = short_term[short_term >= _power(ABSOLUTE_GATE_LUFS)]
    if loud.size == 0:
        return 0.0
    gated = loud[loud >= loud.mean() * 10.0 ** (0.1 * RANGE_GATE_LU)]
    low, high = np.percentile(10.0 * np.log10(gated), [10.0, 95.0])
    return float(high - low)


def _lufs(power: float) -> float:
    """-0.691 + 10 log10 (BS.1770-4, eq. 2), not below -100."""
    return SILENCE_LUFS if power <= 1e-10 else max(float(-0.691 + 10.0 * np.log10(power)), SILENCE_LUFS)


def _power(lufs: float) -> float:
    return float(10.0 ** (0.1 * (lufs + 0.691)))
