"""Regions, identity, and what is read from a finished track."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.camera import CameraMotion
from foleydesigner.tools.flow import CellMotion
from foleydesigner.tools.live_track import LiveTrack, without_doubles
from foleydesigner.tools.periodicity import period_of
from foleydesigner.tools.regions import find_regions
from foleydesigner.tools.track_evidence import growth_of, steadiness_of
from foleydesigner.tools.tracking import Tracker

ROWS, COLUMNS, RATE = 45, 80, 25.0
Block = tuple[float, float, int, int, float]
"""x, y, width, height in cells, velocity to the right in px a frame."""


def _motion(blocks: list[Block]) -> CellMotion:
    residual = np.zeros((ROWS, COLUMNS, 2), dtype=np.float32)
    for x, y, width, height, velocity in blocks:
        residual[round(y) : round(y) + height, max(0, round(x)) : max(0, round(x) + width), 0] = velocity
    moving = residual[..., 0] != 0
    level = np.zeros((ROWS, COLUMNS), np.float32)
    return CellMotion(residual, 9.0 * moving.astype(np.float32), level, moving, moving, CameraMotion())


def _track(frames: list[list[Block]]) -> Tracker:
    tracker = Tracker(frame_rate=RATE, cell_px=4.0)
    for frame, blocks in enumerate(frames):
        tracker.update(frame, _motion(blocks))
    tracker.cut()
    return tracker


def test_regions_join_near_parts_and_drop_specks() -> None:
    regions = find_regions(_motion([(10, 10, 6, 6, 4.0), (18, 10, 4, 6, 4.0), (60, 30, 2, 2, 4.0)]), 4.0)
    assert [r.box for r in regions] == [(10, 10, 22, 16)]
    assert regions[0].flow == pytest.approx((1.0, 0.0))
    assert regions[0].mass == 60


def test_a_box_stays_on_its_mover() -> None:
    (track,) = _track([[(5 + i, 12, 8, 10, 4.0)] for i in range(50)]).ended
    x1, y1, x2, y2 = track.box_at(45)
    assert (x1, y1, x2, y2) == pytest.approx((50, 12, 58, 22), abs=1.5)


def test_a_short_rest_is_bridged_and_the_wait_at_the_end_is_cut() -> None:
    there: list[Block] = [(30, 12, 8, 10, 1.0)]
    (track,) = _track([there] * 20 + [[]] * 15 + [there] * 20 + [[]] * 60).ended
    assert (track.start_frame, track.end_frame) == (0, 55)


def test_a_cut_ends_every_track() -> None:
    tracker = Tracker(frame_rate=RATE, cell_px=4.0)
    for frame in range(20):
        if frame == 10:
            tracker.cut()
        tracker.update(frame, _motion([(10, 10, 8, 8, 2.0)]))
    tracker.cut()
    assert [(t.start_frame, t.end_frame) for t in tracker.ended] == [(0, 10), (10, 20)]


def test_crossing_blocks_leave_two_tracks_on_their_own_courses() -> None:
    frames: list[list[Block]] = [[(2 + 0.8 * i, 15, 7, 12, 3.2), (70 - 0.8 * i, 14, 7, 13, -3.2)] for i in range(85)]
    tracks = without_doubles(sorted(_track(frames).ended, key=lambda t: -t.mass))
    ends = sorted((t.box_at(t.start_frame)[0], t.box_at(t.end_frame - 1)[0]) for t in tracks)
    assert len(ends) == 2
    assert ends[0] == pytest.approx((2, 69), abs=4)
    assert ends[1] == pytest.approx((70, 3), abs=4)


@pytest.mark.parametrize("period_s", [0.4, 0.583, 1.1])
def test_period_to_a_hundredth(period_s: float) -> None:
    time_s = np.arange(250) / RATE
    curve = 1 + np.cos(2 * np.pi * time_s / period_s) ** 3 + 0.1 * np.random.default_rng(0).standard_normal(250)
    found_s, height = period_of(curve, RATE)
    assert found_s == pytest.approx(period_s, abs=0.01)
    assert height > 0.8


def test_noise_and_stillness_have_no_period() -> None:
    assert period_of(np.random.default_rng(3).standard_normal(250), RATE)[0] is None
    assert period_of(np.ones(250), RATE) == (None, 0.0)
    assert period_of(np.ones(4), RATE) == (None, 0.0)


def test_steadiness_and_growth() -> None:
    assert steadiness_of(np.full(50, 0.3)) == 1.0
    assert steadiness_of(np.r_[np.zeros(45), np.ones(5)]) == 0.0
    assert growth_of(0.01 * 2.0 ** np.linspace(0, 2, 40)) == pytest.approx(2.0)
    assert growth_of(0.2 * 2.0 ** -np.linspace(0, 1, 40)) == pytest.approx(-1.0)


def test_what_begins_beside_a_thing_that_rests_is_another_thing() -> None:
    door: list[Block] = [(30, 12, 8, 14, 0.4)]
    glass: list[Block] = [(37, 20, 4, 5, 0.4)]
    tracks = _track([door] * 20 + [[]] * 15 + [glass] * 20).ended
    assert [(t.start_frame, t.end_frame) for t in tracks] == [(0, 20), (35, 55)]
    inside: list[Block] = [(32, 15, 4, 5, 0.4)]
    assert len(_track([door] * 20 + [[]] * 15 + [inside] * 20).ended) == 1


def test_a_hand_that_is_back_where_it_was_has_moved() -> None:
    track = LiveTrack(1, 0, (10.0, 10.0, 14.0, 14.0), (0.0, 0.0), 0)
    for x in (10.0, 12.0, 15.0, 12.0, 10.0):
        track.record((x, 10.0, x + 4.0, 14.0), 1.0, 16.0)
    assert track.moved == pytest.approx(5.0)
