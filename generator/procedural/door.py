"""Doors: latch, creak, thud, knock and slam.

The creak is stick and slip: the hinge lets go in pulses, at intervals that follow how fast the door moves, into the
panel's resonances (A. Farnell, Designing Sound, MIT Press 2010, practical 8); thud, knock and latch are modal
(`impact`).
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.impact import MATERIALS, Material, object_modes, strike
from foleydesigner.generator.procedural.modal import Modes, dense_field, make_modes
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, mentions, perform, scale_of, words_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import burst, formants, grains, layer, samples_of

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("knock", ("knock", "rap", "bang on")),
    ("slam", ("slam", "bang", "shut hard")),
    ("open", ("open", "creak", "squeak", "hinge")),
    ("close", ("clos", "shut", "latch")),
)
_PACES = {"knock": 0.28, "slam": 1.6, "open": 2.2, "close": 2.2}
_PANEL_HZ = ((430.0, 110.0, 0.6), (780.0, 160.0, 0.8), (1350.0, 220.0, 1.0), (2300.0, 350.0, 0.8), (3600.0, 500.0, 0.5))


def _latch(force: float, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """Bolt and spring: two small metal clicks."""
    steel = MATERIALS["metal"]
    modes = object_modes(steel, 0.45 * scale**0.3, rng)
    length = samples_of(0.09, rate)
    first, second = (strike(steel, modes, f, 0.5 * scale**0.3, rate, rng)[:length] for f in (force, 0.6 * force))
    fade = np.exp(-np.arange(length) / (0.018 * rate)).astype(np.float32)
    return layer((first * fade, 1.0, 0), (second * fade, 0.6, samples_of(rng.uniform(0.025, 0.04), rate)))


def _leaf(leaf: Modes, force: float, rate: int, rng: np.random.Generator) -> Mono:
    """The leaf, hung in its frame, struck somewhere by a knuckle or a bolt."""
    blow = leaf.struck(0.0011 * 0.3**force, rng, spread=0.5)
    return blow.ring(blow.length(rate, 0.4), rate)


def _creak(duration_s: float, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """Stick-slip pulses at a wandering rate through the panel."""
    length = samples_of(duration_s, rate)
    knots = max(4, int(duration_s * 5))
    wander = np.interp(np.arange(length), np.linspace(0, length, knots), rng.uniform(0.5, 1.4, knots))
    shape = np.sin(np.pi * np.linspace(0.02, 0.98, length)) ** 0.4
    rate_hz = 28.0 / scale**0.5 * wander * shape
    # Each slip comes a little early or late, so that the hinge groans and does not sing.
    step = rate // 120
    places = np.arange(0, length + step, step)
    jitter = np.interp(np.arange(length), places, rng.uniform(0.8, 1.2, places.size))
    phase = np.cumsum(rate_hz * jitter) / rate
    slips = np.flatnonzero(np.diff(np.floor(phase), prepend=0.0) > 0)
    pulses = np.zeros(length, dtype=np.float32)
    # A hinge that has stuck longer lets go harder.
    pulses[slips] = rng.uniform(0.5, 1.0, slips.size) / (0.4 + wander[slips])
    shift = float(rng.uniform(1.3, 1.8)) / scale**0.5
    squeal = formants(pulses, rate, [(f * shift, b, g) for f, b, g in _PANEL_HZ])
    return squeal * shape.astype(np.float32)


def _thud(
    panel: Material, modes: Modes, force: float, scale: float, rate: int, rng: np.random.Generator, heavy: bool
) -> Mono:
    """The leaf meets its frame, the air it pushes and what rattles on it."""
    hit = strike(panel, modes, force, scale, rate, rng)
    air = burst(rng, rate, 45 / scale, (420 if heavy else 260) / scale, 0.06 if heavy else 0.035)
    clap = burst(rng, rate, 400 / scale, 6000 * (0.3 + 0.7 * force) / scale**0.5, 0.012)
    parts = [(hit, 1.0, 0), (air, 0.8 if heavy else 0.5, 0), (clap, 0.6 * (0.3 + force), 0)]
    if heavy:
        length = samples_of(0.35, rate)
        energy = np.exp(-np.arange(length) / (0.09 * rate)).astype(np.float32)
        rattle = grains(rng, energy, rate, 160, 0.002)
        parts.append((formants(rattle, rate, [(1100 / scale, 150, 1.0), (2600 / scale, 300, 0.8)]), 0.25, 0))
    return layer(*parts)


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Door open (latch, creak), close (thud, latch; default), knock or slam, of wood, metal or glass."""
    event, rate = request.event, request.sample_rate_hz
    words = words_of(event)
    action = next((name for name, clues in _WORDS if mentions(words, clues)), "close")
    scale = scale_of(event)
    metal = mentions(words, ("metal", "iron", "steel", "car", "prison"))
    panel = MATERIALS["metal" if metal else "wood"]
    creaks = 0.6 if mentions(words, ("creak", "squeak", "hinge")) else 0.15
    body_scale = scale * (1.0 if action == "knock" else 1.5)
    modes = object_modes(panel, body_scale, rng)
    leaf = make_modes(
        dense_field(rng, 18, 110.0, 2500.0) / scale,
        loss_tangent=0.002 if metal else 0.02,
        base_decay=35.0,
        tilt_db_per_octave=0.0,
    )

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        if action == "knock":
            knuckle = burst(hit_rng, rate, 300 / scale, 3500 * (0.3 + 0.7 * hit.force) / scale, 0.006)
            return layer((_leaf(leaf, hit.force, rate, hit_rng), 1.0, 0), (knuckle, 0.6, 0))
        if action == "open":
            duration_s = min(hit_rng.uniform(0.9, 1.5) * (1.5 - event.speed), max(0.15, 0.85 * hit.gap_s))
            creak = _creak(duration_s, scale, rate, hit_rng)
            latch, sprung = _latch(hit.force, scale, rate, hit_rng), samples_of(float(hit_rng.uniform(0.07, 0.1)), rate)
            # What the bolt does to the leaf is the most of what is heard of it.
            rung = _leaf(leaf, hit.force, rate, hit_rng)
            again = _leaf(leaf, 0.6 * hit.force, rate, hit_rng)
            parts = [(rung, 1.0, 0), (latch, 0.6, 0), (again, 0.5, sprung), (latch, 0.3, sprung)]
            return layer(*parts, (creak, creaks, samples_of(0.11, rate)))
        heavy = action == "slam"
        thud = _thud(panel, modes, hit.force, body_scale, rate, hit_rng, heavy)
        bolt = _latch(0.7 * hit.force, scale, rate, hit_rng)
        return layer((thud, 1.0, 0), (bolt, 0.2, samples_of(0.012 if heavy else 0.06, rate)))

    return perform(request, rng, make, pace=Pace(interval_s=_PACES[action], jitter=0.2), choke=0.5)
