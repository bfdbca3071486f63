"""Sound of a periodic machine: harmonics locked to a running phase, with combustion noise in its rhythm.

After Farnell, "Designing Sound", ch. 45-46: a four-stroke engine repeats every two turns of its crank; with c
cylinders it fires c times in that cycle, so harmonic c leads, and unequal cylinders fill the orders between with
weaker ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from foleydesigner.generator.procedural.blocks import Block
from foleydesigner.generator.procedural.noise import Curve, Magnitude, Mono, Wander

_TABLE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Motor:
    """What makes one motor differ from another.

    Attributes:
        pulses: angles at which it fires, cycles in [0, 1).
        idle_hz, top_hz: cycles a second when idle and at full speed.
        body: resonances of exhaust and hull.
        brightness_hz: harmonics fall off above this.
        unevenness: spread of the cylinders' strength.
        pulse_width: of one firing, share of the mean firing interval.
    """

    pulses: tuple[float, ...]
    idle_hz: float
    top_hz: float
    body: Magnitude
    brightness_hz: float = 900.0
    unevenness: float = 0.15
    pulse_width: float = 0.35

    def cycle_hz(self, drive: Curve | float) -> Curve | float:
        """Cycles a second at a drive in [0, 1]."""
        return self.idle_hz + (self.top_hz - self.idle_hz) * drive

    def firing_hz(self, drive: float) -> float:
        """Firings a second at a drive in [0, 1]."""
        return len(self.pulses) * float(self.cycle_hz(drive))


def sized(motor: Motor, scale: float) -> Motor:
    """The same motor of another linear size (1 = as it is): a larger one turns slower and its pipes are longer.

    Piston speed is about the same in all engines (J. B. Heywood, Internal Combustion Engine Fundamentals, 1988, sec.
    2.2), so revolutions would go with the inverse of size; gears and cylinders make up for half of it.
    """
    slower = scale**-0.5

    def body(frequency_hz: Curve) -> Curve:
        return motor.body(frequency_hz / slower)

    return replace(
        motor,
        idle_hz=motor.idle_hz * slower,
        top_hz=motor.top_hz * slower,
        brightness_hz=motor.brightness_hz * slower,
        body=body,
    )


def even(pulses: int) -> tuple[float, ...]:
    """Firing angles spread evenly over the cycle."""
    return tuple(k / pulses for k in range(pulses))


def pace(speed: float) -> float:
    """Share of its full speed that a machine reaches at level 1, for an event's speed in [0, 1]."""
    return 0.15 + 0.85 * speed


def cycles(motor: Motor, block: Block, unrest: float = 0.012) -> tuple[Curve, Curve]:
    """Running phase in cycles, and cycles a second, at the block's control times; the governor hunts a little."""
    t = block.control_s
    reach = (motor.top_hz - motor.idle_hz) * pace(block.event.speed)
    hunting = Wander.draw(block.character, 0.2, 4.0)
    sway = unrest * motor.idle_hz
    phase = motor.idle_hz * t + reach * block.level.integral(t) + sway * hunting.integral(t)
    return phase, motor.idle_hz + reach * block.level.at(t) + sway * hunting.at(t)


def wavetable(motor: Motor, cycle_hz: float, strengths: Curve, phases: Curve, highest_hz: float) -> Mono:
    """One cycle of unit RMS at that speed, shape (2048,): the spectrum of the firings through the body.

    Args:
        motor: which.
        cycle_hz: speed that decides where body resonances fall among the harmonics.
        strengths: of each firing, shape (len(motor.pulses),).
        phases: of each harmonic, radians, shape (1024,): the paths from exhaust, block and ground scatter them.
        highest_hz: harmonics above it are left out.
    """
    harmonic = np.arange(1, _TABLE // 2)
    firing = np.exp(-2j * np.pi * np.outer(harmonic, motor.pulses)) @ strengths
    width = motor.pulse_width / len(motor.pulses)
    frequency = np.asarray(harmonic * cycle_hz, dtype=np.float64)
    gain = np.exp(-((harmonic * width) ** 2)) + 0.06 / (1.0 + harmonic * width)
    gain = gain * motor.body(frequency) / (1.0 + (frequency / motor.brightness_hz) ** 2)
    gain[frequency > highest_hz] = 0.0
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
    spectrum[1:-1] = np.abs(firing) * gain * np.exp(1j * phases[: harmonic.size])
    table = np.fft.irfft(spectrum)
    return np.asarray(table / max(float(np.std(table)), 1e-12), dtype=np.float32)


def hum(motor: Motor, block: Block, phase: Curve, cycle_hz: Curve) -> Mono:
    """The harmonic part, shape (own_length,), near unit RMS: a slow and a fast table blended by the speed."""
    strengths = 1.0 + motor.unevenness * block.character.uniform(-1.0, 1.0, len(motor.pulses))
    scatter = 2.0 * np.pi * block.turns(_TABLE // 2)
    low_hz, high_hz = motor.idle_hz, motor.top_hz
    limit_hz = 0.4 * block.sample_rate_hz
    slow = wavetable(motor, low_hz, strengths, scatter, limit_hz * low_hz / high_hz)
    fast = wavetable(motor, high_hz, strengths, scatter, limit_hz)
    share = block.curve(np.clip((cycle_hz - low_hz) / max(high_hz - low_hz, 1e-6), 0.0, 1.0))
    place = (block.phase(phase)[: block.own_length] * _TABLE) % _TABLE
    index = place.astype(np.int64)
    fraction = (place - index).astype(np.float32)
    share = share[: block.own_length]
    out = np.zeros(block.own_length, dtype=np.float32)
    for table, weight in ((slow, 1.0 - share), (fast, share)):
        ring = np.append(table, table[0])
        out += weight * (ring[index] + fraction * (ring[index + 1] - ring[index]))
    return out


def in_rhythm(motor: Motor, block: Block, phase: Curve, bed: Mono, depth: float) -> Mono:
    """A bed of noise that swells at every firing: gas noise comes in puffs."""
    grid = np.arange(_TABLE) / _TABLE
    width = 0.5 * motor.pulse_width / len(motor.pulses) + 0.02 / len(motor.pulses)
    distance = np.abs((grid[:, None] - np.array(motor.pulses) + 0.5) % 1.0 - 0.5)
    puffs = np.exp(-((distance / width) ** 2)).sum(axis=1)
    puffs = (1.0 - depth) + depth * puffs / np.sqrt(np.mean(puffs**2))
    index = ((block.phase(phase) * _TABLE) % _TABLE).astype(np.int64)
    return np.asarray(bed * puffs.astype(np.float32)[index])
