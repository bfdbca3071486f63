"""Wind: turbulence, gusts, leaves, and the tones of edges and gaps.

After Farnell, "Designing Sound" (2010), ch. 41: noise whose level and band follow the gusting speed. Aeolian tones
follow Strouhal: f = St U / d with St about 0.2, so the howl glides with the speed.
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.noise import Curve, Magnitude, Mono, Wander, band, unit_interval
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage

VARIANTS = ("leaves", "howl", "default")
STROUHAL = 0.2


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: wind that gusts and follows the level; impulsive: one gust an onset."""
    return stage(request, rng, _texture, _gust, release_s=0.4)


def wind_speed_ms(intensity: float) -> tuple[float, float]:
    """Mean and peak-to-mean excursion of the wind speed (m/s) for an intensity in [0, 1]: Beaufort 2 to 9."""
    return 3.0 + 15.0 * intensity, 1.5 + 5.0 * intensity


def _texture(block: Block) -> list[Mono]:
    event = block.event
    variant = variant_of(event, VARIANTS, "default")
    t = block.control_s
    slow = Wander.draw(block.character, 0.03, 0.35)
    fast = Wander.draw(block.character, 0.35, 2.5)
    gust = unit_interval(slow.at(t) + 0.35 * fast.at(t))
    if block.level.levels.size > 1:  # Gusts are seen in the picture; the wind's own moods stay behind them.
        gust = 0.5 + 0.4 * (gust - 0.5)
    drive = gust * (0.65 + 0.35 * block.level.at(t))
    layers = [
        block.bed(band(45.0, 190.0, -4.0)) * block.curve(0.12 + 0.20 * drive),
        block.bed(band(140.0, 620.0, -4.0, 1)) * block.curve(0.20 + 0.55 * drive**1.3),
        block.bed(band(450.0, 2400.0, -5.0, 1)) * block.curve((0.05 + 0.30 * event.intensity) * drive**2),
        _moan(block, drive),
    ]
    if variant == "leaves":
        layers += _leaves(block, drive)
    for share in (1.0, 0.62) if variant == "howl" else ():
        layers.append(_howl(block, drive, share))
    return layers


def _turning(block: Block, tone_hz: Curve, half_width_hz: float) -> Mono:
    """A band of noise around a moving frequency: slow complex noise turned by the running phase of the tone."""
    step_s = block.control_s[1] - block.control_s[0]
    turn = (2.0 * np.pi) * (block.phase(np.cumsum(tone_hz) * step_s) % 1.0).astype(np.float32)
    slow = band(0.5, half_width_hz, 0.0, 1)
    return np.asarray(block.bed(slow) * np.cos(turn) + block.bed(slow) * np.sin(turn))


def _moan(block: Block, drive: Curve) -> Mono:
    """The broad resonance of obstacles climbs by more than an octave with a gust (Farnell's moving band-pass)."""
    return _turning(block, 210.0 + 480.0 * drive, 75.0) * block.curve(0.15 + 0.75 * drive**1.6)


def _leaves(block: Block, drive: Curve) -> list[Mono]:
    """Foliage answers gusts with a broad rustle that flutters faster than the wind itself."""
    flutter = Wander.draw(block.character, 2.0, 9.0)
    rustle = drive**1.5 * (0.75 + 0.25 * flutter.at(block.control_s))
    return [
        block.bed(band(1800.0, 7000.0, -3.0, 1)) * block.curve(1.1 * np.maximum(rustle, 0.0)),
        block.bed(band(700.0, 2500.0, -2.0, 1)) * block.curve(0.5 * drive),
    ]


def _howl(block: Block, drive: Curve, share: float) -> Mono:
    """A narrow band of noise around a gliding Aeolian tone."""
    mean_ms, swing_ms = wind_speed_ms(block.event.intensity)
    gap_m = STROUHAL * mean_ms / (520.0 * share)
    tone_hz = STROUHAL * (mean_ms + swing_ms * 1.6 * (drive - 0.45)) / gap_m
    return _turning(block, tone_hz, 9.0) * block.curve(0.9 * share * drive**2.2)


def _gust(hit: Hit) -> Mono:
    """A single gust: rises within a tenth of a second, brightest at its top."""
    length_s = 0.9 + 1.4 * hit.event.intensity
    shape = hit.envelope(0.09, 0.35 * length_s, 2.2 * length_s)
    top: Magnitude = band(250.0, 1100.0 + 1500.0 * hit.strength, -5.0)
    gust = hit.noise(band(50.0, 320.0, -4.0), shape.size) * shape + 0.5 * hit.noise(top, shape.size) * shape**2
    if variant_of(hit.event, VARIANTS, "default") == "leaves":
        gust += 0.6 * hit.noise(band(1800.0, 7000.0, -3.0, 1), shape.size) * shape**1.5
    return np.asarray(gust, dtype=np.float32)
