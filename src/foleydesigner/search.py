"""The directed search graph of the script writer (Algorithm 1), kept whole so that the tree can be drawn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from foleydesigner.model import Identifier, Line, Model, Unit
from foleydesigner.script import SoundEvent
from foleydesigner.text import Finding

Emphasis = Literal["diegetic_separation", "semantic_alignment", "emotional_modulation"]
"""The three principles in which the expansion agent grounds a candidate."""


class Constraint(Model):
    """A condition that candidates below a regenerated node, or after a reviewer's note, have to keep."""

    origin: Literal["scorer", "reviewer"]
    message: Line
    avoid_event_labels: tuple[Line, ...] = ()
    finding_kind: str = ""


class Score(Model):
    """s(v) in [0, 1]: a weighted mean of the criteria, capped by the worst of them."""

    value: Unit
    correspondence: Unit
    """Visual-audio correspondence."""
    separation: Unit
    """Foreground / background separation."""
    tone: Unit
    """Consistency with the film's tone."""
    findings: tuple[Finding, ...] = ()


class Candidate(Model):
    """One node: a whole candidate script."""

    id: Identifier
    parent_id: Identifier | None = None
    depth: Annotated[int, Field(ge=0)]
    made_by: Literal["expand", "refine", "regenerate"]
    emphasis: Emphasis
    constraints: tuple[Constraint, ...] = ()
    events: tuple[SoundEvent, ...]
    score: Score | None = None
    kept: bool | None = None
    """False once pruned from its level."""
    notes: tuple[Line, ...] = ()
    """The targeted adjustments that made it."""


class SearchRecord(Model):
    """script/search.json: every candidate, score and decision, in the order in which they were made."""

    version: Literal[1] = 1
    threshold: Unit
    children: int
    keep: int
    max_depth: int
    branch_budget: int
    candidates: tuple[Candidate, ...]
    winner_id: Identifier
    ended: Literal["threshold", "depth", "budget", "exhausted"]
    """Why the search stopped; `exhausted`: no candidate could be improved further."""
