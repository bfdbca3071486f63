"""Tones that go on: electrical hum, the drive of a spaceship, tension beds.

Mains hum: magnetostriction pulls twice a cycle, so even harmonics of 50 or 60 Hz lead (Farnell, "Designing Sound",
ch. 38). Designed drones are partials a fraction of a hertz apart, whose beats are the movement (Roads, "The Computer
Music Tutorial", 1996); moods choose the intervals by roughness (Plomp and Levelt 1965).
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.noise import Curve, Mono, Wander, band
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage
from foleydesigner.script import SoundEvent

VARIANTS = ("electrical_hum", "electric", "hum", "transformer", "buzz", "neon", "spaceship", "saucer", "ufo", "craft",
            "tension", "ominous", "drone")  # fmt: skip
_SAME = {
    "electric": "electrical_hum", "hum": "electrical_hum", "transformer": "electrical_hum", "buzz": "electrical_hum",
    "neon": "electrical_hum", "saucer": "spaceship", "ufo": "spaceship", "craft": "spaceship", "ominous": "tension",
    "drone": "tension",
}  # fmt: skip
_ROOT_HZ = {"small": 98.0, "medium": 65.4, "large": 49.0, "very_large": 36.7}
_CHORDS = {
    "neutral": (1.0, 1.5, 2.0), "calm": (1.0, 1.5, 2.0, 2.5), "joyful": (1.0, 1.25, 1.5, 2.0),
    "wondrous": (1.0, 1.5, 2.25, 2.8125), "sad": (1.0, 1.2, 1.5, 2.0), "tense": (1.0, 1.0595, 1.5, 2.119),
    "ominous": (1.0, 1.0595, 1.414, 2.0), "violent": (1.0, 1.0595, 1.1225, 1.414),
}  # fmt: skip


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: the tone follows the level; impulsive: a pulse of it at each onset (a zap, an energy surge, a stab)."""
    return stage(request, rng, _texture, _pulse, release_s=0.25)


def variant_name(event: SoundEvent) -> str:
    """Which drone it is: electrical_hum, spaceship or tension."""
    name = variant_of(event, VARIANTS, "tension")
    return _SAME.get(name, name)


def mains_hz(event: SoundEvent) -> float:
    """50 Hz where variant or label says so, else 60 Hz."""
    return 50.0 if "50" in f"{event.variant} {event.label}" else 60.0


def _texture(block: Block) -> list[Mono]:
    name = variant_name(block.event)
    if name == "electrical_hum":
        return _hum(block)
    return _spaceship(block) if name == "spaceship" else _tension(block)


def _partial(block: Block, frequency_hz: float, swell: Curve | None = None) -> Mono:
    """A sine of steady pitch that goes on through the blocks, with a phase of the channel's own."""
    t = block.start_s + np.arange(block.own_length) / block.sample_rate_hz
    tone = np.sin(2.0 * np.pi * ((frequency_hz * t + float(block.turns(1)[0])) % 1.0).astype(np.float32))
    return np.asarray(tone if swell is None else tone * block.curve(swell)[: block.own_length], dtype=np.float32)


def _hum(block: Block) -> list[Mono]:
    base_hz, t = mains_hz(block.event), block.control_s
    layers = []
    buzz = 0.5 + block.event.intensity
    for harmonic in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28):
        gain = 1.0 if harmonic == 1 else (1.15 if harmonic % 2 == 0 else 0.40) * buzz / (harmonic / 2.0) ** 0.75
        load = Wander.draw(block.character, 0.05, 1.2)
        layers.append(gain * _partial(block, harmonic * base_hz, 1.0 + 0.06 * load.at(t)))
    # Corona: a hiss that is lit twice a cycle; the two channels' noises differ, so it stays wide.
    lit = 0.5 + 0.5 * np.sin(2.0 * np.pi * ((2.0 * base_hz * (block.start_s + np.arange(block.length)
                                                               / block.sample_rate_hz)) % 1.0))  # fmt: skip
    corona = block.bed(band(1500.0, 7000.0, -2.0, 1)) * (lit**4).astype(np.float32)
    return [*layers, np.float32(0.2 * buzz) * corona]


