"""A second look at a shot without its walkers: what they walked past comes out whole.

Who walks behind a ball or past a door shares regions with them for a while, and a tracker that has to decide from
frame to frame gives the one what is the other's. Once the walkers of a shot are known, their cells are taken out of
what moves and the rest is followed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.appearance import own_colours
from foleydesigner.tools.corners import Corners, grown, middle, share_inside, shifted
from foleydesigner.tools.flow import CellMotion
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.movement_cues import LATENCY, ImpactReader
from foleydesigner.tools.tracking import Tracker

_REMEMBERED_S = 20.0
"""A shot that is longer is looked at once."""
_MOST_CELLS = 2_500_000
"""Cells of all frames that are remembered at most: 40 MB."""
_BESIDE, _MARGIN_CELLS = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """One frame in half the bytes."""

    motion: CellMotion
    """Without its arrays of floats."""
    floats: NDArray[np.float16]
    """(h, w, 8): flow, change, luminance, colour, figure."""


class ShotMemory:
    """What moved in each frame of a shot of up to 20 s: about 60 kB a frame of 640 x 360."""

    def __init__(self, *, frame_rate: float) -> None:
        self._most = max(1, round(_REMEMBERED_S * frame_rate))
        self._kept: list[_Kept] = []
        self._first = self._seen = 0

    def push(self, motion: CellMotion, *, cut: bool) -> None:
        """Take the next frame."""
        if cut:
            self._first, self._seen = self._first + self._seen, 0
            self._kept.clear()
        self._seen += 1
        if self._seen > min(self._most, _MOST_CELLS // max(motion.moving.size, 1)):
            self._kept.clear()
            return
        same = motion.figure.shape == motion.moving.shape and motion.colour.shape[:2] == motion.moving.shape
        if not same:
            self._most = 0
            self._kept.clear()
            return
        parts = (motion.residual_px, motion.change, motion.luminance, motion.colour, motion.figure)
        empty = np.zeros((0, 0), dtype=np.float32)
        slim = replace(motion, residual_px=empty, change=empty, luminance=empty, colour=empty, figure=empty)
        self._kept.append(_Kept(slim, np.dstack(parts).astype(np.float16)))

    def look_again(self, walkers: Sequence[LiveTrack], tracker: Tracker) -> list[LiveTrack] | None:
        """The tracks of the shot without its walkers; None where it was too long to be remembered."""
        if not self._kept or not walkers:
            return None
        impacts = ImpactReader()
        for row, kept in enumerate(self._kept):
            frame = self._first + row
            motion = _without(_whole(kept), frame, walkers)
            impacts.push(motion, cut=row == 0)
            if row >= LATENCY:
                for track in tracker.live:
                    if track.frames >= LATENCY:
                        x1, y1, x2, y2 = track.boxes[-4 * LATENCY :][:4]
                        track.cues.extend(impacts.read((x1, y1, x2, y2)).tolist())
            tracker.update(frame, motion)
        tracker.cut()
        return [track for track in tracker.ended if not any(_goes_with(track, walker) for walker in walkers)]


def _goes_with(track: LiveTrack, walker: LiveTrack) -> bool:
    """True for a shadow, a sleeve or a shoe: what is beside a walker for most of its life, and goes where they go."""
    frames = np.arange(max(track.start_frame, walker.start_frame), min(track.end_frame, walker.end_frame))
    if len(frames) < _BESIDE * track.frames:
        return False
    near = [share_inside(track.box_at(f), grown(walker.box_at(f), _MARGIN_CELLS)) > _BESIDE for f in frames.tolist()]
    if sum(near) < _BESIDE * track.frames:
        return False
    ends = [(middle(t.box_at(int(frames[-1])))[0] - middle(t.box_at(int(frames[0])))[0]) for t in (track, walker)]
    return abs(ends[0] - ends[1]) <= _BESIDE * abs(ends[1])


def _box_of(walker: LiveTrack, frame: int, columns: int) -> Corners | None:
    """Where a walker is, also while they come in at the edge of the picture or go out there."""
    known = min(max(frame, walker.start_frame), walker.end_frame - 1)
    box = walker.box_at(known)
    if known == frame:
        return box
    if box[0] > _MARGIN_CELLS and box[2] < columns - _MARGIN_CELLS:
        return None
    return shifted(box, walker.velocity[0] * (frame - known), 0.0)


def _whole(kept: _Kept) -> CellMotion:
    floats = kept.floats.astype(np.float32)
    return replace(
        kept.motion,
        residual_px=floats[..., :2],
        change=floats[..., 2],
        luminance=floats[..., 3],
        colour=floats[..., 4:7],
        figure=floats[..., 7],
    )


def _without(motion: CellMotion, frame: int, walkers: Sequence[LiveTrack]) -> CellMotion:
    """A frame in which nothing of the walkers moves: cells in their boxes that have their colours."""
    gone = np.zeros(motion.moving.shape, dtype=np.bool_)
    rows, columns = (int(side) for side in motion.moving.shape)
    for walker in walkers:
        box = _box_of(walker, frame, columns)
        if walker.look is None or box is None:
            continue
        x1, y1, x2, y2 = box
        down = slice(max(0, int(y1) - 1), min(rows, int(np.ceil(y2)) + 1))
        across = slice(max(0, int(x1) - 1), min(columns, int(np.ceil(x2)) + 1))
        colours = motion.colour[down, across]
        own = own_colours(walker.look, colours.reshape(-1, 3)).reshape(colours.shape[:2])
        gone[down, across] |= own
    if not gone.any():
        return motion
    still = ~gone
    return replace(
        motion,
        residual_px=motion.residual_px * still[..., None],
        change=motion.change * still,
        moving=motion.moving & still,
        explained=motion.explained & still,
        figure=motion.figure * still,
    )
