"""Trains: wheels on rails, their joints, the locomotive, and curve squeal.

Every car stands on two bogies of two axles, so a rail joint is struck in pairs of pairs; how often depends on the
speed alone. Rolling noise grows by 30 log10 of the speed and lies between 250 Hz and 2 kHz; squeal is a stick-slip
tone near wheel modes (Thompson, "Railway Noise and Vibration", 2009, ch. 2, 9).
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.procedural.blocks import Block, Hit
from foleydesigner.generator.procedural.grains import burst, join, modes
from foleydesigner.generator.procedural.noise import Curve, Mono, Wander, band, crossings, resonances
from foleydesigner.generator.procedural.rotation import Motor, cycles, even, hum, in_rhythm, pace

CAR_PITCH_M = 18.0
AXLES_M = (0.0, 1.8, 12.6, 14.4)
TOP_SPEED_MS = 24.0
_DIESEL = Motor(
    pulses=even(8), idle_hz=2.6, top_hz=7.4, brightness_hz=350.0, unevenness=0.35,
    body=resonances(((48.0, 2.0, 1.0), (110.0, 2.0, 0.8), (260.0, 2.0, 0.3)), 0.06),
)  # fmt: skip
_CHUFF = Motor(pulses=even(4), idle_hz=0.25, top_hz=3.4, body=resonances(()), pulse_width=0.55)


def clatter_rate_hz(level: float, speed: float) -> float:
    """Axles over a joint in a second, at a level of the span and a speed of the event."""
    return len(AXLES_M) * TOP_SPEED_MS * pace(speed) * level / CAR_PITCH_M


def texture(block: Block) -> list[Mono]:
    """A passing or carrying train, its speed following the level."""
    text = f"{block.event.variant} {block.event.label}".lower()
    speed = block.level.at(block.control_s) * pace(block.event.speed)
    layers = [*_rolling(block, speed), _joints(block)]
    if "steam" in text:
        phase, _ = cycles(_CHUFF, block, 0.0)
        layers.append(0.55 * in_rhythm(_CHUFF, block, phase, block.bed(band(180.0, 3500.0, -4.0, 1)), 0.6))
    elif "tram" not in text and "subway" not in text:
        phase, cycle_hz = cycles(_DIESEL, block, 0.03)
        layers.append(0.22 * hum(_DIESEL, block, phase, cycle_hz))
        layers.append(0.15 * in_rhythm(_DIESEL, block, phase, block.bed(band(80.0, 1500.0, -5.0, 1)), 0.6))
    if "squeal" in text or "brake" in text or block.event.intensity > 0.3:
        layers.append(_squeal(block, speed, 0.7 if "squeal" in text or "brake" in text else 0.28))
    return layers


def _rolling(block: Block, speed: Curve) -> list[Mono]:
    t = block.control_s
    rough = np.clip(1.0 + 0.16 * Wander.draw(block.character, 0.4, 8.0).at(t), 0.3, 1.7)
    return [
        block.bed(band(28.0, 150.0, -3.0)) * block.curve((0.16 + 0.12 * speed) * rough),
        block.bed(band(220.0, 1900.0, -3.0, 1)) * block.curve((0.05 + 0.18 * speed**1.2) * rough),
        block.bed(resonances(((430.0, 8.0, 0.6), (980.0, 10.0, 0.8), (1750.0, 14.0, 0.5), (2600.0, 16.0, 0.35))))
        * block.curve(0.50 * speed**1.3 * rough),
        block.bed(band(1500.0, 9000.0, -3.0, 1)) * block.curve(0.32 * speed**1.7 * rough),
    ]


def _joints(block: Block) -> Mono:
    """The near joint clear, two farther ones faint and out of step."""
    rate = block.sample_rate_hz
    clacks = [_clack(rate, brightness, block.own) for brightness in (0.3, 0.45, 0.6, 0.8)]
    own_s = block.own_s
    cars = TOP_SPEED_MS * pace(block.event.speed) * block.level.integral(own_s) / CAR_PITCH_M
    out = block.empty(0.4)
    strengths = block.character.uniform(0.7, 1.0, 16)
    for joint, (offset, gain) in enumerate(((0.0, 1.2), (0.37, 0.25), (0.71, 0.15))):
        for axle, position_m in enumerate(AXLES_M):
            numbers, times = crossings(cars - position_m / CAR_PITCH_M - offset + 4.0, own_s)
            for number, time_s in zip(numbers, times, strict=True):
                pick = (int(number) * 4 + axle) % 16
                block.place(out, clacks[(pick + joint) % 4], float(time_s), gain * float(strengths[pick]))
    return out


def _clack(sample_rate_hz: int, brightness: float, rng: np.random.Generator) -> Mono:
    """A wheel drops over the gap: the sleeper thuds, the rail rings shortly."""
    tune = float(rng.uniform(0.93, 1.07))  # No two wheels, nor two channels, alike.
    thud = modes(
        (62.0 * tune, 118.0 * tune, 205.0 * tune), (0.055, 0.035, 0.02), (1.0, 0.7, 0.45), sample_rate_hz, rng, 0.002
    )
    rail = modes(
        (540.0, 870.0, 1310.0, 2150.0, 3300.0), (0.030, 0.026, 0.022, 0.016, 0.010),
        (0.45, 0.4, 0.35 * brightness, 0.4 * brightness, 0.25 * brightness), sample_rate_hz, rng, 0.001,
    )  # fmt: skip
    rattle = burst(band(400.0, 3000.0, -4.0, 1), 0.001, 0.012, sample_rate_hz, rng)
    return join((thud, rail, rattle), (0.45, 0.8, 0.5))


def _squeal(block: Block, speed: Curve, gain: float) -> Mono:
    """Narrow tones that come and go and bend a little, never with a sharp start."""
    t = block.control_s
    presence = np.clip(Wander.draw(block.character, 0.06, 0.6).at(t) - 0.35, 0.0, 1.5) * np.clip(3.0 * speed, 0.0, 1.0)
    bend = Wander.draw(block.character, 0.3, 5.0)
    out = np.zeros(block.length, dtype=np.float32)
    step_s = t[1] - t[0]
    for tone_hz, share in ((2240.0, 1.0), (3130.0, 0.6), (4470.0, 0.35)):
        turn = 2.0 * np.pi * block.phase(np.cumsum(tone_hz * (1.0 + 0.006 * bend.at(t))) * step_s)
        narrow = band(0.8, 25.0)
        out += (share * (block.bed(narrow) * np.cos(turn) + block.bed(narrow) * np.sin(turn))).astype(np.float32)
    return out * block.curve(gain * presence)


def clack(hit: Hit) -> Mono:
    """Two axles of a bogie over a joint, the first at the onset."""
    rate = hit.sample_rate_hz
    gap = int(0.16 * rate)
    grains = [_clack(rate, 0.3 + 0.7 * hit.strength, hit.own) for _ in range(2)]
    return join(grains, (1.0, 0.8), (0, gap))
