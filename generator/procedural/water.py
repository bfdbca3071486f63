"""Water: bubbles over a wash.

Almost all of water's sound is the ringing of entrained bubbles. Van den Doel, "Physically-based models for liquid
sounds", ACM Trans. Applied Perception 2 (2005): a Poisson stream of bubbles with radii from 0.15 to 15 mm, each
ringing at its Minnaert frequency with a slight rise. Breaking waves and fizz are the same in the limit of very many,
very small bubbles.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.grains import bubble, bubble_radii, burst
from foleydesigner.generator.procedural.noise import Mono, Wander, band, crossings, poisson_times, unit_interval
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage

VARIANTS = ("stream", "waves", "pour", "splash", "drip", "boil", "fizz", "frying", "river", "waterfall", "sea", "ocean",
            "brook", "surf", "fountain", "underwater", "drop", "simmer", "sizzle")  # fmt: skip
_SAME = {"river": "stream", "brook": "stream", "fountain": "stream", "sea": "waves", "ocean": "waves", "surf": "waves",
         "drop": "drip", "simmer": "boil", "sizzle": "frying"}  # fmt: skip
_SIZE_SCALE = {"small": 0.6, "medium": 1.0, "large": 1.5, "very_large": 2.2}
_BANK = 140


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: a body of water that follows the level; impulsive: a splash, or a drip, at each onset."""
    return stage(request, rng, _texture, _hit, release_s=0.35)


def _variant(block: Block | Hit, default: str) -> str:
    name = variant_of(block.event, VARIANTS, default)
    return _SAME.get(name, name)


def _texture(block: Block) -> list[Mono]:
    makers: dict[str, Callable[[Block], list[Mono]]] = {
        "waves": _waves, "pour": _pour, "drip": _drips, "boil": _boil, "fizz": _fizz, "frying": _frying,
        "waterfall": _waterfall, "splash": _splashing, "underwater": _boil,
    }  # fmt: skip
    return makers.get(_variant(block, "stream"), _stream)(block)


def _bubbles(block: Block, rate_hz: float, smallest_m: float, largest_m: float, rise: float, gain: float = 1.0) -> Mono:
    """A Poisson stream of bubbles; amplitude grows with radius to the 0.7, and strays widely."""
    rng, rate = block.own, block.sample_rate_hz
    radii = bubble_radii(_BANK, smallest_m, largest_m, rng)
    bank = [
        np.float32((r / largest_m) ** 0.7) * bubble(float(r), rise * rng.uniform(0.2, 1.0), rate, 0.12) for r in radii
    ]
    out = block.empty(0.15)
    own_s = block.own_s
    eddies = Wander.draw(block.character, 0.4, 4.0)
    density = rate_hz * (0.25 + 0.75 * block.level.at(own_s)) * np.maximum(1.0 + 0.35 * eddies.at(own_s), 0.1)
    times = poisson_times(density, own_s, rng)
    gains = gain * rng.uniform(0.05, 1.0, times.size) ** 1.5
    for time_s, strength, which in zip(times, gains, rng.integers(0, _BANK, times.size), strict=True):
        block.place(out, bank[which], time_s, strength)
    return out


def _stream(block: Block) -> list[Mono]:
    scale = _SIZE_SCALE[block.event.size]
    flow = 0.4 + 1.2 * block.event.intensity
    ripple = Wander.draw(block.character, 0.2, 3.0)
    rush = block.bed(band(400.0 / scale, 4200.0, -3.0, 1))
    return [
        _bubbles(block, 380.0 * flow, 0.0006 * scale, 0.006 * scale, 0.08, 0.9),
        rush * block.curve(0.16 * flow * (1.0 + 0.2 * np.clip(ripple.at(block.control_s), -2.5, 2.5))),
    ]


def _waterfall(block: Block) -> list[Mono]:
    scale = _SIZE_SCALE[block.event.size]
    pulse = Wander.draw(block.character, 0.1, 2.0)
    fall = block.bed(band(120.0 / scale, 7000.0, -3.0, 1))
    return [
        fall * block.curve(1.0 + 0.08 * pulse.at(block.control_s)),
        _bubbles(block, 250.0, 0.001, 0.008 * scale, 0.05, 0.5),
    ]


