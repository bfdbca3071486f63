"""Cloth: friction noise that follows how fast the body moves; a flapping sheet; a tear.

Threads that catch and slip are small random collisions (PhISEM: P. R. Cook, Computer Music Journal 21(3), 1997)
whose rate and energy follow the sliding speed; faster rubbing is louder and brighter (S. S. An, D. L. James and S.
Marschner, "Motion-driven concatenative synthesis of cloth sounds", SIGGRAPH 2012). So many threads slip at once that
single ones are not heard: what is heard is how the folds meet. A flag flutters at f = St U / L, Strouhal number near
0.2 (M. Argentina and L. Mahadevan, PNAS 102(6), 2005), rubs itself at every beat and pushes air. A tear is threads
that break one after the other, with energies as spread as those of paper (P. A. Houle and J. P. Sethna, Phys. Rev. E
54, 1996).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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
from foleydesigner.generator.procedural.synthesis import band, curve, decayed, grains, layer, noise_band, samples_of

Random = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """Band of its rustle (Hz), collisions a second and their length (s), share of smooth noise."""

    low_hz: float
    high_hz: float
    collisions_per_s: float
    grain_s: float
    smooth: float


FABRICS: dict[str, Fabric] = {
    "cotton": Fabric(low_hz=300, high_hz=3900, collisions_per_s=15_000, grain_s=0.0015, smooth=0.2),
    "silk": Fabric(low_hz=1800, high_hz=9500, collisions_per_s=22_000, grain_s=0.0008, smooth=0.5),
    "wool": Fabric(low_hz=250, high_hz=2200, collisions_per_s=12_000, grain_s=0.0025, smooth=0.4),
    "leather": Fabric(low_hz=350, high_hz=3200, collisions_per_s=260, grain_s=0.003, smooth=0.2),
    "nylon": Fabric(low_hz=1500, high_hz=9000, collisions_per_s=6000, grain_s=0.0010, smooth=0.25),
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


def _folds(length: int, rate: int, per_s: float, depth: float, rng: np.random.Generator) -> Mono:
    """Folds that meet and part: a random curve around 1 with so many knots a second, `depth` of their log spread."""
    count = max(4, int(length / rate * per_s) + 2)
    places = np.sort(rng.uniform(0, length, count))
    return np.interp(np.arange(length), places, np.exp(depth * rng.standard_normal(count))).astype(np.float32)


def _strokes(level: Mono, rate: int, speed: float, rng: np.random.Generator) -> Mono:
    """Level broken into the strokes of limbs, a second or less each: sleeves and legs pass, and rest between."""
    per_s = 1.0 + 2.0 * speed
    out = np.zeros(level.size, dtype=np.float32)
    at_s = -float(rng.uniform(0.0, 0.5)) / per_s
    while at_s < level.size / rate:
        step_s = float(rng.uniform(0.6, 1.4)) / per_s
        length = samples_of(step_s * float(rng.uniform(0.7, 1.0)), rate)
        stroke = np.sin(np.pi * np.linspace(0.0, 1.0, length) ** rng.uniform(0.5, 1.2)) ** 2 * rng.uniform(0.25, 1.0)
        first = round(at_s * rate)
        kept = stroke[max(0, -first) : max(0, level.size - first)]
        place = slice(max(first, 0), max(first, 0) + kept.size)
        out[place] = np.maximum(out[place], kept)
        at_s += step_s
    return level * out


def _worn(fabric: Fabric, level: Mono, rate: int, speed: float, scale: float, bright: float, rng: Random) -> Mono:
    """What a body that moves makes its clothes do."""
    energy = _strokes(level, rate, speed, rng)
    return _rustle(fabric, energy, rate, scale, bright, rng) * _folds(level.size, rate, 15.0, 0.4, rng)


def _flapping(fabric: Fabric, level: Mono, rate: int, speed: float, scale: float, bright: float, rng: Random) -> Mono:
    """A sheet in the wind: beats at its flutter rate, threads that rub at the end of each, and the air it pushes."""
    flutter_hz = (2.2 + 3.6 * speed) / scale**0.8
    unrest = np.interp(np.arange(level.size), np.arange(0, level.size + rate, rate // 3),
                       rng.standard_normal(len(range(0, level.size + rate, rate // 3))))  # fmt: skip
    phase = np.cumsum(flutter_hz * (1.0 + 0.35 * unrest) * (0.4 + 0.6 * level)) / rate
    beat = (0.5 + 0.5 * np.cos(2.0 * np.pi * (phase - rng.uniform()))) ** 3
    drive = np.clip(level * (0.1 + 0.9 * beat) * _folds(level.size, rate, flutter_hz, 0.35, rng), 0.0, 1.0)
    energy: Mono = drive.astype(np.float32)
    sheet = replace(fabric, low_hz=2.0 * fabric.low_hz, high_hz=1.8 * fabric.high_hz)
    rubbing = _rustle(sheet, energy, rate, scale**0.4, bright, rng) * _folds(level.size, rate, 25.0, 0.4, rng)
    pushed = band(noise_band(rng, level.size, rate, 40.0 / scale**0.5, 300.0 / scale**0.5), rate, 40.0, None)
    loud = float(np.sqrt(np.mean(rubbing**2))) + 1e-9
    return np.asarray(rubbing + np.float32(0.6 * loud) * pushed * energy**2, dtype=np.float32)


def _tearing(fabric: Fabric, level: Mono, rate: int, speed: float, scale: float, bright: float, rng: Random) -> Mono:
    """A tear in pulls: threads break faster as the pull goes on, then the hands take hold again."""
    out = np.zeros(level.size, dtype=np.float32)
    at = 0
    while at < level.size:
        length = samples_of(float(rng.uniform(0.7, 1.3)) * (1.5 - speed), rate)
        pull = curve(length, ((0.0, 0.0), (0.5, 1.0), (1.0, 0.0))) * _folds(length, rate, 20.0, 0.3, rng)
        breaking = np.linspace(100.0, 1500.0, length) * (0.5 + speed)
        hits = rng.random(length) < breaking / rate
        rung = decayed(np.where(hits, rng.exponential(1.0, length), 0.0).astype(np.float32), rate, 0.001)
        piece = rung / np.float32(np.sqrt(np.mean(rung**2)) + 1e-9) * pull
        out[at : at + length] += piece[: level.size - at]
        at += length + samples_of(float(rng.uniform(0.05, 0.15)), rate)
    low_hz = 2500.0 * (fabric.low_hz / 300.0) ** 0.3 / scale**0.5
    threads = noise_band(rng, level.size, rate, low_hz, 12_500.0 * (0.45 + 0.55 * bright) / scale**0.5)
    return np.asarray(out * threads * level, dtype=np.float32)


_MOTIONS: tuple[tuple[Callable[[Fabric, Mono, int, float, float, float, Random], Mono], tuple[str, ...]], ...] = (
    (_flapping, ("flap", "flutter", "flag", "sail", "banner", "wave")),
    (_tearing, ("rip", "tear", "torn")),
)


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Cotton (default), silk, wool, leather or nylon, worn, flapping or torn; steady, or one rustle an onset."""
    event, rate = request.event, request.sample_rate_hz
    words, scale = words_of(event), scale_of(event)
    fabric = FABRICS[next((n for n, clues in _WORDS.items() if mentions(words, clues)), "cotton")]
    if request.cue.spans:
        motion = next((made for made, clues in _MOTIONS if mentions(words, clues)), _worn)
        return continuous(
            request, lambda level, _: motion(fabric, level, rate, event.speed, scale, event.intensity, rng)
        )

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        length = samples_of(min(0.4 * (1.3 - 0.6 * event.speed) * scale**0.3, max(0.06, 0.9 * hit.gap_s)), rate)
        energy = curve(length, ((0, 0.55), (0.15, 1.0), (0.4, 0.5), (0.6, 0.65), (1.0, 0.0)))
        snap = noise_band(hit_rng, samples_of(0.03, rate), rate, fabric.low_hz / scale, fabric.high_hz / scale)
        snap *= np.linspace(1.0, 0.0, snap.size, dtype=np.float32) ** 2
        return layer((_rustle(fabric, energy, rate, scale, hit.force, hit_rng), 1.0, 0), (snap, 0.3, 0))

    return perform(request, rng, make, pace=Pace(interval_s=0.5, jitter=0.3), choke=0.7)
