"""From boxes of a sounding thing to its spatio-temporal cue (eq. 2 and 3).

Azimuth is theta = (x_c / W - 1/2) * FOV of the box centre, left negative, linear by the paper's definition. Positions
are joined inside a shot only; a cut starts a new segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from foleydesigner.config import Settings
from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.evidence import Box, PictureEvidence
from foleydesigner.model import Identifier, Model, Seconds
from foleydesigner.script import Family, SoundEvent, Span
from foleydesigner.tools.geometry import azimuth_deg

KEYFRAME_S = 0.1
"""Spacing of trajectory points; boxes in between are averaged, which takes the detector's jitter out."""
_DEFAULT_DEPTH_M: dict[Family, float] = {
    "wind": 20.0, "rain": 10.0, "thunder": 300.0, "explosion": 40.0, "gunshot": 15.0, "engine": 15.0, "mechanism": 8.0,
    "drone": 30.0, "water": 10.0, "fire": 6.0, "room_tone": 5.0, "insect": 10.0,
}  # fmt: skip
_NEAR_DEPTH_M = 4.0
"""Distance of everything else that nothing measures: a medium shot."""


class LocatedBox(Model):
    """Where a sounding thing is at one time; `depth_m` is the mean depth inside the box, where it is known."""

    time_s: Seconds
    box: Box
    depth_m: Annotated[float, Field(gt=0.0, le=1000.0)] | None = None


class ShotBoxes(Model):
    """A sounding thing's boxes inside one shot, ascending in time.

    `held` keeps each position until the next one (hits that fall at several places); otherwise the thing moves between
    them.
    """

    shot_id: Identifier
    start_s: Seconds
    end_s: Seconds
    boxes: Annotated[tuple[LocatedBox, ...], Field(min_length=1)]
    held: bool = False


def default_depth_m(event: SoundEvent) -> float:
    """Distance of an event that no track measures: its placement's, else its family's usual one, metres."""
    return event.placement.depth_m or _DEFAULT_DEPTH_M.get(event.family, _NEAR_DEPTH_M)


def build_cue(event: SoundEvent, boxes: Sequence[ShotBoxes], evidence: PictureEvidence, settings: Settings) -> EventCue:
    """The cue of one event.

    Args:
        event: whose times, placement, pan width and sync nudge are taken.
        boxes: where it is on screen, one entry a shot at most, ascending; ignored off screen.
        evidence: for the clip's frame grid.
        settings: field of view and global pan width.

    Returns:
        Onsets and spans nudged and kept inside the clip; the trajectory unscaled, with `pan_width` beside it.
    """
    clip = evidence.clip
    nudge_s = event.sync_nudge_ms / 1000.0
    onsets, strengths = _nudged_onsets(event, nudge_s, clip.duration_s)
    return EventCue(
        event_id=event.id,
        kind=event.kind,
        placement=event.placement.kind,
        rate_num=clip.rate_num,
        rate_den=clip.rate_den,
        frame_count=clip.frame_count,
        clip_duration_s=clip.duration_s,
        onsets_s=onsets,
        strengths=strengths,
        spans=_nudged_spans(event.spans, nudge_s, clip.duration_s),
        trajectory=_drawn(event, evidence, settings.field_of_view_deg)
        if event.placement.path
        else _trajectory(event, boxes, clip.duration_s, settings.field_of_view_deg),
        pan_width=event.pan_width * settings.pan_width,
    )


