"""Mechanisms: clocks, gears, machines, wagons, printers.

Every cycle repeats the same few strikes at the same angles (escapement, tooth, cam), each a struck body of damped
modes (van den Doel and Pai 1998; Farnell, "Designing Sound", ch. 33), over the continuous noise of sliding and
rolling parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.grains import burst, join
from foleydesigner.generator.procedural.machine_parts import PARTS, contact, part, struck, thump
from foleydesigner.generator.procedural.modal import Modes
from foleydesigner.generator.procedural.noise import Mono, Wander, band, crossings, poisson_times, resonances
from foleydesigner.generator.procedural.rotation import Motor, cycles, even, hum, pace
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage
from foleydesigner.script import SoundEvent

VARIANTS = ("clock", "watch", "gears", "gear", "wagon", "cart", "carriage", "printer", "typewriter", "machine", "fan",
            "tick", "ratchet", "crane", "conveyor")  # fmt: skip
_SAME = {"watch": "clock", "tick": "clock", "gear": "gears", "ratchet": "gears", "cart": "wagon", "carriage": "wagon",
         "typewriter": "printer", "crane": "machine", "conveyor": "machine"}  # fmt: skip
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Cycle:
    """Strikes at angles (share of a cycle) with gains, and cycles a second at full level and full speed."""

    angles: tuple[float, ...]
    gains: tuple[float, ...]
    top_hz: float


CYCLES: dict[str, Cycle] = {
    "clock": Cycle((0.0, 0.5), (1.0, 0.8), 1.0),
    "gears": Cycle(tuple(k / 8 for k in range(8)), (1.0, 0.5, 0.6, 0.45, 0.8, 0.5, 0.55, 0.5), 2.4),
    "machine": Cycle(
        (0.0, 0.08, 0.21, 0.31, 0.44, 0.5, 0.62, 0.77, 0.9), (1.0, 0.4, 0.6, 0.35, 0.8, 0.6, 0.4, 0.7, 0.45), 2.2
    ),
    "wagon": Cycle((0.0, 0.23, 0.55, 0.81), (0.9, 0.5, 0.8, 0.4), 1.9),
    "printer": Cycle((0.0, 0.5), (1.0, 0.9), 3.2),
}


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: it runs, faster and louder with the level (a clock keeps its rate); impulsive: one strike an onset."""
    return stage(request, rng, _texture, _hit, release_s=0.12)


def strike_rate_hz(name: str, level: float, speed: float) -> float:
    """Strikes a second of a mechanism at a level of the span and a speed of the event."""
    cycle = CYCLES[name]
    return len(cycle.angles) * (cycle.top_hz if name == "clock" else cycle.top_hz * pace(speed) * level)


def _name(source: Block | Hit) -> str:
    name = variant_of(source.event, VARIANTS, "machine")
    return _SAME.get(name, name)


def _texture(block: Block) -> list[Mono]:
    name = _name(block)
    if name == "fan":
        return _motor(block, 1.0)
    makers: dict[str, Callable[[Block], list[Mono]]] = {
        "gears": lambda b: [_sliding(b, 300.0, 4000.0, 0.025, CYCLES["gears"].top_hz)],
        "machine": lambda b: [_sliding(b, 150.0, 3500.0, 0.02, CYCLES["machine"].top_hz), 0.1 * _steam(b)],
        "wagon": _rolling, "printer": _carriage,
    }  # fmt: skip
    return [_strikes(block, name), *(makers[name](block) if name in makers else [])]


def _strikes(block: Block, name: str) -> Mono:
    cycle, own_s = CYCLES[name], block.own_s
    travelled = own_s if name == "clock" else pace(block.event.speed) * block.level.integral(own_s)
    turns = cycle.top_hz * travelled
    loose = 0.0 if name == "clock" else 0.25 / (len(cycle.angles) * max(cycle.top_hz, 1e-3)) * 0.3
    out, parts = block.empty(0.5), _parts(name, block)
    for index, (angle, gain) in enumerate(zip(cycle.angles, cycle.gains, strict=True)):
        grains = [_strike(name, index, block.event, block.sample_rate_hz, 0.5, parts, block.own) for _ in range(3)]
        for _, time_s in zip(*crossings(turns - angle, own_s), strict=True):
            slip = float(block.timing.uniform(0.0, loose)) if loose else 0.0
            swing = gain if name == "clock" else gain * float(block.timing.uniform(0.6, 1.0))
            block.place(out, grains[int(block.timing.integers(3))], float(time_s) + slip, swing)
    return out


