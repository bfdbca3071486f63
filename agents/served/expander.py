"""The script expander played by a language model: one question a run of scenes, the candidate's events as lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from foleydesigner.agents import script_expander
from foleydesigner.agents.constraints import apply_constraints
from foleydesigner.agents.event_writing import slug
from foleydesigner.agents.script_drafting import in_script_order
from foleydesigner.agents.script_expander import ExpanderReply, ExpanderRequest
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.event_lines import EventLine, event_data, event_of
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.picture_data import chunks, finding_data, part_of_picture, spec_data
from foleydesigner.agents.served.schema import Answer, Text
from foleydesigner.script import SceneSpace, SoundEvent
from foleydesigner.text import Finding

_MOST_PARTS = 8
_SCENES_A_PART = 2


class ExpanderAnswer(Answer):
    """A candidate script."""

    events: Annotated[list[EventLine], Field(max_length=24)]
    what_was_done: Text


def split(request: ExpanderRequest) -> Sequence[ExpanderRequest]:
    """One request a run of scenes, each with its own stretch of the picture."""
    scenes = len(request.spaces)
    groups = chunks(range(scenes), max(_SCENES_A_PART, -(-scenes // _MOST_PARTS)))
    if len(groups) == 1:
        return [request]
    return [_part(request, group) for group in groups]


def _part(request: ExpanderRequest, group: Sequence[int]) -> ExpanderRequest:
    spaces = tuple(request.spaces[k] for k in group)
    start_s, end_s = spaces[0].start_s, spaces[-1].end_s
    shots = [s for s in request.evidence.shots if s.start_s < end_s and s.end_s > start_s] or [
        request.evidence.shots[-1]
    ]
    names = {shot.id for shot in shots}
    text = request.text.model_copy(
        update={"specs": tuple(s for s in request.text.specs if s.shot_ids[0] in names), "open_findings": ()}
    )
    parent = request.parent
    if parent is not None:
        parent = parent.model_copy(update={"events": tuple(e for e in parent.events if start_s <= e.in_s < end_s)})
    return request.model_copy(
        update={
            "evidence": part_of_picture(request.evidence, shots),
            "text": text,
            "screenplay": request.screenplay.model_copy(
                update={"scenes": tuple(request.screenplay.scenes[k] for k in group)}
            ),
            "spaces": spaces,
            "parent": parent,
        }
    )


def join(request: ExpanderRequest, replies: Sequence[ExpanderReply]) -> ExpanderReply:
    """All events; a name that two parts chose gets a number."""
    events: dict[str, SoundEvent] = {}
    for number, reply in enumerate(replies):
        for event in reply.events:
            name = event.id if event.id not in events else f"{event.id[:40]}_p{number}"
            events[name] = event.model_copy(update={"id": name})
    notes = tuple(dict.fromkeys(note for reply in replies for note in reply.notes))
    return ExpanderReply(events=in_script_order(tuple(events.values())), notes=notes)


def compose(request: ExpanderRequest, desk: Desk) -> Brief:
    """Scenes, structured text and evidence; of a parent its events and what is held against it."""
    data: dict[str, Any] = {
        "task": request.mode,
        "first_principle": request.emphasis,
        "clip": {"duration_s": round(request.evidence.clip.duration_s, 3)},
        "scenes": [
            {
                "heading": scene.heading,
                "action": list(scene.action[:30]),
                "mood": scene.mood,
                "sounds_in_the_words": [_mention_data(m) for m in scene.mentions[:24]],
                **_space_data(space),
            }
            for scene, space in zip(request.screenplay.scenes, request.spaces, strict=False)
        ],
        "seen": [spec_data(spec) for spec in request.text.specs[:32]],
        "hits": _hits(request),
        "keep": [c.message for c in request.constraints[:12]],
    }
    if request.parent is not None:
        data["parent"] = [event_data(event) for event in request.parent.events[:24]]
        if request.parent.score is not None:
            data["findings"] = finding_data(request.parent.score.findings)
    return Brief(data | {"variant": request.index})


def _hits(request: ExpanderRequest) -> dict[str, float]:
    """Times of the evidence that the text rests on, by id."""
    wanted = {e for spec in request.text.specs for e in spec.evidence_ids}
    times = {i.id: i.time_s for i in request.evidence.impacts} | {b.id: b.time_s for b in request.evidence.bursts}
    return {name: round(times[name], 3) for name in sorted(wanted & times.keys(), key=times.__getitem__)[:96]}


def _mention_data(mention: Any) -> dict[str, Any]:
    kept = mention.model_dump(
        mode="json", include={"id", "clause", "family", "count", "repeated", "offscreen", "distant"}
    )
    return {name: value for name, value in kept.items() if value not in (None, False, "")}


def _space_data(space: SceneSpace) -> dict[str, Any]:
    return {
        "from_s": round(space.start_s, 3),
        "to_s": round(space.end_s, 3),
        "place": space.place,
        "interior": space.interior,
    }


def understand(request: ExpanderRequest, said: ExpanderAnswer, brief: Brief) -> ExpanderReply:
    """The events; hits get their times from the evidence."""
    faults: list[str] = []
    events: dict[str, SoundEvent] = {}
    for number, line in enumerate(said.events):
        name = slug(line.label)
        if name in events:
            name = f"{name[:40]}_{number + 1}"
        try:
            events[name] = event_of(line, name, request.evidence, request.spaces)
        except MisreadError as error:
            faults += error.findings
    if faults:
        raise MisreadError(*faults)
    # Loudness wishes were kept when the parent was drafted; only what has to be absent is enforced again.
    kept = [c for c in request.constraints if request.mode != "refine" or c.origin == "scorer"]
    return ExpanderReply(
        events=in_script_order(apply_constraints(list(events.values()), kept)), notes=(said.what_was_done,)
    )


def check(request: ExpanderRequest, reply: ExpanderReply) -> list[Finding]:
    """The role's own checks, and that there is a script at all where something asks for one."""
    findings = script_expander.check(request, reply)
    if not reply.events and (request.text.specs or request.screenplay.mentions()):
        message = "there is no event, though picture or screenplay ask for some"
        findings.append(Finding(kind="missing", severity="fundamental", message=message))
    return findings


ROLE = Role(
    name=script_expander.ROLE,
    capability="text",
    answer=ExpanderAnswer,
    compose=compose,
    understand=understand,
    check=check,
    think=script_expander.think,
    temperature=0.7,
    max_tokens=4096,
    split=split,
    join=join,
)