def _nudged_onsets(event: SoundEvent, nudge_s: float, end_s: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Onsets moved by the nudge; one that would leave the clip stays at its edge, two that meet there become one."""
    moved: dict[float, float] = {}
    for onset_s, strength in zip(event.onsets_s, event.strengths, strict=True):
        at = min(max(onset_s + nudge_s, 0.0), max(end_s - 1e-3, 0.0))
        moved[at] = max(moved.get(at, 0.0), strength)
    return tuple(sorted(moved)), tuple(moved[t] for t in sorted(moved))


def _nudged_spans(spans: Sequence[Span], nudge_s: float, end_s: float) -> tuple[Span, ...]:
    """Spans moved by the nudge; one that starts with the clip still does, so that no hole opens at its head."""
    out = []
    for span in spans:
        start = span.start_s if span.start_s <= 0.0 else min(max(span.start_s + nudge_s, 0.0), end_s)
        stop = min(span.end_s if span.end_s >= end_s else max(span.end_s + nudge_s, 0.0), end_s)
        if stop - start < 1e-3:
            continue
        times = tuple(min(max(t + nudge_s, start), stop) for t in span.level_times_s)
        out.append(Span(start_s=start, end_s=stop, level_times_s=times, levels=span.levels))
    return tuple(out)


def _drawn(event: SoundEvent, evidence: PictureEvidence, field_of_view_deg: float) -> Trajectory:
    """The path that a person drew, one segment a shot; a shot without a point of its own holds the nearest."""
    fallback_m, path = default_depth_m(event), event.placement.path
    segments = []
    for shot in evidence.shots:
        inside = [p for p in path if shot.start_s <= p.time_s < shot.end_s]
        inside = inside or [min(path, key=lambda p: abs(p.time_s - (shot.start_s + shot.end_s) / 2))]
        points = tuple(
            PositionPoint(
                time_s=min(max(p.time_s, shot.start_s), shot.end_s),
                azimuth_deg=azimuth_deg(p.x, field_of_view_deg),
                depth_m=p.depth_m or fallback_m,
            )
            for p in inside
        )
        segments.append(TrajectorySegment(start_s=shot.start_s, end_s=shot.end_s, points=points))
    return Trajectory(segments=tuple(segments))


def _trajectory(event: SoundEvent, boxes: Sequence[ShotBoxes], end_s: float, field_of_view_deg: float) -> Trajectory:
    depth_m, placement = default_depth_m(event), event.placement
    if placement.kind == "screen" and boxes:
        ordered = sorted(boxes, key=lambda b: b.start_s)
        return Trajectory(segments=tuple(_segment(b, depth_m, field_of_view_deg) for b in ordered))
    if placement.kind == "screen":
        azimuth = azimuth_deg(0.5 if placement.x is None else placement.x, field_of_view_deg)
    else:
        azimuth = 0.0 if placement.kind == "diffuse" else placement.azimuth_deg or 0.0
    point = PositionPoint(time_s=0.0, azimuth_deg=azimuth, depth_m=depth_m)
    return Trajectory(segments=(TrajectorySegment(start_s=0.0, end_s=end_s, points=(point,)),))


def _segment(shot: ShotBoxes, fallback_depth_m: float, field_of_view_deg: float) -> TrajectorySegment:
    times = np.array([b.time_s for b in shot.boxes])
    azimuths = np.array([azimuth_deg(b.box.centre[0], field_of_view_deg) for b in shot.boxes])
    depths = np.array([b.depth_m or fallback_depth_m for b in shot.boxes])
    if shot.held:
        # A position lasts until just before the next one: the sound of a hit does not slide to the next hit's place.
        ends = np.maximum(np.append(times[1:], shot.end_s) - 1e-3, times)
        times = np.stack([times, ends], axis=1).ravel()
        azimuths, depths = np.repeat(azimuths, 2), np.repeat(depths, 2)
    else:
        times, azimuths, depths = _keyframes(times, azimuths, depths)
    points = tuple(
        PositionPoint(time_s=float(t), azimuth_deg=float(a), depth_m=float(np.clip(d, 0.05, 1000.0)))
        for t, a, d in zip(times, azimuths, depths, strict=True)
    )
    return TrajectorySegment(start_s=shot.start_s, end_s=shot.end_s, points=points)


def _keyframes(
    times: np.ndarray, azimuths: np.ndarray, depths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means over stretches of `KEYFRAME_S`, (n,) to (m,), first and last frames kept; depth by its logarithm."""
    if len(times) <= 2:
        return times, azimuths, depths
    bins = np.floor((times - times[0]) / KEYFRAME_S + 1e-9).astype(np.int64)
    edges = np.flatnonzero(np.diff(bins, prepend=-1))
    counts = np.diff(np.append(edges, len(times)))

    def mean(values: np.ndarray) -> np.ndarray:
        inner: np.ndarray = np.add.reduceat(values, edges) / counts
        return inner

    middle = mean(times), mean(azimuths), np.exp(mean(np.log(depths)))
    first, last = middle[0][0] > times[0] + 1e-9, middle[0][-1] < times[-1] - 1e-9
    joined = []
    for values, inner in zip((times, azimuths, depths), middle, strict=True):
        parts = [values[:1]] if first else []
        parts += [inner, values[-1:]] if last else [inner]
        joined.append(np.concatenate(parts))
    return joined[0], joined[1], joined[2]
