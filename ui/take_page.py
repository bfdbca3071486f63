"""What is shown of one take, and what of its event a person may change."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import ValidationError

from foleydesigner.config import Settings
from foleydesigner.errors import ReviewError
from foleydesigner.graph import retakes
from foleydesigner.graph.reading import read_cue, read_take_record
from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder
from foleydesigner.script import SoundEvent
from foleydesigner.tools.audio_source import FileSource
from foleydesigner.tools.heard_azimuth import heard_azimuths_deg
from foleydesigner.ui import event_words, media, pages

_NEAR_S = 0.08


def event_of(job: JobFolder, event_id: str) -> SoundEvent:
    """An event of the job's script.

    Raises:
        ReviewError: there is none of that id.
    """
    try:
        return read_script(job).event(event_id)
    except KeyError as error:
        raise ReviewError(f"no event is called {event_id!r}", "one of this script", "choose one") from error


def edited(event: SoundEvent, *, prompt: str, times: str, nudge_ms: float, pan_width: float, path: str) -> SoundEvent:
    """The event with what a person changed; the same where nothing is.

    Raises:
        ReviewError: a field cannot be read.
    """
    try:
        changes: dict[str, Any] = event_words.with_times(event, times) | event_words.with_path(event, path)
        facts = {
            "prompt": prompt.strip() or event.prompt,
            "sync_nudge_ms": float(nudge_ms),
            "pan_width": float(pan_width),
        }
        return SoundEvent.model_validate({**dict(event), **changes, **facts})
    except (ValidationError, ValueError) as error:
        said = error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ReviewError(
            said.removeprefix("Value error, ").lower(), "times, a path and numbers that can be read", "correct them"
        ) from error


def page(job: JobFolder, event: SoundEvent) -> str:
    """Player, spectrogram, and each hit as asked and as measured."""
    settings = Settings.model_validate(job.read_record()["settings"])
    cue, record = read_cue(job, event.id), read_take_record(job, event.id)
    times = np.asarray(cue.onsets_s)
    asked = cue.trajectory.sample(times)[0] * (cue.pan_width if cue.placement == "screen" else 1.0)
    heard = np.full(times.size, np.nan)
    if times.size and cue.placement != "diffuse":
        sound = FileSource(job.take(event.id, "placed"))
        try:
            heard = heard_azimuths_deg(
                sound, record.sample_rate_hz, (times - record.start_s).tolist(), law=settings.pan_law,
                field_of_view_deg=settings.field_of_view_deg, microphone_spacing_m=settings.microphone_spacing_m,
            )  # fmt: skip
        finally:
            sound.close()
    measured = [_nearest(record.measured_onsets_s, float(t)) for t in times]
    hits = [
        {
            "asked_s": float(t),
            "measured_s": m,
            "off_ms": None if m is None else (m - float(t)) * 1000.0,
            "asked_deg": float(a),
            "heard_deg": None if np.isnan(h) else float(h),
        }
        for t, m, a, h in zip(times, measured, asked, heard, strict=True)
    ]
    errors = np.abs(heard - asked)[~np.isnan(heard)]
    others = [
        {
            "record": r,
            "address": media.address(job, job.former_take(event.id, r.round, "placed")),
        }
        for r in retakes.kept_rounds(job, event.id)
        if r.round != record.round
    ]
    return pages.page(
        "take",
        event=event,
        record=record,
        clip=pages.clip_address(job),
        placed=media.address(job, job.take(event.id, "placed")),
        mel=media.address(job, job.mel_picture(event.id)),
        others=others,
        hits=hits[:200],
        duration_s=cue.clip_duration_s,
        azimuth_error_deg=float(np.median(errors)) if errors.size else None,
        spans=", ".join(f"{s.start_s:.2f}–{s.end_s:.2f} s" for s in cue.spans),
    )


def _nearest(measured_s: tuple[float, ...], asked_s: float) -> float | None:
    near = min(measured_s, key=lambda t: abs(t - asked_s), default=None)
    return near if near is not None and abs(near - asked_s) <= _NEAR_S else None
