"""Engines and what they drive: cars, lorries, motorcycles, boats, aeroplanes, helicopters, trains (see `rail`).

Harmonics of the firing order, gas noise in the firing rhythm, and the noise of moving: tyres, wake, air. After
Farnell, "Designing Sound", ch. 45-48; blade-passing tones and slap of rotors after Lowson and Ollerhead, J. Sound
Vib. 9 (1969).
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural import horn, rail
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.noise import Curve, Mono, Wander, band, resonances
from foleydesigner.generator.procedural.performance import SIZE_SCALE
from foleydesigner.generator.procedural.rotation import Motor, cycles, even, hum, in_rhythm, pace, sized, wavetable
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage
from foleydesigner.script import Size

_EXHAUST = resonances(((85.0, 2.0, 1.0), (210.0, 2.5, 0.6), (520.0, 3.0, 0.3)), 0.12)
_HULL = resonances(((60.0, 1.5, 1.0), (170.0, 2.0, 0.7), (340.0, 2.0, 0.25)), 0.06)

MOTORS: dict[str, Motor] = {
    "car": Motor(pulses=even(4), idle_hz=6.7, top_hz=28.0, body=_EXHAUST, brightness_hz=700.0),
    "truck": Motor(pulses=even(6), idle_hz=5.0, top_hz=16.0, body=_EXHAUST, brightness_hz=900.0, unevenness=0.3),
    "motorcycle": Motor(pulses=(0.0, 0.4375), idle_hz=8.5, top_hz=52.0, body=_EXHAUST, brightness_hz=1500.0,
                        unevenness=0.25),
    "boat": Motor(pulses=even(3), idle_hz=7.0, top_hz=25.0, body=_HULL, brightness_hz=500.0, unevenness=0.3),
    "mower": Motor(pulses=(0.0,), idle_hz=16.0, top_hz=30.0, body=_EXHAUST, brightness_hz=1500.0, pulse_width=0.12),
    "aircraft": Motor(pulses=even(6), idle_hz=13.0, top_hz=21.0, body=_EXHAUST, brightness_hz=1000.0, unevenness=0.35),
    "helicopter": Motor(pulses=even(2), idle_hz=4.0, top_hz=6.0, body=_HULL, brightness_hz=160.0, unevenness=0.1,
                        pulse_width=0.16),
}  # fmt: skip
USUAL: dict[str, Size] = {"mower": "medium", "truck": "very_large", "boat": "large", "aircraft": "very_large"}
"""Of which size the motors above are; others are large."""
VARIANTS = ("train", "locomotive", "tram", "subway", "railway", "steam", "jet", *MOTORS, "lorry", "bus", "tractor",
            "motorbike", "scooter", "plane", "airplane", "propeller", "ship", "ferry", "automobile")  # fmt: skip
_SAME = {"lorry": "truck", "bus": "truck", "tractor": "truck", "motorbike": "motorcycle", "scooter": "motorcycle",
         "plane": "aircraft", "airplane": "aircraft", "propeller": "aircraft", "ship": "boat", "ferry": "boat",
         "automobile": "car", "locomotive": "train", "tram": "train", "subway": "train", "railway": "train",
         "steam": "train"}  # fmt: skip


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: it runs, its speed following the level; impulsive: a rev, a horn blip, or a wheel on a rail joint."""
    return stage(request, rng, _texture, _hit, release_s=0.15, idle_gain=0.12)


def vehicle_of(block: Block | Hit) -> str:
    """Which vehicle an event is: a name of `MOTORS`, "jet" or "train"; a car when nothing tells."""
    name = variant_of(block.event, VARIANTS, "car")
    return _SAME.get(name, name)


def larger(name: str, size: Size) -> float:
    """Linear size of a vehicle against the usual one of its kind."""
    return SIZE_SCALE[size] / SIZE_SCALE[USUAL.get(name, "large")]


def _texture(block: Block) -> list[Mono]:
    if horn.is_horn(block.event):
        return horn.texture(block)
    name = vehicle_of(block)
    if name == "train":
        return rail.texture(block)
    if name == "jet":
        return _jet(block)
    if name == "helicopter":
        return _helicopter(block)
    return _piston(block, name, sized(MOTORS[name], larger(name, block.event.size)))


