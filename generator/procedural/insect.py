"""Insects: cricket chirps, wings of bees and flies, cicadas.

A cricket's chirp is three or four pulses of its scraper's tone near 4.5 kHz, some 30 pulses a second, and chirps come
faster when it is warm (Dolbear 1897; Bennet-Clark, J. Exp. Biol. 204, 2001). Wings buzz at their beat rate, near 230
Hz in bees and 190 Hz in house flies, as pulses rich in harmonics with the turbulence of every stroke, and the insect
comes and goes: loudness and pitch are never still (J. Sueur, E. J. Tuck and
D. Robert, JASA 118(1), 2005, for how a fly radiates). Cicadas click their
tymbals faster than can be heard apart (Young and Bennet-Clark 1995).
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.noise import Mono, Wander, band, crossings, unit_interval
from foleydesigner.generator.procedural.performance import SIZE_SCALE
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage
from foleydesigner.script import Size

VARIANTS = ("cricket", "bee", "wasp", "mosquito", "fly", "flies", "cicada", "grasshopper", "swarm")
_SAME = {"wasp": "bee", "flies": "fly", "swarm": "bee", "grasshopper": "cicada"}
WING_BEAT_HZ = {"bee": 230.0, "fly": 190.0, "mosquito": 560.0}
PULSE_RATE_HZ = 32.0


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: insects that sing or fly, louder with the level; impulsive: one chirp, or one pass, an onset."""
    return stage(request, rng, _texture, _hit, release_s=0.15)


def _name(source: Block | Hit) -> str:
    name = variant_of(source.event, VARIANTS, "cricket")
    return _SAME.get(name, name)


def chirp_rate_hz(speed: float) -> float:
    """Chirps a second: from 1 on a cold night to 3.5 on a hot one, as the event's speed grows."""
    return 1.0 + 2.5 * speed


def wings(size: Size) -> float:
    """Wing beat against that of a small insect, which all are unless said: larger ones beat slower, as size^-0.5."""
    return float((SIZE_SCALE[size] / SIZE_SCALE["small"]) ** -0.5)


def _chirp(carrier_hz: float, pulses: int, sample_rate_hz: int, phase: float) -> Mono:
    """A chirp of some pulses; each pulse opens and closes smoothly and falls by a few per cent in pitch."""
    step = int(sample_rate_hz / PULSE_RATE_HZ)
    length = int(0.62 * step)
    u = np.arange(length) / length
    t = np.arange(length) / sample_rate_hz
    pulse = np.sin(np.pi * u**0.7) ** 2 * np.sin(2.0 * np.pi * (carrier_hz * (t - 0.6 * t * t) + phase))
    out = np.zeros(step * pulses, dtype=np.float32)
    for number in range(pulses):
        out[number * step : number * step + length] += pulse.astype(np.float32) * np.float32(
            0.55 + 0.45 * number / pulses
        )
    return out


def _texture(block: Block) -> list[Mono]:
    name = _name(block)
    if name == "cricket":
        return _crickets(block)
    return _cicadas(block) if name == "cicada" else _wings(block, name)


def _crickets(block: Block) -> list[Mono]:
    """Each keeps its own pitch, distance and beat, and rests now and then; a far chorus fuses into a trill."""
    own_s, out = block.own_s, block.empty(0.2)
    for cricket in range(min(block.event.count or 4, 16)):
        carrier_hz = block.character.uniform(4100.0, 5000.0) * wings(block.event.size)
        rate_hz = chirp_rate_hz(block.event.speed) * block.character.uniform(0.9, 1.1)
        offset, distance = block.character.uniform(), 1.0 + 1.4 * cricket
        unrest = Wander.draw(block.character, 0.05, 0.5)
        song = _chirp(carrier_hz, 3 + cricket % 2, block.sample_rate_hz, float(block.turns(1)[0]))
        phase = np.maximum.accumulate(rate_hz * own_s + 0.25 * unrest.at(own_s) + offset + 4.0)
        _, times = crossings(phase, own_s)
        resting = Wander.draw(block.character, 0.03, 0.12).at(times) > 1.3
        for time_s, rests in zip(times, resting, strict=True):
            if cricket == 0 or not rests:
                block.place(out, song, float(time_s), 1.0 / distance)
    trill = unit_interval(Wander.draw(block.character, 0.1, 1.0).at(block.control_s))
    chorus = wings(block.event.size)
    night = block.bed(band(4200.0 * chorus, 4900.0 * chorus, 0.0, 4))
    return [out, night * block.curve(0.02 + 0.02 * trill), 0.01 * block.bed(band(200.0, 3000.0, -3.0, 1))]


