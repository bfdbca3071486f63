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
from foleydesigner.generator.procedural.grains import burst, join, modes
from foleydesigner.generator.procedural.noise import Mono, Wander, band, crossings, poisson_times, resonances
from foleydesigner.generator.procedural.rotation import Motor, cycles, even, hum, pace
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage

VARIANTS = ("clock", "watch", "gears", "gear", "wagon", "cart", "carriage", "printer", "typewriter", "machine", "fan",
            "tick", "ratchet", "crane", "conveyor")  # fmt: skip
_SAME = {"watch": "clock", "tick": "clock", "gear": "gears", "ratchet": "gears", "cart": "wagon", "carriage": "wagon",
         "typewriter": "printer", "crane": "machine", "conveyor": "machine"}  # fmt: skip
_PITCH = {"small": 1.6, "medium": 1.0, "large": 0.62, "very_large": 0.42}


@dataclass(frozen=True, slots=True)
class Cycle:
    """Strikes at angles (share of a cycle) with gains, and cycles a second at full level and full speed."""

    angles: tuple[float, ...]
    gains: tuple[float, ...]
    top_hz: float


CYCLES: dict[str, Cycle] = {
    "clock": Cycle((0.0, 0.5), (1.0, 0.8), 1.0),
    "gears": Cycle(tuple(k / 8 for k in range(8)), (1.0, 0.5, 0.6, 0.45, 0.8, 0.5, 0.55, 0.5), 2.4),
    "machine": Cycle((0.0, 0.31, 0.5, 0.62), (1.0, 0.35, 0.6, 0.3), 2.2),
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
        "gears": lambda b: [0.5 * x for x in _whirr(b)], "wagon": _rolling, "printer": _carriage,
        "machine": lambda b: [*_motor(b, 0.35), _steam(b)],
    }  # fmt: skip
    return [_strikes(block, name), *(makers[name](block) if name in makers else [])]


def _strikes(block: Block, name: str) -> Mono:
    cycle, own_s = CYCLES[name], block.own_s
    travelled = own_s if name == "clock" else pace(block.event.speed) * block.level.integral(own_s)
    turns = cycle.top_hz * travelled
    loose = 0.0 if name == "clock" else 0.25 / (len(cycle.angles) * max(cycle.top_hz, 1e-3)) * 0.3
    out = block.empty(0.5)
    for index, (angle, gain) in enumerate(zip(cycle.angles, cycle.gains, strict=True)):
        grains = [_strike(name, index, block.event.size, block.sample_rate_hz, 0.5, block.own) for _ in range(3)]
        for _, time_s in zip(*crossings(turns - angle, own_s), strict=True):
            slip = float(block.timing.uniform(0.0, loose)) if loose else 0.0
            swing = gain if name == "clock" else gain * float(block.timing.uniform(0.6, 1.0))
            block.place(out, grains[int(block.timing.integers(3))], float(time_s) + slip, swing)
    return out


def _strike(name: str, index: int, size: str, rate: int, hardness: float, rng: np.random.Generator) -> Mono:
    """The sound of one contact; `index` tells which of the cycle's."""
    tune = _PITCH[size] * float(rng.uniform(0.985, 1.015))
    if name == "clock":
        return _tick(tune * (1.0 if index == 0 else 0.84), rate, rng)
    if name == "gears":
        body = modes(
            (870 * tune, 1430 * tune, 2380 * tune, 3900 * tune),
            (0.02, 0.016, 0.012, 0.008),
            (1, 0.8, 0.7, 0.4),
            rate,
            rng,
        )
        return join((body, burst(band(900.0, 5000.0, -3.0, 1), 0.0005, 0.006, rate, rng)), (0.6, 0.4 + 0.4 * hardness))
    if name == "wagon":
        body = modes(
            (130 * tune, 290 * tune, 520 * tune, 910 * tune, 1480 * tune),
            (0.03, 0.026, 0.02, 0.014, 0.009),
            (0.6, 0.9, 0.8, 0.7, 0.4),
            rate,
            rng,
            0.002,
        )
        return join((body, burst(band(250.0, 2600.0, -4.0, 1), 0.001, 0.014, rate, rng)), (0.7, 0.4 + 0.4 * hardness))
    if name == "printer":
        return burst(band(700.0 * tune, 5200.0, -2.0, 1), 0.0008, 0.010, rate, rng)
    thump = modes((68 * tune, 124 * tune, 215 * tune), (0.07, 0.05, 0.03), (1.0, 0.7, 0.4), rate, rng, 0.002)
    clank = modes(
        (410 * tune, 960 * tune, 1730 * tune, 2840 * tune),
        (0.06, 0.05, 0.035, 0.02),
        (0.5, 0.5, 0.35, 0.25),
        rate,
        rng,
    )
    metal = 0.25 if index == 0 else 0.6
    return join((thump, clank, burst(band(300.0, 4000.0, -4.0, 1), 0.0008, 0.015, rate, rng)),
                (1.0 if index == 0 else 0.4, metal * (0.5 + hardness), 0.35))  # fmt: skip


def _tick(tune: float, rate: int, rng: np.random.Generator) -> Mono:
    """A tick is three contacts of the escapement within some ten milliseconds (unlock, impulse, drop)."""
    case = modes(
        (1250 * tune, 2100 * tune, 3350 * tune, 5200 * tune),
        (0.010, 0.009, 0.006, 0.004),
        (0.5, 0.9, 1.0, 0.6),
        rate,
        rng,
    )
    click = burst(band(2500.0, 9000.0, -1.0, 1), 0.0002, 0.0015, rate, rng)
    step = int(0.0055 * rate)
    return join((case, click, case, click, case), (1.0, 0.5, 0.35, 0.25, 0.22), (0, 0, step, step, int(2.6 * step)))


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


def _whirr(block: Block) -> list[Mono]:
    wheel = Motor(pulses=even(16), idle_hz=4.0, top_hz=14.0, brightness_hz=1800.0, unevenness=0.3,
                  body=resonances(((700.0, 3.0, 1.0), (1900.0, 4.0, 0.6)), 0.1))  # fmt: skip
    phase, cycle_hz = cycles(wheel, block, 0.02)
    return [0.10 * hum(wheel, block, phase, cycle_hz), 0.08 * block.bed(band(400.0, 4500.0, -3.0, 1))]


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
    name = _name(hit)
    return _strike("machine" if name == "fan" else name, 0, hit.event.size, hit.sample_rate_hz, hit.strength, hit.own)
