"""Takes: one node run an event, in parallel; only what is pending is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from foleydesigner.cues import EventCue
from foleydesigner.graph.perception import settings_of
from foleydesigner.graph.scripting import read_script
from foleydesigner.graph.services import services
from foleydesigner.graph.stage import Progress
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder, event_seed, write_json
from foleydesigner.takes import TakeRecord

if TYPE_CHECKING:
    from foleydesigner.generator.engine import Take

_MATCH_S = 0.1


def read_cue(job: JobFolder, event_id: str) -> EventCue:
    """The cue of one event."""
    return EventCue.model_validate_json(job.cue(event_id).read_bytes())


def read_take_record(job: JobFolder, event_id: str) -> TakeRecord:
    """What is known of one event's take."""
    return TakeRecord.model_validate_json(job.take_record(event_id).read_bytes())


def fan_out(state: JobState) -> list[Any] | str:
    """One `Send` to `make_take` a pending event, in parallel; straight on when the script is empty."""
    from langgraph.types import Send

    pending = state.get("pending_takes", [])
    if not pending:
        return "takes_done"
    shared = {"take_total": len(pending)} | {key: state[key] for key in ("settings", "take_rounds") if key in state}
    return [Send("make_take", {**shared, "pending_takes": [event_id]}) for event_id in pending]


def onset_error_ms(asked_s: tuple[float, ...], measured_s: tuple[float, ...]) -> float | None:
    """Median distance from asked onsets to the nearest measured one, ms; None where nothing was measured nearby."""
    if not asked_s or not measured_s:
        return None
    distances = np.abs(np.subtract.outer(np.asarray(asked_s), np.asarray(measured_s))).min(axis=1)
    near = distances[distances <= _MATCH_S]
    return float(np.median(near) * 1000.0) if near.size else None


def _record(take: Take, cue: EventCue, seed: int, round_: int) -> TakeRecord:
    from foleydesigner.tools.audio_onsets import audio_onsets

    measured: tuple[float, ...] = ()
    if cue.kind == "impulsive":
        times, _ = audio_onsets(take.dry, take.sample_rate_hz)
        measured = tuple(float(t) + take.start_s for t in times)
    return TakeRecord(
        event_id=take.event_id,
        start_s=take.start_s,
        sample_rate_hz=take.sample_rate_hz,
        channels=take.dry.channels,
        samples=take.dry.samples,
        engine=take.engine,
        licence=take.licence,
        seed=seed,
        round=round_,
        parameters=take.parameters,
        measured_onsets_s=measured,
        onset_error_ms=onset_error_ms(cue.onsets_s, measured),
    )


def make_take(state: JobState) -> dict[str, Any]:
    """Render the pending events of this branch and keep them."""
    from langgraph.config import get_stream_writer

    from foleydesigner.generator.engine import RenderRequest
    from foleydesigner.tools.audio_file import writing_wav
    from foleydesigner.tools.audio_source import blocks_of

    job, settings = services().job, settings_of(state)
    script, rounds = read_script(job), state.get("take_rounds", {})
    requests = [
        RenderRequest(
            event=script.event(event_id),
            cue=read_cue(job, event_id),
            sample_rate_hz=settings.sample_rate_hz,
            seed=event_seed(settings.seed, "take", event_id, str(rounds.get(event_id, 0))),
            scratch=job.work,
        )
        for event_id in state["pending_takes"]
    ]
    engine = services().engine
    for request, take in zip(requests, engine.render(requests), strict=True):
        path, rate = job.take(take.event_id, "dry"), take.sample_rate_hz
        with writing_wav(path, rate, take.dry.channels, samples=take.dry.samples) as file:
            for block in blocks_of(take.dry):
                file.write(block)
        record = _record(take, request.cue, request.seed, rounds.get(take.event_id, 0))
        write_json(job.take_record(take.event_id), record)
    get_stream_writer()(Progress(stage="takes", state="step", done=0, total=state.get("take_total")))
    return {"takes": {request.event.id: engine.name for request in requests}}


def dispatch_takes(state: JobState) -> dict[str, Any]:
    """Where takes are sent out from, the first time and again; `fan_out` is its edge."""
    return {"route": "on"}


def takes_done(state: JobState) -> dict[str, Any]:
    """All branches have come in."""
    return {"pending_takes": []}
