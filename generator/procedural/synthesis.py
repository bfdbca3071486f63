"""Noise, envelopes, filters, grains and blasts: what the impulsive families are built of.

Everything is float32 and mono, shape (samples,), unless said otherwise; all randomness comes from the generator
passed in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]


def samples_of(seconds: float, sample_rate_hz: int) -> int:
    """Whole samples in a duration, at least one."""
    return max(1, round(seconds * sample_rate_hz))


def decay(length: int, sample_rate_hz: int, time_constant_s: float, attack_s: float = 0.0005) -> Mono:
    """exp(-t / tau) behind a raised-cosine attack."""
    time_s = np.arange(length, dtype=np.float32) / sample_rate_hz
    envelope = np.exp(-time_s / np.float32(max(time_constant_s, 1e-4)))
    rise = min(length, samples_of(attack_s, sample_rate_hz))
    envelope[:rise] *= 0.5 - 0.5 * np.cos(np.pi * (np.arange(rise) + 0.5) / rise)
    return envelope.astype(np.float32)


def curve(length: int, points: Sequence[tuple[float, float]]) -> Mono:
    """Straight lines through (share of the length, value)."""
    return np.interp(np.linspace(0.0, 1.0, length), [p[0] for p in points], [p[1] for p in points]).astype(np.float32)


def noise_band(
    rng: np.random.Generator, length: int, sample_rate_hz: int, low_hz: float, high_hz: float, tilt_db: float = 0.0
) -> Mono:
    """Gaussian noise between two frequencies with soft (12 dB/octave) edges and `tilt_db` per octave, rms 1."""
    from scipy.fft import irfft, next_fast_len, rfft

    size = next_fast_len(max(length, 64), real=True)
    spectrum = rfft(rng.standard_normal(size, dtype=np.float32))
    frequency = np.maximum(np.fft.rfftfreq(size, 1.0 / sample_rate_hz), 1.0).astype(np.float32)
    gain = frequency ** np.float32(tilt_db / 6.02)
    gain /= 1.0 + (low_hz / frequency) ** 2
    gain /= 1.0 + (frequency / high_hz) ** 2
    noise = irfft(spectrum * gain, size)[:length]
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-12), dtype=np.float32)


def burst(rng: np.random.Generator, sample_rate_hz: int, low_hz: float, high_hz: float, time_constant_s: float) -> Mono:
    """A band of noise that starts at once and decays by 60 dB: a contact, a puff, a crack."""
    length = samples_of(6.91 * time_constant_s, sample_rate_hz)
    return noise_band(rng, length, sample_rate_hz, low_hz, high_hz) * decay(length, sample_rate_hz, time_constant_s)


def decayed(impulses: Mono, sample_rate_hz: int, time_constant_s: float) -> Mono:
    """Each impulse followed by its own exponential decay, shape (n,)."""
    from scipy.signal import lfilter

    pole = np.exp(-1.0 / (time_constant_s * sample_rate_hz))
    return np.asarray(lfilter([1.0], [1.0, -pole], impulses), dtype=np.float32)


def resonate(signal: Mono, sample_rate_hz: int, frequency_hz: float, bandwidth_hz: float) -> Mono:
    """Two-pole resonator, unit gain at its centre (J. O. Smith, Introduction to Digital Filters, two-pole filters)."""
    from scipy.signal import lfilter

    frequency_hz = min(frequency_hz, 0.45 * sample_rate_hz)
    radius = np.exp(-np.pi * bandwidth_hz / sample_rate_hz)
    angle = 2.0 * np.pi * frequency_hz / sample_rate_hz
    gain = (1.0 - radius) * np.sqrt(1.0 - 2.0 * radius * np.cos(2.0 * angle) + radius**2)
    return np.asarray(lfilter([gain], [1.0, -2.0 * radius * np.cos(angle), radius**2], signal), dtype=np.float32)


def formants(signal: Mono, sample_rate_hz: int, peaks: Sequence[tuple[float, float, float]]) -> Mono:
    """Parallel resonators, (centre Hz, bandwidth Hz, gain) each: the throat of source and filter (Fant 1960)."""
    out = np.zeros_like(signal)
    for frequency_hz, bandwidth_hz, gain in peaks:
        out += np.float32(gain) * resonate(signal, sample_rate_hz, frequency_hz, bandwidth_hz)
    return out


def band(signal: Mono, sample_rate_hz: int, low_hz: float | None, high_hz: float | None) -> Mono:
    """Second-order Butterworth band-, high- or low-pass (None leaves that side open), causal."""
    from scipy.signal import butter, sosfilt

    high_hz = None if high_hz is None else min(high_hz, 0.45 * sample_rate_hz)
    if low_hz is not None and high_hz is not None:
        sos = butter(2, (low_hz, max(high_hz, low_hz * 1.1)), "bandpass", fs=sample_rate_hz, output="sos")
    elif low_hz is not None:
        sos = butter(2, low_hz, "highpass", fs=sample_rate_hz, output="sos")
    elif high_hz is not None:
        sos = butter(2, high_hz, "lowpass", fs=sample_rate_hz, output="sos")
    else:
        return signal
    return np.asarray(sosfilt(sos, signal), dtype=np.float32)


def grains(
    rng: np.random.Generator,
    energy: Mono,
    sample_rate_hz: int,
    collisions_per_s: float,
    grain_s: float,
) -> Mono:
    """Collisions of many particles as noise, before the resonances of what they are made of.

    P. R. Cook, "Physically informed sonic modeling (PhISM)", Computer Music Journal 21(3), 1997: collisions come at
    random (Poisson) and each adds to a sound level that decays exponentially; the level scales noise.

    Args:
        rng: randomness.
        energy: system energy in [0, 1] per sample; fewer and weaker collisions where it is low.
        sample_rate_hz: samples per second.
        collisions_per_s: mean rate at full energy.
        grain_s: time constant of one collision.
    """
    hits = rng.random(energy.size, dtype=np.float32) < energy * np.float32(collisions_per_s / sample_rate_hz)
    impulses = np.where(hits, rng.exponential(1.0, energy.size) * energy, 0.0)
    level = decayed(impulses, sample_rate_hz, grain_s)
    return np.asarray(level * rng.standard_normal(energy.size), dtype=np.float32)


def friedlander(length: int, sample_rate_hz: int, positive_s: float, shape: float = 1.0) -> Mono:
    """Blast wave p(t) = (1 - t/T) exp(-b t/T); b = 1 has no net impulse (Friedlander, Proc. R. Soc. A 186, 1946)."""
    phase = np.arange(length, dtype=np.float32) / np.float32(positive_s * sample_rate_hz)
    return np.asarray((1.0 - phase) * np.exp(-shape * phase), dtype=np.float32)


def n_wave(length: int, sample_rate_hz: int, duration_s: float) -> Mono:
    """The N-shaped shock of a supersonic body: +1 falling to -1 in `duration_s` (G. B. Whitham, 1952)."""
    wave = np.zeros(length, dtype=np.float32)
    count = min(length, samples_of(duration_s, sample_rate_hz))
    wave[:count] = np.linspace(1.0, -1.0, count)
    return wave


def bubbles(
    rng: np.random.Generator, length: int, sample_rate_hz: int, count: int, low_hz: float, high_hz: float
) -> Mono:
    """Drops and bubbles: decaying sines that rise in pitch as the bubble nears the surface.

    K. van den Doel, "Physically based models for liquid sounds", ACM Trans. Applied Perception 2(4), 2005: Minnaert
    frequency f, damping d = 0.043 f + 0.0014 f^1.5, rising as f (1 + s t) with s = 0.1 d.
    """
    out = np.zeros(length, dtype=np.float32)
    for _ in range(count):
        frequency = float(np.exp(rng.uniform(np.log(low_hz), np.log(high_hz))))
        damping = 0.043 * frequency + 0.0014 * frequency**1.5
        start = int(rng.beta(1.0, 2.5) * length * 0.9)
        time = np.arange(min(length - start, samples_of(5.0 / damping, sample_rate_hz))) / sample_rate_hz
        phase = 2.0 * np.pi * frequency * (time + 0.05 * damping * time**2)
        out[start : start + time.size] += (rng.exponential(1.0) * np.exp(-damping * time) * np.sin(phase)).astype(
            np.float32
        )
    return out


def layer(*parts: tuple[Mono, float, int]) -> Mono:
    """Sum of (signal, gain, first sample); each signal is scaled to unit peak before its gain."""
    length = max(start + signal.size for signal, _, start in parts)
    out = np.zeros(length, dtype=np.float32)
    for signal, gain, start in parts:
        out[start : start + signal.size] += np.float32(gain) * unit_peak(signal)
    return out


def unit_peak(signal: Mono) -> Mono:
    """The signal scaled to peak 1; silence stays silence."""
    peak = float(np.max(np.abs(signal), initial=0.0))
    return signal / np.float32(peak) if peak > 0.0 else signal
