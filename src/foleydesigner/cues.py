"""Spatio-temporal cues of one event (eq. 2-3): where it is, and exactly when it sounds."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from foleydesigner.columns import Columns
from foleydesigner.model import Identifier, Model, Seconds, Unit
from foleydesigner.script import EventKind, Span


class PositionPoint(Model):
    """p-hat at one time: the unmasked position."""

    time_s: Seconds
    azimuth_deg: Annotated[float, Field(ge=-180.0, le=180.0)]
    depth_m: Annotated[float, Field(gt=0.0, le=1000.0)]


class PositionPath(Columns[PositionPoint]):
    """Positions over time, ascending."""

    __slots__ = ()

    item = PositionPoint
    width = 3

    @staticmethod
    def _row(item: PositionPoint) -> tuple[float, ...]:
        return item.time_s, item.azimuth_deg, item.depth_m

    @staticmethod
    def _data(row: list[float]) -> dict[str, Any]:
        return dict(zip(("time_s", "azimuth_deg", "depth_m"), row, strict=True))

    @classmethod
    def _item(cls, row: list[float]) -> PositionPoint:
        return PositionPoint.model_construct(**cls._data(row))

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Seconds, shape (points,)."""
        return self._columns[:, 0]

    @property
    def azimuths_deg(self) -> NDArray[np.float64]:
        """Degrees, left negative, shape (points,)."""
        return self._columns[:, 1]

    @property
    def depths_m(self) -> NDArray[np.float64]:
        """Metres, shape (points,)."""
        return self._columns[:, 2]


class TrajectorySegment(Model):
    """Positions inside one shot; nothing is interpolated from one segment to the next."""

    start_s: Seconds
    end_s: Seconds
    points: PositionPath

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if (np.diff(self.points.times_s) < 0.0).any():
            raise ValueError("trajectory points are not in time order")
        return self


class Trajectory(Model):
    """The path of one event, one segment a shot, ascending."""

    segments: Annotated[tuple[TrajectorySegment, ...], Field(min_length=1)]

    def sample(self, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Azimuth (degrees) and depth (metres) at `times_s` of shape (n,), each of shape (n,).

        Linear inside a segment; before and after its points the nearest one holds; a time between two segments belongs
        to the one that started last.
        """
        times = np.asarray(times_s, dtype=np.float64)
        starts = np.array([s.start_s for s in self.segments])
        which = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, len(starts) - 1)
        azimuth, depth = np.empty_like(times), np.empty_like(times)
        for index, segment in enumerate(self.segments):
            mask = which == index
            if not mask.any():
                continue
            path = segment.points
            azimuth[mask] = np.interp(times[mask], path.times_s, path.azimuths_deg)
            depth[mask] = np.interp(times[mask], path.times_s, path.depths_m)
        return azimuth, depth


def activation_of(intervals_s: Iterable[tuple[float, float]], frames: int, frame_rate: float) -> NDArray[np.uint8]:
    """The binary vector a of shape (frames,): 1 on frames that an interval (from, to, in seconds) touches.

    The frame that an interval begins in always counts, and one that begins after the last frame counts on that.
    """
    active = np.zeros(frames, dtype=np.uint8)
    for start_s, end_s in intervals_s:
        first = min(int(start_s * frame_rate + 1e-9), frames - 1)
        active[first : max(int(np.ceil(end_s * frame_rate - 1e-9)), first + 1)] = 1
    return active


class EventCue(Model):
    """All that an engine and the mixer need to know of an event's place and time.

    The onsets are exact; the frame activation a in {0, 1}^N (eq. 3) is derived from them, never the other way round.
    """

    event_id: Identifier
    kind: EventKind
    placement: Literal["screen", "offscreen", "diffuse"]
    rate_num: Annotated[int, Field(ge=1)]
    rate_den: Annotated[int, Field(ge=1)]
    frame_count: Annotated[int, Field(ge=1)]
    clip_duration_s: Annotated[float, Field(gt=0.0)]
    onsets_s: tuple[Seconds, ...] = ()
    strengths: tuple[Unit, ...] = ()
    spans: tuple[Span, ...] = ()
    trajectory: Trajectory
    pan_width: Unit = 1.0

    @property
    def frame_rate(self) -> Fraction:
        """Exact nominal frame rate."""
        return Fraction(self.rate_num, self.rate_den)

    def activation(self, hit_s: float = 0.0) -> NDArray[np.uint8]:
        """The binary vector a of shape (frame_count,): 1 on frames in which the event sounds.

        Args:
            hit_s: how long an impulsive hit counts as active after its onset; its own frame always does.
        """
        intervals = [(t, t + hit_s) for t in self.onsets_s] + [(s.start_s, s.end_s) for s in self.spans]
        return activation_of(intervals, self.frame_count, float(self.frame_rate))

    def positions(self) -> NDArray[np.float64]:
        """p_t = a_t * (d_t, theta_t) at frame centres (eq. 3), shape (frame_count, 2): depth (m), azimuth (degrees)."""
        times = np.asarray((np.arange(self.frame_count) + 0.5) / float(self.frame_rate), dtype=np.float64)
        azimuth, depth = self.trajectory.sample(times)
        return np.stack([depth, azimuth], axis=1) * self.activation()[:, None]
