"""Reference sound of a scene: dry mono stems, the spaced pair they make, and a mix with the place's reverberation.

Every voice is a few damped partials and filtered noise of its own, unlike the engine's; what matters is that onset,
place and level are exact. The spaced pair delays by tau = t_L - t_R = d sin(theta) / 343, half of it on each side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from foleydesigner.evals.scenes.truth import TrueEvent, Truth, Voice

SAMPLE_RATE_HZ = 48_000
SPEED_OF_SOUND_M_S = 343.0
SPACING_M = 0.17
_REACH = 24
"""Samples each side that the interpolating kernel looks at."""
_WET_DB = -14.0
Mono = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The sound that belongs to a scene; every array is as long as the film, at 48 kHz."""

    dry: dict[str, NDArray[np.float32]]
    """(samples,) by event, at the level at which it is heard."""
    placed: dict[str, NDArray[np.float32]]
    """(2, samples) by event, spaced pair, dry."""
    mix: NDArray[np.float32]
    """(2, samples): all placed stems and the place's reverberation."""


def reference_sound(truth: Truth, seed: int) -> Reference:
    """The stems and the mix of a scene."""
    samples = round(truth.duration_s * SAMPLE_RATE_HZ)
    dry, placed = {}, {}
    for number, event in enumerate(truth.events):
        rng = np.random.default_rng([seed, 31, number])
        mono = dry_stem(event, truth, rng, samples)
        dry[event.id] = mono.astype(np.float32)
        placed[event.id] = spaced_pair(mono, stem_azimuth_deg(event, truth, samples)).astype(np.float32)
    total = np.zeros((2, samples)) + sum(placed.values(), np.zeros((2, samples)))
    wet = _reverberation(total, truth.rt60_s, np.random.default_rng([seed, 32]))
    return Reference(dry=dry, placed=placed, mix=(total + wet).astype(np.float32))


def stem_azimuth_deg(event: TrueEvent, truth: Truth, samples: int) -> Mono:
    """Direction at every sample: by eq. 2 where the thing is seen, held where it is not, 0 for what is all around."""
    knots = truth.frame_times_s
    azimuth = truth.azimuth_deg(event, knots)
    seen = np.isfinite(azimuth)
    if not seen.any():
        return np.full(samples, event.direction_deg or 0.0)
    return np.interp(np.arange(samples) / SAMPLE_RATE_HZ, knots[seen], azimuth[seen])


def dry_stem(event: TrueEvent, truth: Truth, rng: np.random.Generator, samples: int) -> Mono:
    """(samples,): its voice at every hit or over its spans, by 1/distance (1 m = full level, at most 1 / 40)."""
    out = performed(event.voice, event.onsets_s, event.strengths, event.spans_s, rng, samples)
    times = np.arange(samples) / SAMPLE_RATE_HZ
    distance = np.interp(times, truth.frame_times_s, event.depth_m)
    return out / np.clip(distance, 1.0, 40.0)


