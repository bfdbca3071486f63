"""From the times of a cue to the hits of a take: who plays when, how hard, and where in the buffer it lands.

A family describes one hit; this module plays it at every onset of an impulsive event, or at a living, irregular
pace inside the spans of a steady one, and never the same way twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import unit_peak
from foleydesigner.script import Size, SoundEvent, Span

Mono = NDArray[np.float32]

SIZE_SCALE: dict[Size, float] = {"small": 0.6, "medium": 1.0, "large": 1.7, "very_large": 2.9}
"""Linear size relative to the medium one; frequencies go with its inverse."""

WEAKEST_DB = -10.0
"""Level of the weakest hit relative to the hardest."""

_LEAD_S = 0.02
_END_PAD_S = 0.06
_MOST_HITS = 20_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit of a take.

    Attributes:
        onset_s: clip time.
        strength: in [0, 1], relative to the event's hardest.
        force: strength and the event's intensity together, in [0, 1]: what makes it bright.
        gap_s: time to the next hit (10 s for the last).
        index: 0 for the first.
    """

    onset_s: float
    strength: float
    force: float
    gap_s: float
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hits follow each other in a steady span.

    Attributes:
        interval_s: mean time between hits at speed 0.5.
        jitter: standard deviation of the log interval.
    """

    interval_s: float
    jitter: float = 0.08


HitMaker = Callable[[Hit, np.random.Generator], Mono]
"""Makes one hit, mono, its attack at sample 0 (or at the `pre_s` given to `perform`)."""


def scale_of(event: SoundEvent) -> float:
    """Linear size of the source, 1 = medium."""
    return SIZE_SCALE[event.size]


def words_of(event: SoundEvent) -> str:
    """What the event says it is, lower case: variant first, then material, surface and label."""
    return " ".join((event.variant, event.material, event.surface, event.label)).lower().replace("_", " ")


def mentions(words: str, clues: Iterable[str]) -> bool:
    """Whether a word of `words` begins with one of the clues ("run" is in "running", not in "crunch")."""
    return any(re.search(rf"\b{re.escape(clue)}", words) for clue in clues)


def span_levels(span: Span, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level of a span at clip times, shape (n,): 1 throughout where it gives none."""
    if not span.levels:
        return np.ones_like(times_s)
    return np.asarray(np.interp(times_s, span.level_times_s, span.levels), dtype=np.float64)


def gain_of(strength: float) -> float:
    """Linear gain of a hit: 20 log10(strength), at least `WEAKEST_DB`."""
    return max(float(strength), float(10.0 ** (WEAKEST_DB / 20.0)))


def event_gain(event: SoundEvent) -> float:
    """Linear gain of the whole event: -3 dB at full intensity, 12 dB less at none."""
    return float(10.0 ** ((-3.0 - 12.0 * (1.0 - event.intensity)) / 20.0))


def _paced(request: RenderRequest, rng: np.random.Generator, pace: Pace) -> list[tuple[float, float]]:
    """Onsets and strengths of a steady event: faster with speed, pausing where the level is nil."""
    mean_s = pace.interval_s / (0.6 + 0.8 * request.event.speed)
    played: list[tuple[float, float]] = []
    for span in request.cue.spans:
        time_s = span.start_s
        while time_s < span.end_s and len(played) < _MOST_HITS:
            level = float(span_levels(span, np.array([time_s]))[0])
            if level > 0.04:
                played.append((time_s, level * float(rng.uniform(0.7, 1.0))))
            time_s += max(mean_s * float(np.exp(pace.jitter * rng.standard_normal())) / (0.6 + 0.4 * level), 0.01)
    return played


def hits_of(request: RenderRequest, rng: np.random.Generator, pace: Pace) -> list[Hit]:
    """The hits of a request, ascending: its onsets, or paced ones inside its spans."""
    event, cue = request.event, request.cue
    if cue.onsets_s:
        strengths = cue.strengths if len(cue.strengths) == len(cue.onsets_s) else (1.0,) * len(cue.onsets_s)
        played = list(zip(cue.onsets_s, strengths, strict=True))
    else:
        played = _paced(request, rng, pace)
    following = [time_s for time_s, _ in played[1:]] + [float("inf")]
    return [
        Hit(
            onset_s=time_s,
            strength=strength,
            force=(0.25 + 0.75 * strength) * (0.35 + 0.65 * event.intensity),
            gap_s=min(after_s - time_s, 10.0),
            index=index,
        )
        for index, ((time_s, strength), after_s) in enumerate(zip(played, following, strict=True))
    ]