def _waves(block: Block) -> list[Mono]:
    """Surf: each wave rises, breaks bright, and draws back with a fizz; 4 to 10 s apart, never equal."""
    t = block.control_s
    wander = Wander.draw(block.character, 0.01, 0.08)
    period_s = {"small": 4.0, "medium": 6.0, "large": 8.0, "very_large": 9.5}[block.event.size]
    phase = t / period_s + 0.25 * wander.at(t) + block.character.uniform()
    turn = phase % 1.0
    height = Wander.draw(block.character, 0.02, 0.15)
    rise, fall = np.clip(turn / 0.42, 0.0, 1.0), np.clip((1.0 - turn) / 0.58, 0.0, 1.0)
    swell = (np.sin(0.5 * np.pi * rise) ** 3 * np.sin(0.5 * np.pi * fall) ** 2) * (0.8 + 0.2 * np.tanh(height.at(t)))
    backwash = np.clip(np.sin(np.pi * np.clip((turn - 0.45) / 0.55, 0.0, 1.0)), 0.0, 1.0) * 0.22
    return [
        block.bed(band(60.0, 500.0, -3.0)) * block.curve(0.30 + 0.9 * swell**0.8),
        block.bed(band(300.0, 2500.0, -3.0, 1)) * block.curve(0.10 + 0.9 * swell**1.4),
        block.bed(band(1500.0, 9000.0, -2.0, 1)) * block.curve(0.03 + 0.45 * swell**2 + backwash),
    ]


def _pour(block: Block) -> list[Mono]:
    """A jet into a vessel: bubbles, and the air column above them, whose tone rises as it fills (f = c / 4 l)."""
    t = block.control_s
    filled = 1.0 - np.exp(-block.level.integral(t) / 9.0)
    depth_m = 0.16 * _SIZE_SCALE[block.event.size]
    column_hz = 343.0 / (4.0 * depth_m * (1.0 - 0.75 * filled))
    step_s = t[1] - t[0]
    turn = 2.0 * np.pi * block.phase(np.cumsum(column_hz) * step_s)
    narrow = band(2.0, 150.0, 0.0, 1)
    column = block.bed(narrow) * np.cos(turn) + block.bed(narrow) * np.sin(turn)
    return [
        _bubbles(block, 650.0, 0.0008, 0.005, 0.12, 0.8),
        np.asarray(0.07 * column, dtype=np.float32),
        0.10 * block.bed(band(900.0, 6000.0, -2.0, 1)),
    ]


def _drips(block: Block) -> list[Mono]:
    """Drips at irregular intervals, two a second at most; a steady tap is nearly regular."""
    own_s = block.own_s
    beat = Wander.draw(block.character, 0.2, 0.9)
    rate_hz = 0.6 + 1.8 * block.event.speed
    phase = rate_hz * (0.3 * own_s + 0.7 * block.level.integral(own_s)) + 0.3 * beat.at(own_s)
    phase = np.maximum.accumulate(phase)
    out = block.empty(0.3)
    for _, time_s in zip(*crossings(phase, own_s), strict=True):
        block.place(out, _plink(block, float(block.timing.uniform(0.5, 1.0))), float(time_s))
    return [out]


def _plink(source: Block | Hit, strength: float) -> Mono:
    """A drop into water: a faint impact at once, then the entrained bubble rings (Pumphrey and Crum 1988)."""
    rate = source.sample_rate_hz
    radius = 0.0016 * _SIZE_SCALE[source.event.size] * (0.8 + 0.5 * source.timing.uniform())
    radius *= source.own.uniform(0.88, 1.12)  # Another bubble in each channel keeps a diffuse drip wide.
    tap = burst(band(1200.0, 6000.0, -2.0, 1), 0.0003, 0.003, rate, source.own)
    ring = bubble(radius, 0.10 + 0.1 * source.timing.uniform(), rate, 0.2)
    echo = bubble(radius * 0.7, 0.10, rate, 0.1)
    delay = int(0.010 * rate)
    out = np.zeros(max(tap.size, delay + ring.size, 5 * delay + echo.size), dtype=np.float32)
    out[: tap.size] += 0.20 * tap
    out[delay : delay + ring.size] += strength * ring
    out[5 * delay : 5 * delay + echo.size] += 0.35 * strength * echo
    return out


