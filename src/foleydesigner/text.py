"""T, the structured text that the FilmScribe loop writes from the picture alone (eq. 1), and the findings on it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from foleydesigner.model import Identifier, Line, Model, Seconds, Unit
from foleydesigner.script import EventKind, Family

Nature = Literal["strikes", "gait", "vehicle", "flash", "gesture", "flow", "activity"]
"""What a house writer can tell of a sounding thing from its movement: strikes (repeated or single contacts), gait
(alternating steps), vehicle (steady rigid passage), flash (light burst), gesture (a body or hand moving), flow (diffuse
texture: water, leaves, smoke, crowd), activity (unexplained motion). A vision-language writer fills `subject` too."""


class SoundSpec(Model):
    """One sound-event specification of T: something in the picture that would sound."""

    id: Identifier
    shot_ids: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    nature: Nature
    kind: EventKind
    subject: str = ""
    """What it is where the mind can name it, else empty."""
    families: tuple[Family, ...] = ()
    """Sound families it could be, best first."""
    track_ids: tuple[Identifier, ...] = ()
    evidence_ids: tuple[Identifier, ...] = ()
    """Impacts and bursts that it explains."""
    onsets_s: tuple[Seconds, ...] = ()
    strengths: tuple[Unit, ...] = ()
    start_s: Seconds
    end_s: Seconds
    salience: Unit
    """How much of the picture's movement and light it carries."""


class ShotText(Model):
    """The visual description of one shot."""

    shot_id: Identifier
    description: Line


class Finding(Model):
    """Something that a validator or scorer holds against a text, script or plan."""

    kind: Literal[
        "missing", "unsupported", "outside_clip", "outside_shot", "duplicate", "overlapping_layers", "ambiguous",
        "wrong_count", "wrong_layer", "wrong_place", "wrong_mood", "uncovered_scene", "incoherent", "out_of_range",
    ]  # fmt: skip
    severity: Literal["correctable", "fundamental"]
    target_ids: tuple[Identifier, ...] = ()
    message: Line


class StructuredText(Model):
    """T(k): per shot a description and the sound-event specifications, with the findings still open."""

    revision: Annotated[int, Field(ge=0)] = 0
    shots: tuple[ShotText, ...]
    specs: tuple[SoundSpec, ...]
    open_findings: tuple[Finding, ...] = ()
