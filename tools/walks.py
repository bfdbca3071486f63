"""Who walks across is followed from edge to edge, behind whatever stands or moves before them.

A tracker that goes from frame to frame loses a walker behind somebody of the same colours, or hands the track to a ball
that lay in the way. Once a shot is over its walkers are known by their legs, each with a straight course; along it the
picture is looked at again: where something moves there, they walk on. They may be hidden for a second. Who is seen to
stop or turn is not prolonged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.corners import Corners, middle
from foleydesigner.tools.courses import Course, straight_course
from foleydesigner.tools.gait import Gait
from foleydesigner.tools.legs import BAND, BINS, leg_gait
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.movement_cues import CUES
from foleydesigner.tools.trunks import TRUNK, trunk_offsets

_REMEMBERED_S = 60.0
"""A shot that is longer than this is prolonged in its last part only."""
_MOST_FRAMES = 1800
_HIDDEN_S = 1.0
_SUPPORT = 0.12
"""Share of a walker's box that moves where they are in sight."""
_HALF_WIDE = 0.25
"""Half of a walker's width, in heights."""
_LEAST_KEPT_S, _SAME_PLACE, _STOPPED_S = 0.8, 0.35, 0.3
"""How long a course has to be kept; how near two walkers, in heights, are one; how long one who stops is seen to."""
_EDGE_CELLS = 1.0
_LEAST_PACE = 0.15
"""Heights a second from which a walk leads anywhere."""
_LEAST_WAY = 1.0
"""Heights that a walk leads across at least: what goes less far, as a door does, takes no steps."""
_OFF_COURSE = 0.1
"""How far a middle may lie from a steady course, in heights, or something else was taken for it."""
_LOOKS, _OTHER_PACE = 2, 0.25
"""How often a course is corrected; share of its speed by which another one is somebody else's."""
_FEET, _CLEARLY = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65), 0.05
"""Shares of a box's height at which the feet may be instead, and how much more the legs there have to be like legs."""
_LEAST_LIKE = 0.25
"""Likeness of legs with those of a walk from which somebody walks."""
_LEVELS = 12.0
"""How much a cell has to stand out, of 255, to be all leg."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walker: the track, the frames in which it is seen alone on its course, and the course in cells a second."""

    track: LiveTrack
    frames: NDArray[np.intp]
    course: Course
    gait: Gait
    likeness: float
    height: float
    middle_y: float
    box: Corners
    """Usual box around (0, 0), cells."""