def _piston(block: Block, name: str, motor: Motor) -> list[Mono]:
    phase, cycle_hz = cycles(motor, block, 0.03 if name in ("truck", "boat") else 0.015)
    speed = block.level.at(block.control_s) * pace(block.event.speed)
    load = Wander.draw(block.character, 0.3, 5.0).at(block.control_s)
    tone = hum(motor, block, phase, cycle_hz) * block.curve(0.8 * (1.0 + 0.07 * load))[: block.own_length]
    gas = in_rhythm(motor, block, phase, block.bed(band(70.0, 2200.0, -5.0, 1)), 0.7)
    layers = [tone, 0.33 * gas]
    if name in ("car", "truck", "motorcycle", "mower"):
        knock = in_rhythm(motor, block, phase, block.bed(band(1200.0, 5500.0, -2.0, 1)), 0.85)
        layers.append((0.09 if name == "truck" else 0.05) * knock)
    if name in ("car", "truck"):  # Tyre noise grows with speed and peaks near 1 kHz (Sandberg and Ejsmont 2002).
        layers.append(block.bed(band(300.0, 1600.0, -3.0)) * block.curve(0.45 * speed**1.5))
    if name == "boat":
        slosh = np.clip(1.0 + 0.4 * Wander.draw(block.character, 0.3, 2.5).at(block.control_s), 0.1, 2.0)
        layers.append(block.bed(band(250.0, 4500.0, -4.0, 1)) * block.curve((0.06 + 0.16 * speed) * slosh))
    if name == "aircraft":
        layers += _propeller(block, phase)
    return layers


def _propeller(block: Block, phase: Curve) -> list[Mono]:
    """Two blades geared to the crank: their passing tone lies under the firing tone and beats with it."""
    disc = Motor(pulses=even(2), idle_hz=26.0, top_hz=42.0, body=_HULL, brightness_hz=500.0, pulse_width=0.3)
    turn = 1.93 * phase
    rate_hz = np.gradient(turn, block.control_s)
    return [0.8 * hum(disc, block, turn, rate_hz), 0.22 * block.bed(band(90.0, 1400.0, -4.0, 1))]


def _jet(block: Block) -> list[Mono]:
    """Mixing noise with its peak near 200 Hz (Tam 1998), and a thin compressor whine that follows the thrust."""
    t = block.control_s
    thrust = block.level.at(t) * pace(block.event.speed)
    churn = Wander.draw(block.character, 0.2, 6.0)
    whine_hz = 2100.0
    step_s = t[1] - t[0]
    turn = 2.0 * np.pi * block.phase(np.cumsum(whine_hz * (0.55 + 0.6 * thrust)) * step_s)
    narrow = band(0.5, 18.0)
    whine = block.bed(narrow) * np.cos(turn) + block.bed(narrow) * np.sin(turn)
    return [
        block.bed(band(60.0, 420.0, -2.0)) * block.curve(0.9 + 0.10 * churn.at(t)),
        block.bed(band(350.0, 5000.0, -4.0, 1)) * block.curve(0.25 + 0.45 * thrust),
        np.asarray(whine * block.curve(0.16 + 0.10 * thrust), dtype=np.float32),
    ]


def _helicopter(block: Block) -> list[Mono]:
    """Blade slap chops the noise of the wake; a turbine whines above it."""
    motor = MOTORS["helicopter"]
    phase, cycle_hz = cycles(motor, block, 0.01)
    chop = in_rhythm(motor, block, phase, block.bed(band(70.0, 900.0, -4.0, 1)), 0.85)
    swish = in_rhythm(motor, block, phase, block.bed(band(700.0, 4000.0, -4.0, 1)), 0.6)
    tail = Motor(pulses=even(1), idle_hz=60.0, top_hz=95.0, body=_EXHAUST, brightness_hz=600.0)
    rotor = hum(tail, block, 15.3 * phase, 15.3 * cycle_hz)
    whine = block.bed(resonances(((1850.0, 60.0, 1.0), (3100.0, 60.0, 0.5))))
    return [0.9 * hum(motor, block, phase, cycle_hz), 0.8 * chop, 0.25 * swish, 0.10 * rotor, 0.03 * whine]


def _hit(hit: Hit) -> Mono:
    if horn.is_horn(hit.event):
        return horn.blip(hit)
    name = vehicle_of(hit)
    if name == "train":
        return rail.clack(hit)
    return _rev(hit, sized(MOTORS.get(name, MOTORS["car"]), larger(name, hit.event.size)))


def _rev(hit: Hit, motor: Motor) -> Mono:
    """The throttle is opened and let go: the speed shoots up in a quarter second and falls back."""
    rate = hit.sample_rate_hz
    n = int(1.6 * rate)
    t = np.arange(n) / rate
    surge = np.minimum(t / 0.25, 1.0) * np.exp(-np.maximum(t - 0.25, 0.0) / 0.45)
    drive = 0.12 + (0.35 + 0.5 * hit.strength) * surge
    cycle = np.cumsum(motor.cycle_hz(drive)) / rate
    strengths = 1.0 + motor.unevenness * hit.character.uniform(-1.0, 1.0, len(motor.pulses))
    phases = 2.0 * np.pi * hit.turns(1024)
    table = wavetable(motor, float(motor.cycle_hz(0.6)), strengths, phases, 0.2 * rate)
    tone = table[(cycle % 1.0 * table.size).astype(np.int64)]
    gas = hit.noise(band(80.0, 2600.0, -5.0, 1), n) * (0.2 + 0.5 * surge)
    attack = 1.0 - np.exp(-t / 0.004)
    close = np.clip((t[-1] - t) / 0.35, 0.0, 1.0)
    return np.asarray((tone * (0.35 + surge) + gas) * attack * close, dtype=np.float32)
