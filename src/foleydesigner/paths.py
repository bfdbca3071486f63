"""Where a region is over time: boxes, points, and paths of them that stay small over a whole film."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Self, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

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


class TrackPath(Sequence[TrackPoint]):
    """A track's points, one a frame, in columns of numbers: a point is made when it is asked for.

    A film has hundreds of thousands of points, and as objects each takes a kilobyte. In JSON a path is a list of
    `TrackPoint`; whatever is read from outside is validated as such.
    """

    __slots__ = ("_columns", "_frames")

    def __init__(self, points: Iterable[TrackPoint]) -> None:
        listed = list(points)
        self._frames = np.array([p.frame for p in listed], dtype=np.int64)
        self._columns = np.array(
            [
                (p.time_s, p.box.x1, p.box.y1, p.box.x2, p.box.y2, p.speed, np.nan if p.depth_m is None else p.depth_m)
                for p in listed
            ],
            dtype=np.float64,
        ).reshape(len(listed), 7)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        listed = handler(Annotated[tuple[TrackPoint, ...], Field(min_length=1)])

        def packed(value: Any, validated: core_schema.ValidatorFunctionWrapHandler) -> TrackPath:
            return value if isinstance(value, cls) else cls(validated(value))

        return core_schema.no_info_wrap_validator_function(
            packed, listed, serialization=core_schema.plain_serializer_function_ser_schema(cls.as_data)
        )

    def __len__(self) -> int:
        return int(self._frames.size)

    @overload
    def __getitem__(self, index: int) -> TrackPoint: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[TrackPoint, ...]: ...

    def __getitem__(self, index: int | slice) -> TrackPoint | tuple[TrackPoint, ...]:
        if isinstance(index, slice):
            return tuple(self._point(i) for i in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._point(index)

    def __iter__(self) -> Iterator[TrackPoint]:
        return map(self._point, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TrackPath):
            return NotImplemented
        return np.array_equal(self._frames, other._frames) and np.array_equal(
            self._columns, other._columns, equal_nan=True
        )

    def __hash__(self) -> int:
        return hash((self._frames.tobytes(), self._columns.tobytes()))

    def __repr__(self) -> str:
        return f"TrackPath({len(self)} points)"

    @property
    def frames(self) -> NDArray[np.int64]:
        """Frame of each point, shape (points,)."""
        return self._frames

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
        return self._point(int(np.argmin(np.abs(self.times_s - time_s))))

    def at_frame(self, frame: int) -> TrackPoint:
        """The point nearest to a frame."""
        return self._point(int(np.argmin(np.abs(self._frames - frame))))

    def with_depths(self, depths_m: NDArray[np.float64]) -> Self:
        """The same path at other distances, metres, shape (points,)."""
        changed = object.__new__(type(self))
        changed._frames, changed._columns = self._frames, self._columns.copy()
        changed._columns[:, 6] = depths_m
        return changed

    def as_data(self) -> list[dict[str, Any]]:
        """The points as plain data, as `TrackPoint` dumps them."""
        return [
            {
                "frame": frame,
                "time_s": time_s,
                "box": {"x1": x1, "y1": y1, "x2": x2, "y2": y2},
                "speed": speed,
                "depth_m": None if math.isnan(depth_m) else depth_m,
            }
            for frame, (time_s, x1, y1, x2, y2, speed, depth_m) in zip(
                self._frames.tolist(), self._columns.tolist(), strict=True
            )
        ]

    def _point(self, index: int) -> TrackPoint:
        time_s, x1, y1, x2, y2, speed, depth_m = self._columns[index].tolist()
        # What is in here has been validated once.
        return TrackPoint.model_construct(
            frame=int(self._frames[index]),
            time_s=time_s,
            box=Box.model_construct(x1=x1, y1=y1, x2=x2, y2=y2),
            speed=speed,
            depth_m=None if math.isnan(depth_m) else depth_m,
        )
