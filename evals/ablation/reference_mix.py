"""The mix that an engineer might have made of a scene: gains, equalisers and reverberation drawn from a seed.

Levels are of a film without dialogue. Foreground effects are drawn within 3 LU of one level, what is behind lies 10 to
20 LU under them (ambience under effects, Holman, "Sound for Film and Television"), and the air of the place, which no
film does without, 22 to 35; shelves of up to 4 dB stand for the taste of whoever mixed it. The reverberation time is
the place's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from foleydesigner.evals.scenes.sound import SAMPLE_RATE_HZ, dry_stem, performed, spaced_pair, stem_azimuth_deg
from foleydesigner.evals.scenes.truth import TrueEvent, Truth
from foleydesigner.tools.loudness import SILENCE_LUFS, integrated_lufs

FOREGROUND_LUFS, SPREAD_LU = -23.0, 3.0
BEHIND_LU, AIR_LU = (10.0, 20.0), (22.0, 35.0)
SHELF_DB = 4.0
_LOW_HZ, _HIGH_HZ = 200.0, 5000.0
_WET_DB = (-16.0, -8.0)

Stereo = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceMix:
    """Stems and mix, (2, samples) each, as long as the film, and what was drawn for them."""

    stems: dict[str, Stereo]
    mix: Stereo
    levels_lufs: dict[str, float]
    shelves_db: dict[str, tuple[float, float]]


def reference_mix(truth: Truth, seed: int) -> ReferenceMix:
    """The mix of a seed."""
    rng = np.random.default_rng([seed, 57])
    samples = round(truth.duration_s * SAMPLE_RATE_HZ)
    stems, levels, shelves = {}, {}, {}
    for number, event in enumerate(truth.events):
        mono = dry_stem(event, truth, np.random.default_rng([seed, 31, number]), samples)
        shelves[event.id] = (float(rng.uniform(-SHELF_DB, SHELF_DB)), float(rng.uniform(-SHELF_DB, SHELF_DB)))
        mono = shelved(
            shelved(mono, _LOW_HZ, shelves[event.id][0], high=False), _HIGH_HZ, shelves[event.id][1], high=True
        )
        stereo = spaced_pair(mono, stem_azimuth_deg(event, truth, samples)).astype(np.float32)
        levels[event.id] = _drawn_lufs(event, rng)
        stems[event.id] = at_loudness(stereo, levels[event.id])
    total = np.asarray(np.sum(list(stems.values()), axis=0, dtype=np.float64), dtype=np.float64)
    wet = _room(total, truth.rt60_s, float(rng.uniform(*_WET_DB)), rng)
    air = np.stack([performed("air", (), (), ((0.0, truth.duration_s),), rng, samples) for _ in range(2)])
    total += at_loudness(air.astype(np.float32), FOREGROUND_LUFS - float(rng.uniform(*AIR_LU)))
    return ReferenceMix(stems=stems, mix=(total + wet).astype(np.float32), levels_lufs=levels, shelves_db=shelves)


def _drawn_lufs(event: TrueEvent, rng: np.random.Generator) -> float:
    level = FOREGROUND_LUFS + float(rng.uniform(-SPREAD_LU, SPREAD_LU))
    behind = float(rng.uniform(*BEHIND_LU))
    return level if event.picture_driven else level - behind


def at_loudness(stereo: Stereo, lufs: float) -> Stereo:
    """A stem at a gated loudness (BS.1770); silence stays silence."""
    now = integrated_lufs(stereo, SAMPLE_RATE_HZ)
    if now <= SILENCE_LUFS:
        return stereo
    return np.asarray(stereo * np.float32(10.0 ** ((lufs - now) / 20.0)), dtype=np.float32)


def shelved(mono: NDArray[np.float64], corner_hz: float, gain_db: float, *, high: bool) -> NDArray[np.float64]:
    """A shelf of slope 1 (Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients")."""
    root = 10.0 ** (gain_db / 40.0)
    turn = 2.0 * np.pi * corner_hz / SAMPLE_RATE_HZ
    sign = 1.0 if high else -1.0
    cosine, alpha = sign * np.cos(turn), np.sin(turn) / np.sqrt(2.0)
    edge = 2.0 * np.sqrt(root) * alpha
    b = [
        root * ((root + 1) + (root - 1) * cosine + edge),
        -2.0 * sign * root * ((root - 1) + (root + 1) * cosine),
        root * ((root + 1) + (root - 1) * cosine - edge),
    ]
    a = [
        (root + 1) - (root - 1) * cosine + edge,
        2.0 * sign * ((root - 1) - (root + 1) * cosine),
        (root + 1) - (root - 1) * cosine - edge,
    ]
    return np.asarray(lfilter(b, a, mono), dtype=np.float64)


def _room(stereo: NDArray[np.float64], rt60_s: float, wet_db: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Exponentially dying noise in both channels, `wet_db` under the dry sound in energy.

    Air and surfaces take the top of it: a second-order low-pass at 5 kHz.
    """
    length = max(2, round(1.2 * rt60_s * SAMPLE_RATE_HZ))
    fall = 10.0 ** (-3.0 * np.arange(length) / SAMPLE_RATE_HZ / rt60_s)
    tails = sosfilt(butter(2, 5000.0, fs=SAMPLE_RATE_HZ, output="sos"), rng.standard_normal((2, length))) * fall
    tails *= 10.0 ** (wet_db / 20.0) / np.sqrt(np.sum(tails**2, axis=1, keepdims=True))
    return np.stack([fftconvolve(s, t)[: stereo.shape[1]] for s, t in zip(stereo, tails, strict=True)])
