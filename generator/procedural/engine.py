"""The procedural engine: calls the family of each event and holds its sound to the contract of a take."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue
from foleydesigner.errors import EngineError
from foleydesigner.generator.engine import RenderRequest, Take
from foleydesigner.generator.procedural.families import load
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.tools.audio_bus import AudioBus
from foleydesigner.tools.audio_source import AudioSource, PartOf, blocks_of
from foleydesigner.tools.true_peak import TruePeakMeter

Audio = NDArray[np.float32]

PEAK_DBTP = -1.0
"""Highest true peak of a take."""

DC_CUTOFF_HZ = 12.0
FADE_S = 0.005
PREROLL_S = 0.5
"""How long before the clip a steady sound begins that the clip opens on."""

_OPENING_S = 1e-3
_GUARD_FADE_S = 0.0003
_RATES_HZ = (8_000, 192_000)


class ProceduralEngine:
    """Physically informed models, one family a module; the same bytes from the same request, whatever the workers.

    Args:
        workers: threads that render side by side when there are several requests.
    """

    name = "procedural"
    version = "1"
    batched = False

    def __init__(self, workers: int = 2) -> None:
        self._workers = max(1, workers)

    def render(self, requests: Sequence[RenderRequest]) -> list[Take]:
        """One take a request, in order.

        Raises:
            EngineError: unknown family, rate outside 8-192 kHz, or a family broke its contract.
        """
        for request in requests:
            load(request.event.family)
        if self._workers == 1 or len(requests) < 2:
            return [self._take(request) for request in requests]
        with ThreadPoolExecutor(self._workers, thread_name_prefix="procedural") as pool:
            return list(pool.map(self._take, requests))

    def _take(self, request: RenderRequest) -> Take:
        _check_rate(request)
        sound = _sound(request)
        _check_sound(sound, request)
        event = request.event
        return Take(
            event_id=event.id,
            start_s=sound.start_s,
            sample_rate_hz=request.sample_rate_hz,
            dry=finish(sound, request),
            engine=f"{self.name} {self.version}",
            parameters={
                "family": event.family,
                "variant": event.variant,
                "material": event.material,
                "surface": event.surface,
                "size": event.size,
                "intensity": event.intensity,
                "speed": event.speed,
                "seed": request.seed,
            },
        )


def finish(sound: Sound, request: RenderRequest) -> AudioSource:
    """A sound without DC, with silent ends and a true peak of at most `PEAK_DBTP`, as long as it was.

    The high-pass is causal: nothing is moved ahead of an onset, as subtracting a mean would.
    """
    from scipy.signal import butter, sosfilt

    rate = request.sample_rate_hz
    sos = butter(2, DC_CUTOFF_HZ, "highpass", fs=rate, output="sos")
    channels, length = sound.audio.channels, sound.audio.samples
    # An onset at the very first sample keeps its attack, and a sound that the clip opens on its level.
    first_s = request.cue.onsets_s[0] if request.cue.onsets_s else None
    struck_at_once = first_s is not None and first_s - sound.start_s < FADE_S
    struck_at_once |= sound.start_s == 0.0 and request.cue.kind == "steady"
    rise = min(length, max(1, round((_GUARD_FADE_S if struck_at_once else FADE_S) * rate)))
    fall = min(length, max(1, round(FADE_S * rate)))
    up, down = np.linspace(0.0, 1.0, rise, dtype=np.float32), np.linspace(1.0, 0.0, fall, dtype=np.float32)
    state = np.zeros((sos.shape[0], channels, 2))
    out, meter, position = AudioBus(request.scratch, channels, length), TruePeakMeter(), 0
    for block in blocks_of(sound.audio):
        if not np.isfinite(block).all():
            raise _broken(sound, request)
        filtered, state = sosfilt(sos, block, axis=-1, zi=state)
        audio = np.asarray(filtered, dtype=np.float32)
        _fade(audio, position, up)
        _fade(audio, position - (length - fall), down)
        meter.add(audio)
        out.add(audio, position)
        position += audio.shape[1]
    meter.finish()
    over_db = meter.true_peak_dbtp - PEAK_DBTP
    if over_db > 0.0:
        out.scale(0.999 * 10.0 ** (-over_db / 20.0))
    return out


def _fade(block: Audio, position: int, ramp: NDArray[np.float32]) -> None:
    """Apply a ramp to what of it falls into a block that stands `position` samples after the ramp's start, in place."""
    first, last = max(-position, 0), min(ramp.size - position, block.shape[1])
    if last > first:
        block[:, first:last] *= ramp[position + first : position + last]


def _running(request: RenderRequest) -> RenderRequest:
    """The request moved later by `PREROLL_S`, its first span begun at 0: what the clip opens on is sounding already.

    A room does not start to sound with the first frame. Without this, the fade that opens every span would be heard,
    and measured, as an onset there.
    """
    cue = request.cue
    spans = [span.model_dump() for span in cue.spans]
    for span in spans:
        for name in ("start_s", "end_s"):
            span[name] += PREROLL_S
        span["level_times_s"] = [t + PREROLL_S for t in span["level_times_s"]]
    spans[0]["start_s"] = 0.0
    moved = EventCue.model_validate(
        cue.model_dump() | {"spans": spans, "clip_duration_s": cue.clip_duration_s + PREROLL_S}
    )
    return replace(request, cue=moved)


def _sound(request: RenderRequest) -> Sound:
    """What the event's family makes of it, begun before the clip where the clip opens on it."""
    family, rng = load(request.event.family), np.random.default_rng(request.seed)
    spans = request.cue.spans
    if request.cue.kind == "impulsive" or not spans or spans[0].start_s > _OPENING_S:
        return family(request, rng)
    sound = family(_running(request), rng)
    skip = max(0, round((PREROLL_S - sound.start_s) * request.sample_rate_hz))
    return Sound(audio=PartOf(sound.audio, skip), start_s=0.0)


def _check_rate(request: RenderRequest) -> None:
    low, high = _RATES_HZ
    if not low <= request.sample_rate_hz <= high:
        raise EngineError(
            f"event {request.event.id} asks for {request.sample_rate_hz} Hz", f"{low} to {high} Hz", "use 48000"
        )


def _check_sound(sound: Sound, request: RenderRequest) -> None:
    if sound.audio.channels not in (1, 2) or sound.audio.samples < 1 or sound.start_s < 0.0:
        raise _broken(sound, request)


def _broken(sound: Sound, request: RenderRequest) -> EngineError:
    return EngineError(
        f"family {request.event.family} made {sound.audio.channels} channels of {sound.audio.samples} samples from "
        f"{sound.start_s} s",
        "finite samples of one or two channels from 0 s or later",
        "report it with the event's script entry",
    )
