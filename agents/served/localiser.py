"""The source localiser played by a vision-language model: boxes on keyframes.

Where its boxes lie on a track that carries the event, the track is taken, which knows every frame; elsewhere the boxes
themselves.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from foleydesigner.agents import source_localiser
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.endpoints import BOX_WORDS
from foleydesigner.agents.served.media import KeyframeFile, keyframes_of, pictures_of
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.schema import Answer
from foleydesigner.agents.source_localiser import LocaliserReply, LocaliserRequest
from foleydesigner.evidence import Box, Shot
from foleydesigner.tools.localisation import LocatedBox, ShotBoxes

Pixel = Annotated[float, Field(ge=0.0, le=4096.0)]
_EDGE = 0.03
"""How far over the picture's edge a box may be drawn."""
_SMALLEST = 0.004


class BoxLine(Answer):
    """The source in one image."""

    image: Annotated[int, Field(ge=1, le=16)]
    x1: Pixel
    y1: Pixel
    x2: Pixel
    y2: Pixel


class LocaliserAnswer(Answer):
    """Boxes in the images in which the source is seen; none where it is not."""

    boxes: Annotated[list[BoxLine], Field(max_length=16)]


def shots_of_event(request: LocaliserRequest) -> list[Shot]:
    """The shots in which it sounds."""
    event, shots = request.event, request.evidence.shots
    if event.kind == "impulsive":
        return [s for s in shots if any(s.start_s <= t < s.end_s for t in event.onsets_s)]
    return [s for s in shots if any(span.start_s < s.end_s and span.end_s > s.start_s for span in event.spans)]


def compose(request: LocaliserRequest, desk: Desk) -> Brief:
    """The event, and the keyframes nearest to where it sounds, each as a picture of its own."""
    traits, event = desk.traits("vision"), request.event
    files = _nearest(request, keyframes_of(desk.job, request.evidence, shots_of_event(request)), traits.most_images)
    data: dict[str, Any] = {
        "sound": event.label,
        "made_by": event.prompt,
        "family": event.family,
        "hits_s": [round(t, 3) for t in event.onsets_s[:16]],
        "images": [{"image": n, "shot": f.shot_id, "time_s": round(f.time_s, 3)} for n, f in enumerate(files, 1)],
        "boxes_in": BOX_WORDS[traits.boxes],
    }
    return Brief(data, pictures_of(files, traits), boxes=traits.boxes)


def _nearest(request: LocaliserRequest, files: list[KeyframeFile], most: int) -> list[KeyframeFile]:
    event = request.event
    times = np.array(event.onsets_s or [t for s in event.spans for t in (s.start_s, s.end_s)])
    best = sorted(files, key=lambda f: float(np.min(np.abs(times - f.time_s))))[:most]
    return sorted(best, key=lambda f: f.time_s)


def understand(request: LocaliserRequest, said: LocaliserAnswer, brief: Brief) -> LocaliserReply:
    """Boxes as shares of the picture, shot by shot, on tracks where they fit one."""
    images = brief.data["images"]
    found: dict[str, dict[float, Box]] = {}
    for line in said.boxes:
        if line.image > len(images):
            raise MisreadError(f"there is no image {line.image}, only {len(images)}")
        picture = brief.pictures[line.image - 1]
        across, down = (picture.width_px, picture.height_px) if brief.boxes == "image_pixels" else (1000.0, 1000.0)
        image = images[line.image - 1]
        found.setdefault(image["shot"], {})[image["time_s"]] = _box(line, across, down)
    house = source_localiser.think(request)
    measured = {entry.shot_id: entry for entry in house.boxes}
    shots = {s.id: s for s in request.evidence.shots}
    entries = dict(measured)
    used = False
    for shot_id, boxes in found.items():
        if shot_id in measured and _agree(measured[shot_id], boxes):
            continue
        shot, used = shots[shot_id], True
        located = tuple(LocatedBox(time_s=min(max(t, shot.start_s), shot.end_s), box=boxes[t]) for t in sorted(boxes))
        entries[shot_id] = ShotBoxes(shot_id=shot_id, start_s=shot.start_s, end_s=shot.end_s, boxes=located)
    ordered = tuple(sorted(entries.values(), key=lambda e: e.start_s))
    return LocaliserReply(boxes=ordered, method="keyframes" if used else house.method)


def _box(line: BoxLine, across: float, down: float) -> Box:
    sides = (line.x1 / across, line.y1 / down, line.x2 / across, line.y2 / down)
    inside = all(-_EDGE <= side <= 1.0 + _EDGE for side in sides)
    x1, y1, x2, y2 = (min(max(side, 0.0), 1.0) for side in sides)
    if not inside or x2 - x1 < _SMALLEST or y2 - y1 < _SMALLEST:
        raise MisreadError(
            f"box ({line.x1:g}, {line.y1:g}, {line.x2:g}, {line.y2:g}) of image {line.image} is not inside it, "
            f"{across:g} x {down:g}, with x1 < x2 and y1 < y2"
        )
    return Box(x1=x1, y1=y1, x2=x2, y2=y2)


def _agree(entry: ShotBoxes, boxes: dict[float, Box]) -> bool:
    """Whether most boxes have their middle on the measured box nearest in time, or the other way round."""
    times = np.array([b.time_s for b in entry.boxes])
    fits = 0
    for time_s, box in boxes.items():
        near = entry.boxes[int(np.argmin(np.abs(times - time_s)))].box
        fits += _holds(near, box.centre) or _holds(box, near.centre)
    return fits * 2 > len(boxes)


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box.x1 <= point[0] <= box.x2 and box.y1 <= point[1] <= box.y2


ROLE = Role(
    name=source_localiser.ROLE,
    capability="vision",
    answer=LocaliserAnswer,
    compose=compose,
    understand=understand,
    check=source_localiser.check,
    think=source_localiser.think,
    max_tokens=768,
)
