"""Explosions: blast, fireball, rumble, debris.

The blast is a Friedlander wave whose duration grows with the charge (Hopkinson-Cranz scaling: times go with the
cube root of the yield, here the size); fireball and rumble after A. Farnell, Designing Sound (MIT Press, 2010),
practical 31; debris by PhISEM grains.
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, perform, scale_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import (
    band,
    burst,
    curve,
    decay,
    friedlander,
    grains,
    layer,
    noise_band,
    samples_of,
)

_PACE = Pace(interval_s=2.5, jitter=0.4)


def _explosion(hit: Hit, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    blast_s = 0.007 * scale * rng.uniform(0.9, 1.1)
    blast = friedlander(samples_of(9.0 * blast_s, rate), rate, blast_s)
    crack = burst(rng, rate, 300 / scale, 9000 * (0.25 + 0.75 * hit.force) / scale**0.7, 0.012 * scale)
    length = samples_of(2.2 * scale**0.4 + 0.4, rate)
    # The fireball darkens as it cools: three bands, the high ones gone first.
    fire = np.zeros(length, dtype=np.float32)
    for low_hz, high_hz, gain, tau_s in ((700, 4000, 0.55, 0.09), (180, 1100, 0.8, 0.26), (45, 260, 1.0, 0.5)):
        noise = noise_band(rng, length, rate, low_hz / scale, high_hz * (0.5 + 0.5 * hit.force) / scale)
        fire += np.float32(gain) * noise * decay(length, rate, tau_s * scale**0.5, 0.002)
    # Rumble: slow random amplitude, as thunder has from many returns.
    knots = max(6, length * 14 // rate)
    swell = np.interp(np.arange(length), np.linspace(0, length, knots), rng.uniform(0.35, 1.0, knots))
    rumble = noise_band(rng, length, rate, 28 / scale**0.5, 120 / scale) * swell.astype(np.float32)
    rumble *= decay(length, rate, 0.55 * scale**0.4, 0.03)
    energy = curve(length, ((0, 0.0), (0.08, 0.1), (0.2, 0.6), (0.45, 0.3), (1.0, 0.0)))
    debris = band(grains(rng, energy, rate, 130, 0.004), rate, 500 / scale, 5000 / scale)
    mix = layer((blast, 1.0, 0), (crack, 0.8, 0), (fire, 0.9, 0), (rumble, 0.45, 0), (debris, 0.10, 0))
    mix *= curve(length, ((0, 1.0), (0.7, 1.0), (1.0, 0.0))) if mix.size == length else np.float32(1.0)
    return np.asarray(np.tanh(1.8 * mix), dtype=np.float32)


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """One explosion an onset; a steady event is a bombardment."""
    scale, rate = scale_of(request.event), request.sample_rate_hz
    return perform(request, rng, lambda hit, r: _explosion(hit, scale, rate, r), pace=_PACE, choke=0.5)
