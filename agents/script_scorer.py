"""The scoring agent of Algorithm 1: s(v) in [0, 1] of a candidate script, with typed findings.

s(v) is a weighted mean of correspondence, separation and tone, capped by the worst criterion: a script that is silent
where the picture strikes is not saved by clean layers.
"""

from __future__ import annotations

from typing import Annotated

from langchain_core.runnables import Runnable
from pydantic import Field

from foleydesigner.agents.minds import house_mind
from foleydesigner.agents.score_case import Case
from foleydesigner.agents.scoring import correspondence
from foleydesigner.agents.scoring_layers import separation, tone
from foleydesigner.evidence import PictureEvidence
from foleydesigner.model import Model
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import SceneSpace, SoundEvent
from foleydesigner.search import Constraint, Score
from foleydesigner.text import Finding, StructuredText

ROLE = "script_scorer"
WEIGHTS = (0.5, 0.3, 0.2)
"""Of correspondence, separation and tone."""
HEADROOM = 0.15
"""The score may lie above its worst criterion by this much at most."""


class ScorerRequest(Model):
    """A candidate and all that it is judged by."""

    evidence: PictureEvidence
    text: StructuredText
    screenplay: Screenplay
    spaces: Annotated[tuple[SceneSpace, ...], Field(min_length=1)]
    constraints: tuple[Constraint, ...] = ()
    events: tuple[SoundEvent, ...]


def think(request: ScorerRequest) -> Score:
    """The house rules: three criteria, each measured."""
    case = Case(
        evidence=request.evidence,
        text=request.text,
        screenplay=request.screenplay,
        spaces=request.spaces,
        constraints=request.constraints,
        events=request.events,
    )
    verdicts = (correspondence(case), separation(case), tone(case))
    values = [v.value for v in verdicts]
    return Score(
        value=round(weighted_value(*values), 4),
        correspondence=round(values[0], 4),
        separation=round(values[1], 4),
        tone=round(values[2], 4),
        findings=tuple(f for v in verdicts for f in v.findings),
    )


def weighted_value(correspondence: float, separation: float, tone: float) -> float:
    """s(v): the weighted mean of the criteria, at most `HEADROOM` above the worst of them."""
    criteria = (correspondence, separation, tone)
    mean = sum(weight * value for weight, value in zip(WEIGHTS, criteria, strict=True))
    return min(mean, min(criteria) + HEADROOM)


def check(request: ScorerRequest, reply: Score) -> list[Finding]:
    """The value is no better than its criteria allow."""
    criteria = (reply.correspondence, reply.separation, reply.tone)
    if reply.value > min(criteria) + HEADROOM + 1e-3 or reply.value > max(criteria) + 1e-3:
        message = f"score {reply.value} above what criteria {criteria} allow"
        return [Finding(kind="out_of_range", severity="fundamental", message=message)]
    return []


def house() -> Runnable[ScorerRequest, Score]:
    """The deterministic mind of this role."""
    return house_mind(ROLE, think, check)
