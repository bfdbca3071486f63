"""Fire: roar, lapping, hiss and crackle.

After Farnell, "Designing Sound", ch. 34: lapping flames are low noise that breathes at a few hertz, hiss is high
noise whose level wanders, crackles are bursts of some ten milliseconds through random band-passes at Poisson times in
clusters.
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.grains import burst
from foleydesigner.generator.procedural.noise import Curve, Mono, Wander, band, poisson_times, unit_interval
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage

VARIANTS = ("campfire", "fireplace", "candle", "torch", "inferno", "burning", "furnace", "forge")
_ROAR = {"small": 0.25, "medium": 0.5, "large": 0.9, "very_large": 1.3}
_BANK = 48


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: a fire that follows the level; impulsive: a flare (ignition) with crackles at each onset."""
    return stage(request, rng, _texture, _flare, release_s=0.3)


def _texture(block: Block) -> list[Mono]:
    event = block.event
    variant = variant_of(event, VARIANTS, "campfire")
    roar = _ROAR[event.size] * (0.5 + event.intensity) * (1.8 if variant in ("inferno", "furnace", "forge") else 1.0)
    crackle = 0.35 if variant in ("torch", "candle", "furnace", "forge") else 1.0
    t = block.control_s
    breath = Wander.draw(block.character, 0.3, 6.0)
    sway = Wander.draw(block.character, 0.05, 0.8)
    lapping = unit_interval(0.8 * breath.at(t) + 0.6 * sway.at(t))
    hiss = unit_interval(Wander.draw(block.character, 0.1, 2.5).at(t)) ** 2
    return [
        block.bed(band(45.0, 260.0, -4.0)) * block.curve(0.15 * roar * (0.5 + lapping)),
        block.bed(band(180.0, 1100.0, -4.0)) * block.curve(0.22 * roar * (0.25 + lapping**2)),
        block.bed(band(1500.0, 9000.0, -2.0, 1)) * block.curve(0.03 + 0.07 * hiss),
        _crackles(block, crackle * (0.5 + event.intensity), sway),
    ]


def _crackle_bank(block: Block) -> list[Mono]:
    rng, rate = block.own, block.sample_rate_hz
    bank = []
    for centre_hz in np.exp(rng.uniform(np.log(900.0), np.log(9000.0), _BANK)):
        decay_s = rng.uniform(0.0008, 0.0055)
        bank.append(burst(band(0.7 * centre_hz, 1.6 * centre_hz, 0.0, 1), 0.0004, decay_s, rate, rng))
    return bank


def _crackles(block: Block, amount: float, sway: Wander) -> Mono:
    """Fine crackle with clusters of snaps; loudness has a Pareto tail, cut so that none stands out."""
    bank, rng = _crackle_bank(block), block.own
    out = block.empty(0.06)
    own_s = block.own_s
    flare: Curve = unit_interval(1.5 * sway.at(own_s) + 1.2 * Wander.draw(block.character, 0.7, 4.0).at(own_s)) ** 2
    times = poisson_times(amount * (60.0 + 110.0 * flare) * (0.3 + 0.7 * block.level.at(own_s)), own_s, rng)
    gains = np.minimum(0.22 * (1.0 + rng.pareto(1.6, times.size)), 0.45)
    for time_s, gain, which in zip(times, gains, rng.integers(0, _BANK, times.size), strict=True):
        block.place(out, bank[which], float(time_s), float(gain))
        if gain > 0.44:  # A snap throws two or three smaller ones after it.
            for delay_s in rng.uniform(0.004, 0.05, 3):
                block.place(out, bank[int(rng.integers(_BANK))], float(time_s + delay_s), float(0.35 * gain))
    return out


def _flare(hit: Hit) -> Mono:
    """Ignition: a puff that opens within 20 ms and falls back to flame, with a few crackles."""
    size = _ROAR[hit.event.size]
    shape = hit.envelope(0.02, 0.35 + 0.5 * size, 1.6 + 1.6 * size)
    body = hit.noise(band(50.0, 420.0, -4.0), shape.size) * shape
    air = hit.noise(band(400.0, 2500.0 + 2500.0 * hit.strength, -4.0, 1), shape.size) * shape**2
    out = np.asarray(body + 0.55 * air, dtype=np.float32)
    rate = hit.sample_rate_hz
    for time_s in hit.timing.uniform(0.05, 0.7 * shape.size / rate, 14):
        centre_hz = hit.own.uniform(1500.0, 7000.0)
        snap = burst(
            band(0.7 * centre_hz, 1.6 * centre_hz, 0.0, 1), 0.0004, hit.own.uniform(0.001, 0.005), rate, hit.own
        )
        first = int(time_s * rate)
        stop = min(first + snap.size, out.size)
        out[first:stop] += np.float32(0.35 * hit.own.uniform(0.2, 1.0)) * snap[: stop - first]
    return out
