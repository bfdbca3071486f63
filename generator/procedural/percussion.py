"""Percussion: drums as circular membranes, cymbals as dense inharmonic plates, sticks and hands.

Membrane modes and the pitch glide of a hard-struck skin: Fletcher and Rossing, The Physics of Musical Instruments,
ch. 3 and 18; cymbals, whose energy climbs to high modes after the blow: ibid., ch. 20; hand claps: B. H. Repp, "The
sound of two hands clapping", JASA 81(4), 1987.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.modal import FREE_BAR, MEMBRANE, Modes, dense_field, make_modes
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, mentions, perform, scale_of, words_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import band, burst, decay, grains, layer, noise_band, samples_of

_PACE = Pace(interval_s=0.5, jitter=0.03)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skin:
    """A drum.

    Attributes:
        base_hz: fundamental at medium size.
        glide: how far above it the pitch starts at full force.
        decay_s: time constant of the fundamental.
        damping: how much faster each higher mode dies.
        overtones: level of the higher modes against the fundamental.
        beater: (level, low Hz, high Hz, time constant s) of the stick, felt or hand.
        snares: level of the wires under the drum.
    """

    base_hz: float
    glide: float
    decay_s: float
    damping: float
    overtones: float
    beater: tuple[float, float, float, float]
    snares: float = 0.0


SKINS: dict[str, Skin] = {
    "bass_drum": Skin(
        base_hz=52, glide=0.9, decay_s=0.16, damping=0.9, overtones=0.35, beater=(0.45, 500, 4500, 0.004)
    ),
    "tom": Skin(base_hz=118, glide=0.35, decay_s=0.17, damping=0.55, overtones=0.55, beater=(0.35, 800, 6000, 0.004)),
    "snare": Skin(
        base_hz=185, glide=0.2, decay_s=0.06, damping=0.5, overtones=0.8, beater=(0.5, 1500, 11000, 0.003), snares=0.8
    ),
    "hand_drum": Skin(
        base_hz=215, glide=0.12, decay_s=0.11, damping=0.45, overtones=0.75, beater=(0.5, 700, 6500, 0.007)
    ),
    "timpani": Skin(base_hz=88, glide=0.05, decay_s=0.6, damping=0.35, overtones=0.6, beater=(0.2, 200, 1800, 0.006)),
}

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bass_drum", ("bass drum", "kick drum", "kick", "taiko", "war drum", "big drum", "boom")),
    ("snare", ("snare", "drum roll", "march")),
    ("hat", ("hi-hat", "hihat", "hi hat", "hat")),
    ("cymbal", ("cymbal", "crash", "gong", "ride")),
    ("timpani", ("timpani", "kettle")),
    ("hand_drum", ("hand drum", "bongo", "conga", "djembe", "tabla", "darbuka", "hand")),
    ("tom", ("tom",)),
    ("shaker", ("shaker", "maraca", "tambourine", "rattle")),
    ("clap", ("clap", "applause")),
    ("stick", ("stick", "clave", "woodblock", "wood block", "rim", "bucket", "castanet")),
)


def instrument_of(words: str) -> str:
    """The instrument that those words speak of; a tom when they do not say."""
    return next((name for name, clues in _WORDS if mentions(words, clues)), "tom")


def _drum(skin: Skin, hit: Hit, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """Skin, beater and snare wires of one stroke."""
    length = samples_of(5.0 * skin.decay_s * scale**0.5, rate)
    time = np.arange(length, dtype=np.float32) / rate
    base_hz = skin.base_hz / scale * rng.uniform(0.992, 1.008)
    # Tension rises with displacement: the pitch starts high and falls as the skin calms (ch. 18.2).
    glide = skin.glide * (0.25 + 0.75 * hit.force)
    tau_s = 0.028 * scale**0.5
    phase = 2.0 * np.pi * base_hz * (time + glide * tau_s * (1.0 - np.exp(-time / tau_s)))
    tone = np.zeros(length, dtype=np.float32)
    for order, ratio in enumerate(MEMBRANE):
        weight = 1.0 if order == 0 else skin.overtones * (0.25 + 0.75 * hit.force) / order**0.8
        weight *= float(np.exp(0.35 * rng.standard_normal()))
        rate_of_decay = (1.0 + skin.damping * (ratio - 1.0) * 2.0) / (skin.decay_s * scale**0.5)
        live = min(length, samples_of(6.0 / rate_of_decay, rate))
        tone[:live] += np.float32(weight) * np.exp(-rate_of_decay * time[:live]) * np.sin(ratio * phase[:live])
    level, low_hz, high_hz, time_s = skin.beater
    click = burst(rng, rate, low_hz / scale**0.5, high_hz * (0.3 + 0.7 * hit.force) / scale**0.5, time_s)
    parts = [(tone, 1.0, 0), (click, level * (0.35 + 0.65 * hit.force), 0)]
    if skin.snares > 0.0:
        count = samples_of(0.32 * scale**0.5, rate)
        wires = noise_band(rng, count, rate, 1400 / scale**0.5, 10_000 * (0.4 + 0.6 * hit.force) / scale**0.5)
        parts.append((wires * decay(count, rate, 0.055 * scale**0.5, 0.001), skin.snares, 0))
    return layer(*parts)


def _cymbal(modes: Modes, hit: Hit, scale: float, rate: int, longest_s: float, rng: np.random.Generator) -> Mono:
    """Stick, then the shimmer that blooms some 10 ms after the blow as energy climbs to the high modes (ch. 20.1)."""
    blow = modes.struck(0.00035 * 0.2**hit.force, rng, spread=0.8, detune=0.002)
    low = blow.ring(blow.length(rate, longest_s), rate)
    length = low.size
    time = np.arange(length, dtype=np.float32) / rate
    shimmer = noise_band(rng, length, rate, 3500 / scale**0.5, 15_000 * (0.4 + 0.6 * hit.force) / scale**0.5)
    shimmer *= (1.0 - 0.6 * np.exp(-time / 0.012)) * np.exp(-time / np.float32(0.16 * longest_s))
    click = burst(rng, rate, 2000 / scale**0.5, 12_000 * (0.4 + 0.6 * hit.force) / scale**0.5, 0.004)
    return layer((low, 0.7, 0), (shimmer, 0.55 + 0.3 * hit.force, 0), (click, 1.2, 0))


def _clap(hit: Hit, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """Two hands: a puff whose resonance depends on how they are cupped, and the flam of skin on skin."""
    centre_hz = rng.uniform(900, 1700) / scale
    parts: list[tuple[Mono, float, int]] = []
    at_s = 0.0
    for gain in (1.0, 0.55, 0.35):
        puff = burst(rng, rate, centre_hz * 0.7, centre_hz * (1.3 + 2.5 * hit.force), 0.006 * scale)
        parts.append((puff, gain, samples_of(at_s, rate) - 1))
        at_s += rng.uniform(0.004, 0.009)
    tail = burst(rng, rate, 700 / scale, 3500 * (0.4 + 0.6 * hit.force) / scale, 0.02)
    return layer(*parts, (tail, 0.25, 0))


def _shaker(hit: Hit, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """Beads in a gourd: Cook's PhISEM maraca, whose energy decays exponentially."""
    length = samples_of(0.16 * scale, rate)
    beads = grains(rng, decay(length, rate, 0.035 * scale), rate, 3000, 0.0012)
    return layer((band(beads, rate, 3000 / scale, 11_000 * (0.5 + 0.5 * hit.force) / scale), 1.0, 0))


