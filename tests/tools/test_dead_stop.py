"""What moved in one place and then no more has come to something: an impact at its end, unless something hides it."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.impact_sources import lives, with_dead_stop
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.movement_cues import CUES
from foleydesigner.tools.onsets import Candidate

RATE, COLUMNS = 25.0, 80
TIMES_S = np.arange(200) / RATE


def live(number: int, start: int, frames: int, box: tuple[float, float, float, float]) -> LiveTrack:
    """A track that stays in its box."""
    made = LiveTrack(number, start, box, (0.0, 0.0), start)
    for _ in range(frames):
        made.record(box, 1.0, 10.0)
    made.last_seen = start + frames - 1
    return made


DOOR = live(1, 50, 20, (50.0, 10.0, 56.0, 30.0))


def stops(track: LiveTrack, *others: LiveTrack, own: tuple[Candidate, ...] = ()) -> list[float]:
    found = with_dead_stop(list(own), track, lives(dict(enumerate([track, *others]))), TIMES_S, COLUMNS)
    return [round(c.time_s, 3) for c in found]


def test_a_door_strikes_its_frame_when_it_is_last_seen_to_move() -> None:
    assert stops(DOOR) == [round(69 / RATE, 3)]
    (found,) = with_dead_stop([], DOOR, lives({1: DOOR}), TIMES_S, COLUMNS)
    assert (found.kind, found.x, found.y) == ("stop", 53.0, 20.0)


def test_what_shows_an_impact_needs_no_other() -> None:
    seen = Candidate(2.2, 55, 1.0, 53.0, 20.0, "contact")
    assert stops(DOOR, own=(seen,)) == [2.2]


@pytest.mark.parametrize(
    ("start", "frames", "box"),
    [
        (50, 5, (50.0, 10.0, 56.0, 30.0)),  # for a moment
        (50, 100, (50.0, 10.0, 56.0, 30.0)),  # for long
        (50, 20, (0.0, 10.0, 6.0, 30.0)),  # out of the picture
        (50, 20, (76.0, 10.0, 80.0, 30.0)),
        (180, 20, (50.0, 10.0, 56.0, 30.0)),  # to the end of the film
    ],
)
def test_other_ends_are_none(start: int, frames: int, box: tuple[float, float, float, float]) -> None:
    assert stops(live(1, start, frames, box)) == []


def test_what_goes_behind_something_else_has_not_stopped() -> None:
    assert stops(DOOR, live(2, 0, 200, (40.0, 5.0, 60.0, 40.0))) == []
    assert stops(DOOR, live(2, 0, 200, (10.0, 5.0, 30.0, 40.0))) == [2.76]


def test_what_trembles_afterwards_is_the_same_door() -> None:
    trembling = live(2, 68, 10, (49.0, 10.0, 57.0, 30.0))
    assert stops(DOOR, trembling) == [2.76]
    assert stops(trembling, DOOR) == []


def moving(*energy: float) -> LiveTrack:
    """A door whose movement has these energies, one a frame; it is still seen to have moved half a second ago."""
    made = live(1, 50, 20, (50.0, 10.0, 56.0, 30.0))
    for value in (*energy, *([0.0] * (20 - len(energy)))):
        made.cues.extend([value if name == "energy" else 0.0 for name in CUES])
    return made


def test_where_a_hard_movement_breaks_off_it_has_stopped() -> None:
    assert stops(moving(*([0.0] * 6), 1.0, 2.0, 3.0, 3.0, 3.0)) == [round(61 / RATE, 3)]


def test_what_fades_while_it_is_well_seen_has_ended_with_the_last_of_it() -> None:
    fading = (0.5, 2.0, 4.0, 8.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.0, 1.0)  # a leaf as it comes across the line of sight
    assert stops(moving(*fading)) == [round(61 / RATE, 3)]
    # A quarter of that: its last is lost in the noise, and only the outline says when it ends.
    assert stops(moving(*(0.25 * value for value in fading))) == [2.76]


def test_of_what_hardly_moves_only_the_outline_tells() -> None:
    assert stops(moving(*([0.0] * 6), 0.3, 0.3, 0.3, 0.3)) == [2.76]
