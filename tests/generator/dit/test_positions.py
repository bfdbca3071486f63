"""Positions on the grid of the encoder; needs no torch."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.cues import EventCue, PositionPath, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.errors import EngineError
from foleydesigner.generator.dit.positions import FramePositions, normalised, on_grid
from foleydesigner.tools.geometry import depth_to_unit


def frames(azimuth: list[float], active: list[float], rate: float = 24.0, depth: float = 2.0) -> FramePositions:
    return FramePositions(
        azimuth_deg=np.array(azimuth, np.float32),
        depth_m=np.full(len(azimuth), depth, np.float32),
        activation=np.array(active, np.float32),
        frame_rate_hz=rate,
    )


def test_positions_are_normalised_as_in_the_paper() -> None:
    depths = np.array([0.1, 0.5, 3.0, 10.0, 200.0, 900.0], np.float32)
    points = normalised(np.array([-45, 0, 22.5, 45, 90, -180], np.float32), depths)
    assert points[:, 0] == pytest.approx([-1, 0, 0.5, 1, 2, -4])
    assert points[:, 1] == pytest.approx([depth_to_unit(float(d)) for d in depths], abs=1e-6)


@pytest.mark.parametrize(("rate", "steps_hz"), [(24.0, 86.1328125), (24000 / 1001, 86.13), (60.0, 43.07), (12.0, 100)])
def test_a_frame_holds_until_the_next_one(rate: float, steps_hz: float) -> None:
    own = frames(list(np.linspace(-45, 45, 37)), [float(i % 3 == 0) for i in range(37)], rate)
    steps = round(steps_hz * 5)
    points, active = on_grid([own, own.mirrored()], steps, steps_hz)
    for step in range(steps):
        frame = int((step + 0.5) / steps_hz * rate + 1e-9)
        held = min(frame, 36)
        assert points[0, step, 0] == pytest.approx(own.azimuth_deg[held] / 45)
        assert active[0, step] == (own.activation[held] if frame < 37 else 0.0)
    assert points[1, :, 0] == pytest.approx(-points[0, :, 0])
    assert np.array_equal(points[0, :, 1], points[1, :, 1])


def test_a_cue_gives_its_frames_and_silence_beyond_the_clip() -> None:
    points = PositionPath([PositionPoint(time_s=t, azimuth_deg=40 * t - 40, depth_m=1 + t) for t in (0.0, 2.0)])
    cue = EventCue(
        event_id="e1", kind="impulsive", placement="screen", rate_num=25, rate_den=1, frame_count=50,
        clip_duration_s=2.0, onsets_s=(0.5, 1.5), strengths=(1.0, 0.5),
        trajectory=Trajectory(segments=(TrajectorySegment(start_s=0.0, end_s=2.0, points=points),)),
    )  # fmt: skip
    whole = FramePositions.from_cue(cue)
    assert whole.activation.nonzero()[0].tolist() == [*range(12, 18), *range(37, 43)]  # 0.2 s, frames that are touched
    fast = cue.model_copy(update={"onsets_s": (0.4, 0.56)})
    assert FramePositions.from_cue(fast).activation.nonzero()[0].tolist() == [10, 11, 14, 15]  # each begins by itself
    assert whole.azimuth_deg == pytest.approx(40 * (np.arange(50) + 0.5) / 25 - 40, abs=1e-4)
    later = FramePositions.from_cue(cue, start_s=1.0, duration_s=2.0)
    assert later.activation.nonzero()[0].tolist() == [*range(12, 18)]
    assert later.activation.size == 50
    assert later.azimuth_deg[-1] == pytest.approx(40.0)
    assert later.depth_m[0] == pytest.approx(whole.depth_m[25])


@pytest.mark.parametrize("azimuth", [[], [float("nan")]])
def test_positions_that_cannot_be_used_are_refused(azimuth: list[float]) -> None:
    with pytest.raises(EngineError, match="finite"):
        frames(azimuth, [1.0] * len(azimuth))
    with pytest.raises(EngineError, match="shapes"):
        frames([0.0], [1.0, 1.0])
    with pytest.raises(EngineError, match="above 0"):
        frames([0.0], [1.0], depth=0.0)
