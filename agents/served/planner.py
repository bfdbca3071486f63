"""The mixing planner played by a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from foleydesigner.agents import mixing_planner
from foleydesigner.agents.mixing_planner import PlannerRequest
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.picture_data import chunks
from foleydesigner.agents.served.schema import Answer, Id, Text
from foleydesigner.agents.served.tracks import (
    TRACKS_A_QUESTION,
    all_once,
    context_data,
    masking_data,
    track_data,
)
from foleydesigner.mix import Correction, MixPlan, Operation, TrackPlan


class TrackLine(Answer):
    """What one track needs."""

    event_id: Id
    operations: Annotated[list[Operation], Field(max_length=3)]
    reason: Text


class CorrectionLine(Answer):
    """One bounded change of level."""

    event_id: Id
    gain_db: Annotated[float, Field(ge=-3.0, le=3.0)]
    reason: Text


class PlannerAnswer(Answer):
    """The plan; after the mix only corrections."""

    tracks: Annotated[list[TrackLine], Field(max_length=TRACKS_A_QUESTION)]
    retake_ids: Annotated[list[Id], Field(max_length=8)]
    corrections: Annotated[list[CorrectionLine], Field(max_length=8)]


def split(request: PlannerRequest) -> Sequence[PlannerRequest]:
    """Runs of tracks, each with the maskings among them."""
    groups = chunks(request.analyses, TRACKS_A_QUESTION)
    if len(groups) <= 1:
        return [request] if groups else []
    parts = []
    for group in groups:
        names = {a.event_id for a in group}
        parts.append(
            request.model_copy(
                update={
                    "analyses": tuple(group),
                    "contexts": tuple(c for c in request.contexts if c.event_id in names),
                    "maskings": tuple(m for m in request.maskings if {m.masked_id, m.masker_id} <= names),
                }
            )
        )
    return parts


def join(request: PlannerRequest, replies: Sequence[MixPlan]) -> MixPlan:
    """All parts; the maskings are those that were measured."""
    return MixPlan(
        tracks=tuple(t for r in replies for t in r.tracks),
        maskings=request.maskings,
        findings=tuple(f for r in replies for f in r.findings),
        retake_ids=tuple(i for r in replies for i in r.retake_ids),
        corrections=tuple(c for r in replies for c in r.corrections),
    )


def compose(request: PlannerRequest, desk: Desk) -> Brief:
    """Tracks, where they stand, who masks whom."""
    contexts = {c.event_id: c for c in request.contexts}
    return Brief(
        {
            "task": "correct the mix that was made" if request.mixed else "plan the mix",
            "retakes_allowed": request.retakes_allowed and not request.mixed,
            "reviewer": list(request.notes),
            "tracks": [track_data(a) | context_data(contexts[a.event_id]) for a in request.analyses],
            "maskings": masking_data(request.maskings),
        }
    )


def understand(request: PlannerRequest, said: PlannerAnswer, brief: Brief) -> MixPlan:
    """The plan; after the mix no operation is planned any more."""
    asked = [a.event_id for a in request.analyses]
    corrected = [c.event_id for c in said.corrections]
    if unknown := [i for i in (*corrected, *said.retake_ids) if i not in asked]:
        raise MisreadError(f"unknown tracks {unknown[:4]}")
    if len(set(corrected)) < len(corrected):
        raise MisreadError("a track is corrected twice")
    if request.mixed:
        plans = tuple(TrackPlan(event_id=i, operations=()) for i in asked)
        kept = tuple(
            Correction(event_id=c.event_id, gain_db=c.gain_db, reason=c.reason) for c in said.corrections if c.gain_db
        )
        return MixPlan(tracks=plans, maskings=request.maskings, corrections=kept)
    all_once(asked, [t.event_id for t in said.tracks])
    lines = {t.event_id: t for t in said.tracks}
    return MixPlan(
        tracks=tuple(
            TrackPlan(event_id=i, operations=tuple(dict.fromkeys(lines[i].operations)), reasons=(lines[i].reason,))
            for i in asked
        ),
        maskings=request.maskings,
        retake_ids=tuple(dict.fromkeys(said.retake_ids)) if request.retakes_allowed else (),
    )


ROLE = Role(
    name="mixing_planner",
    capability="text",
    answer=PlannerAnswer,
    compose=compose,
    understand=understand,
    check=mixing_planner.check,
    think=mixing_planner.think,
    max_tokens=2048,
    split=split,
    join=join,
)
