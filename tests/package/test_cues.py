"""Trajectories, activation and positions (eq. 2-3)."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.script import Span


def segment(start_s: float, end_s: float, *points: tuple[float, float, float]) -> TrajectorySegment:
    made = tuple(PositionPoint(time_s=t, azimuth_deg=a, depth_m=d) for t, a, d in points)
    return TrajectorySegment(start_s=start_s, end_s=end_s, points=made)


def cue(**changes: object) -> EventCue:
    values: dict = {
        "event_id": "ev_1",
        "kind": "impulsive",
        "placement": "screen",
        "rate_num": 24,
        "rate_den": 1,
        "frame_count": 48,
        "clip_duration_s": 2.0,
        "onsets_s": (0.5, 1.0),
        "strengths": (1.0, 0.5),
        "trajectory": Trajectory(segments=(segment(0, 2, (0.0, -45.0, 4.0), (2.0, 45.0, 2.0)),)),
    }
    return EventCue.model_validate(values | changes)


def test_positions_are_linear_inside_a_shot() -> None:
    azimuth, depth = cue().trajectory.sample(np.array([0.0, 0.5, 1.0, 2.0, 3.0]))
    np.testing.assert_allclose(azimuth, [-45.0, -22.5, 0.0, 45.0, 45.0])
    np.testing.assert_allclose(depth, [4.0, 3.5, 3.0, 2.0, 2.0])


def test_nothing_is_interpolated_across_a_cut() -> None:
    path = Trajectory(segments=(segment(0, 1, (0.2, -40.0, 2.0)), segment(1, 2, (1.6, 40.0, 8.0))))
    azimuth, depth = path.sample(np.array([0.0, 0.999, 1.0, 1.3, 2.0]))
    np.testing.assert_array_equal(azimuth, [-40.0, -40.0, 40.0, 40.0, 40.0])
    np.testing.assert_array_equal(depth, [2.0, 2.0, 8.0, 8.0, 8.0])


def test_activation_marks_the_frame_of_a_hit() -> None:
    active = cue(onsets_s=(0.51,), strengths=(1.0,)).activation()
    assert active.dtype == np.uint8
    assert np.flatnonzero(active).tolist() == [12]  # 0.51 s at 24 fps lies in frame 12


def test_an_onset_on_a_frame_border_belongs_to_the_frame_that_starts_there() -> None:
    times = tuple(n / 24 for n in range(48))
    active = cue(onsets_s=times, strengths=(1.0,) * 48).activation()
    assert active.sum() == 48


def test_activation_of_spans_covers_every_frame_they_touch() -> None:
    values = {"kind": "steady", "onsets_s": (), "strengths": (), "spans": (Span(start_s=0.26, end_s=0.5),)}
    assert np.flatnonzero(cue(**values).activation()).tolist() == [6, 7, 8, 9, 10, 11]


def test_positions_are_masked_by_the_activation() -> None:
    positions = cue().positions()
    assert positions.shape == (48, 2)
    assert np.flatnonzero(positions.any(axis=1)).tolist() == [12, 24]
    np.testing.assert_allclose(positions[24], [4.0 - 24.5 / 24, -45.0 + 45.0 * 24.5 / 24])


def test_points_out_of_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="time order"):
        segment(0, 2, (1.0, 0.0, 1.0), (0.5, 0.0, 1.0))
