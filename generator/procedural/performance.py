"""From the times of a cue to the hits of a take: who plays when, how hard, and where in the buffer it lands.

A family describes one hit; this module plays it at every onset of an impulsive event, or at a living, irregular
pace inside the spans of a steady one, and never the same way twice.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.noise import equal_power_ramp
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.synthesis import unit_peak
from foleydesigner.script import Size, SoundEvent, Span
from foleydesigner.tools.audio_bus import AudioBus

Mono = NDArray[np.float32]

SIZE_SCALE: dict[Size, float] = {"small": 0.6, "medium": 1.0, "large": 1.7, "very_large": 2.9}
"""Linear size relative to the medium one; frequencies go with its inverse."""

WEAKEST_DB = -10.0
"""Level of the weakest hit relative to the hardest."""

_LEAD_S = 0.02
_END_PAD_S = 0.06
_SPOOLED_BYTES = 1 << 24
_PIECE_S = 30.0
_SEAM_S = 1.0


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
        while time_s < span.end_s:
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
    made = _Spool(request.scratch)
    for hit in hits:
        made.append(unit_peak(np.asarray(make(hit, rng), dtype=np.float32)))
    first_s = hits[0].onset_s if hits else request.event.in_s
    start = max(0, int(np.floor((first_s - pre_s - _LEAD_S) * rate)))
    pre = round(pre_s * rate)
    positions = [round(hit.onset_s * rate - start) for hit in hits]
    end = max((p - pre + size for p, size in zip(positions, made.sizes, strict=True)), default=rate // 10)
    out = AudioBus(request.scratch, 1, end + round(_END_PAD_S * rate))
    reached = 0
    for index, (hit, position) in enumerate(zip(hits, positions, strict=True)):
        sound = made.get(index)
        if choke < 1.0 and reached > position:
            _damp(out, position, reached, choke, rate)
        level = gain_of(hit.strength) * 10.0 ** (float(np.clip(rng.normal(0.0, 0.5), -1.0, 1.0)) / 20.0)
        out.add(sound[None, :], position - pre, level)
        reached = max(reached, position - pre + sound.size)
    made.close()
    out.scale(event_gain(request.event))
    return Sound(audio=out, start_s=start / rate)


class _Spool:
    """Hits one after the other, on disk once they are many: their levels are drawn when all are made."""

    def __init__(self, folder: Path | None) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES, dir=None if folder is None else str(folder))  # noqa: SIM115
        self.sizes: list[int] = []
        self._starts: list[int] = [0]

    def append(self, sound: Mono) -> None:
        """Keep one more, (samples,)."""
        self._file.seek(4 * self._starts[-1])
        self._file.write(sound.tobytes())
        self.sizes.append(sound.size)
        self._starts.append(self._starts[-1] + sound.size)

    def get(self, index: int) -> Mono:
        """The hit of that index."""
        self._file.seek(4 * self._starts[index])
        return np.frombuffer(self._file.read(4 * self.sizes[index]), dtype=np.float32)

    def close(self) -> None:
        """Forget them."""
        self._file.close()


def _damp(out: AudioBus, position: int, reached: int, choke: float, rate: int) -> None:
    """Fade what rings to `choke` in the 4 ms before a new contact."""
    ramp = min(position, round(0.004 * rate))
    first = position - ramp
    gain = np.full(reached - first, choke, dtype=np.float32)
    gain[:ramp] = np.linspace(1.0, choke, ramp, dtype=np.float32)
    out.change(lambda at, block: block * gain[at - first : at - first + block.shape[1]], first, reached)


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
    out: AudioBus | None = None
    for span in spans:
        first, last = round(span.start_s * rate), round(span.end_s * rate)
        for begin, end, seams in _pieces(first, max(last, first + 2), rate):
            level = _shaped_level(span, first, max(last, first + 2), begin, end, fade_s, rate)
            made = np.atleast_2d(make(level, begin / rate)) * seams
            out = out or AudioBus(request.scratch, made.shape[0], 0, grows=True)
            out.add(made, begin - start)
    if out is None:
        raise EngineError(f"steady event {request.event.id} without spans", "at least one", "correct the script")
    peak = out.peak()
    if peak > 0.0:
        out.scale(event_gain(request.event) / peak)
    return Sound(audio=out, start_s=start / rate)


def _pieces(first: int, last: int, rate: int) -> Iterator[tuple[int, int, Mono]]:
    """A span [first, last) in pieces that overlap by a seam, each with its equal-power ramps, shape (n,)."""
    step, seam = round(_PIECE_S * rate), round(_SEAM_S * rate)
    for begin in range(first, max(last - seam, first + 1), step):
        end = last if begin + step + seam >= last else begin + step + seam
        gain = np.ones(end - begin, dtype=np.float32)
        if begin > first:
            gain[:seam] = equal_power_ramp(seam)
        if end < last:
            gain[-seam:] = equal_power_ramp(seam)[::-1]
        yield begin, end, gain


def _shaped_level(span: Span, first: int, last: int, begin: int, end: int, fade_s: float, rate: int) -> Mono:
    """Level at samples [begin, end) of a span [first, last), softened at the span's own ends."""
    times = np.arange(begin, end) / rate
    first_s, last_s = first / rate, (last - 1) / rate
    level = span_levels(span, times)
    edge = np.minimum(times - first_s, last_s - times) / max(min(fade_s, (last_s - first_s) / 2), 1e-6)
    level *= 0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0.0, 1.0))
    return level.astype(np.float32)
