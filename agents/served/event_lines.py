"""One event of a candidate script as a model writes it, and as the script has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from foleydesigner.agents.craft import FAMILY_FACTS, LEGAL_LAYERS
from foleydesigner.agents.picture_index import index_of
from foleydesigner.agents.served.mind import MisreadError
from foleydesigner.agents.served.schema import Answer, Id, Share, ShortText, Text, TimeS
from foleydesigner.evidence import PictureEvidence
from foleydesigner.script import (
    EventKind,
    Family,
    Layer,
    Mood,
    Placement,
    Prominence,
    SceneSpace,
    Size,
    SoundEvent,
    Span,
)

_SHORTEST_GAP_S = 0.03
"""Hits nearer than this are one."""
_LAST_S = 0.02


class SpanLine(Answer):
    """A stretch in which it sounds."""

    from_s: TimeS
    to_s: TimeS


class EventLine(Answer):
    """One sound event."""

    label: ShortText
    prompt: Text
    family: Family
    layer: Layer
    prominence: Prominence
    kind: EventKind
    evidence_ids: Annotated[list[Id], Field(max_length=32)]
    """impulsive: impacts and flashes at which it is hit."""
    times_s: Annotated[list[TimeS], Field(max_length=16)]
    """impulsive: hits that no evidence shows."""
    spans: Annotated[list[SpanLine], Field(max_length=6)]
    """steady: where it sounds."""
    place: Literal["screen", "offscreen", "diffuse"]
    track_ids: Annotated[list[Id], Field(max_length=6)]
    x: Share
    """screen, without a track: share of the picture's width."""
    azimuth_deg: Annotated[float, Field(ge=-180.0, le=180.0)]
    """offscreen."""
    mention_ids: Annotated[list[Id], Field(max_length=8)]
    material: ShortText
    surface: ShortText
    size: Size
    intensity: Share
    speed: Share
    mood: Mood
    reason: Text


def event_data(event: SoundEvent) -> dict[str, Any]:
    """An event of a parent script as the model is shown it."""
    return {
        "id": event.id,
        "label": event.label,
        "family": event.family,
        "layer": event.layer,
        "prominence": event.prominence,
        "kind": event.kind,
        "evidence_ids": list(event.evidence_ids[:24]),
        "times_s": [round(t, 3) for t in event.onsets_s[:24]],
        "spans": [[round(s.start_s, 3), round(s.end_s, 3)] for s in event.spans[:6]],
        "place": event.placement.kind,
        "track_ids": list(event.placement.track_ids[:6]),
        "mention_ids": list(event.mention_ids[:8]),
    }


def event_of(line: EventLine, name: str, evidence: PictureEvidence, spaces: Sequence[SceneSpace]) -> SoundEvent:
    """The event that a line describes.

    Raises:
        MisreadError: unknown ids, times outside the part of the clip, a layer that is none for its family.
    """
    index = index_of(evidence)
    label = line.label.strip() or line.family
    unknown = [
        i for i in line.evidence_ids if i not in index.impacts and i not in index.bursts and i not in index.tracks
    ]
    unknown += [i for i in line.track_ids if i not in index.tracks]
    if unknown:
        raise MisreadError(f"{label}: unknown ids {', '.join(unknown[:4])}")
    if line.layer not in LEGAL_LAYERS[line.family]:
        raise MisreadError(f"{label}: {line.family} belongs on {' or '.join(LEGAL_LAYERS[line.family])}")
    from_s, to_s = spaces[0].start_s, min(spaces[-1].end_s, evidence.clip.duration_s)
    hits = _hits(line, label, evidence, from_s, to_s) if line.kind == "impulsive" else {}
    spans = _spans(line, label, evidence, from_s, to_s) if line.kind == "steady" else ()
    seen = bool(line.evidence_ids or line.track_ids)
    origin: Literal["picture", "screenplay", "both", "craft"] = (
        ("both" if line.mention_ids else "picture") if seen else "screenplay" if line.mention_ids else "craft"
    )
    return SoundEvent(
        id=name,
        label=label,
        prompt=line.prompt.strip() or label,
        family=line.family,
        layer=line.layer,
        prominence=line.prominence,
        kind=line.kind,
        onsets_s=tuple(sorted(hits)),
        strengths=tuple(hits[t] for t in sorted(hits)),
        spans=spans,
        placement=_placement(line),
        origin=origin,
        mention_ids=tuple(dict.fromkeys(line.mention_ids)),
        evidence_ids=tuple(dict.fromkeys((*line.evidence_ids, *line.track_ids))),
        ucs_id=FAMILY_FACTS[line.family].ucs_id,
        material=line.material,
        surface=line.surface,
        size=line.size,
        intensity=line.intensity,
        speed=line.speed,
        mood=line.mood,
        reason=line.reason,
    )


def _hits(line: EventLine, label: str, evidence: PictureEvidence, from_s: float, to_s: float) -> dict[float, float]:
    """Strengths by time: at the evidence's own times, and at the model's where it has none."""
    index = index_of(evidence)
    found = {i.time_s: i.strength for i in index.impacts_named(line.evidence_ids)}
    found |= {index.bursts[e].time_s: index.bursts[e].strength for e in line.evidence_ids if e in index.bursts}
    outside = [t for t in line.times_s if not from_s <= t < to_s - _LAST_S]
    if outside:
        raise MisreadError(f"{label}: {outside[0]:g} s is not inside {from_s:.3f} to {to_s:.3f} s")
    for time_s in line.times_s:
        found.setdefault(time_s, 0.8)
    kept: dict[float, float] = {}
    for time_s in sorted(found):
        near = next((t for t in kept if time_s - t < _SHORTEST_GAP_S), None)
        if near is None:
            kept[time_s] = found[time_s]
    if not kept:
        raise MisreadError(f"{label} is impulsive and has no hit: name evidence_ids or times_s")
    return {time_s: max(strength, 0.05) for time_s, strength in kept.items()}


def _spans(line: EventLine, label: str, evidence: PictureEvidence, from_s: float, to_s: float) -> tuple[Span, ...]:
    """Where it sounds; where the model names no span, while its tracks are seen."""
    index = index_of(evidence)
    asked = [(s.from_s, s.to_s) for s in line.spans] or [
        (t.start_s, t.end_s) for t in index.tracks_named(line.track_ids)
    ]
    spans: list[Span] = []
    for start_s, end_s in sorted(asked):
        if not (from_s - _LAST_S <= start_s < end_s <= to_s + 0.1):
            raise MisreadError(f"{label}: {start_s:g} to {end_s:g} s is not inside {from_s:.3f} to {to_s:.3f} s")
        start_s, end_s = max(start_s, from_s), min(end_s, to_s)
        if spans and start_s < spans[-1].end_s:
            start_s, end_s = spans[-1].start_s, max(end_s, spans[-1].end_s)
            spans.pop()
        spans.append(Span(start_s=start_s, end_s=end_s))
    if not spans:
        raise MisreadError(f"{label} is steady and has no span: name spans or track_ids")
    return tuple(spans)


def _placement(line: EventLine) -> Placement:
    if line.place == "screen":
        return Placement(kind="screen", track_ids=tuple(dict.fromkeys(line.track_ids)), x=line.x)
    if line.place == "offscreen":
        return Placement(kind="offscreen", azimuth_deg=line.azimuth_deg)
    return Placement(kind="diffuse")
