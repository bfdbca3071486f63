"""Horns of cars, trains and ships: air columns behind a reed or diaphragm, locked to their harmonics.

A blown horn is rich in harmonics whose peak lies where its flare radiates best (N. H. Fletcher and T. D. Rossing, The
Physics of Musical Instruments, ch. 14). Cars have two a minor third apart, locomotives five in a sixth chord (311,
370, 415, 494 and 622 Hz in the Nathan K5LA), ships one, the lower the longer the ship: COLREGs annex III asks for 70
to 200 Hz from 200 m on. Blowers are never steady: the pitch settles as the pressure comes up.
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.procedural.blocks import Block, Hit
from foleydesigner.generator.procedural.noise import Mono, Wander, band
from foleydesigner.generator.procedural.performance import SIZE_SCALE
from foleydesigner.script import SoundEvent

CAR_HZ, TRAIN_HZ, SHIP_HZ = (415.0, 494.0), (311.0, 370.0, 415.0, 494.0, 622.0), (140.0,)
_HARMONICS, _LEAD = 14, 4.0
_SETTLE_S = 0.12


def is_horn(event: SoundEvent) -> bool:
    """Whether an event of the engine family is a horn."""
    text = f"{event.variant} {event.label}".lower()
    return any(word in text for word in ("horn", "honk", "hoot"))


def pitches_hz(event: SoundEvent) -> tuple[float, ...]:
    """The reeds that sound together, lower for a larger vehicle of its kind."""
    text = f"{event.variant} {event.label} {event.prompt}".lower()
    if "train" in text or "locomotive" in text:
        return tuple(f * (SIZE_SCALE["very_large"] / SIZE_SCALE[event.size]) ** 0.3 for f in TRAIN_HZ)
    if any(word in text for word in ("ship", "fog", "ferry", "boat")) or event.size == "very_large":
        return tuple(f * (SIZE_SCALE["very_large"] / SIZE_SCALE[event.size]) ** 0.7 for f in SHIP_HZ)
    return tuple(f * (SIZE_SCALE["large"] / SIZE_SCALE[event.size]) ** 0.5 for f in CAR_HZ)


def _gain(harmonic: int) -> float:
    """The flare passes the middle harmonics best."""
    return 1.0 / (1.0 + ((harmonic - _LEAD) / 3.0) ** 2)


def texture(block: Block) -> list[Mono]:
    """A horn that is held, with the air that leaks."""
    t = block.control_s
    blower = Wander.draw(block.character, 0.4, 6.0)
    settled = 1.0 - 0.04 * np.exp(-t / _SETTLE_S)
    layers = []
    for root_hz in pitches_hz(block.event):
        reed = root_hz * block.character.uniform(0.995, 1.005)
        cycles = reed * (t + 0.04 * _SETTLE_S * np.exp(-t / _SETTLE_S) + 0.002 * blower.integral(t))
        turn = block.phase(cycles)[: block.own_length]
        tone = np.zeros(block.own_length, dtype=np.float32)
        for harmonic, start in zip(range(1, _HARMONICS + 1), block.turns(_HARMONICS), strict=True):
            if harmonic * reed < 0.4 * block.sample_rate_hz:
                angle = ((harmonic * turn + float(start)) % 1.0).astype(np.float32)
                tone += np.float32(_gain(harmonic)) * np.sin(np.float32(2.0 * np.pi) * angle)
        layers.append(tone * block.curve(settled * (1.0 + 0.03 * blower.at(t)))[: block.own_length])
    return [*layers, 0.08 * len(layers) * block.bed(band(400.0, 5000.0, -3.0, 1))]


def blip(hit: Hit) -> Mono:
    """A short blow, longer when it is strong."""
    shape = hit.envelope(0.004, 3.0, 0.45 + 0.3 * hit.strength)
    t = np.arange(shape.size) / hit.sample_rate_hz
    out = np.zeros(shape.size)
    for root_hz in pitches_hz(hit.event):
        for harmonic in range(1, 12):
            out += _gain(harmonic) * np.sin(2.0 * np.pi * (root_hz * harmonic * t + float(hit.turns(1)[0])))
    return np.asarray(out * shape, dtype=np.float32)
