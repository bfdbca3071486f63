"""Moving regions, and their identity from frame to frame.

Cells that move are grouped into regions; a region joins the track whose predicted box it overlaps and whose direction
it shares. Where two tracks meet in one region both coast along their own course until they part, which is what keeps
the
identity of two people who cross. A track that rests keeps its place for a while.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import cv2
import numpy as np

from foleydesigner.tools.flow import CellMotion
from foleydesigner.tools.gait import lowest_energy

Corners = tuple[float, float, float, float]
"""(x1, y1, x2, y2) in cells."""

MAX_LIVE = 16
_MIN_CELLS = 5
_REACH_CELLS = 2
"""Parts of one thing within this distance of one another are one region."""
_REST_S = 1.5
_LOST_S = 0.4
_OUTWARD, _INWARD, _INWARD_RUNNING = 0.6, 0.08, 0.6
"""Share of the way by which a box edge follows what is seen: at once when it grows, slowly when parts come to rest."""
_AGREE = 0.25
_COURSES = 0.3
"""Difference of velocity, cells a frame, from which two tracks are on courses of their own."""
_PART_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Region:
    """Connected moving cells of one frame."""

    box: Corners
    flow: tuple[float, float]
    """Mean flow, cells a frame."""
    mass: float
    """Moving cells."""
    speed_px: float
    """Mean length of the flow, px a frame."""


@dataclass(slots=True)
class LiveTrack:
    """A track under way: its state, and 40-odd bytes for each frame that has passed."""

    number: int
    start_frame: int
    box: Corners
    velocity: tuple[float, float]
    last_seen: int
    seen_frames: int = 0
    hosted_frames: int = 0
    mass: float = 0.0
    boxes: array[float] = field(default_factory=lambda: array("f"))
    speeds_px: array[float] = field(default_factory=lambda: array("f"))
    feet: array[float] = field(default_factory=lambda: array("f"))
    """Change of luminance in the lowest part of the box, summed over cells."""
    cues: array[float] = field(default_factory=lambda: array("f"))
    """Filled by the impact reader, a fixed number of floats a frame."""

    @property
    def frames(self) -> int:
        """Frames recorded."""
        return len(self.speeds_px)

    @property
    def end_frame(self) -> int:
        """First frame after the last one recorded."""
        return self.start_frame + self.frames

    def box_at(self, frame: int) -> Corners:
        """Box at a frame that was recorded."""
        x1, y1, x2, y2 = self.boxes[4 * (frame - self.start_frame) :][:4]
        return x1, y1, x2, y2

    def predicted(self) -> Corners:
        """Where the box should be one frame on."""
        dx, dy = self.velocity
        x1, y1, x2, y2 = self.box
        return x1 + dx, y1 + dy, x2 + dx, y2 + dy


def find_regions(motion: CellMotion, cell_px: float) -> list[Region]:
    """Group the moving cells; largest first."""
    moving = motion.moving.astype(np.uint8)
    if not moving.any():
        return []
    size = 2 * _REACH_CELLS + 1
    count, labels = cv2.connectedComponents(cv2.dilate(moving, np.ones((size, size), np.uint8)), connectivity=4)
    labels = np.where(motion.moving, labels, 0)
    regions = []
    for label in range(1, count):
        rows, columns = np.nonzero(labels == label)
        if rows.size < _MIN_CELLS:
            continue
        flow = motion.residual_px[rows, columns]
        u, v = (float(value) / cell_px for value in flow.mean(axis=0))
        box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
        regions.append(Region(box, (u, v), float(rows.size), float(np.hypot(flow[:, 0], flow[:, 1]).mean())))
    return sorted(regions, key=lambda region: -region.mass)


class Tracker:
    """Follows regions through one shot after the other."""

    def __init__(self, *, frame_rate: float, cell_px: float) -> None:
        self._rest_frames = max(3, round(_REST_S * frame_rate))
        self._lost_frames = max(2, round(_LOST_S * frame_rate))
        self._cell_px = cell_px
        self._numbered = 0
        self.live: list[LiveTrack] = []
        self.ended: list[LiveTrack] = []

    def cut(self) -> None:
        """End every track: nothing is carried over a cut."""
        for track in self.live:
            self._end(track)
        self.live = []

    def update(self, frame: int, motion: CellMotion) -> None:
        """Take one frame's moving cells; afterwards every live track has one more box."""
        regions = find_regions(motion, self._cell_px)
        owners = [self._owners(region) for region in regions]
        for track in self.live:
            self._observe(track, frame, [(r, o) for r, o in zip(regions, owners, strict=True) if track in o])
        for region, owned_by in zip(regions, owners, strict=True):
            if not owned_by and len(self.live) < MAX_LIVE:
                self._numbered += 1
                track = LiveTrack(self._numbered, frame, region.box, region.flow, frame)
                self.live.append(track)
                self._record(track, region.box, region.speed_px, region.mass)
        for track in self.live:
            while len(track.feet) < track.frames:
                track.feet.append(lowest_energy(motion.change, track.box))
        self._absorb()
        self._retire(frame)

    def _owners(self, region: Region) -> list[LiveTrack]:
        """Tracks that this region belongs to: the best one, and others that it covers (two that have met)."""
        scored = [(_affinity(track, region), track) for track in self.live]
        claims = [(score, track) for score, track in scored if score > _AGREE]
        if not claims:
            return []
        best = max(claims, key=lambda claim: (claim[0], claim[1].seen_frames))[1]
        return [track for _, track in claims if track is best or _share_inside(track.predicted(), region.box) > 0.6]

    def _observe(self, track: LiveTrack, frame: int, claims: list[tuple[Region, list[LiveTrack]]]) -> None:
        """Move a track's box to what is seen of it, or along its course where it is hidden or at rest."""
        predicted = track.predicted()
        if not claims:
            track.velocity = (track.velocity[0] * 0.7, track.velocity[1] * 0.7)
            running = frame - track.last_seen <= self._lost_frames // 2
            self._record(track, predicted if running else track.box, 0.0, 0.0)
            return
        track.last_seen = frame
        mass = sum(region.mass for region, _ in claims)
        speed_px = sum(region.speed_px * region.mass for region, _ in claims) / mass
        if any(self._meets(track, other) for _, owners in claims for other in owners):
            self._record(track, predicted, speed_px, mass)
            return
        seen = _union([region.box for region, _ in claims])
        span = max(predicted[2] - predicted[0], predicted[3] - predicted[1], 1.0)
        running = float(np.hypot(*track.velocity)) > 0.03 * span
        box = _follow(predicted, seen, _INWARD_RUNNING if running else _INWARD)
        moved = tuple((box[i] + box[i + 2] - track.box[i] - track.box[i + 2]) / 2 for i in (0, 1))
        track.velocity = tuple(0.7 * old + 0.3 * new for old, new in zip(track.velocity, moved, strict=True))  # type: ignore[assignment]
        self._record(track, box, speed_px, mass)

    def _meets(self, track: LiveTrack, other: LiveTrack) -> bool:
        """True for two tracks on different courses, each seen long enough to have one."""
        apart = np.hypot(track.velocity[0] - other.velocity[0], track.velocity[1] - other.velocity[1])
        return (
            other is not track and min(track.seen_frames, other.seen_frames) >= self._lost_frames and apart > _COURSES
        )

    def _absorb(self) -> None:
        """End tracks that have long shared the place and course of a greater one: they are parts of it."""
        for track in self.live:
            hosted = any(
                other.mass > track.mass
                and _share_inside(track.box, other.box) > _PART_SHARE
                and np.hypot(track.velocity[0] - other.velocity[0], track.velocity[1] - other.velocity[1]) <= _COURSES
                for other in self.live
            )
            track.hosted_frames = track.hosted_frames + 1 if hosted else 0
            if track.hosted_frames > self._lost_frames:
                track.last_seen = max(track.start_frame, track.end_frame - 1 - track.hosted_frames)
                self._end(track)
        self.live = [track for track in self.live if track.hosted_frames <= self._lost_frames]

    @staticmethod
    def _record(track: LiveTrack, box: Corners, speed_px: float, mass: float) -> None:
        track.box = box
        track.boxes.extend(box)
        track.speeds_px.append(speed_px)
        track.mass += mass
        track.seen_frames += mass > 0.0

    def _retire(self, frame: int) -> None:
        """End the tracks that have gone: soon where they ran, late where they rested."""
        kept = []
        for track in self.live:
            young = track.seen_frames < self._lost_frames
            patience = self._lost_frames // 2 if young else self._rest_frames
            if frame - track.last_seen > patience:
                self._end(track)
            else:
                kept.append(track)
        self.live = kept

    def _end(self, track: LiveTrack) -> None:
        """Keep what was seen, without the wait at the end; single blinks are forgotten."""
        keep = track.last_seen - track.start_frame + 1
        del track.boxes[4 * keep :], track.speeds_px[keep:], track.feet[keep:]
        if track.seen_frames >= 2:
            self.ended.append(track)


