"""A track under way, and which of two finished ones only doubles the other."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np

from foleydesigner.tools.appearance import Look, alike
from foleydesigner.tools.corners import Corners, share_inside, shifted
from foleydesigner.tools.gait import Gait

CLEAR = 0.15
"""Velocity, cells a frame, from which a course is one."""
_FORGETTING = 0.25
"""How much slower a thing is believed to have become smaller than larger."""
_ACQUAINTED_FRAMES, _SAME_LOOK = 20, 0.8
"""Looks at a thing after which another look has to be like them, or somebody else is before it."""


@dataclass(slots=True, eq=False)
class LiveTrack:
    """A track under way: its state, and 40-odd bytes for each frame that has passed."""

    number: int
    start_frame: int
    box: Corners
    velocity: tuple[float, float]
    last_seen: int
    seen_frames: int = 0
    hosted_frames: int = 0
    alone_frames: int = 0
    """Frames in which it had a region to itself."""
    moved: float = 0.0
    """How far an edge of its box has ever been from where it was first, cells: a hand that is back has moved."""
    mass: float = 0.0
    usual_mass: float = 0.0
    """Cells of it when it is seen alone."""
    look: Look | None = None
    """Its colours when it is seen alone."""
    boxes: array[float] = field(default_factory=lambda: array("f"))
    speeds_px: array[float] = field(default_factory=lambda: array("f"))
    feet: array[float] = field(default_factory=lambda: array("f"))
    """Change of luminance in the lowest part of the box, summed over cells."""
    path: array[float] = field(default_factory=lambda: array("f"))
    """x, y of its middle in cells for each frame, NaN where it was not seen alone before a known background."""
    strides: array[float] = field(default_factory=lambda: array("f"))
    """Spread of its lowest part across for each frame, NaN as in `path`."""
    gait: Gait | None = None
    """Of a walker that was followed from edge to edge."""
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

    @property
    def pace(self) -> float:
        """Speed of its course, cells a frame."""
        return float(np.hypot(*self.velocity))

    def box_at(self, frame: int) -> Corners:
        """Box at a frame that was recorded."""
        x1, y1, x2, y2 = self.boxes[4 * (frame - self.start_frame) :][:4]
        return x1, y1, x2, y2

    def predicted(self) -> Corners:
        """Where the box should be one frame on."""
        return shifted(self.box, *self.velocity)

    def record(self, box: Corners, speed_px: float, mass: float) -> None:
        """One more frame."""
        self.box = box
        self.boxes.extend(box)
        self.moved = max(self.moved, *(abs(now - then) for now, then in zip(box, self.boxes[:4], strict=True)))
        self.speeds_px.append(speed_px)
        self.mass += mass
        self.seen_frames += mass > 0.0

    def steer(self, dx: float, dy: float, share: float) -> None:
        """Take up a share of one frame's movement, cells, or all of it where the thing has turned back."""
        old = self.velocity
        turned = dx * old[0] + dy * old[1] < 0.0 and float(np.hypot(dx, dy)) > 2 * CLEAR
        keep = 0.0 if turned else 1.0 - share
        self.velocity = (keep * old[0] + (1.0 - keep) * dx, keep * old[1] + (1.0 - keep) * dy)

    def learn(self, look: Look | None, mass: float) -> None:
        """Take up how it looks when it is seen alone; the first looks count as much as all that follow."""
        self.alone_frames += 1
        share = max(0.1, 1.0 / (1.0 + self.seen_frames))
        # What goes behind something is seen to shrink, and does not.
        self.usual_mass += share * (mass - self.usual_mass) * (1.0 if mass >= self.usual_mass else _FORGETTING)
        strange = self.alone_frames > _ACQUAINTED_FRAMES and alike(self.look, look) < _SAME_LOOK
        if look is not None and not strange:
            self.look = look if self.look is None else self.look + share * (look - self.look)

    def piece(self, first_frame: int, end_frame: int, cues: int) -> LiveTrack:
        """Its part from one frame up to another as a track of its own; each frame has `cues` cues."""
        a, b = first_frame - self.start_frame, end_frame - self.start_frame
        part = LiveTrack(-self.number - 1, first_frame, self.box_at(end_frame - 1), self.velocity, end_frame - 1)
        part.boxes, part.path = self.boxes[4 * a : 4 * b], self.path[2 * a : 2 * b]
        part.speeds_px, part.feet, part.strides = self.speeds_px[a:b], self.feet[a:b], self.strides[a:b]
        part.cues = self.cues[cues * a : cues * b]
        part.seen_frames, part.mass = b - a, self.mass * (b - a) / max(self.frames, 1)
        return part

    def trim(self) -> None:
        """Forget the wait at the end."""
        keep = self.last_seen - self.start_frame + 1
        del self.boxes[4 * keep :], self.speeds_px[keep:], self.feet[keep:], self.path[2 * keep :], self.strides[keep:]


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
        inside += share_inside(box, host) > 0.6
        filled += share_inside(host, box)
    brief = track.frames < 0.3 * other.frames
    return inside > 0.6 * track.frames and (brief or filled > 0.4 * len(shared))
