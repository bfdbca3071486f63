"""Voiced calls by source and filter: a pulse train with a pitch contour, noise, and formants.

G. Fant, Acoustic Theory of Speech Production, 1960; for dogs and other mammals W. T. Fitch, "Vocal tract length and
formant frequency dispersion", JASA 102(2), 1997: formants go with the inverse of body size. The pulse train is the
discrete summation formula (J. A. Moorer, JAES 24(9), 1976): sum a^k sin(k x) in closed form, as good as free of
aliasing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.procedural.synthesis import (
    band,
    burst,
    curve,
    formants,
    layer,
    noise_band,
    samples_of,
    unit_peak,
)

Mono = NDArray[np.float32]
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a medium animal.

    Attributes:
        duration_s: length.
        pitch_hz: (share of the call, Hz) contour.
        level: (share of the call, level); starts well above 0, so that a call has an edge.
        throat: (Hz, bandwidth Hz, gain) formants.
        noise: share of breath noise.
        rough: depth of the subharmonic and jitter, 0 to 1.
        tremolo: (Hz, depth).
        richness: ratio of one harmonic to the last; nearer 1 is brighter.
        interval_s: time from call to call in a steady event.
        burst: level of the sharp onset, where the mouth opens.
    """

    duration_s: float
    pitch_hz: Points
    level: Points
    throat: tuple[tuple[float, float, float], ...]
    noise: float
    rough: float
    tremolo: tuple[float, float] = (0.0, 0.0)
    richness: float = 0.85
    interval_s: float = 1.5
    burst: float = 0.25


def pulses(pitch_hz: NDArray[np.floating], rate: int, richness: float) -> Mono:
    """Harmonics k with amplitudes richness^k at a pitch per sample, shape (n,)."""
    phase = 2.0 * np.pi * np.cumsum(pitch_hz, dtype=np.float64) / rate
    # Harmonics near the Nyquist frequency stay 60 dB down, whatever the pitch.
    top = np.exp(-6.9 * np.max(pitch_hz) / (0.5 * rate))
    a = min(richness, float(top))
    return (a * np.sin(phase) / (1.0 - 2.0 * a * np.cos(phase) + a * a) * (1.0 - a)).astype(np.float32)


def wobble(length: int, rate: int, knots_per_s: float, rng: np.random.Generator) -> Mono:
    """A slow random curve of standard deviation near 1, for pitch and level."""
    count = max(4, int(length / rate * knots_per_s) + 2)
    return np.interp(np.arange(length), np.linspace(0, length, count), rng.standard_normal(count)).astype(np.float32)


def utter(call: Call, duration_s: float, force: float, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """One call, no two alike; a larger body speaks lower, a stronger call is higher, rougher and brighter."""
    length = samples_of(duration_s, rate)
    lift = float(np.exp(0.05 * rng.standard_normal())) * (0.88 + 0.2 * force)
    pitch = curve(length, call.pitch_hz) * np.float32(lift / scale**0.8)
    pitch *= 1.0 + np.float32(0.012 + 0.06 * call.rough) * wobble(length, rate, 90.0, rng)
    time = np.arange(length, dtype=np.float32) / rate
    voiced = pulses(pitch, rate, min(call.richness * (0.80 + 0.22 * force), 0.97))
    if call.rough > 0.0:
        # Vocal folds out of step: every second pulse differs, which an AM at half the pitch says.
        half = np.pi * np.cumsum(pitch) / rate
        voiced *= 1.0 - np.float32(0.5 * call.rough) * (0.5 + 0.5 * np.sin(half)).astype(np.float32)
    breath = noise_band(rng, length, rate, 300 / scale, 7000 * (0.4 + 0.6 * force) / scale**0.6)
    source = np.asarray(
        unit_peak(voiced) + np.float32(0.5 * call.noise) * breath * (0.3 + 0.7 * np.abs(unit_peak(voiced))),
        dtype=np.float32,
    )
    shift = float(np.exp(0.04 * rng.standard_normal())) / scale**0.7
    shaped = formants(source, rate, [(f * shift, b * shift, g) for f, b, g in call.throat])
    depth_hz, depth = call.tremolo
    if depth > 0.0:
        beat = np.sin(2.0 * np.pi * depth_hz * rng.uniform(0.9, 1.1) * time + rng.uniform(0, 6.28))
        shaped *= (1.0 - depth * (0.5 + 0.5 * beat)).astype(np.float32)
    shaped *= curve(length, call.level)
    # A loud voice is a bright one: its folds close faster (Fant 1960).
    shaped = band(shaped, rate, None, (1200.0 + 10_000.0 * force) / scale**0.5)
    edge = burst(rng, rate, 400 / scale, 6000 * (0.3 + 0.7 * force) / scale**0.6, 0.008)
    # Calls cut short by the next one are all onset.
    opening = max(call.burst, 0.6) if duration_s < 0.1 else call.burst
    return layer((shaped, 1.0, 0), (edge, opening * (0.4 + 0.6 * force), 0))
