"""The Foley script: what sounds, on which layer, when, where, and made of what.

F = {(e_i, l_i)} of the FilmScribe / FoleyScriptWriter stage: events e_i, each on a layer l_i, in the layers that sound
editors use.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from foleydesigner.evidence import ClipInfo, Shot
from foleydesigner.model import Identifier, Line, Model, Seconds, Unit

Layer = Literal["feet", "moves", "props", "hard_fx", "backgrounds"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
LAYER_NAMES: dict[Layer, str] = {
    "feet": "Feet",
    "moves": "Moves",
    "props": "Props",
    "hard_fx": "Hard FX",
    "backgrounds": "BG",
}

Prominence = Literal["foreground", "middle", "background"]

Family = Literal[
    "wind", "rain", "room_tone",
    "animal", "insect", "breath",
    "percussion", "bell",
    "footsteps", "cloth", "handling", "door",
    "whoosh", "drone",
    "water", "fire", "thunder",
    "impact", "glass", "explosion", "gunshot",
    "engine", "mechanism",
]  # fmt: skip
FAMILIES: tuple[Family, ...] = get_args(Family)

Category = Literal[
    "Ambience & Environments", "Bio & Organic", "Cultural & Abstract", "Foley & Physical Interactions",
    "Designed & Abstract", "Dynamic Systems", "Impact & Destruction", "Mechanical & Technology",
]  # fmt: skip
CATEGORY_OF: dict[Family, Category] = {
    "wind": "Ambience & Environments",
    "rain": "Ambience & Environments",
    "room_tone": "Ambience & Environments",
    "animal": "Bio & Organic",
    "insect": "Bio & Organic",
    "breath": "Bio & Organic",
    "percussion": "Cultural & Abstract",
    "bell": "Cultural & Abstract",
    "footsteps": "Foley & Physical Interactions",
    "cloth": "Foley & Physical Interactions",
    "handling": "Foley & Physical Interactions",
    "door": "Foley & Physical Interactions",
    "whoosh": "Designed & Abstract",
    "drone": "Designed & Abstract",
    "water": "Dynamic Systems",
    "fire": "Dynamic Systems",
    "thunder": "Dynamic Systems",
    "impact": "Impact & Destruction",
    "glass": "Impact & Destruction",
    "explosion": "Impact & Destruction",
    "gunshot": "Impact & Destruction",
    "engine": "Mechanical & Technology",
    "mechanism": "Mechanical & Technology",
}

Size = Literal["small", "medium", "large", "very_large"]
Direction = Literal["left", "centre", "right", "left_to_right", "right_to_left"]
Mood = Literal["neutral", "calm", "tense", "ominous", "joyful", "sad", "violent", "wondrous"]
MOODS: tuple[Mood, ...] = get_args(Mood)

EventKind = Literal["impulsive", "steady"]


class Span(Model):
    """A stretch in which a steady event sounds; `levels` are its loudness at its `level_times_s`, ascending."""

    start_s: Seconds
    end_s: Seconds
    level_times_s: tuple[Seconds, ...] = ()
    levels: tuple[Unit, ...] = ()
    """Speed or energy of what is seen, in [0, 1]; empty means steady at full level."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end_s <= self.start_s:
            raise ValueError(f"span ends at {self.end_s} s, not after its start {self.start_s} s")
        if len(self.level_times_s) != len(self.levels):
            raise ValueError(f"{len(self.level_times_s)} level times for {len(self.levels)} levels")
        if any(b < a for a, b in pairwise(self.level_times_s)):
            raise ValueError("level times are not ascending")
        return self


class PathPoint(Model):
    """A place in the picture at one time, as a person drew it."""

    time_s: Seconds
    x: Unit
    """Horizontal position, share of the width."""
    depth_m: Annotated[float, Field(gt=0.0, le=1000.0)] | None = None
    """Distance; None = the event's own."""


class Placement(Model):
    """Where an event stands: in the picture, beside it, or all around."""

    kind: Literal["screen", "offscreen", "diffuse"]
    track_ids: tuple[Identifier, ...] = ()
    """screen: the picture tracks that carry it (one per shot at most); empty = `x` in the picture."""
    x: Unit | None = None
    """screen without a track: horizontal position, share of the width."""
    azimuth_deg: Annotated[float, Field(ge=-180.0, le=180.0)] | None = None
    """offscreen: direction, left negative."""
    depth_m: Annotated[float, Field(gt=0.0, le=1000.0)] | None = None
    """Distance where no track gives one."""
    path: Annotated[tuple[PathPoint, ...], Field(max_length=1000)] = ()
    """screen: where a person drew it, ascending in time; it takes the place of what was seen."""

    @model_validator(mode="after")
    def _drawn(self) -> Self:
        if self.path and self.kind != "screen":
            raise ValueError(f"a drawn path stands in the picture, this placement is {self.kind}")
        if any(b.time_s <= a.time_s for a, b in pairwise(self.path)):
            raise ValueError("the points of a drawn path are not ascending in time")
        return self


