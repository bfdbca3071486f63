"""Breath and the murmur of people.

Breath is turbulent noise through the open vocal tract, brighter going in than out (G. Fant, Acoustic Theory of Speech
Production, 1960, for the source-filter view); walla is many voices speaking syllables nobody can make out: pulses
at the pitch of each voice through formants that wander between vowels (Peterson and Barney, JASA 24, 1952, for the
vowels).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.performance import (
    Hit,
    Mono,
    Pace,
    continuous,
    mentions,
    perform,
    scale_of,
    words_of,
)
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import curve, formants, layer, noise_band, samples_of
from foleydesigner.generator.procedural.voice import pulses

VOWELS_HZ = (
    (730, 1090, 2440),
    (530, 1840, 2480),
    (390, 1990, 2550),
    (570, 840, 2410),
    (440, 1020, 2240),
    (300, 870, 2240),
)
"""First three formants of men's a, e, i, o, u and their like (Peterson and Barney 1952)."""

_MOST_VOICES = 10
_SYLLABLES_PER_S = 4.5


def _breath(inward: bool, duration_s: float, force: float, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    length = samples_of(duration_s, rate)
    air = noise_band(rng, length, rate, 250 / scale, 9000 * (0.35 + 0.65 * force) / scale**0.5)
    opened = ((1150, 220, 0.8), (2150, 320, 1.0), (3400, 450, 0.7))
    rounded = ((560, 130, 1.0), (1250, 220, 0.8), (2500, 380, 0.4))
    shift = rng.uniform(0.93, 1.07) / scale**0.5
    throat = [(f * shift, b, g) for f, b, g in (opened if inward else rounded)]
    shaped = formants(air, rate, throat) + np.float32(0.02) * air
    points = ((0, 0.45), (0.45, 1.0), (0.8, 0.7), (1, 0)) if inward else ((0, 0.9), (0.12, 1.0), (0.5, 0.45), (1, 0))
    return shaped * curve(length, points)


def _voice_line(length: int, rate: int, scale: float, rng: np.random.Generator) -> Mono:
    """One voice talking: phrases of syllables, pauses between them."""
    out = np.zeros(length, dtype=np.float32)
    pitch_hz = float(rng.choice((115.0, 200.0)) * np.exp(0.15 * rng.standard_normal())) / scale**0.5
    at = int(rng.uniform(0.0, 0.6) * rate)
    while at < length:
        syllable = samples_of(float(rng.uniform(0.6, 1.3)) / _SYLLABLES_PER_S, rate)
        if rng.random() < 0.14:
            at += samples_of(float(rng.uniform(0.2, 0.9)), rate)
            continue
        start_hz = pitch_hz * float(np.exp(0.12 * rng.standard_normal()))
        source = pulses(np.linspace(start_hz, start_hz * rng.uniform(0.8, 1.1), syllable), rate, 0.9)
        vowel = VOWELS_HZ[int(rng.integers(len(VOWELS_HZ)))]
        peaks = [(f / scale**0.3, 80 + 0.05 * f, g) for f, g in zip(vowel, (1.0, 0.5, 0.25), strict=True)]
        voiced = formants(source, rate, peaks) * curve(syllable, ((0, 0.0), (0.2, 1.0), (0.7, 0.8), (1.0, 0.0)))
        if rng.random() < 0.4:
            hiss = samples_of(0.06, rate)
            voiced[:hiss] += np.float32(0.06) * noise_band(rng, hiss, rate, 2500, 6500)[: voiced[:hiss].size]
        piece = voiced[: length - at]
        out[at : at + piece.size] += piece
        at += syllable
    return out / np.float32(np.sqrt(np.mean(out**2)) + 1e-9)


def _walla(level: Mono, count: int, rate: int, scale: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Two channels of talkers, each at a place of its own."""
    out = np.zeros((2, level.size), dtype=np.float32)
    for _ in range(min(max(count, 2), _MOST_VOICES)):
        line, place = _voice_line(level.size, rate, scale, rng), float(rng.uniform(0.0, np.pi / 2))
        # A few milliseconds between the ears keep the channels decorrelated.
        other = np.roll(line, int(rng.uniform(0.007, 0.03) * rate))
        out += np.stack([np.cos(place) * line, np.sin(place) * other]).astype(np.float32)
    return np.asarray(out * level, dtype=np.float32)


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Breaths, in and out in turn, or the murmur of a crowd for a steady event that speaks of one."""
    event, rate = request.event, request.sample_rate_hz
    words, scale = words_of(event), scale_of(event)
    crowd = mentions(words, ("crowd", "walla", "murmur", "people", "chatter", "audience", "voices", "talk"))
    if request.cue.spans and (crowd or (event.count or 1) > 3):
        return continuous(request, lambda level, _: _walla(level, event.count or 8, rate, scale, rng), fade_s=0.2)
    longest_s = 0.55 if mentions(words, ("pant", "gasp", "run")) else 1.3
    begins_outward = mentions(words, ("sigh", "exhale", "out", "huff", "sneeze"))

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        duration_s = float(np.clip(longest_s * (1.3 - 0.6 * event.speed), 0.12, max(0.12, 0.85 * hit.gap_s)))
        inward = (hit.index % 2 == 0) != begins_outward
        return layer((_breath(inward, duration_s, hit.force, scale, rate, hit_rng), 1.0, 0))

    return perform(request, rng, make, pace=Pace(interval_s=longest_s * 1.25, jitter=0.1), choke=0.4)
