"""Walkers by their legs and their course: the gait, the course among two, and who is followed from edge to edge."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from foleydesigner.tools.courses import straight_course
from foleydesigner.tools.legs import BINS, leg_gait
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.movement_cues import CUES
from foleydesigner.tools.walks import WalkReader

RATE = 30.0
ROWS, COLUMNS = 45, 80
FEET, HEIGHT = 30, 15
SPEED, STEP_S, FALL_S = 11.0, 0.5, 0.7
"""Cells a second, seconds; a foot falls at `FALL_S`."""


def ankles(time_s: float, step_s: float = STEP_S) -> tuple[float, float]:
    """Where both ankles are, in cells from the hip, of who walks to the right: one planted, one that swings past it."""
    phase = ((time_s - FALL_S) / step_s) % 1.0
    length = SPEED * step_s
    swung = np.clip((phase - 0.2) / 0.8, 0.0, 1.0)
    return length * (0.5 - phase), length * (-0.5 - phase + 2.0 * swung * swung * (3.0 - 2.0 * swung))


def walker(x: float, time_s: float) -> np.ndarray:
    """Levels (ROWS, COLUMNS) of a figure with two legs, its hip at `x`."""
    figure = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    columns = np.arange(COLUMNS) + 0.5
    figure[FEET - HEIGHT : FEET - 6, np.abs(columns - x) <= 1.5] = 30.0
    for row in range(FEET - 6, FEET):
        spread = (row - FEET + 7) / 6.0
        for ankle in ankles(time_s):
            figure[row] += 30.0 * np.clip(1.2 - np.abs(columns - x - spread * ankle), 0.0, 1.0)
    return figure


def film(places: np.ndarray, seen: np.ndarray, below: float = 0.0) -> tuple[WalkReader, LiveTrack]:
    """A reader and a track of a walker who is at `places`, where they are `seen`; its box goes on `below` the feet."""
    reader = WalkReader(frame_rate=RATE)
    track: LiveTrack | None = None
    for frame, x in enumerate(places):
        figure = walker(float(x), frame / RATE)
        reader.push(figure > 0.0, figure, cut=frame == 0)
        if not seen[frame]:
            continue
        box = (float(x) - 3.0, float(FEET - HEIGHT), float(x) + 3.0, float(FEET) + below)
        track = track or LiveTrack(1, frame, box, (SPEED / RATE, 0.0), frame)
        track.record(box, 1.0, 60.0)
        track.path.extend([float(x), FEET - HEIGHT / 2.0])
        track.strides.append(1.0)
        track.feet.append(1.0)
        track.cues.extend([0.5] * len(CUES))
        track.last_seen = frame
    assert track is not None
    return reader, track


@pytest.mark.parametrize("step_s", [0.42, 0.5, 0.61])
def test_legs_tell_step_and_phase(step_s: float) -> None:
    times = 1.0 + np.arange(90) / RATE
    places = HEIGHT * np.linspace(-0.5, 0.5, BINS)
    rng = np.random.default_rng(3)
    profiles = np.array([sum(np.exp(-(((places - 0.8 * a) / 1.0) ** 2)) for a in ankles(t, step_s)) for t in times])
    found = leg_gait(profiles + 0.2 * rng.random(profiles.shape), times, SPEED / HEIGHT)
    assert found is not None
    gait, likeness = found
    assert gait.step_s == pytest.approx(step_s, rel=0.02)
    assert abs((gait.phase_s - FALL_S + step_s / 2) % step_s - step_s / 2) < 0.04
    assert likeness > 0.7


def test_noise_walks_little_and_what_stands_not_at_all() -> None:
    times = np.arange(90) / RATE
    noise = np.random.default_rng(1).random((90, BINS))
    found = leg_gait(noise, times, 0.7)
    assert found is not None
    assert found[1] < 0.2
    assert leg_gait(noise, times, 0.1) is None  # no step is that short
    assert leg_gait(np.zeros((90, BINS)), times, 0.7) is None


def test_of_two_courses_the_movers_is_found() -> None:
    times = np.arange(120) / RATE
    xs = np.where(times < 2.5, 20.0, 10.0 + 11.0 * (times - 2.5))  # a ball that rests, then somebody who walks off
    xs += 0.1 * np.random.default_rng(2).standard_normal(120)
    course = straight_course(times, xs, 1.0, 2.0)
    assert course is not None
    assert course.speed == pytest.approx(11.0, abs=0.3)
    assert not course.kept[:60].any()
    assert course.kept[80:].all()
    assert straight_course(times, np.full(120, 20.0), 1.0, 2.0) is None


@pytest.mark.parametrize("below", [3.0, 5.0])
def test_feet_are_where_legs_look_like_legs_whatever_goes_along_under_them(below: float) -> None:
    times = np.arange(260) / RATE
    reader, track = film(-6.0 + SPEED * times, (times > 1.5) & (times < 4.0), below)
    (whole,) = reader.completed([track], times)
    assert whole.gait is not None
    assert whole.gait.step_s == pytest.approx(STEP_S, rel=0.02)
    assert abs((whole.gait.phase_s - FALL_S + STEP_S / 2) % STEP_S - STEP_S / 2) < 0.06


def test_a_walker_is_followed_from_edge_to_edge() -> None:
    times = np.arange(260) / RATE
    places = -6.0 + SPEED * times
    reader, track = film(places, (times > 1.5) & (times < 4.0))
    (whole,) = reader.completed([track], times)
    assert whole.gait is not None
    assert whole.gait.step_s == pytest.approx(STEP_S, rel=0.02)
    assert abs((whole.gait.phase_s - FALL_S + STEP_S / 2) % STEP_S - STEP_S / 2) < 0.05
    # From the first foot that falls inside the picture to the last: half a step before the hip.
    half = SPEED * STEP_S / 2
    assert places[whole.start_frame] + half == pytest.approx(0.0, abs=1.0)
    assert places[whole.end_frame - 1] + half == pytest.approx(COLUMNS, abs=1.0)
    x1, _, x2, _ = whole.box_at(200)
    assert (x1 + x2) / 2 == pytest.approx(places[200], abs=0.5)
    cues = np.asarray(whole.cues).reshape(-1, len(CUES))
    assert len(cues) == whole.frames
    assert not cues[-20:].any()  # nothing is heard of where the walker was not seen


def test_who_stops_is_not_walked_on() -> None:
    times = np.arange(260) / RATE
    places = -6.0 + SPEED * np.minimum(times, 4.0)
    reader, track = film(places, times > 0.9)
    completed = reader.completed([track], times)
    whole = next(t for t in completed if t.gait is not None)
    assert whole.end_frame / RATE == pytest.approx(4.0, abs=0.45)  # half a body on
    rest = next(t for t in completed if t.gait is None)
    assert rest.start_frame == pytest.approx(4.0 * RATE, abs=12)


def test_behind_a_wall_nobody_is_assumed_for_long() -> None:
    times = np.arange(260) / RATE
    places = -6.0 + SPEED * times
    reader = WalkReader(frame_rate=RATE)
    _, track = film(places, (times > 1.0) & (times < 4.0))
    for frame, x in enumerate(places):
        figure = walker(float(x), frame / RATE)
        figure[:, 42:] = 0.0  # a door on the right: in, and never out again
        reader.push(figure > 0.0, figure, cut=frame == 0)
    (whole,) = reader.completed([track], times)
    assert whole.end_frame / RATE == pytest.approx((42.0 + 6.0) / SPEED, abs=0.35)


def test_what_goes_less_far_than_it_is_high_is_no_walker() -> None:
    times = np.arange(60) / RATE
    for long_s, walks in ((2.0, True), (0.85, False)):
        places = 30.0 + SPEED * np.minimum(times, long_s)
        reader, track = film(places, times <= long_s)
        (whole,) = reader.completed([track], times)
        assert (whole.gait is not None) == walks
        assert (whole is track) == (not walks)


def test_a_course_read_from_a_second_is_corrected_by_the_trunk() -> None:
    times = np.arange(240) / RATE
    places = -4.0 + SPEED * times
    reader, track = film(places, (times > 3.0) & (times < 4.4))
    path = np.asarray(track.path).reshape(-1, 2)
    # What is seen of the middle lags by six hundredths of the way: half hidden behind a table.
    lag = 0.06 * SPEED * (np.arange(len(path)) / RATE - 0.7)
    track.path = array("f", np.column_stack([path[:, 0] - lag, path[:, 1]]).ravel().tolist())
    (whole,) = reader.completed([track], times)
    assert whole.gait is not None
    steps = whole.gait.phase_s + whole.gait.step_s * np.arange(16)
    true = FALL_S + STEP_S * np.arange(14)
    assert max(np.abs(steps - t).min() for t in true) < 0.04
    x1, _, x2, _ = whole.box_at(30)
    assert (x1 + x2) / 2 == pytest.approx(places[30], abs=0.5)  # 1.4 cells off by the course that was read first
