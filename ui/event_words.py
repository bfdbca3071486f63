"""Times, places and paths of an event in words that a person can type, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from foleydesigner.script import PathPoint, Placement, SoundEvent, Span

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_SPAN = re.compile(rf"({_NUMBER})\s*(?:-|–|to)\s*({_NUMBER})")


def times_text(event: SoundEvent) -> str:
    """Hits as "0.512 1.04", stretches as "0.0-4.2 6.0-8.0", in seconds."""
    if event.kind == "impulsive":
        return " ".join(f"{t:.3f}" for t in event.onsets_s)
    return " ".join(f"{span.start_s:.3f}-{span.end_s:.3f}" for span in event.spans)


def place_text(event: SoundEvent) -> str:
    """As seen "screen", by share of the width "screen 0.50", by degrees and metres "offscreen -60 8", or "diffuse"."""
    place = event.placement
    if place.kind == "offscreen":
        depth = "" if place.depth_m is None else f" {place.depth_m:g}"
        return f"offscreen {place.azimuth_deg or 0.0:g}{depth}"
    if place.kind == "screen" and place.x is not None and not place.track_ids and not place.path:
        return f"screen {place.x:.3f}"
    return "screen path" if place.path else place.kind


def with_times(event: SoundEvent, text: str) -> dict[str, Any]:
    """The fields that those times change; none where they are what the event has.

    A hit that stays near where it was keeps its strength, a new one gets the mean; a stretch keeps its level curve.

    Raises:
        ValueError: it is no list of times.
    """
    if " ".join(text.replace(",", " ").split()) == times_text(event):
        return {}
    if event.kind == "impulsive":
        words = text.replace(",", " ").split()
        onsets = sorted({float(word) for word in words})
        if not onsets:
            raise ValueError("no hit is left; untick keep to leave the event out")
        return {"onsets_s": tuple(onsets), "strengths": _strengths(event, onsets)}
    found = _SPAN.findall(text)
    if not found or _SPAN.sub("", text).strip(" ,;"):
        raise ValueError("stretches are written 0.0-4.2 6.0-8.0")
    spans = []
    for index, (start, end) in enumerate(found):
        old = event.spans[min(index, len(event.spans) - 1)]
        start_s, end_s = float(start), float(end)
        span = Span(start_s=start_s, end_s=end_s)
        if old.levels and end_s > start_s:
            scale = (end_s - start_s) / (old.end_s - old.start_s)
            times = tuple(min(end_s, start_s + (t - old.start_s) * scale) for t in old.level_times_s)
            span = Span(start_s=start_s, end_s=end_s, level_times_s=times, levels=old.levels)
        spans.append(span)
    return {"spans": tuple(spans)}


def _strengths(event: SoundEvent, onsets: Sequence[float]) -> tuple[float, ...]:
    if len(onsets) == len(event.onsets_s):
        return event.strengths
    old = list(zip(event.onsets_s, event.strengths, strict=True))
    mean = sum(event.strengths) / len(event.strengths)
    nearest = [min(old, key=lambda hit: abs(hit[0] - t)) for t in onsets]
    return tuple(s if abs(at - t) < 0.1 else mean for t, (at, s) in zip(onsets, nearest, strict=True))


def with_place(event: SoundEvent, text: str) -> dict[str, Any]:
    """The placement that the text says; nothing where it is what the event has.

    Raises:
        ValueError: it says none.
    """
    words = text.split()
    if " ".join(words) == place_text(event):
        return {}
    if words[:1] == ["diffuse"] and len(words) == 1:
        return {"placement": Placement(kind="diffuse", depth_m=event.placement.depth_m)}
    if words[:1] == ["screen"] and len(words) == 2:
        return {"placement": Placement(kind="screen", x=float(words[1]), depth_m=event.placement.depth_m)}
    if words[:1] == ["offscreen"] and len(words) in (2, 3):
        depth = float(words[2]) if len(words) == 3 else event.placement.depth_m
        return {"placement": Placement(kind="offscreen", azimuth_deg=float(words[1]), depth_m=depth)}
    raise ValueError('a place is "screen 0.5", "offscreen -60 8" or "diffuse"')


def path_text(event: SoundEvent) -> str:
    """A drawn path, one point a line: seconds, share of the width, metres."""
    lines = [f"{p.time_s:.3f} {p.x:.3f}" + (f" {p.depth_m:g}" if p.depth_m else "") for p in event.placement.path]
    return "\n".join(lines)


def with_path(event: SoundEvent, text: str) -> dict[str, Any]:
    """The placement with that drawn path; nothing where it is what the event has.

    Raises:
        ValueError: a line is no point.
    """
    if text.strip() == path_text(event):
        return {}
    points = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        numbers = [float(word) for word in line.replace(",", " ").split()]
        if len(numbers) not in (2, 3):
            raise ValueError("a point of a path is seconds, share of the width, and metres if you like")
        points.append(PathPoint(time_s=numbers[0], x=numbers[1], depth_m=numbers[2] if len(numbers) == 3 else None))
    kept = event.placement.model_copy(update={"path": tuple(sorted(points, key=lambda p: p.time_s))})
    facts = kept.model_dump() | ({"kind": "screen", "azimuth_deg": None} if points else {})
    return {"placement": Placement.model_validate(facts)}
