"""The FilmScribe validator played by a vision-language model.

What can be checked by arithmetic (times, ids, onsets without evidence, doubles) is checked by arithmetic; the model
looks at the pictures for what is missing, or not what it is said to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from foleydesigner.agents import filmscribe_validator
from foleydesigner.agents.filmscribe_validator import ValidatorReply, ValidatorRequest
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.media import keyframes_of, pictures_of
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.picture_data import (
    in_shots,
    part_of_picture,
    picture_data,
    picture_ids,
    shots_of_parts,
    spec_data,
)
from foleydesigner.agents.served.schema import Answer, Id, Text
from foleydesigner.text import Finding


class FindingLine(Answer):
    """One fault of the text."""

    kind: Literal["missing", "unsupported", "outside_shot", "duplicate", "ambiguous"]
    about: Annotated[list[Id], Field(max_length=8)]
    message: Text


class ValidatorAnswer(Answer):
    """All faults; none when the text is valid."""

    findings: Annotated[list[FindingLine], Field(max_length=8)]


def split(request: ValidatorRequest) -> Sequence[ValidatorRequest]:
    """One request a group of shots."""
    groups = shots_of_parts(request.evidence)
    if len(groups) == 1:
        return [request]
    return [
        ValidatorRequest(
            evidence=part_of_picture(request.evidence, shots),
            text=request.text.model_copy(
                update={
                    "shots": tuple(s for s in request.text.shots if s.shot_id in {shot.id for shot in shots}),
                    "specs": tuple(s for s in request.text.specs if in_shots(s, shots)),
                }
            ),
        )
        for shots in groups
    ]


def join(request: ValidatorRequest, replies: Sequence[ValidatorReply]) -> ValidatorReply:
    """All findings of all parts."""
    return ValidatorReply(findings=tuple(f for reply in replies for f in reply.findings))


def compose(request: ValidatorRequest, desk: Desk) -> Brief:
    """The text, the measured evidence and the keyframes."""
    data = picture_data(request.evidence)
    data["text"] = {
        "shots": [{"shot_id": s.shot_id, "description": s.description} for s in request.text.shots],
        "specs": [spec_data(spec) for spec in request.text.specs[:32]],
    }
    files = keyframes_of(desk.job, request.evidence, request.evidence.shots)
    return Brief(data, pictures_of(files, desk.traits("vision")))


def understand(request: ValidatorRequest, said: ValidatorAnswer, brief: Brief) -> ValidatorReply:
    """The model's findings beside those of arithmetic."""
    specs = {s.id for s in request.text.specs}
    known = specs | picture_ids(request.evidence)
    found = list(filmscribe_validator.accuracy(request))
    for line in said.findings:
        unknown = [name for name in line.about if name not in known]
        if unknown:
            raise MisreadError(f"a finding is about unknown ids {', '.join(unknown[:4])}")
        if line.kind in ("unsupported", "outside_shot", "duplicate") and not specs & set(line.about):
            raise MisreadError(f"a finding of kind {line.kind} has to name a specification")
        found.append(
            Finding(kind=line.kind, severity="correctable", target_ids=tuple(line.about), message=line.message)
        )
    return ValidatorReply(findings=tuple(found))


ROLE = Role(
    name=filmscribe_validator.ROLE,
    capability="vision",
    answer=ValidatorAnswer,
    compose=compose,
    understand=understand,
    check=filmscribe_validator.check,
    think=filmscribe_validator.think,
    max_tokens=1024,
    split=split,
    join=join,
)
