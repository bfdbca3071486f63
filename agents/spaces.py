"""Scenes of the screenplay laid over the shots of the clip, and the acoustic place that each one is.

Reverberation times are the usual mid-band figures for such places (Everest & Pohlmann, *Master Handbook of Acoustics*;
Kuttruff, *Room Acoustics*): a furnished living room near 0.5 s, a studio 0.3 s, a hall near 2 s, a church 4 s and more,
open air next to none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents.picture_index import index_of
from foleydesigner.agents.spec_drafting import nature_of
from foleydesigner.evidence import PictureEvidence, Track
from foleydesigner.screenplay import Scene, Screenplay
from foleydesigner.script import MOODS, Mood, SceneSpace

_RT60_BY_PLACE: tuple[tuple[str, float], ...] = (
    (r"(church|parish|village|town|community) hall", 1.6),
    (r"cathedral|church|chapel|temple|mosque", 4.0),
    (r"cave|cavern|mine|grotto|crypt|catacomb", 2.5),
    (r"tunnel|sewer|subway|metro|cistern", 2.2),
    (r"hangar|warehouse|factory|gym|arena|stadium", 2.2),
    (r"concert|auditorium|hall\b|ballroom|atrium|museum|station", 1.8),
    (r"corridor|hallway|stair|lobby|passage|garage", 1.2),
    (r"bath|shower|toilet|pool", 0.8),
    (r"kitchen", 0.6),
    (r"classroom|restaurant|bar\b|shop|store|workshop|barn|smithy|forge", 0.8),
    (r"studio|booth|closet|wardrobe", 0.3),
    (r"car\b|cabin|cockpit|truck|van\b|bus\b", 0.15),
    (r"bedroom|small room|cell|cellar|attic|shed", 0.4),
    (r"living room|lounge|apartment|flat\b|office|room|house|home", 0.5),
)
_RT60_OUTSIDE: tuple[tuple[str, float], ...] = (
    (r"canyon|gorge|quarry|courtyard|underpass", 1.2),
    (r"alley|street|city|square|plaza|yard|stadium", 0.6),
    (r"forest|jungle|wood|park|garden", 0.3),
    (r"mountain|valley|lake|cliff", 0.4),
)
_INSIDE_WORDS = re.compile(r"\b(room|kitchen|office|hall|corridor|studio|bed|table|floor|indoors|house)\b", re.I)
_OUTSIDE_FAMILIES = frozenset({"wind", "rain", "thunder"})
_LIGHT_WEIGHT = 4.0
"""Light against length in the division of shots among scenes: a bright night is worse than a short one."""
_SKY_BRIGHTNESS = 0.6
"""A picture brighter than this on the mean is more often lit by the sky than by a lamp."""


def target_rt60_s(place: str, interior: bool) -> float:
    """Reverberation time that a place asks for, seconds."""
    for pattern, rt60_s in _RT60_BY_PLACE if interior else _RT60_OUTSIDE:
        if re.search(pattern, place, re.IGNORECASE):
            return rt60_s
    return 0.5 if interior else 0.2


def is_interior(scene: Scene, brightness: float, open_air: bool = False) -> bool:
    """What the heading says; where it says nothing, what the words, the movement and then the light suggest.

    Args:
        scene: heading and words.
        brightness: mean of its shots.
        open_air: something moves that rooms do not hold (a vehicle, clouds, foliage).
    """
    if scene.interior is not None:
        return scene.interior
    if any(mention.family in _OUTSIDE_FAMILIES for mention in scene.mentions):
        return False
    words = " ".join((scene.heading, scene.place, *scene.action))
    if _INSIDE_WORDS.search(words):
        return True
    return not open_air and brightness < _SKY_BRIGHTNESS


def space_at(spaces: Sequence[SceneSpace], time_s: float) -> SceneSpace:
    """The scene that a time lies in, of scenes in order and without a gap; the last one from its start on."""
    return next((space for space in spaces if time_s < space.end_s), spaces[-1])


def place_scenes(evidence: PictureEvidence, screenplay: Screenplay) -> tuple[SceneSpace, ...]:
    """The scenes in order, laid over the whole clip without a gap.

    Scenes change at cuts. Among all ways of giving the shots to the scenes in order, the one is taken whose lengths fit
    the lengths of the written action best and whose brightness fits the time of day. With fewer shots than scenes the
    clip is divided in time instead.
    """
    scenes, shots = screenplay.scenes, evidence.shots
    end_s = evidence.clip.duration_s
    if len(scenes) == 1:
        edges = [0.0, end_s]
    elif len(shots) < len(scenes):
        edges = [0.0, *(float(v) * end_s for v in np.cumsum(_written_shares(scenes)))]
    else:
        firsts = _best_partition(evidence, scenes)
        edges = [0.0, *(shots[index].start_s for index in firsts[1:]), end_s]
    edges[-1] = max(end_s, edges[-1])
    return tuple(
        _space(scene, start_s, stop_s, evidence)
        for scene, (start_s, stop_s) in zip(scenes, pairwise(edges), strict=True)
    )


def _space(scene: Scene, start_s: float, end_s: float, evidence: PictureEvidence) -> SceneSpace:
    lit = [s.brightness for s in evidence.shots if s.start_s < end_s and s.end_s > start_s]
    moving = [t for t in evidence.tracks if t.start_s < end_s and t.end_s > start_s]
    open_air = scene.interior is None and not scene.action and any(_of_open_air(t, evidence) for t in moving)
    interior = is_interior(scene, float(np.mean(lit)) if lit else 0.5, open_air)
    mood: Mood = next((m for m in MOODS if m == scene.mood), "neutral")
    place = scene.place or scene.heading
    return SceneSpace(
        scene_id=scene.id,
        start_s=start_s,
        end_s=end_s,
        interior=interior,
        place=place,
        time_of_day=scene.time_of_day,
        mood=mood,
        target_rt60_s=target_rt60_s(place, interior),
    )


def _of_open_air(track: Track, evidence: PictureEvidence) -> bool:
    return nature_of(track, index_of(evidence).impacts_of.get(track.id, ())) in ("vehicle", "flow")


def _written_shares(scenes: tuple[Scene, ...]) -> NDArray[np.float64]:
    """Share of the clip that each scene's written action suggests (a page is a minute), shape (n,)."""
    words = np.array([40 + sum(len(line) for line in scene.action) for scene in scenes], dtype=np.float64)
    shares: NDArray[np.float64] = words / words.sum()
    return shares


