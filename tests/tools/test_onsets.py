"""Impacts from cues and from cells whose movement is prescribed."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.camera import CameraMotion
from foleydesigner.tools.flow import CellMotion
from foleydesigner.tools.movement_cues import CUES, LATENCY, ImpactReader, tiles
from foleydesigner.tools.onsets import (
    MIN_GAP_S,
    Candidate,
    cue_scales,
    favour_rhythm,
    find_impacts,
)

ROWS, COLUMNS, RATE = 45, 80, 25.0


def _motion(velocity: tuple[float, float]) -> CellMotion:
    """A block of 10 × 10 cells that moves at `velocity` px a frame, the rest at rest."""
    residual = np.zeros((ROWS, COLUMNS, 2), dtype=np.float32)
    residual[20:30, 40:50] = velocity
    speed = np.hypot(residual[..., 0], residual[..., 1])
    change = 3.0 * np.minimum(speed, 6.0)
    return CellMotion(
        residual, change, np.full((ROWS, COLUMNS), 90.0, np.float32), speed > 0, speed > 0, CameraMotion()
    )


def _impacts(velocities: list[tuple[float, float]], cuts: tuple[int, ...] = (0,)) -> list[Candidate]:
    reader, rows = ImpactReader(), []
    for frame, velocity in enumerate(velocities):
        reader.push(_motion(velocity), cut=frame in cuts)
        if frame >= LATENCY:
            rows.append(reader.read(None))
    cues = np.stack(rows + [np.zeros(len(CUES), dtype=np.float32)] * LATENCY)
    times_s = np.arange(len(velocities)) / RATE
    return find_impacts(cues, times_s, 0, cue_scales(cues), RATE)


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 0.75])
def test_a_dead_stop_is_placed_within_the_frame_period(fraction: float) -> None:
    # Stops at frame 20 + fraction: the flow of the period that holds the stop is that share of a full one.
    velocities = [(0.0, 6.0)] * 21 + [(0.0, 6.0 * fraction)] + [(0.0, 0.0)] * 20
    (impact,) = [i for i in _impacts(velocities) if i.time_s > 0.2]
    assert impact.time_s * RATE == pytest.approx(20 + fraction, abs=0.3)
    assert impact.kind in ("contact", "stop")
    assert (impact.x, impact.y) == pytest.approx((45, 25), abs=2.5)


def test_a_bounce_at_constant_speed_is_an_impact() -> None:
    (impact,) = [i for i in _impacts([(0.0, 6.0)] * 21 + [(0.0, -6.0)] * 20) if 0.2 < i.time_s < 1.5]
    assert impact.time_s * RATE == pytest.approx(20, abs=0.3)
    assert impact.kind == "contact"


def test_a_start_out_of_rest_is_a_weaker_jolt() -> None:
    impacts = _impacts([(0.0, 0.0)] * 20 + [(6.0, 0.0)] * 20 + [(0.0, 0.0)] * 10)
    jolt, stop = (min(impacts, key=lambda i: abs(i.time_s - t)) for t in (19 / RATE, 39 / RATE))
    assert jolt.kind == "jolt"
    assert jolt.salience < stop.salience


@pytest.mark.parametrize(
    "velocities",
    [
        [(4.0, 1.0)] * 50,
        [(4.0, 0.0) if i != 25 else (0.0, 0.0) for i in range(50)],  # a repeated frame
        [(0.0, 0.0) if i != 25 else (9.0, 0.0) for i in range(50)],  # a caption that pops up
    ],
)
def test_even_movement_and_torn_frames_are_no_impacts(velocities: list[tuple[float, float]]) -> None:
    assert [i for i in _impacts(velocities) if 0.2 < i.time_s < 1.8] == []


def test_a_cut_out_of_movement_is_no_stop() -> None:
    impacts = _impacts([(0.0, 6.0)] * 25 + [(0.0, 0.0)] * 25, cuts=(0, 25))
    assert [i for i in impacts if i.time_s > 0.2] == []


def test_impacts_keep_their_distance() -> None:
    impacts = _impacts([(0.0, 6.0 if i % 2 else 0.5) for i in range(60)])
    assert np.all(np.diff([i.time_s for i in impacts]) >= MIN_GAP_S - 1e-9)


def test_rhythm_raises_what_falls_on_the_beat() -> None:
    beats = [Candidate(0.5 * k, k, 1.0, 0, 0, "contact") for k in range(1, 7)]
    stray = Candidate(1.75, 9, 1.0, 0, 0, "contact")
    raised = favour_rhythm([*beats, stray], 0.5, 0.9)
    assert all(candidate.salience > 1.2 for candidate in raised[:-1])
    assert raised[-1].salience < 0.8
    assert favour_rhythm(beats, None, 0.9) == beats


def test_tiles_are_means_and_pad_the_edge() -> None:
    cells = np.ones((7, 12, 2), dtype=np.float32)
    tiled = tiles(cells)
    assert tiled.shape == (2, 3, 2)
    assert tiled[0, 0, 0] == 1.0
    assert tiled[1, 2, 0] == pytest.approx(2 * 2 / 25)
