"""Interrupts: what a reviewer is shown, what may come back, and where it sends the job."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from foleydesigner.config import ReviewPoint
from foleydesigner.errors import ReviewError
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


class ReviewQuestion(Model):
    """What an interrupt shows: the point, a summary in lines, and the file that an edit starts from."""

    point: ReviewPoint
    summary: tuple[str, ...]
    path: Annotated[str, Field(max_length=4096)]
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