def _spaceship(block: Block) -> list[Mono]:
    """Deep pairs that beat, a slow throb over all of them, a choir of higher partials, a breath of noise."""
    event, t = block.event, block.control_s
    root_hz = _ROOT_HZ[event.size]
    throb_hz = 0.5 + 1.6 * event.speed
    effort = block.level.at(t)
    throb = 1.0 + 0.30 * np.sin(2.0 * np.pi * (throb_hz * (0.6 * t + 0.4 * block.level.integral(t))))
    layers = []
    chord = _CHORDS[event.mood if event.mood != "neutral" else "wondrous"]
    for step, ratio in enumerate(chord):
        for beat_hz in (0.0, 0.31 + 0.17 * step, -0.43):
            swell = throb * (1.0 + 0.3 * Wander.draw(block.character, 0.04, 0.5).at(t))
            layers.append((0.8 / (1.0 + step)) * _partial(block, root_hz * ratio + beat_hz, swell))
    for harmonic in (4.0, 6.0, 8.02, 12.05):
        shimmer = np.clip(Wander.draw(block.character, 0.05, 0.9).at(t), 0.0, 2.0)
        swell = (0.35 + 0.65 * effort) * shimmer
        layers.append((1.1 / harmonic) * _partial(block, root_hz * harmonic * 1.003, swell))
    layers.append(block.bed(band(90.0, 500.0, -3.0)) * block.curve(0.22 * throb * (0.5 + 0.5 * effort)))
    layers.append(block.bed(band(500.0, 2600.0, -4.0)) * block.curve(0.06 * effort * throb))
    return layers


def _tension(block: Block) -> list[Mono]:
    event, t = block.event, block.control_s
    root_hz = _ROOT_HZ[event.size]
    layers = []
    for step, ratio in enumerate(_CHORDS[event.mood if event.mood != "neutral" else "tense"]):
        for octave in (1.0, 2.0, 4.0):
            swell = np.clip(0.7 + 0.45 * Wander.draw(block.character, 0.03, 0.4).at(t), 0.05, 2.0)
            for beat_hz in (0.0, 0.23 * octave):
                gain = 0.8 / (octave * (1.0 + 0.35 * step))
                layers.append(gain * _partial(block, root_hz * ratio * octave + beat_hz, swell))
    air = np.clip(0.5 + 0.4 * Wander.draw(block.character, 0.05, 0.6).at(t), 0.05, 1.5)
    layers.append(block.bed(band(200.0, 1500.0, -5.0)) * block.curve((0.15 + 0.4 * event.intensity) * air))
    return layers


def _pulse(hit: Hit) -> Mono:
    if variant_name(hit.event) == "electrical_hum":
        return _zap(hit)
    decay_s = 0.5 + 0.6 * hit.event.intensity
    shape = hit.envelope(0.003, decay_s, 5.0 * decay_s)
    t = np.arange(shape.size) / hit.sample_rate_hz
    root_hz = _ROOT_HZ[hit.event.size]
    out = np.zeros(shape.size)
    for ratio in _CHORDS[hit.event.mood]:
        fall = root_hz * ratio * (t + 0.10 * (1.0 - np.exp(-t / 0.12)))
        for order, gain in ((1, 1.0), (2, 0.6), (4, 0.25 + 0.3 * hit.strength)):
            out += gain * np.sin(2.0 * np.pi * (order * fall + float(hit.turns(1)[0])))
    knock = hit.noise(band(80.0, 1500.0, -5.0), shape.size) * np.exp(-t / 0.05)
    return np.asarray((out + 1.5 * knock) * shape, dtype=np.float32)


def _zap(hit: Hit) -> Mono:
    """A spark: a bright tick, then an arc that buzzes at twice the mains and breaks off."""
    shape = hit.envelope(0.0004, 0.10, 0.45)
    t = np.arange(shape.size) / hit.sample_rate_hz
    lit = (0.5 + 0.5 * np.cos(2.0 * np.pi * 2.0 * mains_hz(hit.event) * t)) ** 3
    arc = hit.noise(band(900.0, 9000.0, -2.0, 1), shape.size) * (0.25 + lit)
    tick = 0.8 * hit.noise(band(2000.0, 12_000.0, 0.0, 1), shape.size) * np.exp(-t / 0.006)
    return np.asarray((arc + tick) * shape, dtype=np.float32)
