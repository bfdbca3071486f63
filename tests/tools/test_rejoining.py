"""One thing in its place, parted by who walked past: joined; everything else stays apart."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.appearance import look_of
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.movement_cues import CUES
from foleydesigner.tools.rejoining import rejoined

RATE = 25.0
PLACE = (10.0, 20.0, 18.0, 28.0)
RED, BLUE = (200.0, 40.0, 40.0), (40.0, 60.0, 200.0)
ENERGY = CUES.index("energy")


def thing(
    number: int,
    start: int,
    frames: int,
    box: tuple[float, float, float, float] = PLACE,
    *,
    speed: float = 0.0,
    paint: tuple[float, float, float] = RED,
    energy: float = 0.5,
) -> LiveTrack:
    """A track of `frames` frames from `start` on that goes `speed` cells a frame across."""
    track = LiveTrack(number, start, box, (speed, 0.0), start + frames - 1)
    for frame in range(frames):
        track.record((box[0] + speed * frame, box[1], box[2] + speed * frame, box[3]), 1.0, 30.0)
        track.path.extend([14.0 + speed * frame, 24.0])
        track.strides.append(1.0)
        track.feet.append(1.0)
        track.cues.extend([energy] * len(CUES))
    track.look = look_of(np.full((30, 3), paint, dtype=np.float32))
    return track


def walker(start: int = 0, frames: int = 160, y: float = 15.0) -> LiveTrack:
    """Half a cell a frame to the right, over the place of `PLACE` in frames 10 to 36 of its life."""
    return thing(9, start, frames, (0.0, y, 5.0, y + 15.0), speed=0.5, paint=BLUE)


def spans(*tracks: LiveTrack, before: tuple[LiveTrack, ...]) -> list[tuple[int, int]]:
    return [(t.start_frame, t.end_frame) for t in rejoined(tracks, before, RATE)]


def test_what_goes_on_in_its_place_when_the_walker_has_passed_is_one_thing() -> None:
    first, second = thing(1, 0, 15), thing(2, 40, 60)
    (whole,) = rejoined([second, first], [walker()], RATE)
    assert (whole.number, whole.start_frame, whole.end_frame) == (1, 0, 100)
    assert whole.seen_frames == 75
    assert whole.box_at(30) == pytest.approx(PLACE)
    lengths = (len(whole.boxes) / 4, len(whole.path) / 2, len(whole.strides), len(whole.feet), len(whole.cues))
    assert lengths == (100, 100, 100, 100, 100 * len(CUES))
    energy = np.asarray(whole.cues).reshape(-1, len(CUES))[:, ENERGY]
    assert energy[[5, 30, 60]] == pytest.approx([0.5, 0.0, 0.5])
    assert np.isnan(whole.path[2 * 30])


def test_a_track_that_the_walker_carries_along_ends_where_the_thing_is_seen_again() -> None:
    assert spans(thing(1, 0, 40), thing(2, 35, 60), before=(walker(),)) == [(0, 95)]


@pytest.mark.parametrize(
    "second",
    [
        thing(2, 40, 60, (30.0, 20.0, 38.0, 28.0)),
        thing(2, 40, 60, paint=BLUE),
        thing(2, 90, 60),
        thing(2, 40, 60, speed=0.5),
    ],
    ids=["elsewhere", "of other colours", "long after", "on its way"],
)
def test_other_things_stay_apart(second: LiveTrack) -> None:
    assert len(spans(thing(1, 0, 15), second, before=(walker(),))) == 2


def test_without_a_walker_before_it_a_thing_that_moves_again_is_another() -> None:
    first, second = thing(1, 0, 15), thing(2, 40, 60)
    assert len(spans(first, second, before=())) == 2
    assert len(spans(first, second, before=(walker(start=60),))) == 2
    assert len(spans(first, second, before=(walker(y=0.0 - 16.0),))) == 2


def test_what_doubles_a_track_for_a_while_gives_it_what_it_saw_better() -> None:
    (whole,) = rejoined([thing(1, 0, 100), thing(2, 30, 20, energy=0.9)], [walker()], RATE)
    energy = np.asarray(whole.cues).reshape(-1, len(CUES))[:, ENERGY]
    assert (whole.start_frame, whole.end_frame) == (0, 100)
    assert energy[[29, 30, 49, 50]] == pytest.approx([0.5, 0.9, 0.9, 0.5])
