"""Interrupts: what a reviewer is shown, what may come back, and where it sends the job."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from foleydesigner.config import ReviewPoint
from foleydesigner.errors import ReviewError
from foleydesigner.evidence import PictureEvidence
from foleydesigner.job import JobFolder
from foleydesigner.mix import MixSettings
from foleydesigner.model import Identifier, Line, Model
from foleydesigner.script import FoleyScript, SoundEvent


class TakeOrder(Model):
    """One event's take to be made again, and what about it changes; the other takes stay as they are."""

    event_id: Identifier
    event: SoundEvent | None = None
    """The event as it should be (prompt, onsets, drawn path, nudge, pan width …); None = as it is in the script."""
    engine: Line | None = None
    """Another engine; None = the one that made it."""
    recording: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """A recording of the job folder (`JobFolder.recording`) in place of a generated sound."""
    new_seed: bool = True
    """False = the same throw of the dice, so that nothing changes but what is asked for."""

    @model_validator(mode="after")
    def _same_event(self) -> Self:
        if self.event is not None and self.event.id != self.event_id:
            raise ValueError(f"the changed event is called {self.event.id}, not {self.event_id}")
        return self


class TakePick(Model):
    """A take that was made earlier, to be used again."""

    event_id: Identifier
    round: Annotated[int, Field(ge=0, le=10_000)]


class ReviewAnswer(Model):
    """A reviewer's word at one interrupt.

    approve: go on. edit: go on with what is sent along (`script` at the script, `mix` at the mix); at the takes,
    `orders` are made and `picks` put in place, and the takes are shown again. reject: back, with a note that becomes a
    constraint; at the takes, `event_ids` says which are to be made again (none = all).
    """

    action: Literal["approve", "edit", "reject"]
    note: Line = ""
    reviewer: Line = ""
    event_ids: tuple[Identifier, ...] = ()
    script: FoleyScript | None = None
    mix: MixSettings | None = None
    orders: Annotated[tuple[TakeOrder, ...], Field(max_length=1000)] = ()
    picks: Annotated[tuple[TakePick, ...], Field(max_length=1000)] = ()

    @property
    def brought(self) -> dict[ReviewPoint, bool]:
        """For which point something is sent along."""
        takes = bool(self.orders or self.picks)
        return {"script": self.script is not None, "takes": takes, "mix": self.mix is not None}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.action == "edit" and not any(self.brought.values()):
            raise ValueError("an edit brings a changed script, changed mix settings, or orders for takes along")
        return self


