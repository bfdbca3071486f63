"""Rain: a far wash of countless drops, nearer drops one by one, and what they fall on.

Drops are a Poisson process whose loudness falls with distance (Farnell, "Designing Sound", ch. 36). A drop on a hard
surface is a click of some milliseconds; on water it may entrain a bubble that rings at its Minnaert frequency, the
small-drop peak near 14 kHz and larger drops between 2 and 9 kHz (Medwin et al., J. Acoust. Soc. Am. 92, 1992).
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.grains import bubble, bubble_radii, burst
from foleydesigner.generator.procedural.noise import Mono, Wander, band, poisson_times
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage

VARIANTS = ("light", "drizzle", "heavy", "downpour", "storm", "roof", "window")
_BANK = 24


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: rainfall that follows the level; impulsive: one splat of a big drop an onset."""
    return stage(request, rng, _texture, _splat, release_s=0.25)


def heaviness(request_variant: str, intensity: float) -> float:
    """How hard it rains in [0, 1]: the variant's range, moved inside by the intensity."""
    if request_variant in ("light", "drizzle"):
        return 0.05 + 0.3 * intensity
    if request_variant in ("heavy", "downpour", "storm"):
        return 0.6 + 0.4 * intensity
    return 0.2 + 0.6 * intensity


def drop_rate_hz(heavy: float) -> float:
    """Nearby drops a second that are heard one by one; above, drops fuse into the wash."""
    return 90.0 + 800.0 * heavy


def _texture(block: Block) -> list[Mono]:
    variant = variant_of(block.event, VARIANTS, "")
    heavy = heaviness(variant, block.event.intensity)
    t = block.control_s
    sway = Wander.draw(block.character, 0.05, 0.7)
    shower = block.curve(1.0 + 0.10 * sway.at(t))
    cover = 3500.0 if variant in ("roof", "window") else 11_000.0
    wash = block.bed(band(350.0, cover, -2.2, 1))
    low = block.bed(band(90.0, 500.0, -3.0))
    layers = [wash * shower * np.float32(0.10 + 0.35 * heavy), low * shower * np.float32(0.03 + 0.15 * heavy**2)]
    if heavy > 0.5:
        gusty = Wander.draw(block.character, 0.2, 1.5)
        sheet = block.bed(band(1200.0, cover, -1.0, 1))
        layers.append(sheet * block.curve(0.2 * heavy * np.maximum(0.6 + 0.4 * gusty.at(t), 0.0)))
    layers.append(_drops(block, heavy, variant))
    return layers


def _drops(block: Block, heavy: float, variant: str) -> Mono:
    rate, rng = block.sample_rate_hz, block.own
    bank = []
    for centre_hz in rng.uniform(1200.0, 7500.0, _BANK):
        centre = 0.35 * centre_hz if variant in ("roof", "window") else centre_hz
        bank.append(burst(band(0.6 * centre, 1.7 * centre, 0.0, 1), 0.0006, rng.uniform(0.0015, 0.006), rate, rng))
    wet = 0.15 + 0.55 * block.event.wetness
    for radius in bubble_radii(_BANK, 0.0004, 0.0017, rng):
        bank.append(0.5 * wet * bubble(float(radius), rng.uniform(0.0, 0.06), rate))
    out = block.empty(0.05)
    own_s = block.own_s
    density = drop_rate_hz(heavy) * (0.3 + 0.7 * block.level.at(own_s))
    times = poisson_times(density, own_s, rng)
    # Sources spread evenly over a plane around the listener: distance ~ sqrt(u), loudness ~ 1 / distance.
    gains = 0.30 / np.sqrt(rng.uniform(0.03, 1.0, times.size))
    for time_s, gain, which in zip(times, gains, rng.integers(0, len(bank), times.size), strict=True):
        block.place(out, bank[which], time_s, gain * (1.0 - 0.35 * heavy))
    return out


def _splat(hit: Hit) -> Mono:
    """One big drop: its impact at once, then the bubble it leaves and a few droplets."""
    rate, rng = hit.sample_rate_hz, hit.own
    impact = burst(band(900.0, 3000.0 + 5000.0 * hit.strength, -2.0, 1), 0.0003, 0.006, rate, rng)
    out = np.zeros(int(0.25 * rate), dtype=np.float32)
    out[: impact.size] += impact
    for delay_s, radius in zip(hit.timing.uniform(0.008, 0.09, 4), bubble_radii(4, 0.0006, 0.003, rng), strict=True):
        ring = bubble(float(radius), 0.05, rate, 0.12)
        first = int(delay_s * rate)
        out[first : first + ring.size] += 0.25 * ring
    return out
