"""A recording in place of a generated sound: aligned to the event's cue, and handed on as a take like any other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.generator.engine import RenderRequest, Take
from foleydesigner.tools.audio_bus import AudioBus
from foleydesigner.tools.audio_file import read_wav
from foleydesigner.tools.audio_onsets import audio_onsets
from foleydesigner.tools.audio_source import AfterSilence, as_source
from foleydesigner.tools.resampling import at_rate

Mono = NDArray[np.float32]

ENGINE = "recording"
LICENCE = "the uploader's"
LONGEST_S = 900.0
PEAK_DBFS = -1.0
_BEFORE_S = 0.010
"""Kept ahead of an attack, so that its rise is whole."""
_FADE_S = 0.004
_JOIN_S = 0.25
"""Cross-fade where a recording is shorter than what it has to fill."""
_SILENCE_DB = -60.0
_SILENCE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A mono recording ready to be cut.

    Attributes:
        audio: (samples,), silence at its ends cut off, the loudest sample at `PEAK_DBFS`.
        attacks: samples at which its hits begin, ascending; at least one.
    """

    audio: Mono
    attacks: tuple[int, ...]


def read_recording(path: Path, sample_rate_hz: int) -> Recording:
    """A WAV of the job folder as a recording.

    Raises:
        EngineError: it is silent or longer than `LONGEST_S`.
        JobError: it cannot be read.
    """
    audio, rate = read_wav(path)
    return recording_of(np.asarray(audio.mean(axis=0), dtype=np.float32), rate, sample_rate_hz)


def recording_of(mono: Mono, rate: int, sample_rate_hz: int) -> Recording:
    """Mono audio (samples,) at `rate` as a recording at `sample_rate_hz`.

    Raises:
        EngineError: it is silent or longer than `LONGEST_S`.
    """
    if mono.size > LONGEST_S * rate:
        raise EngineError(f"a recording of {mono.size / rate:.0f} s", f"at most {LONGEST_S:.0f} s", "cut it")
    mono = at_rate(mono, rate, sample_rate_hz)
    mono = mono - np.float32(mono.mean()) if mono.size else mono
    peak = float(np.abs(mono).max(initial=0.0))
    if not np.isfinite(peak) or peak < 1e-5:
        raise EngineError("a silent recording", "one with a sound in it", "upload another one")
    heard = np.flatnonzero(np.abs(mono) > peak * 10.0 ** (_SILENCE_DB / 20.0))
    mono = mono[max(0, heard[0] - round(_BEFORE_S * sample_rate_hz)) : heard[-1] + 1]
    mono = mono * np.float32(10.0 ** (PEAK_DBFS / 20.0) / peak)
    return Recording(audio=mono, attacks=_attacks(mono, sample_rate_hz))


def _attacks(mono: Mono, rate: int) -> tuple[int, ...]:
    """Where its hits begin: detected, then moved to the steepest rise nearby."""
    from foleydesigner.tools.attacks import refined_onsets

    # A first hit stands at the very beginning; it needs something to rise from.
    heard = AfterSilence(as_source(mono[None, :]), round(_SILENCE_S * rate))
    times, strengths = audio_onsets(heard, rate)
    times = times[strengths >= 0.15] - _SILENCE_S
    refined = refined_onsets(mono, rate, times)
    found = tuple(sorted({max(0, round(t * rate)) for t in refined}))
    return found or (int(np.argmax(np.abs(mono) > 0.1 * np.abs(mono).max())),)


def render_recording(request: RenderRequest, path: Path) -> Take:
    """The take of one event out of a recording (`conformed`).

    Raises:
        EngineError: the recording cannot be used.
    """
    recording = read_recording(path, request.sample_rate_hz)
    sound, start_s = conformed(recording, request)
    return Take(
        event_id=request.event.id,
        start_s=start_s,
        sample_rate_hz=request.sample_rate_hz,
        dry=sound,
        engine=ENGINE,
        licence=LICENCE,
        parameters={"recording": path.stem, "hits_in_recording": len(recording.attacks)},
    )


def conformed(recording: Recording, request: RenderRequest) -> tuple[AudioBus, float]:
    """A recording made to fit the event's cue: one channel, and the clip time of its first sample.

    Hits: each asked onset gets one of the recording's hits in turn, its attack on the onset to the sample, as loud as
    the cue says. What goes on: the recording fills each span, cross-faded with itself where it is too short, and
    follows the span's level.
    """
    rate, cue = request.sample_rate_hz, request.cue
    start_s = cue.onsets_s[0] if cue.onsets_s else cue.spans[0].start_s
    start = max(0, round((start_s - _BEFORE_S) * rate)) if cue.onsets_s else round(start_s * rate)
    bus = AudioBus(request.scratch, 1, 1, grows=True)
    if cue.onsets_s:
        _hits(recording, request, bus, start)
    else:
        for span in cue.spans:
            length = round((span.end_s - span.start_s) * rate)
            filled = _filled(recording.audio, length, rate)
            if span.levels:
                at = np.arange(length) / rate + span.start_s
                filled *= np.interp(at, span.level_times_s, span.levels).astype(np.float32)
            bus.add(_faded(filled, rate)[None, :], round(span.start_s * rate) - start)
    return bus, start / rate


def _hits(recording: Recording, request: RenderRequest, bus: AudioBus, start: int) -> None:
    rate, cue = request.sample_rate_hz, request.cue
    before = round(_BEFORE_S * rate)
    edges = (*recording.attacks, recording.audio.size + before)
    nexts = (*cue.onsets_s[1:], float("inf"))
    for index, (onset_s, strength, next_s) in enumerate(zip(cue.onsets_s, cue.strengths, nexts, strict=True)):
        which = index % len(recording.attacks)
        first = max(0, edges[which] - before)
        # A recording with one hit rings out; of one with several, each ends where the next begins.
        last = edges[which + 1] - before
        room = int(min(last - first, (next_s - onset_s) * rate + before if len(recording.attacks) > 1 else last))
        cut = _faded(recording.audio[first : first + max(room, 1)].copy(), rate)
        at = round(onset_s * rate) - (edges[which] - first) - start
        bus.add(cut[None, max(0, -at) :] * np.float32(0.1 + 0.9 * strength), max(0, at))


def _filled(audio: Mono, length: int, rate: int) -> Mono:
    """The recording repeated with equal-power cross-fades until it is `length` samples long."""
    join = min(round(_JOIN_S * rate), audio.size // 3)
    out = np.zeros(length + audio.size, dtype=np.float32)
    ramp = np.sin(0.5 * np.pi * np.linspace(0.0, 1.0, join, endpoint=False)).astype(np.float32)
    at = 0
    while at < length:
        piece = audio.copy()
        if at and join:
            piece[:join] *= ramp
        if join:
            piece[-join:] *= ramp[::-1]
        out[at : at + audio.size] += piece
        at += max(1, audio.size - join)
    return out[:length]


def _faded(audio: Mono, rate: int) -> Mono:
    count = min(round(_FADE_S * rate), audio.size // 2)
    if count:
        ramp = np.linspace(0.0, 1.0, count, dtype=np.float32)
        audio[:count] *= ramp
        audio[-count:] *= ramp[::-1]
    return audio
