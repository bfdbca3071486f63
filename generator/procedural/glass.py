"""Glass: clinks that ring and panes that break.

Modal synthesis with glass's low internal friction; the modes of a drinking glass go about as n squared (Fletcher
and Rossing, The Physics of Musical Instruments, sec. 21.9). Breaking is a crack, then a cascade of small shards
that fall and ring, ever fewer (P. R. Cook, Real Sound Synthesis for Interactive Applications, 2002, ch. 12: many
small modal events).
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.modal import Modes, make_modes, plate_ratios
from foleydesigner.generator.procedural.performance import Hit, Mono, Pace, mentions, perform, scale_of, words_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import burst, layer, samples_of, unit_peak

_RIM = np.array([1.0, 2.32, 4.25, 6.63, 9.38])
_BREAK = ("break", "shatter", "smash", "crash", "burst", "window", "shards")
_SHARD_KINDS = 18


def _shards(rate: int, scale: float, rng: np.random.Generator) -> list[Mono]:
    """A set of small plates, each struck once: the pieces that a pane leaves."""
    pieces = []
    for _ in range(_SHARD_KINDS):
        base_hz = float(np.exp(rng.uniform(np.log(1700), np.log(7000)))) / scale**0.7
        plate = make_modes(
            base_hz * plate_ratios(6, aspect=rng.uniform(0.9, 1.9)),
            loss_tangent=0.0012,
            base_decay=rng.uniform(18, 60),
            tilt_db_per_octave=-1.5,
        ).struck(0.00008, rng, spread=0.8)
        pieces.append(unit_peak(plate.ring(plate.length(rate, 0.25), rate)))
    return pieces


def _break(hit: Hit, pieces: list[Mono], scale: float, rate: int, rng: np.random.Generator) -> Mono:
    duration_s = 0.9 * scale**0.4
    out = np.zeros(samples_of(duration_s + 0.3, rate), dtype=np.float32)
    count = int(90 * scale**0.5 * (0.4 + 0.6 * hit.force))
    # Most pieces go with the crack, some clatter on the floor a moment later.
    times_s = np.concatenate([rng.exponential(0.07, count // 2), 0.12 + rng.exponential(0.22, count - count // 2)])
    for time_s in np.minimum(times_s, duration_s):
        piece = pieces[int(rng.integers(len(pieces)))]
        gain = float(rng.exponential(0.30) * np.exp(-time_s / (0.4 * scale**0.4)))
        start = samples_of(float(time_s), rate)
        out[start : start + piece.size] += np.float32(gain * rng.choice((-1.0, 1.0))) * piece[: out.size - start]
    crack = burst(rng, rate, 1500 / scale, 15_000 * (0.4 + 0.6 * hit.force) / scale**0.4, 0.012)
    slap = burst(rng, rate, 250 / scale, 2500 / scale, 0.02)
    return layer((crack, 0.9, 0), (slap, 0.35, 0), (out, 0.9, 0))


def _clink(glass: Modes, hit: Hit, scale: float, rate: int, rng: np.random.Generator) -> Mono:
    blow = glass.struck(0.0004 * 0.15**hit.force, rng, spread=0.5, detune=0.002)
    click = burst(rng, rate, 3500 / scale, 14_000 * (0.35 + 0.65 * hit.force) / scale**0.5, 0.0015)
    return layer((blow.ring(blow.length(rate, 1.2), rate), 1.0, 0), (click, 0.2 + 0.5 * hit.force, 0))


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Clinks (default), or breaking when the variant or label says so."""
    event, rate = request.event, request.sample_rate_hz
    scale = scale_of(event)
    if mentions(words_of(event), _BREAK):
        pieces = _shards(rate, scale, rng)
        return perform(
            request,
            rng,
            lambda hit, r: _break(hit, pieces, scale, rate, r),
            pace=Pace(interval_s=1.2, jitter=0.4),
            choke=0.8,
        )
    base_hz = 1500.0 / scale * rng.uniform(0.9, 1.1)
    rims = np.concatenate([base_hz * _RIM, base_hz * rng.uniform(1.12, 1.3) * _RIM])
    glass = make_modes(rims, loss_tangent=0.0007, base_decay=5.0, tilt_db_per_octave=-2.0)
    return perform(
        request,
        rng,
        lambda hit, r: _clink(glass, hit, scale, rate, r),
        pace=Pace(interval_s=0.9, jitter=0.4),
        choke=0.6,
    )