class WalkReader:
    """Fed with the moving cells of each frame; asked once a shot is over. 4 kB a frame, for a minute."""

    def __init__(self, *, frame_rate: float) -> None:
        self._frame_rate = frame_rate
        self._masks: deque[NDArray[np.uint8]] = deque(
            maxlen=min(_MOST_FRAMES, max(1, round(_REMEMBERED_S * frame_rate)))
        )
        self._figures: deque[NDArray[np.uint8]] = deque(maxlen=self._masks.maxlen)
        self._first = 0
        self._shape = (0, 0)

    def push(self, moving: NDArray[np.bool_], figure: NDArray[np.float32], *, cut: bool) -> None:
        """Take the moving cells (h, w) of the next frame, and by how many levels each cell stands out."""
        if cut:
            self._first += len(self._masks)
            self._masks.clear()
            self._figures.clear()
        if len(self._masks) == self._masks.maxlen:
            self._first += 1
        self._shape = (int(moving.shape[0]), int(moving.shape[1]))
        self._masks.append(np.packbits(moving))
        known = figure if figure.shape == moving.shape else np.zeros(moving.shape, dtype=np.float32)
        self._figures.append(np.minimum(known, 255.0).astype(np.uint8))

    def completed(self, ended: Sequence[LiveTrack], times_s: NDArray[np.float64]) -> list[LiveTrack]:
        """The tracks of a shot with its walkers whole.

        Args:
            ended: tracks of the shot that is over.
            times_s: of all frames so far; the last is the shot's last.
        """
        found = [walk for track in ended if (walk := self._walk(track, times_s)) is not None]
        walkers: list[list[_Walk]] = []
        out = {id(track): [track] for track in ended}
        for walk in sorted(found, key=lambda w: -len(w.frames) * w.likeness):
            out[id(walk.track)] = _without(walk, self._frame_rate)
            known = next((own for own in walkers if _same(walk, own[0], times_s)), None)
            if known is None:
                walkers.append([walk])
            else:
                known.append(walk)
        for best, *others in walkers:
            whole = self._whole(best, others, times_s)
            if abs(middle(whole.box)[0] - middle(whole.box_at(whole.start_frame))[0]) < _LEAST_WAY * best.height:
                for walk in (best, *others):
                    out[id(walk.track)] = [walk.track]
            else:
                out[id(best.track)].append(whole)
        return [piece for track in ended for piece in out[id(track)]]

    def _walk(self, track: LiveTrack, times_s: NDArray[np.float64]) -> _Walk | None:
        """The walker that a track follows; None where it follows none for sure."""
        path = np.asarray(track.path, dtype=np.float64).reshape(-1, 2)[: track.frames]
        boxes = np.asarray(track.boxes, dtype=np.float64).reshape(-1, 4)[: track.frames]
        least = _LEAST_KEPT_S * self._frame_rate
        whole = (boxes[:, 0] > _EDGE_CELLS) & (boxes[:, 2] < self._shape[1] - _EDGE_CELLS)
        alone = np.flatnonzero(np.isfinite(path[:, 0]) & whole)
        if len(alone) < least:
            return None
        height = float(np.median((boxes[:, 3] - boxes[:, 1])[alone]))
        times = times_s[track.start_frame + alone]
        course = straight_course(times, path[alone, 0], _OFF_COURSE * height, _LEAST_PACE * height)
        if course is None or course.kept.sum() < least:
            return None
        rows = alone[course.kept]
        usual = np.median(boxes[rows], axis=0)
        height = float(usual[3] - usual[1])
        half = min(float(usual[2] - usual[0]) / 2, _HALF_WIDE * height)
        box = (-half, float(usual[1]), half, float(usual[3]))
        first, last = int(rows[0]) + track.start_frame, int(rows[-1]) + track.start_frame
        found = self._gait(course, box, times_s, first, last)
        for share in _FEET:
            # What goes along under a walker, a ball or a shadow, is in the box too; legs end where they look like legs.
            shorter = (box[0], box[1], box[2], box[1] + share * height)
            other = self._gait(course, shorter, times_s, first, last)
            if other is not None and other[1] > (found[1] if found is not None else 0.0) + _CLEARLY:
                found, box = other, shorter
        height = box[3] - box[1]
        if found is None or found[1] < _LEAST_LIKE:
            return None
        middle_y = float(np.median(path[rows, 1]))
        return _Walk(track, track.start_frame + rows, course, *found, height, middle_y, box)

    def _gait(
        self, course: Course, box: Corners, times_s: NDArray[np.float64], first: int, last: int
    ) -> tuple[Gait, float] | None:
        """The gait along a course from frame `first` to `last`, and its likeness."""
        frames = np.arange(max(first, self._first), last + 1)
        if not len(frames):
            return None
        legs = self._profiles(course, box, times_s, frames, BAND)
        return leg_gait(legs, times_s[frames], abs(course.speed) / (box[3] - box[1]))

    def _profiles(
        self,
        course: Course,
        box: Corners,
        times_s: NDArray[np.float64],
        frames: NDArray[np.intp],
        band: tuple[float, float],
    ) -> NDArray[np.float64]:
        """How much of a band of a walker's height is filled around the course, (n, BINS), forwards to the right."""
        height = box[3] - box[1]
        way = 1.0 if course.speed > 0.0 else -1.0
        places = way * height * np.linspace(-0.5, 0.5, BINS)
        top, foot = (round(box[3] - share * height) for share in reversed(band))
        centres = np.arange(self._shape[1]) + 0.5
        profiles = []
        for frame, x in zip(frames, course.at(times_s[frames]), strict=True):
            figure = self._figures[frame - self._first][max(0, top) : max(foot, top + 1)]
            filled = np.minimum(figure / _LEVELS, 1.0).mean(axis=0) if figure.size else np.zeros(self._shape[1])
            profiles.append(np.interp(x + places, centres, filled, left=0.0, right=0.0))
        return np.array(profiles)

    def _corrected(self, walk: _Walk, first: int, last: int, times_s: NDArray[np.float64]) -> _Walk:
        """A walk with the course that its trunk keeps from frame `first` to `last`."""
        frames = np.arange(max(first, self._first), last + 1)
        course, height = walk.course, walk.height
        for _ in range(_LOOKS):
            away = height * trunk_offsets(self._profiles(course, walk.box, times_s, frames, TRUNK))
            seen = np.isfinite(away)
            xs = course.at(times_s[frames]) + (away if course.speed > 0.0 else -away)
            found = straight_course(times_s[frames][seen], xs[seen], _OFF_COURSE * height, _LEAST_PACE * height)
            if found is None or abs(found.speed / course.speed - 1.0) > _OTHER_PACE:
                return walk
            course = found
        return replace(walk, course=course)

    def _whole(self, walk: _Walk, others: Sequence[_Walk], times_s: NDArray[np.float64]) -> LiveTrack:
        """A walker's track from where they come in to where they go out; `others` are other pieces of the walk."""
        seen = np.concatenate([walk.frames, *(other.frames for other in others)])
        walk = self._corrected(walk, int(seen.min()), int(seen.max()), times_s)
        first, last = (self._reached(walk, int(e), times_s, w) for e, w in ((seen.min(), -1), (seen.max(), 1)))
        walk = self._corrected(walk, first, last, times_s)
        track = LiveTrack(walk.track.number, first, walk.track.box, (walk.course.speed / self._frame_rate, 0.0), last)
        track.look = walk.track.look
        track.gait = self._legs(walk, ((first, last), (int(walk.frames[0]), int(walk.frames[-1]))), times_s)
        old, kept = walk.track, set(walk.frames.tolist())
        cues = np.asarray(old.cues, dtype=np.float32).reshape(-1, len(CUES))
        speed = float(np.median([old.speeds_px[f - old.start_frame] for f in walk.frames]))
        nothing = np.zeros(len(CUES), dtype=np.float32).tolist()
        x1, y1, x2, y2 = walk.box
        for frame in range(first, last + 1):
            x, row = float(walk.course.at(times_s[frame : frame + 1])[0]), frame - old.start_frame
            if frame in kept:
                track.record(old.box_at(frame), old.speeds_px[row], 1.0)
                track.path.extend(old.path[2 * row : 2 * row + 2])
                track.strides.append(old.strides[row])
                track.feet.append(old.feet[row])
                track.cues.extend(cues[row].tolist() if row < len(cues) else nothing)
                continue
            track.record((x + x1, y1, x + x2, y2), speed, 0.0)
            track.path.extend([float("nan")] * 2)
            track.strides.append(float("nan"))
            track.feet.append(0.0)
            track.cues.extend(nothing)
        track.mass = old.mass * track.frames / max(old.frames, 1)
        track.seen_frames = track.frames
        return track

    def _legs(self, walk: _Walk, spans: Sequence[tuple[int, int]], times_s: NDArray[np.float64]) -> Gait:
        """The gait by the legs in the first of some spans of frames in which they are like those of a walk."""
        read = (self._gait(walk.course, walk.box, times_s, first, last) for first, last in spans)
        return next((gait for gait, like in filter(None, read) if like >= _LEAST_LIKE), walk.gait)

    def _reached(self, walk: _Walk, edge: int, times_s: NDArray[np.float64], way: int) -> int:
        """First (`way` -1) or last (1) frame of a walk that is sure up to frame `edge`."""
        stops = _stops(walk, edge, way, times_s, self._frame_rate)
        reach, hidden = edge, 0
        half_stride = 0.5 * walk.course.speed * walk.gait.step_s
        frame = edge + way
        while self._first <= frame < len(times_s) and hidden <= _HIDDEN_S * self._frame_rate:
            x = float(walk.course.at(times_s[frame : frame + 1])[0])
            if not 0.0 <= x + half_stride <= self._shape[1]:
                return frame - way  # the next foot falls outside the picture
            hidden = 0 if self._moves(walk, x, frame) else hidden + 1
            if hidden and stops:
                break
            reach = reach if hidden else frame
            frame += way
        return reach if hidden or not self._first <= frame < len(times_s) else frame - way

    def _moves(self, walk: _Walk, x: float, frame: int) -> bool:
        """Whether a good part of where a walker should be moves."""
        rows, columns = self._shape
        moving = np.unpackbits(self._masks[frame - self._first], count=rows * columns).reshape(rows, columns)
        x1, y1, x2, y2 = walk.box
        left, right = max(0, int(x + x1)), min(columns, int(np.ceil(x + x2)))
        part = moving[max(0, int(y1)) : int(np.ceil(y2)), left:right]
        return bool(part.size and float(part.mean()) >= _SUPPORT)