def _boil(block: Block) -> list[Mono]:
    agitation = 0.4 + 1.2 * block.event.intensity
    return [
        _bubbles(block, 90.0 * agitation, 0.002, 0.010, 0.25, 1.0),
        _bubbles(block, 260.0 * agitation, 0.0008, 0.004, 0.15, 0.5),
        0.10 * block.bed(band(150.0, 2500.0, -3.0, 1)),
    ]


def _fizz(block: Block) -> list[Mono]:
    return [
        _bubbles(block, 900.0, 0.00022, 0.0009, 0.02, 0.8),
        0.14 * block.bed(band(3500.0, 13_000.0, 0.0, 1)),
    ]


def _frying(block: Block) -> list[Mono]:
    """Steam bursting through fat: a hiss in the upper octaves with dense fine crackles."""
    spatter = Wander.draw(block.character, 0.3, 5.0)
    hiss = block.bed(band(2500.0, 12_000.0, -1.0, 1))
    return [
        hiss * block.curve(0.30 + 0.05 * np.clip(spatter.at(block.control_s), -2.0, 2.0)),
        _sputter(block),
        0.06 * block.bed(band(250.0, 1500.0, -3.0)),
    ]


def _sputter(block: Block) -> Mono:
    """Steam bursts: clicks without pitch, a thousandth to a hundredth of a second long."""
    rng, rate = block.own, block.sample_rate_hz
    centres_hz = np.exp(rng.uniform(np.log(1500.0), np.log(9000.0), 48))
    bank = [burst(band(0.6 * c, 1.8 * c, 0.0, 1), 0.0004, rng.uniform(0.0008, 0.004), rate, rng) for c in centres_hz]
    out = block.empty(0.05)
    surge = unit_interval(Wander.draw(block.character, 0.4, 5.0).at(block.own_s))
    times = poisson_times(150.0 + 450.0 * surge, block.own_s, rng)
    for time_s, which in zip(times, rng.integers(0, len(bank), times.size), strict=True):
        block.place(out, bank[which], float(time_s), float(0.7 * rng.uniform(0.05, 1.0) ** 2))
    return out


def _splashing(block: Block) -> list[Mono]:
    """Something moving about in water: surges over a stream of larger bubbles."""
    surge = unit_interval(Wander.draw(block.character, 0.5, 2.5).at(block.control_s))
    return [
        _bubbles(block, 320.0, 0.001, 0.009, 0.10, 0.9),
        block.bed(band(350.0, 6000.0, -3.0, 1)) * block.curve(0.05 + 0.75 * surge**3),
    ]


def _hit(hit: Hit) -> Mono:
    if _variant(hit, "splash") == "drip":
        return _plink(hit, 1.0)
    return _splash(hit)


def _splash(hit: Hit) -> Mono:
    """Impact slap, then the cavity closes with large bubbles, then droplets fall back (Worthington's sequence)."""
    rate, scale = hit.sample_rate_hz, _SIZE_SCALE[hit.event.size]
    slap = hit.envelope(0.001, 0.035 * scale, 0.35 * scale)
    spray = hit.envelope(0.03, 0.22 * scale, 1.3 * scale)
    out = np.zeros(int(1.6 * scale * rate), dtype=np.float32)
    top_hz = 2500.0 + 5000.0 * hit.strength
    out[: slap.size] += hit.noise(band(160.0 / scale, top_hz, -4.0, 1), slap.size) * slap
    out[: spray.size] += 0.40 * hit.noise(band(900.0, 8000.0, -2.0, 1), spray.size) * spray
    count = int(hit.timing.poisson(45.0 * scale * (0.5 + hit.strength)))
    times_s = 0.04 + hit.timing.exponential(0.22 * scale, count)
    for time_s, radius in zip(times_s, bubble_radii(count, 0.0012, 0.010 * scale, hit.own), strict=True):
        ring = bubble(float(radius), 0.1, rate, 0.15)
        first = int(time_s * rate)
        stop = min(first + ring.size, out.size)
        if first < stop:
            out[first:stop] += np.float32(0.6 * (radius / 0.006) ** 0.6 * np.exp(-time_s / 0.5)) * ring[: stop - first]
    out[-rate // 50 :] *= np.linspace(1.0, 0.0, rate // 50, dtype=np.float32)
    return out
