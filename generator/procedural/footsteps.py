"""Footsteps: heel, then toe, on a surface.

Two contacts a step as in A. J. Farnell, "Marching onwards: procedural synthetic footsteps", PdCon 2007; solid
floors ring by modal synthesis, loose ones are grains (P. R. Cook, "Modeling Bill's gait: analysis and parametric
synthesis of walking sounds", AES 22nd Int. Conf., 2002). An onset is the heel strike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.modal import Modes, dense_field, make_modes
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, mentions, perform, scale_of, words_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import band, bubbles, burst, curve, grains, layer, samples_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """How a floor answers a shoe.

    Attributes:
        ring: (level, lowest Hz, highest Hz, modes, loss tangent, base decay 1/s) of a solid floor.
        scuff: (level, low Hz, high Hz, time constant s) of the sole's contact.
        grain: (level, low Hz, high Hz, collisions a second, grain s, duration s) of loose ground.
        thump: (level, Hz) of the walker's weight.
    """

    ring: tuple[float, float, float, int, float, float]
    scuff: tuple[float, float, float, float]
    grain: tuple[float, float, float, float, float, float]
    thump: tuple[float, float]


SURFACES: dict[str, Surface] = {
    "stone": Surface(
        ring=(0.30, 600, 4500, 14, 0.03, 90), scuff=(1.0, 450, 3800, 0.010),
        grain=(0.16, 1500, 6500, 2500, 0.0015, 0.12), thump=(0.55, 115),
    ),
    "wood": Surface(
        ring=(0.8, 130, 2000, 18, 0.04, 28), scuff=(0.55, 400, 3200, 0.009),
        grain=(0.12, 900, 4000, 2000, 0.0015, 0.10), thump=(0.6, 90),
    ),
    "metal": Surface(
        ring=(0.6, 180, 6500, 40, 0.0030, 18), scuff=(0.8, 700, 6000, 0.008),
        grain=(0.12, 2000, 8000, 1800, 0.0015, 0.10), thump=(0.4, 105),
    ),
    "gravel": Surface(
        ring=(0.0, 900, 5000, 4, 0.04, 60), scuff=(0.45, 640, 6000, 0.006),
        grain=(1.0, 550, 4200, 1700, 0.0026, 0.30), thump=(0.28, 125),
    ),
    "snow": Surface(
        ring=(0.0, 900, 5000, 4, 0.04, 60), scuff=(0.5, 420, 2000, 0.016),
        grain=(1.0, 330, 2600, 2200, 0.0010, 0.28), thump=(0.55, 120),
    ),
    "grass": Surface(
        ring=(0.0, 900, 5000, 4, 0.04, 60), scuff=(0.35, 180, 1700, 0.012),
        grain=(0.60, 500, 3600, 1200, 0.0020, 0.27), thump=(0.25, 130),
    ),
    "carpet": Surface(
        ring=(0.0, 900, 5000, 4, 0.04, 60), scuff=(0.6, 200, 1500, 0.014),
        grain=(0.15, 600, 3500, 2500, 0.0020, 0.14), thump=(0.9, 80),
    ),
}  # fmt: skip

_WORDS: dict[str, tuple[str, ...]] = {
    "gravel": ("gravel", "pebble", "rubble", "debris", "shingle", "sand", "beach", "dirt", "earth", "desert"),
    "snow": ("snow", "ice", "frost"),
    "grass": ("grass", "leaves", "forest", "meadow", "field", "lawn", "moss", "mud", "soil", "hay", "straw"),
    "metal": ("metal", "grating", "catwalk", "steel", "iron"),
    "wood": ("wood", "parquet", "floorboard", "plank", "deck", "stair", "stage", "bridge"),
    "carpet": ("carpet", "rug", "barefoot", "paw", "sock", "tatami"),
    "stone": ("stone", "concrete", "asphalt", "marble", "tile", "pavement", "street", "road", "cobble"),
}


def surface_of(words: str, otherwise: str = "stone") -> str:
    """The surface that those words speak of."""
    return next((name for name, clues in _WORDS.items() if mentions(words, clues)), otherwise)


def _floor(surface: Surface, rng: np.random.Generator) -> Modes:
    _, low_hz, high_hz, count, loss, base = surface.ring
    field = dense_field(rng, count, low_hz, high_hz)
    return make_modes(field, loss_tangent=loss, base_decay=base, tilt_db_per_octave=-3.0)


def _contact(surface: Surface, floor: Modes, force: float, weight: float, rate: int, rng: np.random.Generator) -> Mono:
    """One contact of heel or toe."""
    parts: list[tuple[Mono, float, int]] = []
    ring_level = surface.ring[0]
    if ring_level > 0.0:
        blow = floor.struck(0.0022 * 0.12**force * weight, rng, spread=0.5)
        shifted = Modes(blow.frequencies_hz / weight**0.5, blow.amplitudes, blow.decays)
        parts.append((shifted.ring(shifted.length(rate, 0.5), rate), ring_level, 0))
    level, low_hz, high_hz, time_s = surface.scuff
    reach = (0.3 + 0.7 * force) / weight**0.6
    parts.append((burst(rng, rate, low_hz / weight**0.6, high_hz * reach, time_s * weight**0.5), level, 0))
    thump_level, thump_hz = surface.thump
    heavy_hz = thump_hz / weight * rng.uniform(0.92, 1.08)
    heavy = Modes(np.array([heavy_hz, 2.1 * heavy_hz]), np.array([1.0, 0.4]), np.array([0.55, 0.7]) * heavy_hz)
    parts.append((heavy.ring(heavy.length(rate, 0.4), rate), thump_level * weight**0.4, 0))
    return layer(*parts)


def _loose(surface: Surface, force: float, weight: float, roll_s: float, rate: int, rng: np.random.Generator) -> Mono:
    """Loose ground giving way under heel, then toe."""
    _, low_hz, high_hz, rate_hz, grain_s, duration_s = surface.grain
    length = samples_of(duration_s + roll_s, rate)
    peak = min(roll_s / (duration_s + roll_s), 0.8)
    energy = curve(length, ((0, 1.0), (peak * 0.6, 0.30), (peak, 0.85), (1.0, 0.0))) ** 1.5
    collisions = grains(rng, energy, rate, rate_hz, grain_s)
    return band(collisions, rate, low_hz / weight**0.5, high_hz * (0.45 + 0.55 * force) / weight**0.5)


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steps on stone (default), wood, metal, gravel, snow, grass or carpet; `wetness` adds the puddle."""
    event, rate = request.event, request.sample_rate_hz
    weight = scale_of(event)
    surface = SURFACES[surface_of(event.surface.lower(), surface_of(words_of(event)))]
    running = event.speed > 0.75 or mentions(words_of(event), ("run", "sprint", "jog"))
    floor = _floor(surface, rng)

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        # A heavy walker rolls slowly from heel to toe; a runner lands almost flat.
        roll_s = (0.035 if running else 0.12 - 0.05 * event.speed) * weight**0.4 * hit_rng.uniform(0.85, 1.15)
        roll_s = min(roll_s, 0.7 * hit.gap_s)
        # Left and right shoes differ a little, always in the same way.
        force = float(np.clip(hit.force * (1.0 if hit.index % 2 else 0.9), 0.02, 1.0))
        heel = _contact(surface, floor, force, weight, rate, hit_rng)
        toe = _contact(surface, floor, 0.6 * force, weight * 0.85, rate, hit_rng)
        parts = [(heel, 1.0, 0), (toe, hit_rng.uniform(0.25, 0.45), samples_of(roll_s, rate))]
        parts.append((_loose(surface, force, weight, roll_s, rate, hit_rng), surface.grain[0], 0))
        if event.wetness > 0.1:
            squelch = bubbles(hit_rng, samples_of(0.25, rate), rate, 12, 500 / weight, 2400 / weight)
            spray = burst(hit_rng, rate, 1500 / weight, 9000 / weight, 0.03)
            parts += [(squelch, 0.6 * event.wetness, samples_of(0.01, rate)), (spray, 0.7 * event.wetness, 0)]
        return layer(*parts)

    pace = Pace(interval_s=0.36 if running else 0.55, jitter=0.06)
    return perform(request, rng, make, pace=pace, choke=0.4)
