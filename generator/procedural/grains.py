"""Short sounds that textures are made of: bubbles, modes of struck bodies, bursts of noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleydesigner.generator.procedural.noise import Curve, Magnitude, Mono, shaped_noise


def minnaert_hz(radius_m: float) -> float:
    """Resonance of an air bubble in water: f = (1 / 2 pi r) sqrt(3 gamma p / rho), about 3 / r (Minnaert 1933)."""
    return float(np.sqrt(3.0 * 1.4 * 101_325.0 / 998.0) / (2.0 * np.pi * radius_m))


def bubble(radius_m: float, rise: float, sample_rate_hz: int, longest_s: float = 0.25) -> Mono:
    """The ring of one bubble: a damped sine whose pitch rises as it nears the surface; first sample zero, peak near 1.

    Damping d = 0.13 / r + 0.0072 r^(-3/2) and pitch f0 (1 + rise * d * t) follow van den Doel, "Physically-based
    models for liquid sounds", ACM TAP 2 (2005), eq. 2-5.
    """
    damping = 0.13 / radius_m + 0.0072 * radius_m**-1.5
    frequency = min(minnaert_hz(radius_m), 0.4 * sample_rate_hz)
    n = max(int(min(6.0 / damping, longest_s) * sample_rate_hz), 8)
    t = np.arange(n) / sample_rate_hz
    # The glide stops before it reaches the Nyquist frequency.
    slope = min(rise * damping, max(0.45 * sample_rate_hz / frequency - 1.0, 0.0) / t[-1])
    ring = np.sin(2.0 * np.pi * frequency * (t + 0.5 * slope * t**2)) * np.exp(-damping * t)
    return close(ring.astype(np.float32))


def bubble_radii(count: int, smallest_m: float, largest_m: float, rng: np.random.Generator) -> Curve:
    """Radii of `count` bubbles in metres, log-uniform between two limits."""
    return np.asarray(np.exp(rng.uniform(np.log(smallest_m), np.log(largest_m), count)))


def modes(
    frequencies_hz: Sequence[float],
    decays_s: Sequence[float],
    amplitudes: Sequence[float],
    sample_rate_hz: int,
    rng: np.random.Generator,
    attack_s: float = 0.0005,
) -> Mono:
    """A struck body: damped partials of random phase under a short attack; none above 0.45 of the rate."""
    kept = [m for m in zip(frequencies_hz, decays_s, amplitudes, strict=True) if m[0] < 0.45 * sample_rate_hz]
    n = max(int(5.0 * max((m[1] for m in kept), default=0.01) * sample_rate_hz), 8)
    t = np.arange(n) / sample_rate_hz
    out = np.zeros(n)
    for frequency, decay, amplitude in kept:
        stop = min(int(7.0 * decay * sample_rate_hz) + 1, n)
        phase = rng.uniform(0.0, 2.0 * np.pi)
        out[:stop] += amplitude * np.exp(-t[:stop] / decay) * np.sin(2.0 * np.pi * frequency * t[:stop] + phase)
    out *= np.minimum(t / max(attack_s, 1e-5), 1.0)
    return close(out.astype(np.float32))


def burst(magnitude: Magnitude, attack_s: float, decay_s: float, sample_rate_hz: int, rng: np.random.Generator) -> Mono:
    """Shaped noise under a linear attack and an exponential decay of time constant `decay_s`."""
    n = max(int((attack_s + 6.0 * decay_s) * sample_rate_hz), 8)
    t = np.arange(n, dtype=np.float32) / sample_rate_hz
    shape = np.minimum(t / max(attack_s, 1e-5), 1.0) * np.exp(-np.maximum(t - attack_s, 0.0) / decay_s)
    return close(shaped_noise(n, magnitude, sample_rate_hz, rng) * shape.astype(np.float32))


def close(grain: Mono) -> Mono:
    """Bring the last eighth of a grain to zero, in place."""
    tail = max(grain.size // 8, 2)
    grain[-tail:] *= np.cos(np.linspace(0.0, np.pi / 2, tail, dtype=np.float32)) ** 2
    return grain


def join(grains: Sequence[Mono], gains: Sequence[float] | None = None, starts: Sequence[int] | None = None) -> Mono:
    """Sum of grains with gains, each delayed by a number of samples."""
    gains = gains if gains is not None else [1.0] * len(grains)
    starts = starts if starts is not None else [0] * len(grains)
    out = np.zeros(max(s + g.size for s, g in zip(starts, grains, strict=True)), dtype=np.float32)
    for grain, gain, start in zip(grains, gains, starts, strict=True):
        out[start : start + grain.size] += np.float32(gain) * grain
    return out