def _same(walk: _Walk, other: _Walk, times_s: NDArray[np.float64]) -> bool:
    """True for two pieces of one walk: the same way, and one on the course of the other."""
    if walk.course.speed * other.course.speed < 0.0:
        return False
    away = np.abs(walk.course.at(times_s[walk.frames]) - other.course.at(times_s[walk.frames]))
    return float(np.median(away)) <= _SAME_PLACE * max(walk.height, other.height)


def _stops(walk: _Walk, edge: int, way: int, times_s: NDArray[np.float64], frame_rate: float) -> bool:
    """True where the walker is seen to stand or turn beyond the end of the course."""
    track = walk.track
    path = np.asarray(track.path, dtype=np.float64).reshape(-1, 2)[: track.frames]
    beyond = np.arange(edge + 1, track.end_frame) if way > 0 else np.arange(track.start_frame, edge)
    x = float(walk.course.at(times_s[edge : edge + 1])[0])
    there = path[beyond - track.start_frame]
    left = np.abs(there[:, 0] - walk.course.at(times_s[beyond])) > _SAME_PLACE * walk.height
    near = np.hypot(there[:, 0] - x, there[:, 1] - walk.middle_y) <= 1.5 * _SAME_PLACE * walk.height
    boxes = np.asarray(track.boxes, dtype=np.float64).reshape(-1, 4)[beyond - track.start_frame]
    whole = np.abs(boxes[:, 3] - boxes[:, 1] - walk.height) <= _SAME_PLACE * walk.height
    return int((left & near & whole).sum()) >= _STOPPED_S * frame_rate


def _without(walk: _Walk, frame_rate: float) -> list[LiveTrack]:
    """What a track followed before and after its walker: somebody else's tracks."""
    track, first, last = walk.track, int(walk.frames[0]), int(walk.frames[-1])
    pieces = []
    for begin, end in ((track.start_frame, first), (last + 1, track.end_frame)):
        alone = np.isfinite(
            np.asarray(track.path, dtype=np.float64).reshape(-1, 2)[
                begin - track.start_frame : end - track.start_frame, 0
            ]
        )
        if alone.sum() >= _LEAST_KEPT_S * frame_rate:
            pieces.append(track.piece(begin, end, len(CUES)))
    return pieces
