"""The parts that a mechanism strikes together: teeth, cams, escapements, wheels on stones.

A tooth that takes over from another is struck steel: a dense field of modes with the material's decay law (K. van den
Doel and D. K. Pai, "The sounds of physical shapes", Presence 7(4), 1998), short since oil and axle damp it. Each part
keeps its own modes for the whole take; only where it is struck varies.
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.procedural.grains import burst, close, join, modes
from foleydesigner.generator.procedural.modal import Modes, dense_field, make_modes
from foleydesigner.generator.procedural.noise import Mono, band

PITCH = {"small": 1.6, "medium": 1.0, "large": 0.62, "very_large": 0.42}
PARTS = {"gears": 3, "machine": 9}
"""How many different bodies take turns."""
_CONTACT_S = 1.2e-4
_ROUNDING = 1.3


def part(name: str, size: str, rng: np.random.Generator) -> Modes | None:
    """The body of one part; None for a mechanism whose parts are told by fixed modes.

    Args:
        name: of the mechanism.
        size: of the event.
        rng: one that is the same all through the take.
    """
    tune = PITCH[size]
    if name == "gears":
        field = tune * dense_field(rng, 14, 1450.0, 12_000.0)
        return make_modes(field, loss_tangent=0.006, base_decay=75.0 * tune**0.5, tilt_db_per_octave=0.0)
    if name == "machine":
        field = tune * dense_field(rng, 18, 1130.0 * float(rng.uniform(0.7, 1.4)), 7200.0)
        return make_modes(field, loss_tangent=0.006, base_decay=38.0 * tune**0.5, tilt_db_per_octave=0.0)
    return None


def struck(body: Modes, size: str, rate: int, hardness: float, rng: np.random.Generator) -> Mono:
    """Steel on steel, shape (n,): the body's modes, struck somewhere, and the contact's click; peak 1."""
    blow = body.struck(_CONTACT_S * 0.4 ** (hardness - 0.5), rng, spread=0.5, detune=0.002)
    ring = blow.ring(blow.length(rate, 0.25), rate)
    # A tooth is pushed this way or that; the two ears of a wide sound hear different ones.
    ring *= np.float32(rng.choice((-1.0, 1.0)) / (np.max(np.abs(ring)) + 1e-9))
    click = burst(band(1500.0 * PITCH[size] ** 0.3, 9000.0, 0.0, 1), 0.0002, 0.003, rate, rng)
    click /= np.float32(np.max(np.abs(click)) + 1e-9)
    # Oil between the teeth yields to the hardest of the blow: its peak is rounded.
    return close(np.tanh(_ROUNDING * join((ring, click), (1.0, 0.15 + 0.4 * hardness))).astype(np.float32))


def contact(name: str, index: int, size: str, rate: int, rng: np.random.Generator, *, hardness: float) -> Mono:
    """One contact of a clock, a wagon or a printer; `index` tells which of the cycle's."""
    tune = PITCH[size] * float(rng.uniform(0.985, 1.015))
    if name == "clock":
        return _tick(tune * (1.0 if index == 0 else 0.84), rate, rng)
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
    return burst(band(700.0 * tune, 5200.0, -2.0, 1), 0.0008, 0.010, rate, rng)


def thump(size: str, rate: int, rng: np.random.Generator) -> Mono:
    """The frame of a machine that takes the blow, peak near 1."""
    tune = PITCH[size] / 0.62
    return modes((85 * tune, 155 * tune), (0.03, 0.022), (1.0, 0.4), rate, rng, 0.002)


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
