"""Things in hands: keys, paper, typing, coins, bags and whatever prop.

Jangling metal is many small modal bodies in PhISEM collisions (P. R. Cook, Computer Music Journal 21(3), 1997);
crumpling is a train of clicks with power-law energies (P. A. Houle and J. P. Sethna, "Acoustic emission from
crumpling paper", Phys. Rev. E 54, 1996).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.impact import MATERIALS, material_of, object_modes, strike
from foleydesigner.generator.procedural.modal import Modes, dense_field, make_modes
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, mentions, perform, scale_of, words_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import band, burst, decay, layer, noise_band, samples_of

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("typing", ("typ", "keyboard", "button", "switch", "click", "console")),
    ("keys", ("keys", "keychain", "jingle", "jangle", "coin", "chain", "cutlery", "buckle", "jewel")),
    (
        "paper",
        ("paper", "page", "letter", "book", "map", "newspaper", "card", "foil", "crumple", "wrapper", "plastic bag"),
    ),
)
_PACES = {
    "typing": Pace(interval_s=0.16, jitter=0.35),
    "keys": Pace(interval_s=0.35, jitter=0.4),
    "paper": Pace(interval_s=0.45, jitter=0.4),
    "prop": Pace(interval_s=0.7, jitter=0.4),
}

Maker = Callable[[Hit, np.random.Generator], Mono]


def _keys(rate: int, scale: float, rng: np.random.Generator) -> Maker:
    bars: list[Modes] = [
        make_modes(
            dense_field(rng, 9, 2300, 11_500) / scale,
            loss_tangent=0.0012,
            base_decay=45,
            tilt_db_per_octave=-1,
        )
        for _ in range(5)
    ]

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        parts: list[tuple[Mono, float, int]] = []
        at_s = 0.0
        for index in range(int(hit_rng.integers(8, 16))):
            blow = bars[int(hit_rng.integers(len(bars)))].struck(0.0003 * 0.2**hit.force, hit_rng, 0.6, 0.02)
            gain = 1.0 if index == 0 else float(hit_rng.uniform(0.15, 0.8)) * np.exp(-at_s / 0.12)
            parts.append((blow.ring(blow.length(rate, 0.25), rate), gain, samples_of(at_s, rate) - 1))
            at_s += float(hit_rng.exponential(0.028))
        return layer(*parts)

    return make


def _paper(rate: int, scale: float, speed: float) -> Maker:
    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        length = samples_of((0.6 - 0.3 * speed) * scale**0.4, rate)
        count = int(150 * (0.4 + 0.6 * hit.force))
        clicks = np.zeros(length, dtype=np.float32)
        places = (hit_rng.beta(1.1, 2.2, count) * length * 0.95).astype(int)
        places[0] = 0
        # Energies fall off as a power law: many crackles, few snaps.
        np.add.at(clicks, places, (hit_rng.pareto(1.6, count) + 0.3).clip(0, 6) * hit_rng.choice((-1.0, 1.0), count))
        clicks[0] = 3.0
        from scipy.signal import lfilter

        pole = np.exp(-1.0 / (0.0012 * rate))
        level = np.asarray(lfilter([1.0], [1.0, -pole], np.abs(clicks)), dtype=np.float32)
        rustle = noise_band(hit_rng, length, rate, 1400 / scale, 12_000 * (0.4 + 0.6 * hit.force) / scale**0.6)
        swish = noise_band(hit_rng, length, rate, 900 / scale, 6000 / scale) * decay(length, rate, 0.1, 0.02)
        return layer((level * rustle, 1.0, 0), (swish, 0.12, 0))

    return make


def _typing(rate: int, scale: float, steel: bool, rng: np.random.Generator) -> Maker:
    """Keys of a board, or the type bars of a typewriter: down on the stop, the case answers, and up again.

    A key cap is a small stiff shell above 2 kHz that its guide damps within some milliseconds; the fall and the return
    of the key are two peaks up to 100 ms apart (D. Asonov and R. Agrawal, "Keyboard acoustic emanations", IEEE
    Symposium on Security and Privacy, 2004).
    """
    lowest_hz, highest_hz = (2000.0, 6000.0) if steel else (1500.0, 3200.0)
    caps = [
        make_modes(
            dense_field(rng, 12, lowest_hz, highest_hz) / scale,
            loss_tangent=0.01 if steel else 0.02,
            base_decay=90.0 if steel else 60.0,
            tilt_db_per_octave=0.0,
        )
        for _ in range(5)
    ]
    case = make_modes(
        dense_field(rng, 10, 60.0, 600.0) / scale**0.5, loss_tangent=0.03, base_decay=60.0, tilt_db_per_octave=0.0
    )

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        cap = caps[int(hit_rng.integers(len(caps)))]
        down = cap.struck(0.00012 * 0.4 ** (hit.force - 0.7), hit_rng, spread=0.5)
        up = cap.struck(0.0001 * 0.4 ** (hit.force - 0.7), hit_rng, spread=0.5)
        body = case.struck(0.0005, hit_rng, spread=0.5)
        release_s = min(float(hit_rng.uniform(0.06, 0.1)), 0.6 * hit.gap_s)
        highest = (12_000.0 if steel else 9000.0) * (0.4 + 0.6 * hit.force) / scale**0.5
        finger = burst(hit_rng, rate, (1500 if steel else 900) / scale, highest, 0.016)
        lift = burst(hit_rng, rate, (2000 if steel else 1200) / scale, highest, 0.012)
        at = samples_of(release_s, rate)
        return layer(
            (down.ring(down.length(rate, 0.12), rate), 1.0, 0),
            (finger, 0.8, 0),
            (body.ring(body.length(rate, 0.12), rate), 0.35, samples_of(0.004, rate)),
            (up.ring(up.length(rate, 0.08), rate), 0.6, at),
            (lift, 0.6, at),
        )

    return make


def _prop(rate: int, scale: float, words: str, rng: np.random.Generator) -> Maker:
    """A prop taken up or put down: a soft contact of its material and the hand around it."""
    name = material_of(words, "wood")
    material = MATERIALS.get(name, MATERIALS["plastic"])
    modes = object_modes(material, 0.7 * scale, rng)

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        contact = strike(material, modes, 0.7 * hit.force, 0.7 * scale, rate, hit_rng)[: samples_of(0.25, rate)]
        contact = contact * decay(contact.size, rate, 0.06, 0.0002)
        length = samples_of(0.16, rate)
        hand = band(hit_rng.standard_normal(length).astype(np.float32), rate, 500 / scale, 4500 / scale)
        hand *= decay(length, rate, 0.04, 0.004)
        settle = strike(material, modes, 0.35 * hit.force, 0.7 * scale, rate, hit_rng)[: contact.size]
        settle = settle * decay(settle.size, rate, 0.04, 0.0002)
        at_s = min(float(hit_rng.uniform(0.05, 0.09)), 0.6 * hit.gap_s)
        return layer((contact, 1.0, 0), (hand, 0.22, 0), (settle, 0.3, samples_of(at_s, rate)))

    return make


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Keys, paper, typing or a prop of some material (default), by variant, material or label."""
    event, rate = request.event, request.sample_rate_hz
    words, scale = words_of(event), scale_of(event)
    name = next((name for name, clues in _WORDS if mentions(words, clues)), "prop")
    if name == "keys":
        make = _keys(rate, scale, rng)
    elif name == "paper":
        make = _paper(rate, scale, event.speed)
    elif name == "typing":
        make = _typing(rate, scale, "typewriter" in words, rng)
    else:
        make = _prop(rate, scale, words, rng)
    return perform(request, rng, make, pace=_PACES[name], choke=0.6)