def _wings(block: Block, name: str) -> list[Mono]:
    """Wing-beat harmonics whose pitch and loudness move as the insect flies about."""
    t, layers = block.control_s, []
    for insect in range(min(block.event.count or (5 if "swarm" in block.event.variant else 1), 12)):
        beat_hz = (
            WING_BEAT_HZ[name]
            * wings(block.event.size)
            * block.character.uniform(0.93, 1.07)
            * (0.9 + 0.2 * block.event.speed)
        )
        flight, quiver = Wander.draw(block.character, 0.25, 3.0), Wander.draw(block.character, 8.0, 30.0)
        # Distance varies by its ratio: a pass close by is many times as loud as the flight across the room.
        nearness = np.exp(1.0 * Wander.draw(block.character, 0.15, 1.4).at(t) - 0.5)
        sway = 0.02 if name == "mosquito" else 0.06
        phase = block.phase(beat_hz * (t + sway * flight.integral(t) + 0.006 * quiver.integral(t)))
        turn = float(block.turns(1)[0])
        tone = np.zeros(block.length, dtype=np.float32)
        for harmonic in range(1, 20):
            if harmonic * beat_hz < 0.4 * block.sample_rate_hz:
                gain = harmonic**-0.4 / (1.0 + (harmonic * beat_hz / 3600.0) ** 2)
                angle = (harmonic * (phase + turn)) % 1.0
                tone += np.float32(gain) * np.sin(np.float32(2.0 * np.pi) * angle.astype(np.float32))
        tone /= np.float32(np.sqrt(np.mean(tone**2)) + 1e-9)
        stroke = 0.3 + 0.7 * np.maximum(0.0, np.sin(2.0 * np.pi * (phase + turn)))
        air = block.bed(band(150.0, 4500.0, 0.0, 1)) * stroke.astype(np.float32)
        near = block.curve(nearness / (1.0 + 0.5 * insect))
        layers.append(block.coherent(tone * near))
        layers.append(np.float32(0.35 if name == "mosquito" else 0.9) * air * near)
    return layers


def _cicadas(block: Block) -> list[Mono]:
    """Tymbal clicks some hundred times a second through an abdomen tuned near 6 kHz; song swells over seconds."""
    t, layers = block.control_s, []
    for cicada in range(min(block.event.count or 3, 8)):
        centre_hz = block.character.uniform(4800.0, 6800.0)
        click_hz = block.character.uniform(110.0, 220.0)
        swell = unit_interval(1.3 * Wander.draw(block.character, 0.06, 0.7).at(t)) + 0.1
        turn = block.phase(click_hz * t)
        clicks = np.exp(-4.0 * (turn % 1.0)).astype(np.float32)
        song = block.bed(band(0.96 * centre_hz, 1.05 * centre_hz, 0.0, 3)) * (0.25 + clicks)
        layers.append(song * block.curve(swell / (1.0 + 0.6 * cicada)))
    return layers


def _hit(hit: Hit) -> Mono:
    name = _name(hit)
    if name == "cricket":
        return _chirp(
            hit.character.uniform(4200.0, 4900.0) * wings(hit.event.size),
            3 + int(hit.strength > 0.6),
            hit.sample_rate_hz,
            float(hit.turns(1)[0]),
        )
    shape = hit.envelope(0.02, 0.25, 0.9)
    if name == "cicada":
        return hit.noise(band(5200.0, 6500.0, 0.0, 3), shape.size) * shape
    t = np.arange(shape.size) / hit.sample_rate_hz
    glide = WING_BEAT_HZ[name] * wings(hit.event.size) * (t - 0.05 * t * t)
    out = sum(n**-0.75 * np.sin(2.0 * np.pi * (n * glide + float(hit.turns(1)[0]))) for n in range(1, 12))
    return np.asarray(out * shape, dtype=np.float32)
