"""Interrupts: what a reviewer is shown, what may come back, and where it sends the job."""

from __future__ import annotations

import os
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from foleydesigner.config import ReviewPoint
from foleydesigner.errors import ReviewError
from foleydesigner.evidence import PictureEvidence
from foleydesigner.mix import MixSettings
from foleydesigner.model import Identifier, Line, Model
from foleydesigner.script import FoleyScript


class ReviewAnswer(Model):
    """A reviewer's word at one interrupt.

    approve: go on. edit: go on with what is sent along (`script` at the script, `mix` at the mix). reject: back, with a
    note that becomes a constraint; at the takes, `event_ids` says which are to be made again (none = all).
    """

    action: Literal["approve", "edit", "reject"]
    note: Line = ""
    reviewer: Line = ""
    event_ids: tuple[Identifier, ...] = ()
    script: FoleyScript | None = None
    mix: MixSettings | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.action == "edit" and self.script is None and self.mix is None:
            raise ValueError("an edit brings a changed script or changed mix settings along")
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
    wanted = {"script": answer.script, "takes": None, "mix": answer.mix}[point]
    if answer.action == "edit" and wanted is None:
        raise ReviewError(
            f"an edit at the {point} review brings no {point}",
            "at the script a changed script, at the mix changed settings; takes are approved or rejected",
            "answer again; the job still waits",
        )
    unknown = set(answer.event_ids) - known_ids
    if unknown:
        raise ReviewError(
            f"unknown events {', '.join(sorted(unknown)[:5])}",
            "ids of events in the script",
            "look them up in script/foley_script.json and answer again; the job still waits",
        )
    return answer


def check_edit(answer: ReviewAnswer, script: FoleyScript, evidence: PictureEvidence) -> None:
    """What is sent along with an edit belongs to this job: what was measured stays, ids are known.

    Raises:
        ReviewError: an edited script is of another clip or speaks of tracks that nobody saw, or mix settings speak of
            events that the script does not hold.
    """
    if answer.script is not None:
        if (answer.script.clip, answer.script.shots) != (script.clip, script.shots):
            raise ReviewError(
                "the edited script changes the clip or its shots",
                "changes in its events and spaces only",
                "copy clip and shots from script/foley_script.json and answer again; the job still waits",
            )
        tracks = {track.id for track in evidence.tracks}
        _known({t for event in answer.script.events for t in event.placement.track_ids}, tracks, "tracks")
    if answer.mix is not None:
        named = {s.event_id for s in answer.mix.reverbs} | {s.event_id for s in answer.mix.equalisers}
        named |= {s.event_id for s in answer.mix.dynamics}
        _known(named, {event.id for event in script.events}, "events")
        _known({s.scene_id for s in answer.mix.reverbs}, {s.scene_id for s in script.spaces}, "scenes")


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
