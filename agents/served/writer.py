"""The FilmScribe writer played by a vision-language model: one question a shot, keyframes and measured evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from foleydesigner.agents import filmscribe_writer
from foleydesigner.agents.filmscribe_writer import WriterRequest
from foleydesigner.agents.picture_index import index_of
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.media import keyframes_of, pictures_of
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.picture_data import (
    finding_data,
    in_shots,
    part_of_picture,
    picture_data,
    picture_ids,
    shots_of_parts,
    spec_data,
)
from foleydesigner.agents.served.schema import Answer, Id, Share, ShortText, Text, TimeS
from foleydesigner.script import EventKind, Family
from foleydesigner.text import Nature, ShotText, SoundSpec, StructuredText

_SLACK_S = 0.05


class ShotLine(Answer):
    """What one shot shows."""

    shot_id: Id
    description: Text


class SpecLine(Answer):
    """One thing that would sound."""

    subject: ShortText
    nature: Nature
    kind: EventKind
    families: Annotated[list[Family], Field(min_length=1, max_length=3)]
    track_ids: Annotated[list[Id], Field(max_length=4)]
    evidence_ids: Annotated[list[Id], Field(max_length=32)]
    from_s: TimeS
    to_s: TimeS
    salience: Share


class WriterAnswer(Answer):
    """The text of a few shots."""

    shots: Annotated[list[ShotLine], Field(max_length=24)]
    specs: Annotated[list[SpecLine], Field(max_length=12)]


def split(request: WriterRequest) -> Sequence[WriterRequest]:
    """One request a group of shots, with what was written and found about them."""
    groups = shots_of_parts(request.evidence)
    if len(groups) == 1:
        return [request]
    parts = []
    for shots in groups:
        evidence, previous = part_of_picture(request.evidence, shots), request.previous
        if previous is not None:
            previous = previous.model_copy(
                update={
                    "shots": tuple(s for s in previous.shots if s.shot_id in {shot.id for shot in shots}),
                    "specs": tuple(s for s in previous.specs if in_shots(s, shots)),
                    "open_findings": (),
                }
            )
        known = {s.id for s in (previous.specs if previous else ())} | picture_ids(evidence)
        findings = tuple(f for f in request.findings if not f.target_ids or known & set(f.target_ids))
        parts.append(WriterRequest(evidence=evidence, previous=previous, findings=findings))
    return parts


def join(request: WriterRequest, replies: Sequence[StructuredText]) -> StructuredText:
    """The parts as one text; a name that two parts chose gets a number."""
    specs: dict[str, SoundSpec] = {}
    for number, reply in enumerate(replies):
        for spec in reply.specs:
            name = spec.id if spec.id not in specs else f"{spec.id[:40]}_p{number}"
            specs[name] = spec.model_copy(update={"id": name})
    revision = 0 if request.previous is None else request.previous.revision + 1
    ordered = sorted(specs.values(), key=lambda s: (s.start_s, s.id))
    return StructuredText(revision=revision, shots=tuple(s for r in replies for s in r.shots), specs=tuple(ordered))


def compose(request: WriterRequest, desk: Desk) -> Brief:
    """Measured evidence and keyframes; of a revision also the text so far and what is held against it."""
    data = picture_data(request.evidence)
    if request.previous is not None:
        data["text_so_far"] = [spec_data(spec) for spec in request.previous.specs[:24]]
        data["findings"] = finding_data(request.findings)
    files = keyframes_of(desk.job, request.evidence, request.evidence.shots)
    return Brief(data, pictures_of(files, desk.traits("vision")))


def understand(request: WriterRequest, said: WriterAnswer, brief: Brief) -> StructuredText:
    """The text; times of hits come from the evidence that they are rested on, never from the model."""
    faults: list[str] = []
    lines = {line.shot_id: line.description for line in said.shots}
    shots = tuple(ShotText(shot_id=shot.id, description=lines.get(shot.id, "")) for shot in request.evidence.shots)
    faults += [f"shot {shot.shot_id} has no description" for shot in shots if not shot.description.strip()]
    specs = []
    for number, line in enumerate(said.specs):
        try:
            specs.append(_spec(request, number, line))
        except MisreadError as error:
            faults += error.findings
    if faults:
        raise MisreadError(*faults)
    revision = 0 if request.previous is None else request.previous.revision + 1
    return StructuredText(revision=revision, shots=shots, specs=tuple(sorted(specs, key=lambda s: (s.start_s, s.id))))


def _spec(request: WriterRequest, number: int, line: SpecLine) -> SoundSpec:
    evidence, index = request.evidence, index_of(request.evidence)
    name = line.subject or f"entry {number + 1}"
    unknown = [i for i in line.track_ids if i not in index.tracks]
    unknown += [i for i in line.evidence_ids if i not in index.impacts and i not in index.bursts]
    if unknown:
        raise MisreadError(f"{name}: unknown ids {', '.join(unknown[:4])}")
    if not line.track_ids and not line.evidence_ids:
        raise MisreadError(f"{name} rests on no track, impact or flash")
    first, last = evidence.shots[0].start_s, evidence.shots[-1].end_s
    if not first - _SLACK_S <= line.from_s < line.to_s <= last + _SLACK_S:
        raise MisreadError(f"{name}: {line.from_s:g} to {line.to_s:g} s is not inside {first:.3f} to {last:.3f} s")
    hits: dict[float, float] = {i.time_s: i.strength for i in index.impacts_named(line.evidence_ids)}
    hits |= {index.bursts[e].time_s: index.bursts[e].strength for e in line.evidence_ids if e in index.bursts}
    onsets = sorted(hits) if line.kind == "impulsive" else []
    start_s, end_s = min([line.from_s, *onsets]), max([line.to_s, *onsets])
    return SoundSpec(
        id=f"s_{evidence.shots[0].id}_{number + 1}",
        shot_ids=tuple(s.id for s in evidence.shots if s.start_s < end_s and s.end_s > start_s)
        or (evidence.shots[0].id,),
        nature=line.nature,
        kind=line.kind,
        subject=line.subject.lower().strip(),
        families=tuple(dict.fromkeys(line.families)),
        track_ids=tuple(dict.fromkeys(line.track_ids)),
        evidence_ids=tuple(dict.fromkeys(line.evidence_ids)),
        onsets_s=tuple(onsets),
        strengths=tuple(hits[t] for t in onsets),
        start_s=max(start_s, 0.0),
        end_s=min(end_s, evidence.clip.duration_s),
        salience=line.salience,
    )


ROLE = Role(
    name=filmscribe_writer.ROLE,
    capability="vision",
    answer=WriterAnswer,
    compose=compose,
    understand=understand,
    check=filmscribe_writer.check,
    think=filmscribe_writer.think,
    max_tokens=2048,
    split=split,
    join=join,
)
