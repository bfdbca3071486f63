"""A take out of what a model made: hits on their cue and as strong as asked, spans joined, one dry point source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue
from foleydesigner.generator.choice import Keeping, best
from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.point_source import delay_track, point_source, position_error_us
from foleydesigner.generator.realign import realign
from foleydesigner.generator.windows import JOIN_S, Window
from foleydesigner.tools.audio_bus import AudioBus
from foleydesigner.tools.panning import interaural_delay_s

Audio = NDArray[np.float32]

STEADY_RMS_DB = -20.0
PAIR_SPACING_M = 0.17
"""Of the microphones that the models are trained on."""
_EDGE_S = 0.04
_ONSET_EDGE_S = 0.02
_RAMP_S = 0.005
_HIT_S = 0.08
_MOST_GAIN_DB = 12.0
_SILENT = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What was kept for one window.

    Attributes:
        stereo: (2, samples) at the take's rate, its hits on their cue.
        mono: (1, samples), its point source.
        keeping: how well it kept the cue, before and apart from realignment.
    """

    stereo: Audio
    mono: Audio
    keeping: Keeping


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A take without its final polish: dry sound, own stereo, clip time of the first sample, how it kept the cue."""

    dry: AudioBus
    own: AudioBus
    start_s: float
    keepings: tuple[Keeping, ...]


def kept_piece(candidates: Sequence[Audio], window: Window, cue: EventCue, rate_hz: int) -> Piece:
    """The best of several candidates (2, samples) for one window, its hits realigned."""
    return _prepared([_piece(audio, window, cue, rate_hz) for audio in candidates])


def _prepared(pieces: list[Piece]) -> Piece:
    return pieces[best([piece.keeping for piece in pieces])]


def _piece(audio: Audio, window: Window, cue: EventCue, rate: int) -> Piece:
    asked = [cue.onsets_s[hit] - window.start_s for hit in window.hits]
    moved = realign(audio, rate, asked)
    shifts = np.abs([shift for shift in moved.shifts_s if not np.isnan(shift)])
    track = delay_track(moved.audio, rate)
    error_us = None
    if cue.placement != "diffuse":
        times = np.arange(0.0, window.made_s, 0.01)
        azimuth, _ = cue.trajectory.sample(times + window.start_s)
        error_us = position_error_us(track, times, interaural_delay_s(azimuth, PAIR_SPACING_M))
    keeping = Keeping(
        asked=len(asked),
        missing=moved.missing,
        shift_s=float(np.median(shifts)) if shifts.size else None,
        position_error_us=error_us,
        silent=float(np.abs(moved.audio).max(initial=0.0)) < _SILENT,
    )
    return Piece(stereo=moved.audio, mono=point_source(moved.audio, rate, track), keeping=keeping)


def assembled(pieces: Sequence[Piece], windows: Sequence[Window], request: RenderRequest) -> Assembled:
    """The windows of an event, put together in time.

    Args:
        pieces: one a window.
        windows: as planned.
        request: the event.
    """
    cue, rate = request.cue, request.sample_rate_hz
    start_s = windows[0].start_s
    if cue.onsets_s:
        start_s = max(0.0, cue.onsets_s[0] - _ONSET_EDGE_S)
    start = round(start_s * rate)
    diffuse = cue.placement == "diffuse"
    dry = AudioBus(request.scratch, 2 if diffuse else 1, 0, grows=True)
    own = AudioBus(request.scratch, 2, 0, grows=True)
    for number, (piece, window) in enumerate(zip(pieces, windows, strict=True)):
        gain = _gain(piece.mono, number, windows, cue, rate)
        at = round(window.start_s * rate) - start
        for bus, audio in ((dry, piece.stereo if diffuse else piece.mono), (own, piece.stereo)):
            heard = audio[:, : gain.size] * gain[: audio.shape[1]]
            bus.add(heard[:, max(0, -at) :], max(0, at))
    return Assembled(dry=dry, own=own, start_s=start / rate, keepings=tuple(piece.keeping for piece in pieces))


def _gain(mono: Audio, number: int, windows: Sequence[Window], cue: EventCue, rate: int) -> NDArray[np.float32]:
    """Gain of each sample of a window, (samples,): strengths or levels, edges, cross-fades."""
    window = windows[number]
    size = min(round(window.heard_s * rate), mono.shape[1])
    if window.hits:
        gain = _of_hits(mono[0, :size], window, cue, rate)
        joins = (False, False)
    else:
        gain = _of_span(mono[0, :size], window, cue, rate)
        joins = (
            number > 0 and windows[number - 1].start_s + windows[number - 1].heard_s > window.start_s,
            number + 1 < len(windows) and window.start_s + window.heard_s > windows[number + 1].start_s,
        )
    for at_end, joined in enumerate(joins):
        # A cross-fade of two unlike sounds keeps its power; an edge is short. Hits begin with their own attack.
        length = min(round((JOIN_S if joined else 0.0 if window.hits and not at_end else _EDGE_S) * rate), size // 2)
        ramp = np.sin(0.5 * np.pi * np.arange(length) / max(length, 1)).astype(np.float32)
        if at_end and length:
            gain[-length:] *= ramp[::-1]
        elif length:
            gain[:length] *= ramp
    return gain


def _of_hits(mono: NDArray[np.float32], window: Window, cue: EventCue, rate: int) -> NDArray[np.float32]:
    """Each hit as strong as the cue has it beside the others, the loudest as it is; changes just before the attacks."""
    firsts = [round((cue.onsets_s[hit] - window.start_s) * rate) for hit in window.hits]
    peaks = np.array([np.abs(mono[f : f + round(_HIT_S * rate)]).max(initial=0.0) for f in firsts])
    wanted = 0.1 + 0.9 * np.array([cue.strengths[hit] for hit in window.hits])
    limit = 10.0 ** (_MOST_GAIN_DB / 20.0)
    raw = wanted / np.maximum(peaks, 1e-3 * max(float(peaks.max()), _SILENT))
    gains = np.clip(raw / np.median(raw), 1.0 / limit, limit) * np.median(raw)
    knots = np.concatenate([[0.0], *[[f - _RAMP_S * rate, f] for f in firsts[1:]], [mono.size]])
    values = np.repeat(gains, 2)
    return np.asarray(np.interp(np.arange(mono.size), knots, values), dtype=np.float32)


def _of_span(mono: NDArray[np.float32], window: Window, cue: EventCue, rate: int) -> NDArray[np.float32]:
    """Brought to one level, and from there as the span's levels have it."""
    rms = float(np.sqrt(np.mean(np.square(mono, dtype=np.float64)))) if mono.size else 0.0
    gain = np.full(mono.size, 10.0 ** (STEADY_RMS_DB / 20.0) / max(rms, _SILENT), dtype=np.float32)
    inside = [span for span in cue.spans if span.start_s <= window.start_s + 1e-6 < span.end_s]
    if inside and inside[0].levels:
        at = np.arange(mono.size) / rate + window.start_s
        gain *= np.interp(at, inside[0].level_times_s, inside[0].levels).astype(np.float32)
    return gain