def _kept(path: object) -> object:
    """A path as text that a checkpoint can keep, even where the folder's name is no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace") if isinstance(path, str) else path


class ReviewQuestion(Model):
    """What an interrupt shows: the point, a summary in lines, and the file that an edit starts from."""

    point: ReviewPoint
    summary: tuple[str, ...]
    path: Annotated[str, Field(max_length=4096), BeforeValidator(_kept)]
    open_findings: tuple[Line, ...] = ()


def parse_answer(point: ReviewPoint, data: Any, known_ids: set[str]) -> ReviewAnswer:
    """A reviewer's answer, checked like any other input.

    Raises:
        ReviewError: it is none of approve, edit, reject; an edit does not fit the point; an event id is unknown.
    """
    try:
        answer = ReviewAnswer.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "answer"
        raise ReviewError(
            f"the answer's {place} is not usable ({first['msg']})",
            "approve, an edit that brings a script or mix settings, or a rejection with a note",
            "answer again; the job still waits",
        ) from error
    if answer.action == "edit" and not answer.brought[point]:
        raise ReviewError(
            f"an edit at the {point} review brings no {point}",
            "at the script a changed script, at the takes orders or picks, at the mix changed settings",
            "answer again; the job still waits",
        )
    named = {order.event_id for order in answer.orders} | {pick.event_id for pick in answer.picks}
    unknown = (set(answer.event_ids) | named) - known_ids
    if unknown:
        raise ReviewError(
            f"unknown events {', '.join(sorted(unknown)[:5])}",
            "ids of events in the script",
            "look them up in script/foley_script.json and answer again; the job still waits",
        )
    return answer


def check_edit(answer: ReviewAnswer, job: JobFolder, script: FoleyScript, evidence: PictureEvidence) -> None:
    """What is sent along with an edit belongs to this job: what was measured stays, ids are known.

    Raises:
        ReviewError: an edited script is of another clip or speaks of tracks that nobody saw, mix settings speak of
            events that the script does not hold, or a take or a recording is asked for that is not there.
        EngineError: an engine is asked for that nobody offers.
    """
    tracks = {track.id for track in evidence.tracks}
    if answer.script is not None:
        if (answer.script.clip, answer.script.shots) != (script.clip, script.shots):
            raise ReviewError(
                "the edited script changes the clip or its shots",
                "changes in its events and spaces only",
                "copy clip and shots from script/foley_script.json and answer again; the job still waits",
            )
        _known({t for event in answer.script.events for t in event.placement.track_ids}, tracks, "tracks")
    if answer.mix is not None:
        named = {s.event_id for s in answer.mix.reverbs} | {s.event_id for s in answer.mix.equalisers}
        named |= {s.event_id for s in answer.mix.dynamics}
        _known(named, {event.id for event in script.events}, "events")
        _known({s.scene_id for s in answer.mix.reverbs}, {s.scene_id for s in script.spaces}, "scenes")
    _check_takes(answer, job, script, tracks)


def _check_takes(answer: ReviewAnswer, job: JobFolder, script: FoleyScript, tracks: set[str]) -> None:
    from foleydesigner.generator.engine import check_engine

    for order in answer.orders:
        if order.engine is not None:
            check_engine(order.engine, folders=False)
        if order.recording is not None and not job.recording(order.recording).is_file():
            _missing(f"recording {order.recording[:12]}", "one that was brought along")
        if order.event is not None:
            _known(set(order.event.placement.track_ids), tracks, "tracks")
            with_changes(script, (order.event,))
    for pick in answer.picks:
        if not job.former_take(pick.event_id, pick.round, "record").is_file():
            _missing(f"take {pick.round} of {pick.event_id}", "one that was made for this review")


def _missing(what: str, expected: str) -> None:
    raise ReviewError(f"the edit names {what}, which is not there", expected, "answer again; the job still waits")


def with_changes(script: FoleyScript, events: Iterable[SoundEvent]) -> FoleyScript:
    """The script with those events in place of the ones of their ids, checked anew.

    Raises:
        ReviewError: an event does not fit the clip.
    """
    changed = {event.id: event for event in events}
    data = {**dict(script), "events": tuple(changed.get(event.id, event) for event in script.events)}
    try:
        return FoleyScript.model_validate(data)
    except ValidationError as error:
        raise ReviewError(
            f"a changed event does not fit the script ({error.errors()[0]['msg'].lower()})",
            "times inside the clip",
            "correct it and answer again; the job still waits",
        ) from error


def _known(named: set[str], known: set[str], what: str) -> None:
    if named - known:
        raise ReviewError(
            f"the edit names unknown {what} {', '.join(sorted(named - known)[:5])}",
            f"{what} of this job",
            "correct them and answer again; the job still waits",
        )


def script_summary(script: FoleyScript) -> tuple[str, ...]:
    """One line an event, in the order of the script."""
    lines = [f"score {script.score:.2f}, {len(script.events)} events"]
    for event in script.events:
        times = (
            f"{len(event.onsets_s)} hits from {event.in_s:.2f} s"
            if event.kind == "impulsive"
            else f"{event.in_s:.2f}-{event.out_s:.2f} s"
        )
        lines.append(f"{event.id}  {event.layer:<11} {event.prominence:<10} {event.label}: {times}; {event.reason}")
    return tuple(lines)
