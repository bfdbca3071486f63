"""Takes: one node run an event, in parallel; only what is pending is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from foleydesigner.cues import EventCue
from foleydesigner.files import write_json
from foleydesigner.graph import retakes
from foleydesigner.graph.perception import settings_of
from foleydesigner.graph.reading import read_cue
from foleydesigner.graph.scripting import read_script
from foleydesigner.graph.services import services
from foleydesigner.graph.stage import Progress
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder, event_seed
from foleydesigner.stopwatch import timed
from foleydesigner.takes import TakeRecord

if TYPE_CHECKING:
    from foleydesigner.config import Settings
    from foleydesigner.generator.engine import RenderRequest, Take

_MATCH_S = 0.1
_BEFORE_S = 0.25


def fan_out(state: JobState) -> list[Any] | str:
    """One `Send` to `make_take` a pending event, in parallel; straight on when the script is empty.

    An engine that works in batches is sent all of them at once.
    """
    from langgraph.types import Send

    pending = state.get("pending_takes", [])
    if not pending:
        return "takes_done"
    given: dict[str, Any] = dict(state)
    kept = ("settings", "take_rounds", "take_orders")
    shared: dict[str, Any] = {"take_total": len(pending)} | {key: given[key] for key in kept if key in given}
    groups = [pending] if services().engine.batched else [[event_id] for event_id in pending]
    return [Send("make_take", {**shared, "pending_takes": group}) for group in groups]


def onset_error_ms(asked_s: tuple[float, ...], measured_s: tuple[float, ...]) -> float | None:
    """Median distance from asked onsets to the nearest measured one, ms; None where nothing was measured nearby."""
    if not asked_s or not measured_s:
        return None
    distances = np.abs(np.subtract.outer(np.asarray(asked_s), np.asarray(measured_s))).min(axis=1)
    near = distances[distances <= _MATCH_S]
    return float(np.median(near) * 1000.0) if near.size else None


def _record(take: Take, cue: EventCue, seed: int, round_: int) -> TakeRecord:
    from foleydesigner.tools.attacks import refined_onsets
    from foleydesigner.tools.audio_onsets import audio_onsets
    from foleydesigner.tools.audio_source import AfterSilence

    measured: tuple[float, ...] = ()
    if cue.kind == "impulsive":
        heard = AfterSilence(take.dry, round(_BEFORE_S * take.sample_rate_hz))
        with timed("detect onsets"):
            times, _ = audio_onsets(heard, take.sample_rate_hz)
            times = refined_onsets(heard, take.sample_rate_hz, times) - _BEFORE_S + take.start_s
        measured = tuple(float(t) for t in times if t >= 0.0)
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

    job, settings = services().job, settings_of(state)
    script, rounds, orders = read_script(job), state.get("take_rounds", {}), state.get("take_orders", {})
    requests = [
        RenderRequest(
            event=script.event(event_id),
            cue=read_cue(job, event_id),
            sample_rate_hz=settings.sample_rate_hz,
            seed=event_seed(
                settings.seed, "take", event_id, str(_seed_round(orders.get(event_id, {}), rounds.get(event_id, 0)))
            ),
            scratch=job.work,
        )
        for event_id in state["pending_takes"]
    ]
    with timed("render sound"):
        takes = _rendered(requests, orders, settings)
    made = {}
    for request, take in zip(requests, takes, strict=True):
        _keep(job, request, take, rounds.get(take.event_id, 0))
        if "takes" in settings.review:
            retakes.keep(job, request.event, settings)
        made[take.event_id] = take.engine
        get_stream_writer()(Progress(stage="takes", state="step", done=0, total=state.get("take_total")))
    return {"takes": made}


def _keep(job: JobFolder, request: RenderRequest, take: Take, round_: int) -> None:
    """Write a take's sounds and its record."""
    from foleydesigner.tools.audio_file import write_wav, writing_wav
    from foleydesigner.tools.audio_source import blocks_of

    event_id, rate = take.event_id, take.sample_rate_hz
    with writing_wav(job.take(event_id, "dry"), rate, take.dry.channels, samples=take.dry.samples) as file:
        for block in blocks_of(take.dry):
            file.write(block)
    if take.own_stereo is not None:
        write_wav(job.take(event_id, "own"), take.own_stereo, rate)
    else:
        job.take(event_id, "own").unlink(missing_ok=True)
    write_json(job.take_record(event_id), _record(take, request.cue, request.seed, round_))


def _seed_round(order: dict[str, Any], round_: int) -> int:
    """The throw of the dice: each round's own, unless a reviewer asked for this round with an earlier one's."""
    return int(order["seed_round"]) if order.get("for_round") == round_ else round_


def _rendered(requests: list[RenderRequest], orders: dict[str, dict[str, Any]], settings: Settings) -> list[Take]:
    """Takes by the job's engine, by another one that a reviewer asked for, or out of a recording; in order.

    Those of one engine are made together.
    """
    from foleydesigner.generator.engine import get_engine
    from foleydesigner.generator.recording import render_recording

    takes: dict[str, Take] = {}
    by_engine: dict[str | None, list[RenderRequest]] = {}
    for request in requests:
        order = orders.get(request.event.id, {})
        if order.get("recording"):
            takes[request.event.id] = render_recording(request, services().job.recording(order["recording"]))
        else:
            by_engine.setdefault(order.get("engine"), []).append(request)
    for name, group in by_engine.items():
        engine = get_engine(name, settings) if name else services().engine
        takes |= {take.event_id: take for take in engine.render(group)}
    return [takes[request.event.id] for request in requests]


def dispatch_takes(state: JobState) -> dict[str, Any]:
    """Where takes are sent out from, the first time and again; `fan_out` is its edge."""
    return {"route": "on"}


def takes_done(state: JobState) -> dict[str, Any]:
    """All branches have come in."""
    return {"pending_takes": []}
