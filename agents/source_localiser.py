"""The localisation agent: boxes of each sound's source, shot by shot.

The house mind takes the boxes of the tracks that carry the event; hits that no track carries sit where their impacts or
flashes are. A vision-language mind would box keyframes instead; the reply is the same.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from langchain_core.runnables import Runnable

from foleydesigner.agents.minds import house_mind
from foleydesigner.agents.picture_index import index_of
from foleydesigner.evidence import Box, PictureEvidence, Shot, Track, TrackPoint
from foleydesigner.model import Model
from foleydesigner.script import Family, Size, SoundEvent
from foleydesigner.text import Finding
from foleydesigner.tools.localisation import LocatedBox, ShotBoxes

ROLE = "source_localiser"
_POINT = 0.02
"""Half the side of the box around a point, share of the picture."""
_AT_HIT_S = 0.12
_HEIGHT_M: dict[tuple[Family, Size], float] = {
    ("engine", "large"): 1.6,
    ("engine", "very_large"): 4.5,
    ("mechanism", "large"): 3.5,
    ("mechanism", "very_large"): 4.5,
    ("drone", "very_large"): 30.0,
}
"""Heights of cars, locomotives, wagons, and of vast hovering things."""


class LocaliserRequest(Model):
    """An event and the picture it is to be found in."""

    evidence: PictureEvidence
    event: SoundEvent


class LocaliserReply(Model):
    """Boxes by time, one entry a shot at most; empty for events that are not on screen."""

    boxes: tuple[ShotBoxes, ...] = ()
    method: Literal["tracks", "impacts", "placement", "off_screen", "keyframes"]


def think(request: LocaliserRequest) -> LocaliserReply:
    """The house rules: tracks, else impacts and flashes, else the placement's position."""
    event, evidence = request.event, request.evidence
    if event.placement.kind != "screen":
        return LocaliserReply(method="off_screen")
    tracked = _by_tracks(event, evidence)
    struck = _by_points(event, evidence, {b.shot_id for b in tracked})
    if tracked:
        return LocaliserReply(boxes=tuple(sorted((*tracked, *struck), key=lambda b: b.start_s)), method="tracks")
    if struck:
        return LocaliserReply(boxes=tuple(struck), method="impacts")
    return LocaliserReply(method="placement")


def _by_tracks(event: SoundEvent, evidence: PictureEvidence) -> list[ShotBoxes]:
    """Boxes of the event's tracks, in shots where its hits are not mostly somewhere else."""
    shots = {s.id: s for s in evidence.shots}
    out: dict[str, ShotBoxes] = {}
    for track in index_of(evidence).tracks_named(event.placement.track_ids):
        if track.shot_id in out:
            continue
        shot = shots[track.shot_id]
        if event.kind == "impulsive" and _elsewhere(event, evidence, shot, track.id):
            continue
        middle = float(np.median(track.points.heights))
        boxes = tuple(_located(p, event, evidence, middle) for p in track.points)
        out[track.shot_id] = ShotBoxes(shot_id=shot.id, start_s=shot.start_s, end_s=shot.end_s, boxes=boxes)
    return list(out.values())


def _located(point: TrackPoint, event: SoundEvent, evidence: PictureEvidence, height: float) -> LocatedBox:
    """Where the event is heard from while the track is at a point.

    Of a steady thing wider than a third of the picture only the part on the words' side counts (`placement.x`): a train
    that passes on the left is nearest there. Something known to be high is no nearer than its height in the picture
    allows at 90° across: d = H / (2 h), h its share of the picture's width; a box that is torn as the thing comes in or
    leaves counts as at least half its median `height`.
    """
    box, depth_m = point.box, point.depth_m
    x = event.placement.x
    if event.kind == "steady" and x is not None and abs(x - 0.5) > 0.1:
        width = box.x2 - box.x1
        kept = width * float(np.interp(width, [0.3, 0.7], [1.0, 0.4]))
        box = box.model_copy(update={"x2": box.x1 + kept} if x < 0.5 else {"x1": box.x2 - kept})
    height_m = _HEIGHT_M.get((event.family, event.size))
    if height_m is not None:
        seen = max(point.box.y2 - point.box.y1, 0.5 * height)
        share = max(seen * evidence.clip.height_px / evidence.clip.width_px, 0.01)
        depth_m = min(max(depth_m or 0.0, height_m / (2.0 * share)), 1000.0)
    return LocatedBox(time_s=point.time_s, box=box, depth_m=depth_m)


