"""Cloth: friction noise that follows how fast the body moves.

Threads that catch and slip are small random collisions (PhISEM: P. R. Cook, Computer Music Journal 21(3), 1997)
whose rate and energy follow the sliding speed; faster rubbing is louder and brighter (S. S. An, D. L. James and S.
Marschner, "Motion-driven concatenative synthesis of cloth sounds", SIGGRAPH 2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.performance import (
    Hit,
    Mono,
    Pace,
    continuous,
    mentions,
    perform,
    scale_of,
    words_of,
)
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import band, curve, grains, layer, noise_band, samples_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """Band of its rustle (Hz), collisions a second and their length (s), share of smooth noise."""

    low_hz: float
    high_hz: float
    collisions_per_s: float
    grain_s: float
    smooth: float


FABRICS: dict[str, Fabric] = {
    "cotton": Fabric(low_hz=500, high_hz=4200, collisions_per_s=1800, grain_s=0.0022, smooth=0.5),
    "silk": Fabric(low_hz=1800, high_hz=9500, collisions_per_s=3500, grain_s=0.0012, smooth=0.7),
    "wool": Fabric(low_hz=250, high_hz=2200, collisions_per_s=1200, grain_s=0.004, smooth=0.7),
    "leather": Fabric(low_hz=350, high_hz=3200, collisions_per_s=260, grain_s=0.003, smooth=0.2),
    "nylon": Fabric(low_hz=1500, high_hz=9000, collisions_per_s=900, grain_s=0.0012, smooth=0.35),
}

_WORDS: dict[str, tuple[str, ...]] = {
    "silk": ("silk", "dress", "satin", "veil", "curtain"),
    "leather": ("leather", "armour", "armor", "saddle", "boot"),
    "nylon": ("nylon", "jacket", "rain", "sport", "tent", "plastic", "sail", "flag"),
    "wool": ("wool", "coat", "heavy", "blanket", "cloak", "cape", "fur"),
}


def _rustle(fabric: Fabric, energy: Mono, rate: int, scale: float, bright: float, rng: np.random.Generator) -> Mono:
    """Rustle of a given energy per sample in [0, 1]."""
    low_hz, high_hz = fabric.low_hz / scale**0.7, fabric.high_hz * (0.45 + 0.55 * bright) / scale**0.7
    collisions = band(grains(rng, energy, rate, fabric.collisions_per_s, fabric.grain_s), rate, low_hz, high_hz)
    smooth = noise_band(rng, energy.size, rate, low_hz, high_hz) * energy**1.5
    # Grains overlap to about this rms; the share of smooth noise is measured against it.
    loudness = np.sqrt(fabric.collisions_per_s * fabric.grain_s) + 1e-3
    return (collisions + np.float32(fabric.smooth * 0.5 * loudness) * smooth).astype(np.float32)


def _swells(level: Mono, rate: int, speed: float, rng: np.random.Generator) -> Mono:
    """Level broken into the strokes of limbs: sleeves and legs pass each other twice a step."""
    count = max(4, int(level.size / rate * (3.0 + 3.0 * speed) * 2.0))
    heights = rng.uniform(0.12, 1.0, count)
    places = np.sort(rng.uniform(0, level.size, count))
    swell = np.interp(np.arange(level.size), places, heights).astype(np.float32)
    return level * swell**1.3


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Cotton (default), silk, wool, leather or nylon; steady along the body's speed, or one rustle an onset."""
    event, rate = request.event, request.sample_rate_hz
    words, scale = words_of(event), scale_of(event)
    fabric = FABRICS[next((n for n, clues in _WORDS.items() if mentions(words, clues)), "cotton")]
    if request.cue.spans:
        return continuous(
            request,
            lambda level, _: _rustle(fabric, _swells(level, rate, event.speed, rng), rate, scale, event.intensity, rng),
        )

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        length = samples_of(min(0.4 * (1.3 - 0.6 * event.speed) * scale**0.3, max(0.06, 0.9 * hit.gap_s)), rate)
        energy = curve(length, ((0, 0.55), (0.15, 1.0), (0.4, 0.5), (0.6, 0.65), (1.0, 0.0)))
        snap = noise_band(hit_rng, samples_of(0.03, rate), rate, fabric.low_hz / scale, fabric.high_hz / scale)
        snap *= np.linspace(1.0, 0.0, snap.size, dtype=np.float32) ** 2
        return layer((_rustle(fabric, energy, rate, scale, hit.force, hit_rng), 1.0, 0), (snap, 0.3, 0))

    return perform(request, rng, make, pace=Pace(interval_s=0.5, jitter=0.3), choke=0.7)