def _strike(
    name: str, index: int, event: SoundEvent, rate: int, hardness: float, parts: list[Modes | None], rng: Random
) -> Mono:
    """The sound of one contact; `index` tells which of the cycle's."""
    body = parts[index % len(parts)]
    if body is None:
        return contact(name, index, event.size, rate, rng, hardness=hardness)
    blow = struck(body, event.size, rate, hardness, rng)
    return join((blow, thump(event.size, rate, rng)), (1.0, 0.3)) if name == "machine" else blow


def _parts(name: str, source: Block | Hit) -> list[Modes | None]:
    """The bodies of a take; the two ears of a wide sound are nearer to different ones."""
    count = PARTS.get(name, 1)
    drawn = [part(name, source.event.size, source.character) for _ in range(2 * count)]
    return drawn[count * source.channel :][:count]


def _sliding(block: Block, low_hz: float, high_hz: float, gain: float, cycle_hz: float) -> Mono:
    """Oil, bearings and belts: noise that the load of each turn makes swell."""
    turns = cycle_hz * pace(block.event.speed) * block.level.integral(block.control_s)
    return block.bed(band(low_hz, high_hz, 0.0, 1)) * block.curve(gain * (1.0 + 0.5 * np.sin(2.0 * np.pi * turns)))


def _motor(block: Block, gain: float) -> list[Mono]:
    """An electric motor: rotation and blade tones with the air that it moves."""
    motor = Motor(pulses=even(5), idle_hz=8.0, top_hz=24.0, brightness_hz=600.0, unevenness=0.2,
                  body=resonances(((120.0, 2.0, 1.0), (290.0, 3.0, 0.6)), 0.1))  # fmt: skip
    phase, cycle_hz = cycles(motor, block, 0.01)
    air = block.bed(band(90.0, 1800.0, -4.0, 1)) * np.float32(0.8)
    return [np.float32(gain * 0.5) * hum(motor, block, phase, cycle_hz), np.float32(gain * 0.6) * air]


def _steam(block: Block) -> Mono:
    """Hiss of pneumatics once a cycle, soft at both ends."""
    cycle, t = CYCLES["machine"], block.control_s
    turns = cycle.top_hz * pace(block.event.speed) * block.level.integral(t)
    puff = np.maximum(np.sin(np.pi * np.clip(((turns - 0.55) % 1.0) / 0.35, 0.0, 1.0)), 0.0) ** 2
    return block.bed(band(1800.0, 8000.0, -1.0, 1)) * block.curve(0.10 * puff)


def _rolling(block: Block) -> list[Mono]:
    """Iron tyres on gravel: low rumble, grit, and the creak of wood now and then."""
    t, own_s = block.control_s, block.own_s
    rough = np.clip(1.0 + 0.35 * Wander.draw(block.character, 0.8, 9.0).at(t), 0.1, 2.2)
    speed = block.level.at(t) * pace(block.event.speed)
    grit = block.empty(0.05)
    bank = [
        burst(band(800.0 * k, 1700.0 * k, 0.0, 1), 0.0006, 0.003, block.sample_rate_hz, block.own)
        for k in (0.7, 1.0, 1.6, 2.2)
    ]
    for time_s in poisson_times(140.0 * (0.1 + block.level.at(own_s)), own_s, block.own):
        block.place(grit, bank[int(block.own.integers(4))], float(time_s), float(block.own.uniform(0.02, 0.16)))
    return [block.bed(band(45.0, 260.0, -3.0)) * block.curve((0.06 + 0.14 * speed) * rough),
            block.bed(band(400.0, 2500.0, -3.0, 1)) * block.curve(0.09 * rough), grit]  # fmt: skip


def _carriage(block: Block) -> list[Mono]:
    """Stepper tones of the carriage going to and fro, and paper air."""
    t = block.control_s
    turn_hz = 0.5 * CYCLES["printer"].top_hz * pace(block.event.speed)
    glide = np.abs(np.sin(np.pi * turn_hz * block.level.integral(t))) ** 0.3
    step_s = t[1] - t[0]
    turn = 2.0 * np.pi * block.phase(np.cumsum(330.0 * (0.35 + glide)) * step_s)
    narrow = band(0.5, 20.0)
    stepper = (block.bed(narrow) * np.cos(turn) + block.bed(narrow) * np.sin(turn)) * block.curve(0.16 * glide)
    return [
        np.asarray(stepper, dtype=np.float32),
        block.bed(band(900.0, 6000.0, -2.0, 1)) * block.curve(0.05 + 0.06 * glide),
    ]


def _hit(hit: Hit) -> Mono:
    name = "machine" if _name(hit) == "fan" else _name(hit)
    parts = _parts(name, hit)
    return _strike(name, 0, hit.event, hit.sample_rate_hz, hit.strength, parts, hit.own)
