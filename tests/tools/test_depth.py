from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foleydesigner.evidence import Box, Track, TrackPoint
from foleydesigner.tools.depth import (
    Camera,
    box_depth_m,
    ground_depth_m,
    horizon_from,
    size_depth_m,
    track_depths_m,
    with_depth,
)

CAMERA = Camera(field_of_view_deg=90.0, aspect=16 / 9)
FOCAL = 0.5 * 16 / 9


def track(boxes: list[Box], rate: float = 25.0) -> Track:
    points = tuple(TrackPoint(frame=n, time_s=n / rate, box=box, speed=0.1) for n, box in enumerate(boxes))
    return Track(id="track_1", shot_id="shot_001", start_s=0.0, end_s=len(boxes) / rate, points=points)


def standing(depth_m: float, size_m: float, horizon: float = 0.5, camera_m: float = 1.6) -> Box:
    """Where the pinhole camera sees a thing of `size_m`, as wide as tall, that stands at `depth_m`."""
    bottom = horizon + camera_m * FOCAL / depth_m
    height = size_m * FOCAL / depth_m
    half = height / (16 / 9) / 2
    return Box(x1=max(0.0, 0.5 - half), y1=max(0.0, bottom - height), x2=min(1.0, 0.5 + half), y2=min(1.0, bottom))


def test_closed_forms() -> None:
    assert ground_depth_m(1.0, CAMERA) == pytest.approx(1.6 * FOCAL / 0.5)
    assert ground_depth_m(0.5, CAMERA) == np.inf
    assert size_depth_m(0.5, 1.7, CAMERA) == pytest.approx(1.7 * FOCAL / 0.5)


@pytest.mark.parametrize("depth_m", [4.0, 8.0, 15.0])
@pytest.mark.parametrize("size_m", [0.6, 1.0, 1.7])
def test_a_standing_thing_is_within_a_third_octave_or_so(depth_m: float, size_m: float) -> None:
    assert 0.65 < box_depth_m(standing(depth_m, size_m), CAMERA) / depth_m < 1.55


@given(st.floats(0.3, 4.0), st.floats(3.0, 60.0))
def test_a_standing_thing_that_comes_nearer_reads_nearer(size_m: float, depth_m: float) -> None:
    assert box_depth_m(standing(0.9 * depth_m, size_m), CAMERA) < box_depth_m(standing(depth_m, size_m), CAMERA)


@given(
    st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    st.floats(20.0, 120.0),
    st.floats(0.2, 4.0),
)
def test_any_box_is_bounded(corners: list[float], fov: float, aspect: float) -> None:
    x1, x2 = sorted(corners[:2])
    y1, y2 = sorted(corners[2:])
    assert 0.5 <= box_depth_m(Box(x1=x1, y1=y1, x2=x2, y2=y2), Camera(fov, aspect)) <= 200.0


def test_close_ups_are_near_and_small_things_at_the_horizon_far() -> None:
    assert box_depth_m(Box(x1=0.1, y1=0.05, x2=0.9, y2=1.0), CAMERA) < 2.0
    assert box_depth_m(Box(x1=0.5, y1=0.49, x2=0.51, y2=0.51), CAMERA) > 20.0
    # cut off below: no farther than the ground at the picture's edge
    assert box_depth_m(Box(x1=0.5, y1=0.97, x2=0.52, y2=1.0), CAMERA) <= 1.6 * FOCAL / 0.5 + 1e-9


@given(st.floats(1.01, 1.2), st.floats(0.05, 0.9), st.floats(0.02, 0.2))
def test_a_growing_track_only_comes_nearer(factor: float, centre_y: float, start: float) -> None:
    boxes = []
    for n in range(20):
        half = min(0.45, start * factor**n / 2)
        boxes.append(Box(x1=0.5 - half, y1=max(0.0, centre_y - half), x2=0.5 + half, y2=min(1.0, centre_y + half)))
    depths = track_depths_m(track(boxes), CAMERA)
    assert np.all(np.diff(depths) <= 1e-9)
    assert depths.min() >= 0.5
    assert depths.max() <= 200.0


def test_walking_out_of_the_picture_is_not_walking_away() -> None:
    boxes = [Box(x1=max(0.0, 0.2 - 0.02 * n), y1=0.3, x2=max(0.02, 0.4 - 0.02 * n), y2=0.8) for n in range(19)]
    depths = track_depths_m(track(boxes), CAMERA)
    assert depths[-1] == pytest.approx(depths[0], rel=0.1)


def test_what_the_edge_cuts_all_along_may_come_but_not_go() -> None:
    def boxes(widths: np.ndarray) -> list[Box]:
        return [Box(x1=0.0, y1=0.5 - w / 2, x2=float(w), y2=0.5 + w / 2) for w in widths]

    coming = track_depths_m(track(boxes(np.linspace(0.1, 0.6, 30))), CAMERA)
    going = track_depths_m(track(boxes(np.linspace(0.6, 0.1, 30))), CAMERA)
    assert coming[-1] < 0.5 * coming[0]
    assert going[-1] == pytest.approx(going[0])


def test_jitter_is_smoothed() -> None:
    generator = np.random.default_rng(1)
    boxes = [Box(x1=0.4, y1=0.5 - h, x2=0.6, y2=0.8) for h in 0.1 + 0.03 * generator.uniform(-1, 1, 50)]
    depths = track_depths_m(track(boxes), CAMERA)
    raw = np.array([box_depth_m(box, CAMERA) for box in boxes])
    assert np.abs(np.diff(np.log(depths))).max() < 0.2 * np.abs(np.diff(np.log(raw))).max()


@pytest.mark.parametrize("horizon", [0.35, 0.5, 0.6])
def test_horizon_from_growth(horizon: float) -> None:
    boxes = [standing(d, 1.2, horizon) for d in np.linspace(20.0, 5.0, 30)]
    assert horizon_from([track(boxes)]) == pytest.approx(horizon, abs=0.01)


def test_no_horizon_without_growth() -> None:
    assert horizon_from([track([standing(8.0, 1.2)] * 30)]) is None
    assert horizon_from([]) is None


def test_tracks_carry_depth_and_the_assumptions_are_said() -> None:
    tracks, words = with_depth((track([standing(6.0, 1.0)] * 10),), 90.0, 16 / 9)
    depths = [point.depth_m for point in tracks[0].points]
    assert all(depth == pytest.approx(6.0, rel=0.3) for depth in depths)
    text = " ".join(words)
    for part in ("1.6 m", "90°", "horizon is at mid-height in shot_001", "200 m"):
        assert part in text


def test_no_tracks() -> None:
    tracks, words = with_depth((), 90.0, 16 / 9)
    assert tracks == ()
    assert words