def _elsewhere(event: SoundEvent, evidence: PictureEvidence, shot: Shot, track_id: str) -> bool:
    """True when more than half of the event's impacts in the shot belong to other things than the track."""
    struck = index_of(evidence).impacts_named(event.evidence_ids)
    own = [i for i in struck if shot.start_s <= i.time_s < shot.end_s]
    return bool(own) and sum(i.track_id != track_id for i in own) > len(own) / 2


def _by_points(event: SoundEvent, evidence: PictureEvidence, done: set[str]) -> list[ShotBoxes]:
    """Impacts and flashes of an impulsive event, in shots that have no track of it, each held until the next."""
    index = index_of(evidence)
    found: dict[str, list[LocatedBox]] = {}
    onsets = np.array(event.onsets_s)
    for impact in index.impacts_named(event.evidence_ids):
        if not len(onsets) or float(np.min(np.abs(onsets - impact.time_s))) >= _AT_HIT_S:
            continue
        depth_m = _depth_at(index.tracks.get(impact.track_id or ""), impact.time_s)
        located = LocatedBox(time_s=impact.time_s, box=_around(impact.x, impact.y), depth_m=depth_m)
        found.setdefault(index.shot_at(impact.time_s).id, []).append(located)
    for burst in (index.bursts[e] for e in event.evidence_ids if e in index.bursts):
        if event.kind == "impulsive":
            located = LocatedBox(time_s=burst.time_s, box=burst.box)
            found.setdefault(index.shot_at(burst.time_s).id, []).append(located)
    shots = {s.id: s for s in evidence.shots}
    out = []
    for shot_id, boxes in found.items():
        if shot_id in done:
            continue
        ordered = tuple(sorted(boxes, key=lambda b: b.time_s))
        shot = shots[shot_id]
        out.append(ShotBoxes(shot_id=shot_id, start_s=shot.start_s, end_s=shot.end_s, boxes=ordered, held=True))
    return sorted(out, key=lambda b: b.start_s)


def _depth_at(track: Track | None, time_s: float) -> float | None:
    """Depth of the track's point nearest in time that has one."""
    if track is None or np.isnan(track.points.depths_m).all():
        return None
    apart_s = np.where(np.isnan(track.points.depths_m), np.inf, np.abs(track.points.times_s - time_s))
    return float(track.points.depths_m[np.argmin(apart_s)])


def _around(x: float, y: float) -> Box:
    """A small box whose centre is at the point, drawn in at the picture's edge."""
    half_x, half_y = min(_POINT, x, 1.0 - x), min(_POINT, y, 1.0 - y)
    return Box(x1=max(0.0, x - half_x), y1=max(0.0, y - half_y), x2=min(1.0, x + half_x), y2=min(1.0, y + half_y))


def check(request: LocaliserRequest, reply: LocaliserReply) -> list[Finding]:
    """Boxes lie in their shots, one entry a shot, times in order."""
    shots = {s.id: s for s in request.evidence.shots}
    wrong = []
    if len({b.shot_id for b in reply.boxes}) != len(reply.boxes):
        wrong.append("a shot has two sets of boxes")
    for entry in reply.boxes:
        shot = shots.get(entry.shot_id)
        times = [b.time_s for b in entry.boxes]
        slack_s = 0.1
        if (
            shot is None
            or times != sorted(times)
            or times[0] < shot.start_s - slack_s
            or times[-1] > shot.end_s + slack_s
        ):
            wrong.append(f"boxes of {entry.shot_id} do not lie in it in order")
    return [Finding(kind="outside_shot", severity="fundamental", message=message) for message in wrong]


def house() -> Runnable[LocaliserRequest, LocaliserReply]:
    """The deterministic mind of this role."""
    return house_mind(ROLE, think, check)