def _maker(name: str, request: RenderRequest, rng: np.random.Generator) -> Callable[[Hit, np.random.Generator], Mono]:
    rate, scale = request.sample_rate_hz, scale_of(request.event)
    if name in SKINS:
        return lambda hit, r: _drum(SKINS[name], hit, scale, rate, r)
    if name in ("cymbal", "hat"):
        closed = name == "hat"
        field = dense_field(rng, 160, 380.0 if closed else 260.0, 13_000.0) / scale**0.7
        modes = make_modes(
            field,
            loss_tangent=0.0009 if closed else 0.00025,
            base_decay=18.0 if closed else 2.2,
            tilt_db_per_octave=0.5,
        )
        longest_s = 0.25 if closed else min(2.2 * scale**0.3, 3.0)
        return lambda hit, r: _cymbal(modes, hit, scale, rate, longest_s, r)
    if name == "clap":
        return lambda hit, r: _clap(hit, scale, rate, r)
    if name == "shaker":
        return lambda hit, r: _shaker(hit, scale, rate, r)
    bar = make_modes(
        1150.0 / scale * np.array(FREE_BAR[:4]), loss_tangent=0.008, base_decay=30.0, tilt_db_per_octave=-4.0
    )

    def stick(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        blow = bar.struck(0.0012 * 0.15**hit.force, hit_rng, detune=0.01)
        click = burst(hit_rng, rate, 1200 / scale, 8000 * (0.3 + 0.7 * hit.force) / scale, 0.003)
        return layer((blow.ring(blow.length(rate, 0.35), rate), 1.0, 0), (click, 0.3 + 0.5 * hit.force, 0))

    return stick


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Drums (a tom by default), timpani, cymbal, hat, shaker, stick or clap, by variant or label."""
    event = request.event
    name = instrument_of(event.variant.lower().replace("_", " ") or words_of(event))
    if name == "tom" and "tom" not in words_of(event):
        name = instrument_of(words_of(event))
    choke = 0.5
    return perform(request, rng, _maker(name, request, rng), pace=_PACE, choke=choke)
