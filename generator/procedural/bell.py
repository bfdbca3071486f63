"""Bells: an inharmonic series of warbling partials.

Partials of a minor-third church bell, named after the note they make against the prime (hum, prime, tierce, quint,
nominal, ...): R. Perrin, T. Charnley and J. de Pont, "Normal modes of the modern English church bell", J. Sound
Vib. 90(1), 1983; each is a doublet, because no bell is perfectly round, and beats.
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.modal import Modes
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, perform, scale_of, words_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import burst, layer

_RATIOS = np.array([0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0, 5.33, 6.67, 8.0])
_LEVELS = np.array([0.12, 0.12, 0.25, 0.15, 1.0, 0.35, 0.30, 0.90, 0.70, 0.50, 0.40, 0.30])
"""At the stroke, where nominal, superquint and octave nominal lead and the strike note is heard from them."""
_DECAY_S = np.array([3.6, 1.7, 1.7, 1.0, 1.1, 0.6, 0.55, 0.55, 0.38, 0.25, 0.18, 0.14])
"""Time constants of a medium bell; the hum outlives all."""

_KINDS: tuple[tuple[tuple[str, ...], float, float, float], ...] = (
    (("bicycle", "bike", "reception", "desk", "service"), 1900.0, 0.22, 0.16),
    (("alarm", "school", "fire", "telephone", "phone", "ringing"), 1250.0, 0.25, 0.07),
    (("door", "shop", "hand", "sleigh", "jingle", "cat", "small", "chime"), 1500.0, 0.25, 0.35),
    (("cow", "goat", "sheep"), 620.0, 0.10, 0.8),
    (("gong", "temple", "tam"), 130.0, 1.2, 3.0),
)
"""(words, prime in Hz, ring relative to a church bell's, seconds between strokes of a steady one)."""

_THICKET = 22
_CHURCH = (960.0, 1.2, 1.8)
"""Of medium size, a chapel's; the very large one has its prime at 330 Hz, as a bell of some three tonnes has."""


def _kind(words: str) -> tuple[float, float, float]:
    spoken = set(words.split())
    for clues, prime_hz, ring, interval_s in _KINDS:
        if spoken.intersection(clues):
            return prime_hz, ring, interval_s
    return _CHURCH


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Church bell (default), alarm, bicycle, hand or cow bell, gong, by variant or label; size moves the pitch."""
    event, rate = request.event, request.sample_rate_hz
    scale = scale_of(event)
    prime_hz, ring, interval_s = _kind(words_of(event))
    prime_hz = prime_hz / scale * rng.uniform(0.96, 1.04)
    # The two halves of a doublet lie 0.1-0.45 % apart.
    split = 1.0 + rng.uniform(0.001, 0.0045, _RATIOS.size)
    decays = 1.0 / (_DECAY_S * ring * scale**0.7)
    # Above the named partials lies a thicket of shell modes that makes the clang of the stroke and is gone in tenths.
    thicket = np.sort(rng.uniform(3.2, 16.0, _THICKET))
    bell = Modes(
        prime_hz * np.concatenate([_RATIOS, _RATIOS * split, thicket]),
        np.concatenate([_LEVELS, 0.6 * _LEVELS, 0.8 / thicket**0.5]),
        np.concatenate([decays, decays * 1.1, (1.4 + 0.5 * thicket) / (0.5 * ring * scale**0.7)]),
    )
    longest_s = min(5.0 * ring * scale**0.5 + 0.3, 7.0)

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        blow = bell.struck(0.0004 * scale**0.5 * 0.1**hit.force, hit_rng, spread=0.25, detune=0.0003)
        body = blow.ring(blow.length(rate, longest_s), rate)
        fade = body.size // 5
        body[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
        clapper = burst(hit_rng, rate, 1800 / scale, 9000 * (0.3 + 0.7 * hit.force) / scale**0.5, 0.004)
        return layer((body, 1.0, 0), (clapper, 0.05 + 0.2 * hit.force, 0))

    return perform(request, rng, make, pace=Pace(interval_s=interval_s, jitter=0.02), choke=0.95)
