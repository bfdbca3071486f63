"""A track's path: columns of numbers inside, a list of points outside."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from foleydesigner.evidence import Box, Track, TrackPath, TrackPoint


def point(frame: int, depth_m: float | None = None) -> TrackPoint:
    box = Box(x1=0.1, y1=0.2, x2=0.3 + 0.001 * frame, y2=0.6)
    return TrackPoint(frame=frame, time_s=frame / 25, box=box, speed=0.1 * frame, depth_m=depth_m)


def track(points: tuple[TrackPoint, ...]) -> Track:
    return Track(id="track_1", shot_id="shot_001", start_s=0.0, end_s=1.0, points=points)


POINTS = tuple(point(n, None if n % 2 else 3.25) for n in range(6))


def test_points_come_out_as_they_went_in() -> None:
    path = track(POINTS).points
    assert tuple(path) == POINTS
    assert (path[0], path[-1], path[1:4], len(path)) == (POINTS[0], POINTS[-1], POINTS[1:4], 6)
    assert path.index(POINTS[3]) == 3
    with pytest.raises(IndexError):
        path[6]


def test_json_is_a_list_of_points_and_reads_back_equal() -> None:
    original = track(POINTS)
    text = original.model_dump_json()
    assert json.loads(text)["points"] == [p.model_dump(mode="json") for p in POINTS]
    again = Track.model_validate_json(text)
    assert again == original
    assert hash(again.points) == hash(original.points)
    assert again != track(POINTS[:5])


@pytest.mark.parametrize(
    "bad",
    [[], [{"frame": -1, "time_s": 0.0, "box": {"x1": 0, "y1": 0, "x2": 1, "y2": 1}, "speed": 0.0}], [{"frame": 1}], 7],
)
def test_what_is_no_path_is_refused(bad: object) -> None:
    with pytest.raises(ValidationError):
        Track.model_validate({"id": "track_1", "shot_id": "shot_001", "start_s": 0.0, "end_s": 1.0, "points": bad})


def test_depths_are_exchanged_and_the_original_stays() -> None:
    path = track(POINTS).points
    deeper = path.with_depths(np.arange(1.0, 7.0))
    assert [p.depth_m for p in deeper] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert tuple(path) == POINTS
    assert path.mean_area == pytest.approx(np.mean([p.box.area for p in POINTS]), abs=1e-12)


def test_a_point_takes_less_than_a_hundred_bytes() -> None:
    path = TrackPath([point(n) for n in range(100)])
    held = sum(sys.getsizeof(part) for part in (path._columns,))
    assert held / len(path) < 100
