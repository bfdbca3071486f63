"""The script scorer played by a language model: three criteria and findings; the score itself is arithmetic."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from foleydesigner.agents import script_scorer
from foleydesigner.agents.script_scorer import ScorerRequest, weighted_value
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.event_lines import event_data
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.picture_data import picture_ids, spec_data
from foleydesigner.agents.served.schema import Answer, Id, Share, Text
from foleydesigner.search import Score
from foleydesigner.text import Finding

_MOST_EVENTS, _MOST_SCENES = 60, 24


class ScoreFinding(Answer):
    """Something that lowers a criterion."""

    kind: Literal[
        "missing", "unsupported", "duplicate", "overlapping_layers", "ambiguous", "wrong_count", "wrong_layer",
        "wrong_place", "wrong_mood", "uncovered_scene", "incoherent",
    ]  # fmt: skip
    severity: Literal["correctable", "fundamental"]
    about: Annotated[list[Id], Field(max_length=8)]
    message: Text


class ScorerAnswer(Answer):
    """The verdict."""

    correspondence: Share
    separation: Share
    tone: Share
    findings: Annotated[list[ScoreFinding], Field(max_length=8)]


def compose(request: ScorerRequest, desk: Desk) -> Brief:
    """The candidate, and what it is judged by."""
    data: dict[str, Any] = {
        "clip": {"duration_s": round(request.evidence.clip.duration_s, 3)},
        "scenes": [
            {
                "heading": scene.heading,
                "action": list(scene.action[:20]),
                "mood": scene.mood,
                "sounds_in_the_words": [
                    {"id": m.id, "clause": m.clause, "count": m.count, "offscreen": m.offscreen}
                    for m in scene.mentions[:24]
                ],
            }
            for scene in request.screenplay.scenes[:_MOST_SCENES]
        ],
        "seen": [spec_data(spec) for spec in request.text.specs[:_MOST_EVENTS]],
        "keep": [c.message for c in request.constraints[:12]],
        "candidate": [event_data(event) for event in request.events[:_MOST_EVENTS]],
    }
    return Brief(data)


def understand(request: ScorerRequest, said: ScorerAnswer, brief: Brief) -> Score:
    """The weighted, capped value, and the findings with the ids that exist."""
    known = {e.id for e in request.events} | {m.id for m in request.screenplay.mentions()}
    known |= {s.id for s in request.text.specs} | {s.scene_id for s in request.spaces}
    known |= picture_ids(request.evidence)
    for line in said.findings:
        unknown = [name for name in line.about if name not in known]
        if unknown:
            raise MisreadError(f"a finding is about unknown ids {', '.join(unknown[:4])}")
    criteria = (said.correspondence, said.separation, said.tone)
    if min(criteria) < 0.5 and not said.findings:
        raise MisreadError("a criterion is under 0.5 and no finding says why")
    return Score(
        value=round(weighted_value(*criteria), 4),
        correspondence=round(said.correspondence, 4),
        separation=round(said.separation, 4),
        tone=round(said.tone, 4),
        findings=tuple(
            Finding(kind=f.kind, severity=f.severity, target_ids=tuple(f.about), message=f.message)
            for f in said.findings
        ),
    )


ROLE = Role(
    name=script_scorer.ROLE,
    capability="text",
    answer=ScorerAnswer,
    compose=compose,
    understand=understand,
    check=script_scorer.check,
    think=script_scorer.think,
    max_tokens=1024,
)
