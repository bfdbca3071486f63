"""Where a region is over time: boxes, points, and paths of them that stay small over a whole film."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from foleydesigner.columns import Columns
from foleydesigner.model import Model, Seconds

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class Box(Model):
    """A region of the displayed picture, in shares of its width and height."""

    x1: Share
    y1: Share
    x2: Share
    y2: Share

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.x2 < self.x1 or self.y2 < self.y1:
            raise ValueError(f"box corners out of order: {self.x1, self.y1, self.x2, self.y2}")
        return self

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y) in shares."""
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    @property
    def area(self) -> float:
        """Share of the picture that the box covers."""
        return (self.x2 - self.x1) * (self.y2 - self.y1)


class TrackPoint(Model):
    """Where a track is at one frame."""

    frame: Annotated[int, Field(ge=0)]
    time_s: Seconds
    box: Box
    speed: Annotated[float, Field(ge=0.0)]
    """Speed of the region against the camera, picture widths per second."""
    depth_m: Annotated[float, Field(gt=0.0, le=1000.0)] | None = None


class TrackPath(Columns[TrackPoint]):
    """A track's points, one a frame."""

    __slots__ = ()

    item = TrackPoint
    width = 8

    @staticmethod
    def _row(item: TrackPoint) -> tuple[float, ...]:
        box, depth_m = item.box, math.nan if item.depth_m is None else item.depth_m
        return item.time_s, box.x1, box.y1, box.x2, box.y2, item.speed, depth_m, item.frame

    @staticmethod
    def _data(row: list[float]) -> dict[str, Any]:
        time_s, x1, y1, x2, y2, speed, depth_m, frame = row
        return {
            "frame": int(frame),
            "time_s": time_s,
            "box": {"x1": x1, "y1": y1, "x2": x2, "y2": y2},
            "speed": speed,
            "depth_m": None if math.isnan(depth_m) else depth_m,
        }

    @classmethod
    def _item(cls, row: list[float]) -> TrackPoint:
        data = cls._data(row)
        return TrackPoint.model_construct(**data | {"box": Box.model_construct(**data["box"])})

    @property
    def frames(self) -> NDArray[np.int64]:
        """Frame of each point, shape (points,)."""
        return self._columns[:, 7].astype(np.int64)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Time of each point, seconds, shape (points,)."""
        return self._columns[:, 0]

    @property
    def boxes(self) -> NDArray[np.float64]:
        """x1, y1, x2, y2 of each point, shares of the picture, shape (points, 4)."""
        return self._columns[:, 1:5]

    @property
    def speeds(self) -> NDArray[np.float64]:
        """Speed at each point, picture widths per second, shape (points,)."""
        return self._columns[:, 5]

    @property
    def depths_m(self) -> NDArray[np.float64]:
        """Distance at each point, metres, NaN where it is not known, shape (points,)."""
        return self._columns[:, 6]

    @property
    def centres(self) -> NDArray[np.float64]:
        """Centre (x, y) of each box, shares, shape (points, 2)."""
        return (self.boxes[:, :2] + self.boxes[:, 2:]) / 2.0

    @property
    def widths(self) -> NDArray[np.float64]:
        """Width of each box, shares, shape (points,)."""
        return self._columns[:, 3] - self._columns[:, 1]

    @property
    def heights(self) -> NDArray[np.float64]:
        """Height of each box, shares, shape (points,)."""
        return self._columns[:, 4] - self._columns[:, 2]

    @property
    def areas(self) -> NDArray[np.float64]:
        """Share of the picture that each box covers, shape (points,)."""
        return self.widths * self.heights

    @property
    def mean_area(self) -> float:
        """Mean share of the picture that the boxes cover."""
        return float(np.mean(self.areas))

    def nearest(self, time_s: float) -> TrackPoint:
        """The point nearest in time."""
        return self[int(np.argmin(np.abs(self.times_s - time_s)))]

    def at_frame(self, frame: int) -> TrackPoint:
        """The point nearest to a frame."""
        return self[int(np.argmin(np.abs(self._columns[:, 7] - frame)))]

    def with_depths(self, depths_m: NDArray[np.float64]) -> Self:
        """The same path at other distances, metres, shape (points,)."""
        changed = self._columns.copy()
        changed[:, 6] = depths_m
        return self.of_columns(changed)
