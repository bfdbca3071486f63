"""Coloured noise, slow curves and random event times: the raw material of every texture.

Noise is shaped in the frequency domain: independent complex Gaussian bins times a magnitude curve, transformed back.
Long stretches are made of blocks joined by equal-power cross-fades, so memory stays bounded, nothing repeats and no
seam shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]
Curve = NDArray[np.float64]
Magnitude = Callable[[Curve], Curve]
"""Magnitude of a spectrum, linear, at frequencies in Hz of any shape; its overall scale does not matter."""

_BLOCK_SAMPLES = 1 << 17
_SEAM_SAMPLES = 1 << 12


def equal_power_ramp(length: int) -> Mono:
    """Quarter sine from 0 to 1, shape (length,): its square and its mirror's square sum to one."""
    steps = np.arange(length, dtype=np.float32) + np.float32(0.5)
    return np.asarray(np.sin(steps * np.float32(np.pi / 2 / max(length, 1))), dtype=np.float32)


def shaped_noise(length: int, magnitude: Magnitude, sample_rate_hz: int, rng: np.random.Generator) -> Mono:
    """Gaussian noise of unit expected RMS, shape (length,), whose spectrum follows `magnitude`; no DC."""
    if length <= _BLOCK_SAMPLES:
        return _shaped_block(length, magnitude, sample_rate_hz, rng)
    out = np.zeros(length, dtype=np.float32)
    ramp = equal_power_ramp(_SEAM_SAMPLES)
    for start in range(0, length, _BLOCK_SAMPLES):
        stop = min(start + _BLOCK_SAMPLES + _SEAM_SAMPLES, length)
        block = _shaped_block(_BLOCK_SAMPLES + _SEAM_SAMPLES, magnitude, sample_rate_hz, rng)[: stop - start]
        if start:
            head = min(_SEAM_SAMPLES, block.size)
            block[:head] *= ramp[:head]
        if stop - start > _BLOCK_SAMPLES:
            tail = stop - start - _BLOCK_SAMPLES
            block[_BLOCK_SAMPLES:] *= ramp[::-1][:tail]
        out[start:stop] += block
    return out


def _shaped_block(length: int, magnitude: Magnitude, sample_rate_hz: int, rng: np.random.Generator) -> Mono:
    from scipy import fft

    # Short pieces are cut from a longer one, otherwise their few bins could not follow the curve.
    size = fft.next_fast_len(max(length, sample_rate_hz // 8), real=True)
    shape = magnitude(np.asarray(np.fft.rfftfreq(size, 1.0 / sample_rate_hz), dtype=np.float64)).astype(np.float32)
    shape[0] = 0.0
    power = float(np.sum(shape[1:].astype(np.float64) ** 2))
    bins = rng.standard_normal((shape.size, 2), dtype=np.float32).view(np.complex64)[:, 0]
    bins *= shape * np.float32(size / (2.0 * np.sqrt(max(power, 1e-30))))
    block: Mono = fft.irfft(bins, size)[:length]
    return block


def band(low_hz: float, high_hz: float, slope_db_per_octave: float = 0.0, steepness: int = 2) -> Magnitude:
    """Band-pass with Butterworth-like edges of order `steepness`, tilted inside by `slope_db_per_octave`."""
    exponent = slope_db_per_octave / (20.0 * np.log10(2.0))

    def magnitude(frequency_hz: Curve) -> Curve:
        f = np.maximum(frequency_hz, 1e-3)
        edges = 1.0 / np.sqrt((1.0 + (low_hz / f) ** (2 * steepness)) * (1.0 + (f / high_hz) ** (2 * steepness)))
        return np.asarray(edges * (f / np.sqrt(low_hz * high_hz)) ** exponent)

    return magnitude


def resonances(peaks: tuple[tuple[float, float, float], ...], floor: float = 0.0) -> Magnitude:
    """Sum of second-order resonances (centre in Hz, quality, gain) over a flat `floor`."""

    def magnitude(frequency_hz: Curve) -> Curve:
        f = np.maximum(frequency_hz, 1e-3)
        total = np.full(f.shape, floor)
        for centre_hz, quality, gain in peaks:
            total += gain / np.sqrt(1.0 + (quality * (f / centre_hz - centre_hz / f)) ** 2)
        return total

    return magnitude


@dataclass(frozen=True, slots=True)
class Wander:
    """A smooth random curve of zero mean and unit variance, readable at any time, that does not repeat.

    A sum of sinusoids whose rates are drawn log-uniformly with power falling as 1/f (slow changes are larger): a
    stationary process that needs no memory, so blocks rendered apart agree about it.
    """

    rates_hz: Curve
    phases: Curve
    amplitudes: Curve

    @classmethod
    def draw(cls, rng: np.random.Generator, slowest_hz: float, fastest_hz: float, terms: int = 9) -> Wander:
        """Draw one between two rates of change."""
        edges = np.geomspace(slowest_hz, fastest_hz, terms + 1)
        rates = edges[:-1] * (edges[1:] / edges[:-1]) ** rng.uniform(size=terms)
        amplitudes = rates**-0.5
        amplitudes *= np.sqrt(2.0 / np.sum(amplitudes**2))
        return cls(rates, rng.uniform(0.0, 2.0 * np.pi, terms), amplitudes)

    def at(self, times_s: Curve) -> Curve:
        """Values at `times_s`, same shape."""
        angle = 2.0 * np.pi * self.rates_hz[:, None] * np.ravel(times_s) + self.phases[:, None]
        return np.asarray(self.amplitudes @ np.sin(angle)).reshape(np.shape(times_s))

    def integral(self, times_s: Curve) -> Curve:
        """Integral from 0 to `times_s`, seconds."""
        turn = 2.0 * np.pi * self.rates_hz[:, None]
        angle = turn * np.ravel(times_s) + self.phases[:, None]
        area = (np.cos(self.phases)[:, None] - np.cos(angle)) / turn
        return np.asarray(self.amplitudes @ area).reshape(np.shape(times_s))


def unit_interval(values: Curve) -> Curve:
    """Squash a zero-mean, unit-variance curve smoothly into (0, 1)."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.8 * values))


def poisson_times(rate_hz: Curve, times_s: Curve, rng: np.random.Generator) -> Curve:
    """Event times of an inhomogeneous Poisson process, ascending.

    Args:
        rate_hz: expected events a second at `times_s`, shape (n,), n >= 2, not negative.
        times_s: ascending times; events fall between the first and the last.
        rng: randomness.
    """
    area = np.concatenate([[0.0], np.cumsum(0.5 * (rate_hz[1:] + rate_hz[:-1]) * np.diff(times_s))])
    number = int(rng.poisson(area[-1]))
    return np.asarray(np.interp(np.sort(rng.uniform(0.0, area[-1], number)), area, times_s))


def crossings(phase: Curve, times_s: Curve) -> tuple[NDArray[np.int64], Curve]:
    """Whole numbers that a rising `phase` (cycles) passes in [phase[0], phase[-1]), and the times when it does."""
    numbers = np.arange(int(np.ceil(phase[0])), int(np.ceil(phase[-1])), dtype=np.int64)
    return numbers, np.asarray(np.interp(numbers, phase, times_s))
