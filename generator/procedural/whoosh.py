"""Whooshes: air around a thing that flies past.

The tone of a bluff body lies at f = 0.2 U / d (Strouhal) and its amplitude rises with about the cube of the speed
(dipole source, power ~ U^6): R. Selfridge, D. Moffat and J. D. Reiss, "Sound synthesis of objects swinging through
air using physical models", Applied Sciences 7(11), 2017. Here a noise band follows that frequency and level along a
curve of speed.
"""

from __future__ import annotations

import numpy as np

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
from foleydesigner.generator.procedural.synthesis import noise_band, samples_of

PRE_S = 0.25
"""A whoosh swells this long before its onset, which is its loudest moment."""

_BANDS = 9
_LEVELS_EXPONENT = 2.0


def _flow(speed: Mono, top_hz: float, rate: int, width_octaves: float, rng: np.random.Generator) -> Mono:
    """Noise whose centre is `top_hz` times the speed in [0, 1] and whose level goes with its square to cube.

    A bank of fixed noise bands an octave or less apart, each weighted by a Gaussian of its distance in octaves from
    the moving centre: the sweep needs no time-varying filter.
    """
    centres_hz = np.minimum(top_hz, 0.3 * rate) * 2.0 ** np.linspace(0.6, -4.4, _BANDS)
    moving = np.log2(np.maximum(top_hz * speed, 20.0))
    out = np.zeros(speed.size, dtype=np.float32)
    for centre_hz in centres_hz:
        weight = np.exp(-0.5 * ((moving - np.log2(centre_hz)) / width_octaves) ** 2).astype(np.float32)
        if float(weight.max()) > 0.01:
            out += weight * noise_band(rng, speed.size, rate, centre_hz * 0.8, centre_hz * 1.25)
    return (out * speed**_LEVELS_EXPONENT).astype(np.float32)


def _top_hz(request: RenderRequest) -> float:
    """Centre of the band at full speed."""
    words = words_of(request.event)
    base_hz = 1500.0
    if mentions(words, ("sword", "blade", "whip", "arrow", "stick", "racket", "thin")):
        base_hz = 3600.0
    elif mentions(words, ("magic", "spell", "energy", "saber", "laser")):
        base_hz = 2400.0
    elif mentions(words, ("car", "train", "ship", "plane", "heavy", "giant", "saucer")):
        base_hz = 700.0
    return float(base_hz * (0.5 + request.event.speed) / scale_of(request.event))


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """A pass that peaks at each onset, or flow that follows the level of a span."""
    rate, top_hz = request.sample_rate_hz, _top_hz(request)
    if request.cue.spans:

        def follow(level: Mono, _: float) -> Mono:
            knots = max(4, int(level.size / rate * 3.0))
            gusts = np.interp(np.arange(level.size), np.linspace(0, level.size, knots), rng.uniform(0.7, 1.0, knots))
            return _flow((0.15 + 0.85 * level) * gusts.astype(np.float32) * (level > 0), top_hz, rate, 0.8, rng)

        return continuous(request, follow, fade_s=0.08)

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        fall_s = 0.22 * hit_rng.uniform(0.85, 1.15) * (1.4 - 0.8 * request.event.speed)
        before, after = round(PRE_S * rate), samples_of(min(fall_s * 2.2, max(0.05, 0.9 * hit.gap_s)), rate)
        swell = np.exp(-0.5 * (np.linspace(PRE_S, 0.0, before, dtype=np.float32) / 0.11) ** 2)
        away = np.exp(-0.5 * (np.arange(after, dtype=np.float32) / np.float32(fall_s * 0.7 * rate)) ** 2)
        away *= np.minimum(1.0, np.linspace(1.0, 0.0, after) * 4.0).astype(np.float32)
        # The swell begins from nothing, and the last 6 ms before the pass rise a little faster: the edge that sync
        # is judged by.
        swell *= np.minimum(1.0, np.linspace(0.0, 8.0, before)).astype(np.float32)
        edge = min(before, samples_of(0.006, rate))
        swell *= np.float32(0.9)
        swell[before - edge :] = np.linspace(swell[before - edge], 1.0, edge, dtype=np.float32)
        bright = top_hz * (0.5 + 0.5 * hit.force) * hit_rng.uniform(0.9, 1.1)
        return _flow(np.concatenate([swell, away]), bright, rate, 0.7, hit_rng)

    return perform(request, rng, make, pace=Pace(interval_s=1.0, jitter=0.3), pre_s=PRE_S)