def _expected_brightness(scene: Scene) -> float | None:
    time_of_day = scene.time_of_day.lower()
    if re.search(r"night|midnight", time_of_day):
        return 0.15
    if re.search(r"dusk|dawn|evening|sunset", time_of_day):
        return 0.35
    if re.search(r"day|morning|noon|afternoon", time_of_day):
        return 0.45 if scene.interior else 0.6
    return None


def _best_partition(evidence: PictureEvidence, scenes: tuple[Scene, ...]) -> list[int]:
    """Index of each scene's first shot, by dynamic programming over (scene, first shot)."""
    shots = evidence.shots
    length = np.array([s.end_s - s.start_s for s in shots])
    light = np.array([s.brightness for s in shots])
    total = max(float(length.sum()), 1e-9)
    shares = _written_shares(scenes)
    before = np.concatenate([[0.0], np.cumsum(length)])
    count = len(shots)

    lights = [_expected_brightness(scene) for scene in scenes]

    def cost(scene_index: int, first: int, stop: int) -> float:
        span = max(float(before[stop] - before[first]), 1e-9)
        by_length = abs(span / total - float(shares[scene_index]))
        expected = lights[scene_index]
        by_light = 0.0
        if expected is not None:
            miss = np.abs(light[first:stop] - expected) * length[first:stop]
            by_light = float(miss.sum()) / total
        return by_length + _LIGHT_WEIGHT * by_light

    best = np.full((len(scenes) + 1, count + 1), np.inf)
    came_from = np.zeros((len(scenes) + 1, count + 1), dtype=np.int64)
    best[0, 0] = 0.0
    for index in range(len(scenes)):
        for stop in range(index + 1, count + 1):
            for first in range(index, stop):
                value = best[index, first] + cost(index, first, stop)
                if value < best[index + 1, stop] - 1e-12:
                    best[index + 1, stop], came_from[index + 1, stop] = value, first
    firsts, stop = [], count
    for index in range(len(scenes), 0, -1):
        stop = int(came_from[index, stop])
        firsts.append(stop)
    return firsts[::-1]
