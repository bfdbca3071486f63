"""What the parameters of a sound do, measured on dry takes: size, strength, onsets, tempo."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.judges import audioset_table
from foleydesigner.generator.procedural.engine import ProceduralEngine
from foleydesigner.generator.procedural.trial import RATE_HZ, is_hit, trial_request
from foleydesigner.script import FAMILIES, Family

ONSET_MS, AUDIBLE = 1.0, 0.02
"""An onset is where a hit first reaches 2 % (-34 dB) of its peak, and is asked to lie within a millisecond."""
NO_EDGE: frozenset[Family] = frozenset({"whoosh", "thunder", "breath"})
"""Hits that swell: their onset is no edge that could be measured so."""
_HIT_S, _STEADY_S = 0.7, 6.0
_WEAK, _HARD = 0.3, 1.0
Mono = NDArray[np.float32]


def take(engine: ProceduralEngine, family: Family, seconds: float, seed: int, **settings: str | float) -> Mono:
    """One dry take from clip time 0 on, mono, (samples,)."""
    request = trial_request(family, seconds, seed, settings)
    (made,) = engine.render([request])
    mono = made.dry.read(0, made.dry.samples).mean(axis=0)
    return np.asarray(np.pad(mono, (round(made.start_s * made.sample_rate_hz), 0)), dtype=np.float32)


def centroid_hz(sound: Mono, sample_rate_hz: int = RATE_HZ) -> float:
    """Power-weighted mean frequency of a sound."""
    power = np.abs(np.fft.rfft(sound.astype(np.float64))) ** 2
    return float((power * np.fft.rfftfreq(sound.size, 1.0 / sample_rate_hz)).sum() / max(power.sum(), 1e-30))


def onset_errors_ms(sound: Mono, asked_s: tuple[float, ...], sample_rate_hz: int = RATE_HZ) -> NDArray[np.float64]:
    """How late each onset is heard, ms: first sample at `AUDIBLE` of the peak from 5 ms before to 100 ms after it.

    A hit must not ring into the next one.
    """
    found = []
    for onset_s in asked_s:
        first = max(round((onset_s - 0.005) * sample_rate_hz), 0)
        level = np.abs(sound[first : first + round(0.105 * sample_rate_hz)])
        heard = int(np.argmax(level >= AUDIBLE * level.max(initial=0.0)))
        found.append(1000.0 * ((first + heard) / sample_rate_hz - onset_s))
    return np.array(found)


def period_s(sound: Mono, low_s: float, high_s: float, sample_rate_hz: int = RATE_HZ) -> float:
    """The lag between two limits at which the sound's envelope, 2 ms frames, is most like itself."""
    hop = sample_rate_hz // 500
    frames = np.square(sound[: sound.size // hop * hop].astype(np.float64)).reshape(-1, hop).mean(axis=1)
    envelope = np.sqrt(frames) - np.sqrt(frames).mean()
    size = 1 << int(np.ceil(np.log2(2 * envelope.size)))
    likeness = np.fft.irfft(np.abs(np.fft.rfft(envelope, size)) ** 2)
    first, last = round(500 * low_s), round(500 * high_s)
    return float((first + np.argmax(likeness[first:last])) / 500)


def measured(family: Family, seeds: tuple[int, ...], engine: ProceduralEngine) -> dict[str, Any]:
    """Ratios of centroids (large to medium, 1.7 times the size; hard to weak) and onsets, over settings and seeds."""
    seconds = _HIT_S if is_hit(family) else _STEADY_S
    sizes: list[float] = []
    strengths: list[float] = []
    errors: list[float] = []
    for setting in audioset_table()["settings"][family]:
        named = {name: value for name, value in setting.items() if name not in ("concept", "size")}
        for seed in seeds:
            medium, large = (take(engine, family, seconds, seed, **named, size=size) for size in ("medium", "large"))
            sizes.append(centroid_hz(large) / centroid_hz(medium))
            if is_hit(family):
                weak, hard = (take(engine, family, seconds, seed, **named, strength=s) for s in (_WEAK, _HARD))
                strengths.append(centroid_hz(hard) / centroid_hz(weak))
                errors += onset_errors_ms(medium, trial_request(family, seconds, seed).cue.onsets_s).tolist()
    row: dict[str, Any] = {"larger_centroid_ratio": round(float(np.median(sizes)), 3)}
    if strengths:
        row["harder_centroid_ratio"] = round(float(np.median(strengths)), 3)
    if errors and family not in NO_EDGE:
        row["onset_error_ms"] = round(float(np.max(np.abs(errors))), 3)
    return row


def tempo(engine: ProceduralEngine, seed: int = 0) -> dict[str, dict[str, float]]:
    """Asked and measured periods, seconds: steps of a walk, ticks of a clock, cars of a train at two speeds."""
    rows = {}
    for interval_s in (0.42, 0.55, 0.7):
        walk = take(engine, "footsteps", 8.0, seed, surface="wood", interval_s=interval_s)
        rows[f"steps {interval_s:g} s"] = {
            "asked_s": interval_s,
            "measured_s": period_s(walk, 0.8 * interval_s, 1.25 * interval_s),
        }
    clock = take(engine, "mechanism", 10.0, seed, variant="clock")
    rows["clock"] = {"asked_s": 1.0, "measured_s": period_s(clock, 0.8, 1.25)}
    return rows


def all_measured(seeds: tuple[int, ...] = (0, 1)) -> dict[str, Any]:
    """Rows of every family, and the tempi."""
    engine = ProceduralEngine(workers=1)
    return {"families": {family: measured(family, seeds, engine) for family in FAMILIES}, "tempo": tempo(engine)}
