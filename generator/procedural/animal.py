"""Animals: voiced calls (`voice`), whistles of birds, croaks of frogs, hooves, and crowds of any of them.

Calls begin from figures in the literature on each: dog barks are short, noisy and 300-900 Hz in pitch (T. Riede and
W. T. Fitch, J. Exp. Biol. 202, 1999); sheep bleat with a tremolo near 10 Hz; whinnies fall through 1 kHz with a second
pitch (E. F. Briefer et al., Scientific Reports 5, 2015); frogs croak in pulse trains.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.modal import Modes
from foleydesigner.generator.procedural.performance import (
    Hit,
    Mono,
    Pace,
    continuous,
    perform,
    scale_of,
    words_of,
)
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.species import CALLS, species_of
from foleydesigner.generator.procedural.synthesis import burst, curve, layer, samples_of
from foleydesigner.generator.procedural.voice import utter

_CROWD_TEMPLATES = 6
_MOST_CALLS_PER_S = 25.0


def chirp(duration_s: float, force: float, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """A bird's phrase: two to four whistled syllables that sweep within 2-6 kHz."""
    parts: list[tuple[Mono, float, int]] = []
    at_s = 0.0
    base_hz = rng.uniform(3000, 4200) / scale
    while at_s == 0.0 or (at_s < duration_s and len(parts) < 5):
        length = samples_of(float(rng.uniform(0.04, 0.12)), rate)
        points = ((0, rng.uniform(0.8, 1.3)), (0.5, rng.uniform(0.9, 1.4)), (1, rng.uniform(0.7, 1.2)))
        phase = 2.0 * np.pi * np.cumsum(base_hz * curve(length, points), dtype=np.float64) / rate
        tone = np.sin(phase) + 0.18 * force * np.sin(2.0 * phase)
        shaped = (tone * curve(length, ((0, 0.75), (0.12, 1.0), (0.7, 0.7), (1, 0)))).astype(np.float32)
        rise = min(length, samples_of(0.001, rate))
        shaped[:rise] *= np.linspace(0.0, 1.0, rise, dtype=np.float32)
        parts.append((shaped, 1.0 if not parts else float(rng.uniform(0.6, 1.0)), samples_of(at_s, rate) - 1))
        at_s += length / rate + float(rng.uniform(0.02, 0.08))
    return layer(*parts)


def hoof(force: float, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """One hoof on hard ground: a hollow clop and the weight behind it."""
    cup = np.array([420.0, 690.0, 1080.0, 1900.0]) / scale * rng.uniform(0.92, 1.08)
    blow = Modes(cup, np.array([1.0, 0.8, 0.6, 0.3]), 55.0 + 0.10 * cup).struck(0.0016 * 0.2**force, rng)
    dirt = burst(rng, rate, 500 / scale, 5500 * (0.3 + 0.7 * force) / scale, 0.01)
    weight_hz = 75.0 / scale
    weight = Modes(np.array([weight_hz]), np.array([1.0]), np.array([0.35 * weight_hz]))
    return layer(
        (blow.ring(blow.length(rate, 0.2), rate), 1.0, 0),
        (dirt, 0.35, 0),
        (weight.ring(weight.length(rate, 0.3), rate), 0.45, 0),
    )


def one_call(name: str, force: float, longest_s: float, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    """One call of a species, at most `longest_s` long."""
    if name == "hooves":
        return hoof(force, scale, rate, rng)
    if name == "bird":
        return chirp(float(min(rng.uniform(0.15, 0.5), longest_s)), force, scale, rate, rng)
    call = CALLS[name]
    duration_s = float(np.clip(call.duration_s * rng.uniform(0.85, 1.15) * scale**0.3, 0.05, max(longest_s, 0.05)))
    return utter(call, duration_s, force, scale, rate, rng)


def _herd(
    name: str, level: Mono, count: int, intensity: float, scale: float, rate: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Many individuals, two channels: templates scattered at random times, places, pitches and distances."""
    interval_s = CALLS[name].interval_s if name in CALLS else 0.7
    templates = [
        one_call(
            name, 0.35 + 0.65 * intensity * float(rng.random()), 10.0, scale * float(rng.uniform(0.8, 1.25)), rate, rng
        )
        for _ in range(_CROWD_TEMPLATES)
    ]
    out = np.zeros((2, level.size), dtype=np.float32)
    calls = rng.poisson(min(count / (2.0 * interval_s), _MOST_CALLS_PER_S) * level.size / rate) + 1
    for start in rng.integers(0, level.size, calls):
        piece = templates[int(rng.integers(_CROWD_TEMPLATES))][: level.size - start]
        place, gain = float(rng.uniform(0.0, np.pi / 2)), float(rng.beta(1.2, 3.0) + 0.1) * float(level[start])
        out[0, start : start + piece.size] += np.float32(gain * np.cos(place)) * piece
        late = min(int(start) + int(rng.uniform(0.003, 0.02) * rate), level.size)
        echo = piece[: level.size - late]
        out[1, late : late + echo.size] += np.float32(gain * np.sin(place)) * echo
    return np.asarray(out * np.minimum(1.0, 4.0 * level), dtype=np.float32)


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Dog, cat, sheep, cow, horse (whinny, or hooves), bird, crow, chicken, frog, ...; an unknown animal growls."""
    event, rate = request.event, request.sample_rate_hz
    scale = scale_of(event)
    name = species_of(words_of(event))
    if request.cue.spans and (event.count or 1) > 1:
        herd = event.count or 1
        return continuous(
            request, lambda level, _: _herd(name, level, herd, event.intensity, scale, rate, rng), fade_s=0.1
        )

    def make(hit: Hit, hit_rng: np.random.Generator) -> Mono:
        call = one_call(name, hit.force, 0.85 * hit.gap_s, scale, rate, hit_rng)
        # Several animals at one onset answer within a tenth of a second.
        others = min((event.count or 1) - 1, 4)
        late = [samples_of(float(hit_rng.uniform(0.03, 0.12)), rate) for _ in range(others)]
        more = [(one_call(name, 0.7 * hit.force, 0.7 * hit.gap_s, scale, rate, hit_rng), 0.4, at) for at in late]
        return layer((call, 1.0, 0), *more)

    interval_s = {"hooves": 0.16, "bird": 0.8}.get(name) or CALLS[name].interval_s
    return perform(
        request, rng, make, pace=Pace(interval_s=interval_s, jitter=0.3 if name != "hooves" else 0.12), choke=0.15
    )
