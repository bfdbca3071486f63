"""The expansion agent of Algorithm 1: one candidate script a request, grounded in three principles of Foley design.

* diegetic separation: what the words put in the picture stands in front, all else stays behind or away;
* semantic alignment: whatever the picture shows striking, walking or passing has its sound;
* emotional modulation: force, size and ambience follow the scene's tone.

`expand` drafts anew, `refine` makes targeted adjustments to a parent, `regenerate` drafts a sibling that reads the
picture in a next-best way under the constraints learned so far.
"""

from __future__ import annotations

from typing import Annotated, Literal

from langchain_core.runnables import Runnable
from pydantic import Field

from foleydesigner.agents.constraints import apply_constraints
from foleydesigner.agents.minds import house_mind
from foleydesigner.agents.script_drafting import MOST_EVENTS_A_SCENE, Brief, draft_events, in_script_order, most_wanted
from foleydesigner.agents.script_repair import repair
from foleydesigner.evidence import PictureEvidence
from foleydesigner.model import Line, Model
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import SceneSpace, SoundEvent
from foleydesigner.search import Candidate, Constraint, Emphasis
from foleydesigner.text import Finding, StructuredText

ROLE = "script_expander"
_REREADS = frozenset({"incoherent", "wrong_place", "unsupported", "missing", "wrong_count"})
"""Faults for which a regenerated sibling associates words and picture another way."""


class ExpanderRequest(Model):
    """One child to be made."""

    evidence: PictureEvidence
    text: StructuredText
    screenplay: Screenplay
    spaces: Annotated[tuple[SceneSpace, ...], Field(min_length=1)]
    """One a scene of the screenplay, in order."""
    emphasis: Emphasis
    mode: Literal["expand", "refine", "regenerate"] = "expand"
    parent: Candidate | None = None
    """The node to refine, with its score; of a regenerated sibling, the failed node."""
    constraints: tuple[Constraint, ...] = ()
    seed: int = 0
    index: Annotated[int, Field(ge=0)] = 0
    """Which of its siblings this is."""


class ExpanderReply(Model):
    """The child's events and what was done to make it."""

    events: tuple[SoundEvent, ...]
    notes: tuple[Line, ...] = ()


def think(request: ExpanderRequest) -> ExpanderReply:
    """The house rules: draft, or repair the parent."""
    brief = _brief(request)
    if request.mode == "refine" and request.parent is not None and request.parent.score is not None:
        findings = [f for f in request.parent.score.findings if f.severity == "correctable"]
        if request.index > 0:  # siblings weigh the faults differently: the first alone, then the second alone, ...
            findings = findings[request.index - 1 : request.index] or findings
        mended, notes = repair(request.parent.events, findings, brief)
        events = most_wanted(mended, len(request.spaces))
        # Loudness wishes were kept when the parent was drafted; only what has to be absent is enforced again.
        hard = [c for c in request.constraints if c.origin == "scorer"]
        return ExpanderReply(events=in_script_order(apply_constraints(events, hard)), notes=tuple(notes))
    notes = [f"grounded in {request.emphasis.replace('_', ' ')}"]
    if brief.choice:
        notes.append(f"picture read in its {brief.choice + 1}. best way")
    notes += [f"keeps: {c.message}"[:400] for c in request.constraints]
    return ExpanderReply(events=tuple(draft_events(brief)), notes=tuple(notes))


def _brief(request: ExpanderRequest) -> Brief:
    learned = sum(c.origin == "scorer" and c.finding_kind in _REREADS for c in request.constraints)
    choice = min(3, learned + request.index) if request.mode == "regenerate" and learned else 0
    return Brief(
        evidence=request.evidence,
        text=request.text,
        screenplay=request.screenplay,
        spaces=request.spaces,
        emphasis=request.emphasis,
        constraints=request.constraints,
        choice=choice,
    )


def check(request: ExpanderRequest, reply: ExpanderReply) -> list[Finding]:
    """Times inside the clip, ids unique and known, number bounded."""
    end_s = request.evidence.clip.duration_s
    findings = []
    if len({e.id for e in reply.events}) != len(reply.events):
        findings.append(_fault("incoherent", (), "two events have the same id"))
    if len(reply.events) > (MOST_EVENTS_A_SCENE + 10) * len(request.spaces):
        findings.append(_fault("out_of_range", (), f"{len(reply.events)} events for {len(request.spaces)} scenes"))
    mentions = {m.id for m in request.screenplay.mentions()}
    tracks = {t.id for t in request.evidence.tracks}
    known = tracks | {i.id for i in request.evidence.impacts} | {b.id for b in request.evidence.bursts}
    for event in reply.events:
        last_s = event.onsets_s[-1] if event.kind == "impulsive" else event.spans[-1].end_s
        if last_s > end_s + 1e-6 or event.in_s >= end_s:
            findings.append(
                _fault("outside_clip", (event.id,), f"{event.label} sounds at {last_s:.3f} s of {end_s:.3f} s")
            )
        unknown = (
            ({*event.mention_ids} - mentions)
            | ({*event.evidence_ids} - known)
            | ({*event.placement.track_ids} - tracks)
        )
        if unknown:
            findings.append(_fault("unsupported", (event.id,), f"{event.label} rests on unknown {sorted(unknown)[:3]}"))
    return findings


def _fault(
    kind: Literal["incoherent", "out_of_range", "outside_clip", "unsupported"], ids: tuple[str, ...], message: str
) -> Finding:
    return Finding(kind=kind, severity="fundamental", target_ids=ids, message=message[:400])


def house() -> Runnable[ExpanderRequest, ExpanderReply]:
    """The deterministic mind of this role."""
    return house_mind(ROLE, think, check)