class SoundEvent(Model):
    """One sound (e_i) on one layer (l_i)."""

    id: Identifier
    label: Line
    """What it is, for people: "hammer on anvil"."""
    prompt: Line
    """What it sounds like, for a text-to-sound engine."""
    family: Family
    variant: Line = ""
    layer: Layer
    prominence: Prominence = "middle"
    kind: EventKind
    onsets_s: tuple[Seconds, ...] = ()
    """impulsive: exact onset times, ascending, not rounded to frames."""
    strengths: tuple[Unit, ...] = ()
    """impulsive: one a hit, relative to the event's hardest."""
    spans: tuple[Span, ...] = ()
    """steady: where it sounds, ascending, not overlapping."""
    placement: Placement
    diegetic: bool = True
    origin: Literal["picture", "screenplay", "both", "craft"]
    """craft: asked for by neither, added by practice (room tone, a cloth pass)."""
    mention_ids: tuple[Identifier, ...] = ()
    evidence_ids: tuple[Identifier, ...] = ()
    """Impacts, bursts and tracks that it rests on."""
    ucs_id: Annotated[str, Field(pattern=r"^[A-Z]{2,6}[A-Za-z]{0,10}$")] = "DSGNMisc"
    """Universal Category System CatID."""
    material: Line = ""
    surface: Line = ""
    size: Size = "medium"
    intensity: Unit = 0.5
    speed: Unit = 0.5
    wetness: Unit = 0.0
    mood: Mood = "neutral"
    count: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many sources sound together (a flock), not how many hits."""
    pan_width: Unit = 1.0
    """1 = full picture width, 0 = centre."""
    sync_nudge_ms: Annotated[float, Field(ge=-500.0, le=500.0)] = 0.0
    reason: Line = ""
    """Why it is in the script, for the reviewer."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "impulsive":
            if not self.onsets_s or self.spans:
                raise ValueError(f"impulsive event {self.id} needs onsets and no spans")
            if len(self.strengths) != len(self.onsets_s):
                raise ValueError(f"event {self.id} has {len(self.onsets_s)} onsets, {len(self.strengths)} strengths")
            if any(b <= a for a, b in pairwise(self.onsets_s)):
                raise ValueError(f"onsets of event {self.id} are not ascending")
        else:
            if not self.spans or self.onsets_s or self.strengths:
                raise ValueError(f"steady event {self.id} needs spans and no onsets")
            if any(b.start_s < a.end_s for a, b in pairwise(self.spans)):
                raise ValueError(f"spans of event {self.id} overlap or are not ascending")
        return self

    @property
    def in_s(self) -> float:
        """When it starts, seconds."""
        return self.onsets_s[0] if self.kind == "impulsive" else self.spans[0].start_s

    @property
    def out_s(self) -> float:
        """When its last hit or span ends, seconds (tails ring on beyond)."""
        return self.onsets_s[-1] if self.kind == "impulsive" else self.spans[-1].end_s


class SceneSpace(Model):
    """The acoustic place of a run of shots."""

    scene_id: Identifier
    start_s: Seconds
    end_s: Seconds
    interior: bool
    place: Line = ""
    time_of_day: Line = ""
    mood: Mood = "neutral"
    target_rt60_s: Annotated[float, Field(ge=0.0, le=12.0)]
    """Reverberation time that the place asks for, seconds."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end_s < self.start_s:
            raise ValueError(f"space {self.scene_id} ends at {self.end_s} s, before its start {self.start_s} s")
        return self


_ROUNDING_S = 1e-6
"""What a time that was computed may lie past the clip's end."""


class FoleyScript(Model):
    """The verified script F. Events lie inside the clip and are sorted by layer order, then time; ids are unique."""

    version: Literal[1] = 1
    clip: ClipInfo
    shots: Annotated[tuple[Shot, ...], Field(min_length=1)]
    spaces: Annotated[tuple[SceneSpace, ...], Field(min_length=1)]
    events: tuple[SoundEvent, ...]
    score: Unit = 0.0
    open_findings: tuple[Line, ...] = ()
    """What validation and scoring still hold against it; the reviewer sees them."""

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [event.id for event in self.events]
        if len(set(ids)) != len(ids):
            raise ValueError(f"event ids are not unique: {sorted({i for i in ids if ids.count(i) > 1})}")
        return self

    @model_validator(mode="after")
    def _inside(self) -> Self:
        end_s = self.clip.duration_s
        for event in self.events:
            if event.in_s >= end_s or event.out_s > end_s + _ROUNDING_S:
                raise ValueError(f"event {event.id} sounds until {event.out_s} s, the clip ends at {end_s} s")
        if any(b.start_s < a.start_s for a, b in pairwise(self.spaces)):
            raise ValueError("spaces are not in time order")
        return self

    @field_validator("events")
    @classmethod
    def _sorted(cls, events: tuple[SoundEvent, ...]) -> tuple[SoundEvent, ...]:
        """In script order, whatever order an editor left them in; what starts together stays as it stands."""
        return tuple(sorted(events, key=lambda event: (LAYERS.index(event.layer), event.in_s)))

    def event(self, event_id: str) -> SoundEvent:
        """The event with that id; `KeyError` when there is none."""
        for event in self.events:
            if event.id == event_id:
                return event
        raise KeyError(event_id)

    def space_at(self, time_s: float) -> SceneSpace:
        """The acoustic place at `time_s`."""
        for space in self.spaces:
            if time_s < space.end_s:
                return space
        return self.spaces[-1]
