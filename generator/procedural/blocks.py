"""What a family is given to fill: a block of a steady span, or one hit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleydesigner.generator.procedural.noise import Curve, Magnitude, Mono, equal_power_ramp, shaped_noise
from foleydesigner.script import SoundEvent, Span

SEAM_S = 0.25
_CONTROL_SAMPLES = 96


@dataclass(frozen=True, slots=True)
class LevelCurve:
    """Speed or energy of what is seen, over the seconds of one span; linear between knots, held beyond them."""

    times_s: Curve
    levels: Curve

    @classmethod
    def of(cls, span: Span) -> LevelCurve:
        """The curve of a span; full level when it has none."""
        if not span.levels:
            return cls(np.zeros(1), np.ones(1))
        return cls(np.asarray(span.level_times_s) - span.start_s, np.asarray(span.levels))

    def at(self, times_s: Curve) -> Curve:
        """Level in [0, 1] at seconds after the span's start."""
        return np.asarray(np.interp(times_s, self.times_s, self.levels))

    def integral(self, times_s: Curve) -> Curve:
        """Integral of the level from the span's start, seconds: exact for the piecewise linear curve."""
        knots = np.concatenate([[0.0], self.times_s[self.times_s > 0.0]])
        values = self.at(knots)
        area = np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(knots))])
        left = np.clip(np.searchsorted(knots, times_s, side="right") - 1, 0, knots.size - 1)
        return np.asarray(area[left] + 0.5 * (values[left] + self.at(times_s)) * (times_s - knots[left]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of one channel of a steady span.

    Attributes:
        event: what it sounds like.
        sample_rate_hz: samples per second.
        start_s: seconds from the span's start to the block's first sample.
        own_length: samples until the next block starts; events that start in them belong to this block.
        length: samples with the seam that cross-fades into the next block.
        level: level of the whole span.
        character: the same draw in every block and channel: what stays the same all along.
        timing: the same draw in both channels of a block: when things happen.
        own: this block and channel only.
        voice: as `character`, for the phases of tones: read it by `turns`.
        channel: 0, or 1 for the second of a diffuse sound.
    """

    event: SoundEvent
    sample_rate_hz: int
    start_s: float
    own_length: int
    length: int
    level: LevelCurve
    character: np.random.Generator
    timing: np.random.Generator
    own: np.random.Generator
    voice: np.random.Generator
    channel: int

    @property
    def control_s(self) -> Curve:
        """Times since the span's start on a coarse grid (2 ms at 48 kHz) that covers the block."""
        return self.start_s + np.arange(0, self.length + _CONTROL_SAMPLES, _CONTROL_SAMPLES) / self.sample_rate_hz

    @property
    def own_s(self) -> Curve:
        """As `control_s`, ending exactly where the next block begins."""
        grid = self.control_s
        end_s = self.start_s + self.own_length / self.sample_rate_hz
        return np.append(grid[grid < end_s], end_s)

    def curve(self, values: Curve) -> Mono:
        """Values at `control_s` brought to every sample, shape (length,), by linear interpolation."""
        coarse = values.astype(np.float32)
        ramp = np.arange(_CONTROL_SAMPLES, dtype=np.float32) / _CONTROL_SAMPLES
        fine = coarse[:-1, None] + np.diff(coarse)[:, None] * ramp
        return np.asarray(fine.reshape(-1)[: self.length])

    def phase(self, cycles: Curve) -> Curve:
        """Cycles at `control_s` brought to every sample in double precision, less the whole cycles before the block."""
        rest = cycles - np.floor(cycles[0])
        ramp = np.arange(_CONTROL_SAMPLES) / _CONTROL_SAMPLES
        fine = rest[:-1, None] + np.diff(rest)[:, None] * ramp
        return np.asarray(fine.reshape(-1)[: self.length])

    def bed(self, magnitude: Magnitude) -> Mono:
        """Unit-RMS noise over the block, shape (length,), with equal-power seams to its neighbours."""
        noise = shaped_noise(self.length, magnitude, self.sample_rate_hz, self.own)
        seam = self.length - self.own_length
        if seam:
            noise[-seam:] *= equal_power_ramp(seam)[::-1]
        if self.start_s > 0.0:
            ramp = equal_power_ramp(min(round(SEAM_S * self.sample_rate_hz), self.length))
            noise[: ramp.size] *= ramp
        return noise

    def turns(self, count: int) -> Curve:
        """Starting phases of `count` tones, cycles; in quadrature between the channels, so that no tone correlates."""
        return np.asarray(self.voice.uniform(0.0, 1.0, count) + 0.25 * self.channel)

    def coherent(self, signal: Mono) -> Mono:
        """A signal whose phase goes on in the next block: cut where that begins."""
        return signal[: self.own_length]

    def empty(self, tail_s: float = 0.0) -> Mono:
        """Silence to add grains to, shape (own_length + tail,)."""
        return np.zeros(self.own_length + int(tail_s * self.sample_rate_hz), dtype=np.float32)

    def place(self, out: Mono, grain: Mono, time_s: float, gain: float = 1.0) -> None:
        """Add `grain` to `out` so that it starts at `time_s` of the span; what does not fit is dropped."""
        first = round((time_s - self.start_s) * self.sample_rate_hz)
        stop = min(first + grain.size, out.size)
        if 0 <= first < stop:
            out[first:stop] += np.float32(gain) * grain[: stop - first]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One impact of one channel: its first sample is the onset.

    Attributes:
        event: what it sounds like.
        sample_rate_hz: samples per second.
        strength: in [0, 1]; the stage applies it as loudness, a family as character (a harder hit is brighter).
        character: the same draw in every hit and channel.
        timing: the same draw in both channels of one hit.
        own: this hit and channel only.
        voice: as `timing`, for the phases of tones: read it by `turns`.
        channel: 0, or 1 for the second of a diffuse sound.
    """

    event: SoundEvent
    sample_rate_hz: int
    strength: float
    character: np.random.Generator
    timing: np.random.Generator
    own: np.random.Generator
    voice: np.random.Generator
    channel: int

    def turns(self, count: int) -> Curve:
        """Starting phases of `count` tones, cycles; in quadrature between the channels."""
        return np.asarray(self.voice.uniform(0.0, 1.0, count) + 0.25 * self.channel)

    def envelope(self, attack_s: float, decay_s: float, duration_s: float) -> Mono:
        """Raised-cosine attack, then exponential decay of time constant `decay_s`, closed to zero at the end."""
        n = max(int(duration_s * self.sample_rate_hz), 2)
        t = np.arange(n, dtype=np.float32) / self.sample_rate_hz
        rise = np.minimum(t / max(attack_s, 1e-5), 1.0)
        shape = (0.5 - 0.5 * np.cos(np.pi * rise)) * np.exp(-np.maximum(t - attack_s, 0.0) / decay_s)
        close = min(n, int(0.02 * self.sample_rate_hz) + 1)
        shape[-close:] *= np.cos(np.linspace(0.0, np.pi / 2, close, dtype=np.float32)) ** 2
        return shape.astype(np.float32)

    def noise(self, magnitude: Magnitude, length: int) -> Mono:
        """Unit-RMS noise, shape (length,)."""
        return shaped_noise(length, magnitude, self.sample_rate_hz, self.own)


def variant_of(event: SoundEvent, names: tuple[str, ...], default: str) -> str:
    """The first of `names` found in the event's variant, else in its label, else `default`."""
    for text in (event.variant.lower(), event.label.lower()):
        for name in names:
            if name in text or name.replace("_", " ") in text:
                return name
    return default
