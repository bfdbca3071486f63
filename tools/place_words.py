"""What is said of a clip: the sound, where it is or goes, in what space; and whether a caption says just that."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np

from foleydesigner.model import Line, Model

Motion = Literal["static", "linear"]
ReverbKind = Literal["hall", "room", "chamber", "plate"]

PAPER_AZIMUTHS_DEG = (-45.0, -15.0, 0.0, 15.0, 45.0)
"""Left, left front, front, right front, right: the five directions of the paper's data."""
DEPTH_ZONES_M = (2.0, 5.0)
"""Near ends at the first, middle at the second, far begins there."""

DIRECTIONS = ("left", "left front", "front", "right front", "right")
ZONES = ("near", "middle", "far")


class ClipFacts(Model):
    """What a caption has to say, in words; a caption writer is given this and nothing else."""

    sound: Line
    """What it is: the recording's title."""
    motion: Motion
    from_direction: Line
    from_zone: Line
    to_direction: Line
    to_zone: Line
    reverb: ReverbKind


def direction_of(azimuth_deg: float) -> str:
    """The nearest of the paper's five directions."""
    return DIRECTIONS[int(np.argmin(np.abs(np.array(PAPER_AZIMUTHS_DEG) - azimuth_deg)))]


def zone_of(depth_m: float) -> str:
    """Near, middle or far."""
    return ZONES[int(np.searchsorted(DEPTH_ZONES_M, depth_m, side="right"))]


def facts_of(
    sound: str, motion: Motion, start: tuple[float, float], end: tuple[float, float], reverb: ReverbKind
) -> ClipFacts:
    """The facts of a clip that goes from `start` to `end`, each (azimuth in degrees, depth in metres)."""
    return ClipFacts(
        sound=sound,
        motion=motion,
        from_direction=direction_of(start[0]),
        from_zone=zone_of(start[1]),
        to_direction=direction_of(end[0]),
        to_zone=zone_of(end[1]),
        reverb=reverb,
    )


_PLACES = {
    "left": "on the left",
    "left front": "at the left front",
    "front": "straight ahead",
    "right front": "at the right front",
    "right": "on the right",
}
_DISTANCES = {"near": "close by", "middle": "at a middle distance", "far": "far away"}
_SPACES: dict[ReverbKind, str] = {
    "hall": "in a large hall",
    "room": "in a small room",
    "chamber": "in an echo chamber",
    "plate": "with plate reverb",
}
_STATIC = (
    "{sound} {place}, {distance}, {space}",
    "{sound}, {distance} {place}, {space}",
    "{distance} {place}, {sound} {space}",
)
_MOVING = (
    "{sound} moving from {place}, {distance}, to {to_place}, {to_distance}, {space}",
    "{sound} {space}, first {distance} {place}, then {to_distance} {to_place}",
    "{sound} that starts {place}, {distance}, and ends {to_place}, {to_distance}, {space}",
)


def from_template(facts: ClipFacts, choice: int) -> str:
    """One of three phrasings, by `choice`."""
    forms = _STATIC if facts.motion == "static" else _MOVING
    text = forms[choice % len(forms)].format(
        sound=_lower_first(facts.sound.rstrip(".")),
        place=_PLACES[facts.from_direction],
        distance=_DISTANCES[facts.from_zone],
        to_place=_PLACES[facts.to_direction],
        to_distance=_DISTANCES[facts.to_zone],
        space=_SPACES[facts.reverb],
    )
    return text[0].upper() + text[1:]


def _lower_first(text: str) -> str:
    """Ready for the middle of a sentence, unless its first word is an abbreviation or a name of capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


_SAID_DIRECTION = {
    "left front": r"\b(?:left[- ]front|front[- ]left)\b",
    "right front": r"\b(?:right[- ]front|front[- ]right)\b",
    "left": r"\bleft\b",
    "right": r"\bright\b",
    "front": r"\b(?:straight ahead|in front|in the (?:centre|center|middle)|from the front)\b",
}
_SAID_ZONE = {
    "near": r"\b(?:near|nearby|close|close by|close up)\b",
    "middle": r"\b(?:middle distance|mid[- ]distance|medium distance|moderate distance)\b",
    "far": r"\b(?:far|far away|distant|in the distance)\b",
}
_SAID_REVERB: dict[str, str] = {
    "hall": r"\bhall\b",
    "room": r"\b(?:small )?room\b",
    "chamber": r"\bchamber\b",
    "plate": r"\bplate\b",
}


def problems(caption: str, facts: ClipFacts) -> list[str]:
    """What a caption says wrong, or leaves out; empty when it says the facts and no others.

    The words of the sound itself are taken out first: "a plate breaks" says nothing of the reverb.
    """
    text = re.sub(re.escape(facts.sound.rstrip(".").lower()), " ", caption.lower())
    found = [] if text != caption.lower() or _names(caption, facts.sound) else [f"it does not name {facts.sound!r}"]
    moves = facts.motion == "linear"
    wanted = [facts.from_direction, *([facts.to_direction] if moves else [])]
    found += _differences("direction", _said(text, _SAID_DIRECTION), wanted)
    zones = [facts.from_zone, *([facts.to_zone] if moves else [])]
    # "In the middle distance" is no direction, and "in the distance" is part of it.
    found += _differences("distance", _said(text, _SAID_ZONE), zones)
    found += _differences("reverb", _said(text, _SAID_REVERB), [facts.reverb])
    return found


def _names(caption: str, sound: str) -> bool:
    """Whether at least half of the sound's longer words are in the caption."""
    words = {w for w in re.findall(r"[a-z]+", sound.lower()) if len(w) > 3}
    said = set(re.findall(r"[a-z]+", caption.lower()))
    return len(words & said) * 2 >= len(words)


def _said(text: str, patterns: dict[str, str]) -> list[str]:
    """What is said, in order of the text, each once; a longer phrase hides the shorter one in it."""
    hits: list[tuple[int, str]] = []
    for name, pattern in patterns.items():
        for match in re.finditer(pattern, text):
            hits.append((match.start(), name))
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    return list(dict.fromkeys(name for _, name in sorted(hits)))


def _differences(what: str, said: list[str], wanted: list[str]) -> list[str]:
    asked = list(dict.fromkeys(wanted))
    missing = [name for name in asked if name not in said]
    wrong = [name for name in said if name not in asked]
    order = [] if missing or wrong or said == asked else [f"{what}s in the order {said}, not {asked}"]
    return (
        [f"{what} {name!r} is not said" for name in missing] + [f"{what} {name!r} is not so" for name in wrong] + order
    )
