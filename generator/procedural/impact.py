"""Impacts: one body struck by another, told apart by how its material rings.

Modal synthesis with the material's decay law (`modal`), a short noise contact for the roughness of the touch, and a
low thump for the mass that stops. Ring and brightness by material follow R. L. Klatzky, D. K. Pai and E. P.
Krotkov, "Perception of material from contact sounds", Presence 9(4), 2000: what is heard as material is mostly the
internal friction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.modal import FREE_BAR, Modes, dense_field, make_modes, plate_ratios
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, perform, scale_of, words_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import bubbles, burst, decay, layer, noise_band, samples_of

_PACE = Pace(interval_s=0.6, jitter=0.15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """How a struck body answers.

    Attributes:
        base_hz: lowest mode at medium size.
        shape: family of mode ratios; block is a dense inharmonic field up to `top_hz`.
        modes: how many.
        top_hz: highest mode of a block.
        loss_tangent: internal friction tan(phi).
        base_decay: decay rate that all modes share, 1/s.
        tilt_db: fall of the modes' amplitudes per octave.
        contact_ms: contact duration of the softest and of the hardest blow.
        noise: level of the contact noise (ring = 1), its band and time constant.
        thump: level and frequency of the mass that stops.
        uneven: standard deviation of the log decay rates among modes.
        longest_s: ring is cut here.
        choke: what is left of the ring at the next contact.
    """

    base_hz: float
    shape: Literal["bar", "plate", "block"]
    modes: int
    top_hz: float = 8000.0
    loss_tangent: float
    base_decay: float
    tilt_db: float
    contact_ms: tuple[float, float]
    noise: tuple[float, float, float, float]
    thump: tuple[float, float]
    longest_s: float
    uneven: float = 0.35
    choke: float = 0.6


MATERIALS: dict[str, Material] = {
    "metal": Material(
        base_hz=180, shape="block", modes=50, top_hz=7500, loss_tangent=0.0013, base_decay=7.5, tilt_db=-1.0,
        contact_ms=(1.2, 0.05), noise=(0.7, 1200, 14000, 0.004), thump=(0.3, 100), longest_s=1.5,
        choke=0.4,
    ),
    "anvil": Material(
        base_hz=1250, shape="block", modes=40, top_hz=16000, loss_tangent=0.0018, base_decay=12.0, tilt_db=-1.5,
        uneven=0.8, contact_ms=(0.35, 0.035), noise=(0.75, 1000, 14000, 0.006), thump=(0.12, 320), longest_s=1.8,
        choke=0.3,  # the hammer itself damps what rings when it lands again
    ),
    "wood": Material(
        base_hz=170, shape="plate", modes=22, loss_tangent=0.032, base_decay=24.0, tilt_db=-3.0,
        uneven=0.5, contact_ms=(2.5, 0.35), noise=(0.5, 450, 4500, 0.007), thump=(0.5, 95), longest_s=0.7,
    ),
    "stone": Material(
        base_hz=500, shape="block", modes=26, top_hz=6500, loss_tangent=0.035, base_decay=70.0, tilt_db=-2.0,
        contact_ms=(1.2, 0.15), noise=(1.1, 600, 6000, 0.008), thump=(0.7, 100), longest_s=0.4,
    ),
    "glass": Material(
        base_hz=1150, shape="plate", modes=16, loss_tangent=0.0016, base_decay=7.0, tilt_db=-1.0,
        contact_ms=(0.4, 0.06), noise=(0.35, 4000, 14000, 0.002), thump=(0.05, 200), longest_s=1.0,
    ),
    "plastic": Material(
        base_hz=330, shape="plate", modes=12, loss_tangent=0.05, base_decay=30.0, tilt_db=-1.5,
        contact_ms=(1.8, 0.3), noise=(0.35, 1000, 6000, 0.004), thump=(0.2, 140), longest_s=0.3,
    ),
    "body": Material(
        base_hz=110, shape="block", modes=8, top_hz=650, loss_tangent=0.19, base_decay=40.0, tilt_db=-4.5,
        contact_ms=(6.0, 0.8), noise=(0.8, 280, 3600, 0.014), thump=(0.8, 50), longest_s=0.4,
    ),
    "earth": Material(
        base_hz=95, shape="block", modes=8, top_hz=500, loss_tangent=0.25, base_decay=28.0, tilt_db=-4.0,
        contact_ms=(8.0, 2.0), noise=(0.55, 150, 2200, 0.018), thump=(0.9, 70), longest_s=0.4,
    ),
}  # fmt: skip

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("water", ("water", "splash", "puddle", "plunge")),
    ("anvil", ("anvil", "hammer", "sword", "blade", "clang")),
    ("glass", ("glass", "crystal", "bottle", "ceramic", "porcelain", "plate", "cup")),
    ("metal", ("metal", "iron", "steel", "pipe", "tin", "can", "chain", "bucket", "pan", "car", "crash", "coin")),
    ("wood", ("wood", "plank", "table", "tree", "box", "crate", "log", "axe", "bat", "knock")),
    ("plastic", ("plastic", "rubber", "toy", "ball")),
    ("body", ("body", "punch", "flesh", "fist", "kick", "slap", "fall", "meat", "leather", "cloth")),
    ("earth", ("earth", "ground", "dirt", "sand", "mud", "snow", "grass", "soil", "thud")),
    ("stone", ("stone", "rock", "concrete", "brick", "tile", "wall", "marble", "asphalt")),
)


def material_of(words: str, otherwise: str = "wood") -> str:
    """The material that those words speak of; the first that matches whole words wins."""
    spoken = set(words.replace("-", " ").split())
    for name, clues in _WORDS:
        if spoken.intersection(clues):
            return name
    return otherwise


def object_modes(material: Material, scale: float, rng: np.random.Generator) -> Modes:
    """The modes of one object of that material: drawn once a take, struck many times."""
    if material.shape == "bar":
        ratios = np.array(FREE_BAR)
        # Bending in the other plane gives a second series, so that a bar does not sound like a tuned chime.
        ratios = np.sort(np.concatenate([ratios, 1.47 * ratios, 2.09 * ratios]))[: material.modes]
        frequencies = material.base_hz * ratios
    elif material.shape == "plate":
        frequencies = material.base_hz * plate_ratios(material.modes, aspect=rng.uniform(1.25, 1.5))
    else:
        frequencies = dense_field(rng, material.modes, material.base_hz, material.top_hz)
    modes = make_modes(
        frequencies / scale,
        loss_tangent=material.loss_tangent,
        base_decay=material.base_decay / np.sqrt(scale),
        tilt_db_per_octave=material.tilt_db,
    )
    # Where a body rests, some modes are damped more than others: no two modes of a real one die alike.
    uneven = np.exp(material.uneven * rng.standard_normal(frequencies.size))
    return Modes(modes.frequencies_hz, modes.amplitudes, modes.decays * uneven)


def strike(material: Material, modes: Modes, force: float, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """One blow on an object: ring, contact noise and thump; a hard blow is short and bright."""
    soft, hard = material.contact_ms
    contact_s = 1e-3 * soft * (hard / soft) ** force * scale**0.5
    blow = modes.struck(contact_s, rng)
    ring = blow.ring(blow.length(rate, material.longest_s), rate)
    level, low_hz, high_hz, noise_s = material.noise
    touch = burst(rng, rate, low_hz / scale, high_hz * (0.25 + 0.75 * force) / scale**0.6, noise_s * scale**0.5)
    thump_level, thump_hz = material.thump
    heavy_hz = thump_hz / scale * rng.uniform(0.94, 1.06)
    heavy = Modes(np.array([heavy_hz]), np.array([1.0]), np.array([heavy_hz * 0.45]))
    thump = heavy.ring(heavy.length(rate, 0.6), rate)
    # The thump is the body's momentum: it stays when the blow is soft, while the touch fades.
    return layer((ring, 1.0, 0), (touch, level * (0.4 + 0.8 * force), 0), (thump, thump_level * (1.3 - 0.6 * force), 0))


def splash(hit: Hit, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """A body entering water: slap, spray and the bubbles that it drags under (van den Doel 2005)."""
    length = samples_of(0.5 * scale**0.5 + 0.3, rate)
    slap = burst(rng, rate, 250 / scale, 5000 * (0.3 + 0.7 * hit.force) / scale**0.5, 0.012 * scale)
    spray = noise_band(rng, length, rate, 900 / scale, 9000 * (0.3 + 0.7 * hit.force) / scale**0.5)
    spray *= decay(length, rate, 0.13 * scale**0.5, 0.004)
    drops = bubbles(rng, length, rate, 60, 600 / scale, 4500 / scale)
    return layer((slap, 0.8, 0), (spray, 0.9, 0), (drops, 0.3, 0))


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Blows on metal, anvil, wood (default), stone, glass, plastic, body, earth or water."""
    event, rate = request.event, request.sample_rate_hz
    # The spoken material beats the label: "car door on wood" is a matter of its material.
    name = material_of(event.material, material_of(event.variant, material_of(words_of(event))))
    if name == "metal" and material_of(event.variant) == "anvil":
        name = "anvil"
    scale = scale_of(event)
    if name == "water":
        return perform(request, rng, lambda hit, r: splash(hit, scale, rate, r), pace=_PACE, choke=0.4)
    material = MATERIALS[name]
    modes = object_modes(material, scale, rng)

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        return strike(material, modes, hit.force, scale, rate, hit_rng)

    return perform(request, rng, make, pace=_PACE, choke=material.choke)
