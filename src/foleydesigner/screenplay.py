"""What the screenplay says, read into facts: scenes, actions, and the sounds that words ask for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from foleydesigner.model import Identifier, Line, Model, Seconds, Unit
from foleydesigner.script import Direction, Family, Layer, Size


class SoundMention(Model):
    """One sound that a clause of the screenplay asks for, shown or implied."""

    id: Identifier
    scene_id: Identifier
    clause: Line
    """The words it was read from."""
    subject: str = ""
    """Who or what makes the sound ("dog", "hammer"), lower case; empty when the clause names none."""
    concept: Identifier
    """The taxonomy entry that the words were matched to (`tools.taxonomy`)."""
    family: Family
    variant: str = ""
    """Which member of the family ("dog", "train", "electrical_hum", "bass_drum")."""
    confidence: Unit
    """Cosine similarity of the match, clipped to [0, 1]."""
    layer: Layer
    kind: Literal["impulsive", "steady"]
    """impulsive: separate hits with onsets; steady: one continuous sound."""
    count: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How often, where the words say ("twice" = 2)."""
    repeated: bool = False
    """The words say that it goes on ("again and again", "steadily", "beating")."""
    direction: Direction | None = None
    """Where the words put it ("past on the left")."""
    distant: bool = False
    approaching: bool = False
    receding: bool = False
    offscreen: bool = False
    """No picture is said to show it (heard, far away, O.S.)."""
    sequence: Annotated[int, Field(ge=0)] = 0
    """Order in the scene; mentions joined by "then" come one after the other, others may overlap."""
    after: bool = False
    """True when the words put it after the mention before it ("then plays snare")."""
    later_s: Seconds | None = None
    """How long after the mention before it, where the words say ("two seconds later")."""
    material: str = ""
    surface: str = ""
    size: Size = "medium"
    intensity: Unit = 0.5
    speed: Unit = 0.5
    """Words' tempo: 0 = crawling, 0.5 = neutral, 1 = as fast as it goes."""


class Scene(Model):
    """A scene heading and what happens under it."""

    id: Identifier
    heading: Line = ""
    interior: bool | None = None
    """True = INT., False = EXT., None = the heading does not say."""
    place: str = ""
    time_of_day: str = ""
    action: tuple[Line, ...] = ()
    mood: str = "neutral"
    """One of `script.MOODS`."""
    mentions: tuple[SoundMention, ...] = ()
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    """Where the scene lies in the clip, once shots have been grouped (None before)."""


class Screenplay(Model):
    """The whole text, as scenes. A clip without a screenplay has one scene with no heading and no mention."""

    sha256: str = ""
    title: str = ""
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1)]
    ignored: tuple[Line, ...] = ()
    """Clauses that ask for no sound (kept so that a reviewer sees what was passed over)."""

    def mentions(self) -> tuple[SoundMention, ...]:
        """All sound mentions, in reading order."""
        return tuple(m for scene in self.scenes for m in scene.mentions)
