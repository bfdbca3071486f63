"""A recording laid over the length of a clip: hits one by one, textures looped without a seam, with pauses.

Short sounds are brought to the clip's length by overlap-add (supplement 1.1 of the paper). A hit that is looped without
a gap is no hit any more, so hits are laid apart, at times that are kept; what goes on is looped by cross-fading and
heard in one to three stretches, so that a clip says when it sounds and when it does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError
from foleydesigner.script import EventKind

Mono = NDArray[np.float32]

SHORT_S = 2.0
"""Below this a sound is repeated to fill 8 to 10 s of a 10 s clip."""
FILLED = (0.8, 1.0)
_FADE_S, _CROSSFADE_S, _LEAST_SPAN_S, _PAUSE_S = 0.03, 0.25, 1.0, (0.5, 1.5)
_HIT_GAP_S = (0.25, 1.6)
_QUIETEST_DB = -6.0


@dataclass(frozen=True, slots=True)
class Laid:
    """One channel (samples,) of a clip's length, and when the hits begin that were put there one by one."""

    sound: Mono
    starts_s: tuple[float, ...] = ()
    """When each copy's first sample comes; empty for textures and for what is longer than a hit."""


def lay(sound: Mono, sample_rate_hz: int, kind: EventKind, duration_s: float, rng: np.random.Generator) -> Laid:
    """A recording laid over `duration_s`.

    Args:
        sound: (samples,), cleaned: it begins and ends without a click.
        sample_rate_hz: its rate.
        kind: `impulsive` is laid copy by copy, `steady` is looped.
        duration_s: of the clip.
        rng: draws times, pauses and levels.

    Raises:
        DatasetError: the recording is empty or not finite.
    """
    if sound.ndim != 1 or not sound.size or not np.isfinite(sound).all():
        raise DatasetError(f"a recording of shape {sound.shape}", "finite samples, (n,)", "clean it first")
    samples = round(duration_s * sample_rate_hz)
    if kind == "steady":
        return Laid(_steady(sound, sample_rate_hz, samples, rng))
    if len(sound) < SHORT_S * sample_rate_hz:
        return _hits(sound, sample_rate_hz, samples, rng)
    return Laid(_once(sound, sample_rate_hz, samples, rng))


def _hits(sound: Mono, rate: int, samples: int, rng: np.random.Generator) -> Laid:
    """Copies apart from each other by what this clip's tempo says, each a little louder or softer."""
    laid = np.zeros(samples, dtype=np.float64)
    filled = round(rng.uniform(*FILLED) * samples)
    at = int(rng.integers(0, samples - filled + 1))
    end = at + filled
    pause = rng.uniform(*_HIT_GAP_S) * rate
    starts: list[float] = []
    while at + len(sound) <= end or not starts:
        part = sound[: samples - at]
        laid[at : at + len(part)] += 10.0 ** (0.05 * rng.uniform(_QUIETEST_DB, 0.0)) * part
        starts.append(at / rate)
        at += len(sound) + round(pause * rng.uniform(0.75, 1.25))
    return Laid(_bounded(laid), tuple(starts))


def _once(sound: Mono, rate: int, samples: int, rng: np.random.Generator) -> Mono:
    """The whole of it at some time, and again after a pause where there is room."""
    laid = np.zeros(samples, dtype=np.float64)
    part = faded(sound[:samples], rate)
    room = samples - len(part)
    at = int(rng.integers(0, min(room, len(part)) + 1))
    while at + len(part) <= samples:
        laid[at : at + len(part)] += part
        at += len(part) + round(rng.uniform(*_PAUSE_S) * rate)
    return _bounded(laid)


def _steady(sound: Mono, rate: int, samples: int, rng: np.random.Generator) -> Mono:
    texture = looped(sound, rate, samples + len(sound), rng)
    first = int(rng.integers(0, len(texture) - samples + 1))
    laid = np.zeros(samples, dtype=np.float64)
    for begin, end in _spans(rate, samples, rng):
        laid[begin:end] = faded(texture[first + begin : first + end], rate)
    return _bounded(laid)


def looped(sound: Mono, rate: int, samples: int, rng: np.random.Generator) -> Mono:
    """At least `samples` of a texture: copies overlap by up to 0.25 s, at equal power since they differ there."""
    overlap = min(round(_CROSSFADE_S * rate), len(sound) // 3)
    if len(sound) >= samples or overlap < 2:
        return np.resize(sound, max(samples, len(sound))).astype(np.float32)
    rise = np.sin(0.5 * np.pi * (np.arange(overlap) + 0.5) / overlap)
    out = np.zeros(samples + len(sound) + overlap, dtype=np.float64)
    at = 0
    while at < samples:
        # Not the same piece every time: up to a fifth is left out at either end.
        cut = rng.integers(0, max((len(sound) - 2 * overlap) // 5, 0) + 1, 2)
        piece = sound[cut[0] : len(sound) - cut[1]].astype(np.float64)
        if at:
            piece[:overlap] *= rise
        piece[-overlap:] *= rise[::-1]
        out[at : at + len(piece)] += piece
        at += len(piece) - overlap
    return out[:at].astype(np.float32)


def _spans(rate: int, samples: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """One to three stretches in which a texture sounds, in samples; one of two clips sounds all through."""
    if rng.random() < 0.5:
        return [(0, samples)]
    count = int(rng.integers(1, 4))
    least, pauses = _LEAST_SPAN_S * rate, rng.uniform(*_PAUSE_S, count + 1) * rate
    free = samples - pauses.sum() - count * least
    if free < 0.0:
        return [(0, samples)]
    lengths = least + free * rng.dirichlet(np.ones(count))
    found, at = [], float(pauses[0])
    for length, pause in zip(lengths, pauses[1:], strict=True):
        found.append((round(at), min(round(at + length), samples)))
        at += length + pause
    return found


def faded(sound: Mono, rate: int, fade_s: float = _FADE_S) -> Mono:
    """With its ends raised and lowered over 30 ms."""
    fade = min(round(fade_s * rate), len(sound) // 2)
    out = sound.astype(np.float32, copy=True)
    rise = np.sin(0.5 * np.pi * (np.arange(fade) + 0.5) / max(fade, 1)).astype(np.float32) ** 2
    out[:fade] *= rise
    out[len(out) - fade :] *= rise[::-1]
    return out


def _bounded(laid: NDArray[np.float64]) -> Mono:
    peak = float(np.abs(laid).max(initial=0.0))
    return np.asarray(laid / max(peak, 1.0), dtype=np.float32)
