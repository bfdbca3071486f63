"""Gunshots: the shock of the bullet, the blast of the muzzle, the place that answers, the action that cycles.

R. C. Maher, "Modeling and signal processing of acoustic gunshot recordings", IEEE DSP Workshop, 2006: a supersonic
bullet leads with an N-wave of some 200 us, the muzzle blast is a Friedlander wave of a few milliseconds, the ground
returns it once, the surroundings for a second or two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.impact import MATERIALS, object_modes, strike
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, mentions, perform, scale_of, words_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import (
    band,
    burst,
    decay,
    friedlander,
    layer,
    n_wave,
    noise_band,
    samples_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gun:
    """A weapon: shock level, blast duration (ms), body level and band top (Hz), tail (s), action level, pace (s)."""

    shock: float
    blast_ms: float
    body: float
    body_hz: float
    tail_s: float
    action: float
    interval_s: float


GUNS: dict[str, Gun] = {
    "pistol": Gun(shock=0.3, blast_ms=1.6, body=0.8, body_hz=2600, tail_s=0.30, action=0.05, interval_s=0.9),
    "rifle": Gun(shock=0.8, blast_ms=2.2, body=0.9, body_hz=2200, tail_s=0.45, action=0.04, interval_s=1.4),
    "shotgun": Gun(shock=0.0, blast_ms=3.6, body=1.0, body_hz=1500, tail_s=0.50, action=0.04, interval_s=1.6),
    "machine_gun": Gun(shock=0.5, blast_ms=1.8, body=0.8, body_hz=2300, tail_s=0.22, action=0.10, interval_s=0.1),
    "cannon": Gun(shock=0.0, blast_ms=9.0, body=1.0, body_hz=600, tail_s=0.90, action=0.0, interval_s=3.0),
}

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("machine_gun", ("machine", "automatic", "burst", "smg")),
    ("rifle", ("rifle", "sniper", "carbine", "musket")),
    ("shotgun", ("shotgun",)),
    ("cannon", ("cannon", "artillery", "tank")),
)


def _shot(gun: Gun, hit: Hit, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """One shot; force sets how much of the high end is left."""
    blast_s = gun.blast_ms * 1e-3 * scale * rng.uniform(0.93, 1.07)
    blast = friedlander(samples_of(blast_s * 9.0, rate), rate, blast_s)
    crack = burst(rng, rate, 700 / scale, 14_000 * (0.3 + 0.7 * hit.force) / scale**0.5, 0.0045 * scale)
    body_length = samples_of(0.35 * scale**0.5, rate)
    body = noise_band(rng, body_length, rate, 90 / scale, gun.body_hz * (0.5 + 0.5 * hit.force) / scale)
    body *= decay(body_length, rate, 0.035 * scale, 0.001)
    # The surroundings scatter the blast back ever duller and later: dense echoes, bright ones first.
    tail_length = samples_of(gun.tail_s * 5.0, rate)
    bright = noise_band(rng, tail_length, rate, 300 / scale, 3500 / scale)
    bright *= decay(tail_length, rate, gun.tail_s * 0.35, 0.02)
    dull = noise_band(rng, tail_length, rate, 80 / scale, 700 / scale)
    dull *= decay(tail_length, rate, gun.tail_s, 0.03)
    ground = samples_of(rng.uniform(0.005, 0.009), rate)
    parts = [
        (blast, 0.9, 0),
        (crack, 0.8, 0),
        (body, gun.body, 0),
        (band(blast, rate, None, 2500 / scale), 0.4, ground),
        (bright, 0.10, samples_of(0.012, rate)),
        (dull, 0.16, samples_of(0.02, rate)),
    ]
    if gun.shock > 0.0:
        parts.append((n_wave(samples_of(0.0004, rate), rate, 0.0002), gun.shock * hit.force, 0))
    if gun.action > 0.0:
        steel = MATERIALS["metal"]
        click = strike(steel, object_modes(steel, 0.4, rng), 0.8, 0.4, rate, rng)[: samples_of(0.08, rate)]
        parts.append((click * decay(click.size, rate, 0.015), gun.action, samples_of(rng.uniform(0.045, 0.06), rate)))
    # The pressure saturates microphones and ears: soft clipping keeps the report dense.
    return np.asarray(np.tanh(1.6 * layer(*parts)), dtype=np.float32)


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Pistol (default), rifle, shotgun, machine gun or cannon, by variant or label."""
    words = words_of(request.event)
    gun = GUNS[next((name for name, clues in _WORDS if mentions(words, clues)), "pistol")]
    scale, rate = scale_of(request.event), request.sample_rate_hz
    pace = Pace(interval_s=gun.interval_s, jitter=0.03 if gun.interval_s < 0.2 else 0.2)
    return perform(request, rng, lambda hit, r: _shot(gun, hit, scale, rate, r), pace=pace, choke=0.5)