def _affinity(track: LiveTrack, region: Region) -> float:
    """How well a region fits a track, in [0, 1]: overlap with the predicted box, discounted by opposed movement."""
    box = track.predicted()
    overlap = max(_share_inside(region.box, _grown(box, 1.5)), _share_inside(box, region.box))
    pace, other = np.hypot(*track.velocity), np.hypot(*region.flow)
    if pace < 0.15 or other < 0.15:
        return overlap
    cosine = float(np.dot(track.velocity, region.flow) / (pace * other))
    return overlap * (0.75 + 0.25 * cosine)


def without_doubles(tracks: list[LiveTrack]) -> list[LiveTrack]:
    """Leave out tracks that for most of their life show what a track earlier in the list shows."""
    kept: list[LiveTrack] = []
    for track in tracks:
        if not any(_doubles(track, other) for other in kept):
            kept.append(track)
    return kept


def _doubles(track: LiveTrack, other: LiveTrack) -> bool:
    """True where most of `track`'s frames lie in `other`'s box and fill a good part of it."""
    shared = range(max(track.start_frame, other.start_frame), min(track.end_frame, other.end_frame))
    if len(shared) < 0.5 * track.frames:
        return False
    inside = filled = 0.0
    for frame in shared:
        box, host = track.box_at(frame), other.box_at(frame)
        inside += _share_inside(box, host) > 0.6
        filled += _share_inside(host, box)
    brief = track.frames < 0.3 * other.frames
    return inside > 0.6 * track.frames and (brief or filled > 0.4 * len(shared))


def _follow(box: Corners, seen: Corners, inward: float) -> Corners:
    """Each edge a share of the way from `box` to `seen`."""
    signs = (-1, -1, 1, 1)
    x1, y1, x2, y2 = (
        edge + (_OUTWARD if sign * (new - edge) > 0 else inward) * (new - edge)
        for edge, new, sign in zip(box, seen, signs, strict=True)
    )
    return x1, y1, max(x1 + 1, x2), max(y1 + 1, y2)


def _share_inside(inner: Corners, outer: Corners) -> float:
    """Share of `inner`'s area that lies in `outer`."""
    width = min(inner[2], outer[2]) - max(inner[0], outer[0])
    height = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return max(0.0, width) * max(0.0, height) / area if area > 0 else 0.0


def _grown(box: Corners, margin: float) -> Corners:
    return box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin


def _union(boxes: list[Corners]) -> Corners:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