def performed(
    name: Voice,
    onsets_s: Sequence[float],
    strengths: Sequence[float],
    spans_s: Sequence[tuple[float, float]],
    rng: np.random.Generator,
    samples: int,
) -> Mono:
    """(samples,): a voice at every hit and over every span, at the level that it has a metre away."""
    out = np.zeros(samples)
    voice = _VOICES[name]
    for onset_s, strength in zip(onsets_s, strengths, strict=True):
        first = round(onset_s * SAMPLE_RATE_HZ)
        sound = strength * voice(rng, 0.0)[: max(samples - first, 0)]
        out[first : first + sound.size] += sound
    for start_s, end_s in spans_s:
        first = round(start_s * SAMPLE_RATE_HZ)
        sound = voice(rng, end_s - start_s)[: samples - first]
        ramp = min(round(0.05 * SAMPLE_RATE_HZ), sound.size // 2)
        sound[:ramp] *= np.linspace(0, 1, ramp)
        sound[sound.size - ramp :] *= np.linspace(1, 0, ramp)
        out[first : first + sound.size] += sound
    return out


def spaced_pair(mono: Mono, azimuth_deg: Mono, spacing_m: float = SPACING_M) -> NDArray[np.float64]:
    """(2, samples) as two microphones hear a source whose direction at every sample is known, left first."""
    tau = spacing_m * np.sin(np.radians(azimuth_deg)) / SPEED_OF_SOUND_M_S * SAMPLE_RATE_HZ
    places = np.arange(mono.size)
    return np.stack([_read_at(mono, places - tau / 2), _read_at(mono, places + tau / 2)])


def _read_at(signal: Mono, places: Mono) -> Mono:
    """The band-limited signal between its samples: windowed sinc (Kaiser, beta 10) of 48 taps."""
    whole = np.floor(places).astype(np.int64)
    share = places - whole
    padded = np.pad(signal, _REACH + 16)
    out = np.zeros(places.size)
    for tap in range(-_REACH + 1, _REACH + 1):
        x = share - tap
        window = np.i0(10.0 * np.sqrt(np.clip(1.0 - (x / _REACH) ** 2, 0.0, 1.0))) / np.i0(10.0)
        out += padded[np.clip(whole + tap + _REACH + 16, 0, padded.size - 1)] * np.sinc(x) * window
    return out


def _reverberation(stereo: NDArray[np.float64], rt60_s: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Diffuse tail of noise that falls by 60 dB in `rt60_s`, low-passed, `_WET_DB` under the sound in energy."""
    length = round(1.2 * rt60_s * SAMPLE_RATE_HZ)
    fall = 10.0 ** (-3.0 * np.arange(length) / SAMPLE_RATE_HZ / rt60_s)
    wet = np.zeros_like(stereo)
    for channel in range(2):
        tail = _filtered(rng.standard_normal(length), 120.0, 5000.0) * fall
        tail[: round(0.004 * SAMPLE_RATE_HZ)] = 0.0
        tail *= 10.0 ** (_WET_DB / 20.0) / np.sqrt(np.sum(tail**2))
        wet[channel] = fftconvolve(stereo[channel], tail)[: stereo.shape[1]]
    return wet


def _filtered(signal: Mono, low_hz: float, high_hz: float) -> Mono:
    sos = butter(2, [low_hz, high_hz], btype="bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(sosfilt(sos, signal), dtype=np.float64)


def _partials(frequencies_hz: list[float], decays_s: list[float], length_s: float, rng: np.random.Generator) -> Mono:
    """Damped sines that start together, a little out of tune each time."""
    t = np.arange(round(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    out = np.zeros(t.size)
    for number, (frequency, decay) in enumerate(zip(frequencies_hz, decays_s, strict=True)):
        detuned = frequency * rng.uniform(0.98, 1.02)
        out += np.sin(2 * np.pi * detuned * t) * np.exp(-t / decay) / (1 + 0.5 * number)
    return out


def _click(low_hz: float, high_hz: float, decay_s: float, length_s: float, rng: np.random.Generator) -> Mono:
    t = np.arange(round(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    noise = _filtered(rng.standard_normal(t.size), low_hz, high_hz)
    return np.asarray(noise * np.exp(-t / decay_s), dtype=np.float64)


def _rubber(rng: np.random.Generator, _: float) -> Mono:
    return 0.5 * _partials([95, 180, 330], [0.06, 0.04, 0.02], 0.4, rng) + 0.4 * _click(200, 2500, 0.012, 0.4, rng)


def _steel(rng: np.random.Generator, _: float) -> Mono:
    return 0.25 * _partials([1900, 3300, 5200, 7400], [0.09, 0.07, 0.05, 0.03], 0.5, rng)


def _step(rng: np.random.Generator, _: float) -> Mono:
    return 0.5 * _click(150, 3500, 0.025, 0.25, rng) + 0.2 * _partials([110, 210], [0.04, 0.03], 0.25, rng)


def _thunder(rng: np.random.Generator, _: float) -> Mono:
    t = np.arange(round(4.0 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    roll = _filtered(rng.standard_normal(t.size), 30, 180) * (1 - np.exp(-t / 0.01)) * np.exp(-t / 1.1)
    return np.asarray(60.0 * (roll + 0.4 * _click(60, 900, 0.15, 4.0, rng)), dtype=np.float64)


def _motor(rng: np.random.Generator, length_s: float) -> Mono:
    t = np.arange(round(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    base = rng.uniform(45, 75)
    tones = sum(np.sin(2 * np.pi * k * base * t + rng.uniform(0, 6)) / k for k in range(1, 9))
    return np.asarray(0.5 * tones + 3.0 * _filtered(rng.standard_normal(t.size), 150, 1500), dtype=np.float64)


def _slam(rng: np.random.Generator, _: float) -> Mono:
    return _partials([70, 130, 240], [0.12, 0.08, 0.05], 0.6, rng) + 1.5 * _click(80, 1800, 0.05, 0.6, rng)


def _shatter(rng: np.random.Generator, _: float) -> Mono:
    out = 1.0 * _click(2500, 12000, 0.06, 1.2, rng)
    for _n in range(24):
        first = round(float(rng.exponential(0.12)) * SAMPLE_RATE_HZ)
        piece = 0.12 * rng.uniform(0.2, 1) * _partials([float(rng.uniform(2500, 9000))], [0.05], 0.25, rng)
        if first + piece.size < out.size:
            out[first : first + piece.size] += piece
    return out


def _anvil(rng: np.random.Generator, _: float) -> Mono:
    return 0.35 * _partials([820, 2100, 3700, 5600], [0.3, 0.25, 0.15, 0.1], 1.0, rng)


def _knock(rng: np.random.Generator, _: float) -> Mono:
    return 0.6 * _click(250, 1600, 0.02, 0.2, rng)


def _rain(rng: np.random.Generator, length_s: float) -> Mono:
    return 1.5 * _filtered(rng.standard_normal(round(length_s * SAMPLE_RATE_HZ)), 900, 9000)


def _hum(rng: np.random.Generator, length_s: float) -> Mono:
    t = np.arange(round(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return np.asarray(sum(0.3 / k * np.sin(2 * np.pi * 100 * k * t) for k in (1, 2, 3, 5)), dtype=np.float64)


_VOICES: dict[Voice, Callable[[np.random.Generator, float], Mono]] = {
    "rubber": _rubber, "steel": _steel, "step": _step, "thunder": _thunder, "motor": _motor, "slam": _slam,
    "shatter": _shatter, "anvil": _anvil, "knock": _knock, "rain": _rain, "hum": _hum, "clock": _knock,
}  # fmt: skip