def perform(
    request: RenderRequest,
    rng: np.random.Generator,
    make: HitMaker,
    *,
    pace: Pace,
    pre_s: float = 0.0,
    choke: float = 1.0,
) -> Sound:
    """Play every hit of the request into one mono buffer, sample-exact.

    Args:
        request: event and cue.
        rng: varies every hit.
        make: one hit; it is scaled to unit peak here, then by its strength (with 1 dB of human variation).
        pace: how a steady event repeats.
        pre_s: how long before its onset a hit begins to sound (a whoosh swells towards it).
        choke: what is left of what still rings when the same object is struck again; 1 lets it ring.
    """
    rate = request.sample_rate_hz
    hits = hits_of(request, rng, pace)
    made = [unit_peak(np.asarray(make(hit, rng), dtype=np.float32)) for hit in hits]
    first_s = hits[0].onset_s if hits else request.event.in_s
    start = max(0, int(np.floor((first_s - pre_s - _LEAD_S) * rate)))
    pre = round(pre_s * rate)
    positions = [round(hit.onset_s * rate - start) for hit in hits]
    end = max((p - pre + m.size for p, m in zip(positions, made, strict=True)), default=rate // 10)
    buffer = np.zeros(end + round(_END_PAD_S * rate), dtype=np.float32)
    reached = 0
    for hit, position, sound in zip(hits, positions, made, strict=True):
        if choke < 1.0 and reached > position:
            _damp(buffer, position, reached, choke, rate)
        level = gain_of(hit.strength) * 10.0 ** (float(np.clip(rng.normal(0.0, 0.5), -1.0, 1.0)) / 20.0)
        begin = position - pre
        cut = max(0, -begin)
        buffer[begin + cut : begin + sound.size] += np.float32(level) * sound[cut:]
        reached = max(reached, begin + sound.size)
    buffer *= np.float32(event_gain(request.event))
    return Sound(samples=buffer[None, :], start_s=start / rate)


def _damp(buffer: Mono, position: int, reached: int, choke: float, rate: int) -> None:
    """Fade what rings to `choke` in the 4 ms before a new contact, in place."""
    ramp = min(position, round(0.004 * rate))
    buffer[position - ramp : position] *= np.linspace(1.0, choke, ramp, dtype=np.float32)
    buffer[position:reached] *= np.float32(choke)


def continuous(
    request: RenderRequest, make: Callable[[Mono, float], NDArray[np.float32]], *, fade_s: float = 0.03
) -> Sound:
    """A sound that follows the level curve of each span.

    Args:
        request: a steady event.
        make: from the level per sample, shape (n,), and the span's start to samples of shape (channels, n).
        fade_s: how softly a span begins and ends.
    """
    rate = request.sample_rate_hz
    spans = request.cue.spans
    start = max(0, int(np.floor(spans[0].start_s * rate)))
    pieces: list[tuple[int, NDArray[np.float32]]] = []
    for span in spans:
        first, last = round(span.start_s * rate), round(span.end_s * rate)
        times = np.arange(first, max(last, first + 2)) / rate
        level = span_levels(span, times)
        edge = np.minimum(times - times[0], times[-1] - times) / max(min(fade_s, (times[-1] - times[0]) / 2), 1e-6)
        level *= 0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0.0, 1.0))
        pieces.append((first - start, np.atleast_2d(make(level.astype(np.float32), span.start_s))))
    channels = pieces[0][1].shape[0]
    buffer = np.zeros((channels, max(p + s.shape[1] for p, s in pieces)), dtype=np.float32)
    for position, samples in pieces:
        buffer[:, position : position + samples.shape[1]] += samples
    peak = float(np.max(np.abs(buffer), initial=0.0))
    if peak > 0.0:
        buffer *= np.float32(event_gain(request.event) / peak)
    return Sound(samples=buffer, start_s=start / rate)
