"""Keyframes with the boxes and paths that the sounds were placed by."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foleydesigner.evidence import Shot, Track
from foleydesigner.script import SoundEvent
from foleydesigner.tools.report import figures
from foleydesigner.tools.report.pictures import PictureBudget

if TYPE_CHECKING:
    from foleydesigner.tools.report.page import ReportContext

_MOST_KEYFRAMES = 24
_MOST_QUIET_TRACKS = 6
_NAME = re.compile(r"([a-z][a-z0-9_]{0,47})_(\d{1,9})\.jpe?g")


def keyframe_views(context: ReportContext, pictures: PictureBudget) -> list[dict[str, Any]]:
    """At most 24 keyframes, spread evenly over the clip, with what is drawn on each."""
    chosen = _spread(_keyframes(context), _MOST_KEYFRAMES)
    views = []
    for shot, frame, path in chosen:
        if address := pictures.address(path, 480):
            views.append(_view(context, shot, frame, address))
    return views


def _keyframes(context: ReportContext) -> list[tuple[Shot, int, Path]]:
    """(shot, frame, file) of each keyframe of the job, in time order."""
    shots = {shot.id: shot for shot in context.evidence.shots}
    found = []
    folder = context.job.keyframes
    for path in sorted(folder.glob("*.jp*g")) if folder.is_dir() else ():
        match = _NAME.fullmatch(path.name)
        if match and match[1] in shots:
            found.append((shots[match[1]], int(match[2]), path))
    return sorted(found, key=lambda item: item[1])


def _spread(items: list[tuple[Shot, int, Path]], most: int) -> list[tuple[Shot, int, Path]]:
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def _view(context: ReportContext, shot: Shot, frame: int, address: str) -> dict[str, Any]:
    clip = context.evidence.clip
    carriers: dict[str, list[SoundEvent]] = {}
    for event in context.script.events:
        for track_id in event.placement.track_ids:
            carriers.setdefault(track_id, []).append(event)
    tracks = [track for track in context.evidence.tracks if track.shot_id == shot.id]
    heard = [track for track in tracks if track.id in carriers]
    quiet = sorted((t for t in tracks if t.id not in carriers), key=lambda t: -t.mean_area)[:_MOST_QUIET_TRACKS]
    return {
        "address": address,
        "shot": shot,
        "frame": frame,
        "time_s": frame / float(clip.frame_rate),
        "boxes": [
            _drawn(
                track, carriers.get(track.id, []), frame, _depth_m(context, track, carriers.get(track.id, []), frame)
            )
            for track in (*quiet, *heard)
        ],
        "impacts": [
            (100 * impact.x, 100 * impact.y, impact.strength)
            for impact in context.evidence.impacts
            if shot.start_s <= impact.time_s < shot.end_s
        ][:200],
    }


def _depth_m(context: ReportContext, track: Track, events: list[SoundEvent], frame: int) -> float | None:
    """The distance that is heard: the cue's, which knows what the words say of size; the track's own where none is."""
    cue = next((c for c in context.cues if events and c.event_id == events[0].id), None)
    if cue is None:
        return track.points.at_frame(frame).depth_m
    return float(cue.trajectory.sample(np.array([frame / float(cue.frame_rate)]))[1][0])


def _drawn(track: Track, events: list[SoundEvent], frame: int, depth_m: float | None) -> dict[str, Any]:
    """A track's path in the colour of its first layer, and its box where it is at (or nearest to) the keyframe."""
    point = track.points.at_frame(frame)
    box = point.box
    return {
        "layer": events[0].layer if events else "",
        "label": ", ".join(event.label for event in events),
        "path": figures.track_path(track),
        "x": 100 * box.x1,
        "y": 100 * box.y1,
        "width": 100 * (box.x2 - box.x1),
        "height": 100 * (box.y2 - box.y1),
        "depth_m": depth_m,
        "present": track.points[0].frame <= frame <= track.points[-1].frame,
    }
