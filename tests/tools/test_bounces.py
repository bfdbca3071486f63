"""A bouncing thing's landings foretell each other: drawn parabolas, with contacts that are hidden, weak or unseen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from foleydesigner.tools.bounces import before, foretold, in_series, launched
from foleydesigner.tools.impact_sources import handed_over, with_landings
from foleydesigner.tools.landings import Landing, change_of_pace, flights, landings, uneven_clock
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.onsets import Candidate
from foleydesigner.tools.witnesses import Passing, passed_by, passings

SHARE = 0.8
CONTACTS = [5.0, 25.0, 41.0, 53.8, 64.04, 72.232]
"""Rows; each flight is 0.8 of the last."""


def made(rows: list[float]) -> list[Landing]:
    return [Landing(row=row, jump=4.0 * SHARE**number) for number, row in enumerate(rows)]


def path(contacts: list[float], frames: int, *, gravity: float = 0.1, ground: float = 40.0) -> NDArray[np.float64]:
    """(frames, 2): a ball that lies still after its last contact; it fell before its first."""
    y = np.full(frames, ground)
    rows = np.arange(frames, dtype=np.float64)
    first = rows < contacts[0]
    y[first] = ground - 0.5 * gravity * ((contacts[1] - contacts[0]) ** 2 / 4 - (rows[first] - contacts[0] + 10.0) ** 2)
    for a, b in pairwise(contacts):
        aloft = (rows >= a) & (rows < b)
        y[aloft] = ground - 0.5 * gravity * (rows[aloft] - a) * (b - rows[aloft])
    return np.column_stack([np.full(frames, 20.0), y])


def rows_of(found: list[Landing]) -> list[float]:
    return [landing.row for landing in found]


def test_the_landing_after_which_it_lies_still_is_where_its_last_flight_ends() -> None:
    seen = path(CONTACTS, 100)
    found = foretold(seen, made(CONTACTS[:-1]), [])
    assert rows_of(found) == pytest.approx([CONTACTS[-1]], abs=0.5)


def test_what_lies_still_lands_no_more() -> None:
    assert foretold(path(CONTACTS, 100), made(CONTACTS), []) == []


def test_a_landing_between_two_that_lie_too_far_apart_is_believed_unseen() -> None:
    sure = made(CONTACTS)
    found = foretold(path(CONTACTS, 100), [*sure[:3], *sure[4:]], [])
    assert rows_of(found) == pytest.approx([CONTACTS[3]], abs=0.5)


def test_a_gap_that_no_number_of_flights_fills_stays_empty() -> None:
    rows = [*CONTACTS[:3], CONTACTS[2] + 17.5]
    assert foretold(path(CONTACTS, 100), made(rows), []) == []


def test_a_weak_turn_where_a_landing_is_foretold_is_one() -> None:
    weak = Landing(row=CONTACTS[5] + 0.4, jump=0.1)
    assert weak in foretold(path(CONTACTS[:5], 70), made(CONTACTS[:5]), [*made(CONTACTS[:5]), weak])


@pytest.mark.parametrize("rows", [[5.0, 25.0, 45.0, 65.0], [5.0, 15.0, 35.0, 60.0], [5.0, 25.0]])
def test_what_beats_or_slows_down_foretells_nothing(rows: list[float]) -> None:
    assert foretold(path(CONTACTS, 100), made(rows), []) == []
    assert before(made(rows), lambda row, _: row) == []
    assert in_series(made(rows)) == []


def test_turns_whose_flights_shrink_by_one_share_are_a_series_whatever_lies_around() -> None:
    stray = [Landing(row=1.0, jump=0.5)]
    assert rows_of(in_series([*stray, *made(CONTACTS)])) == CONTACTS


def test_backwards_it_landed_where_something_touches_the_ground() -> None:
    asked: list[float] = []

    def seen(row: float, most: float) -> float | None:
        asked.append(row)
        return row if row > 0.0 and most > 0.0 else None

    assert rows_of(before(made(CONTACTS[2:]), seen)) == pytest.approx([25.0, 5.0])
    assert asked[-1] == pytest.approx(-20.0)


def ball(number: int, start: int, seen: NDArray[np.float64]) -> LiveTrack:
    box = (18.0, 38.0, 22.0, 42.0)
    track = LiveTrack(number, start, box, (0.0, 0.0), start)
    for x, y in seen:
        track.record((x - 2.0, y - 2.0, x + 2.0, y + 2.0), 1.0, 10.0)
        track.path.extend([x, y])
    return track


def test_a_ball_that_was_seen_for_a_moment_landed_then() -> None:
    times_s, whole = np.arange(120) / 25.0, path(CONTACTS, 100)
    late, moment = ball(2, 34, whole[34:]), ball(1, 23, whole[23:27])
    times = [c.time_s for c in with_landings([], late, times_s, [moment])[0]]
    assert times == pytest.approx(np.array(CONTACTS[1:]) / 25.0, abs=0.04)
    assert len(with_landings([], late, times_s)[0]) == len(times) - 1
    aside = ball(1, 23, whole[23:27] + np.array([9.0, 0.0]))
    assert len(with_landings([], late, times_s, [aside])[0]) == len(times) - 1


def test_the_drawn_path_lands_where_it_was_drawn_to() -> None:
    assert rows_of(landings(path(CONTACTS, 100)))[:4] == pytest.approx(CONTACTS[:4], abs=0.2)


def test_a_landing_is_as_exact_where_frames_come_unevenly() -> None:
    clock = np.cumsum([0.0, *np.resize([0.6, 1.5, 1.0, 0.9], 99)])
    drawn, even = path(CONTACTS, 100), np.arange(100.0)
    uneven = np.column_stack([drawn[:, 0], np.interp(clock, np.linspace(0, 99, 9901), path_at(9901))])
    found = landings(uneven, clock)
    assert np.interp(rows_of(found)[:4], even, clock) == pytest.approx(CONTACTS[:4], abs=0.2)
    flown = flights(uneven, found[:4], clock)
    assert [f.last_row for f in flown[1:]] == rows_of(found)[1:4]


def path_at(places: int) -> NDArray[np.float64]:
    """The drawn ball's height at `places` moments from row 0 to row 99."""
    rows = np.linspace(0, 99, places)
    y = np.full(places, 40.0)
    for a, b in pairwise([CONTACTS[0] - 20.0, *CONTACTS]):
        aloft = (rows >= a) & (rows < b)
        y[aloft] = 40.0 - 0.05 * (rows[aloft] - a) * (b - rows[aloft])
    return y


def test_where_the_frame_rate_changes_a_contact_is_when_it_is_seen_to_strike() -> None:
    steady, changed = np.arange(120) / 25.0, np.concatenate([np.arange(25) / 25.0, 1.0 + np.arange(95) / 60.0])
    seen = [Candidate(0.985, 25, 1.0, 20.0, 42.0, "contact")]
    thing = ball(1, 0, path(CONTACTS, 100))
    at = [min((c.time_s for c in with_landings(seen, thing, times_s)[0]), key=lambda t: abs(t - 1.0))
          for times_s in (steady, changed)]  # fmt: skip
    assert at == pytest.approx([1.0, 0.985], abs=0.003)


def test_a_steady_clock_is_none_and_a_jittering_one_changes_no_pace() -> None:
    assert uneven_clock(np.arange(50) / 24.0 + np.resize([0.0, 5e-4], 50)) is None
    assert uneven_clock(np.array([0.0])) is None
    jitter = uneven_clock(np.cumsum(np.resize([0.017, 0.060], 50)))
    assert jitter is not None
    assert not any(change_of_pace(jitter, row) for row in range(50))
    faster = uneven_clock(np.cumsum([0.042] * 25 + [0.017] * 40))
    assert change_of_pace(faster, 24.0)
    assert not change_of_pace(faster, 40.0)


def test_a_hand_that_beats_time_is_no_bounce() -> None:
    rows = np.cumsum([0.0, 12.0, 11.5, 12.2, 11.4, 11.9])
    beats = [Landing(row=float(row), jump=1.0) for row in rows]
    path = np.zeros((100, 2))
    assert foretold(path, beats, beats) == []
    assert before(beats, lambda row, most: row) == []


@pytest.mark.parametrize("hidden", [range(0), range(34, 37)])
def test_what_is_seen_to_rise_first_was_launched_where_its_flight_began(hidden: range) -> None:
    seen = path(CONTACTS, 100)
    seen[:27] = np.nan
    seen[list(hidden)] = np.nan
    found = launched(seen, made(CONTACTS)[2:])
    assert found is not None
    assert found.row == pytest.approx(CONTACTS[1], abs=0.3)


def test_what_is_seen_to_fall_only_may_have_been_dropped() -> None:
    seen = path(CONTACTS, 100)
    seen[:33] = np.nan
    assert launched(seen, made(CONTACTS)[2:]) is None
    level = path(CONTACTS, 100)
    level[27:33, 1] = level[33, 1]  # it hung there, and was let go
    level[:27] = np.nan
    assert launched(level, made(CONTACTS)[2:]) is None


def strike(time_s: float, *, landed: bool = False) -> Candidate:
    return Candidate(time_s, round(25 * time_s), 0.5, 20.0, 35.0, "contact", landed=landed)


def test_what_is_read_of_who_walks_before_a_ball_says_when_it_landed() -> None:
    times_s, late = np.arange(120) / 25.0, ball(2, 42, path(CONTACTS, 100)[42:])
    before_it, beside = (15.0, 10.0, 25.0, 44.0), (40.0, 10.0, 50.0, 44.0)

    def found(box: tuple[float, float, float, float], *moments: float) -> list[float]:
        passing = passings([Passing(strike(m), 7, box) for m in moments], times_s)
        return [c.time_s for c in with_landings([], late, times_s, passing=passing)[0]]

    alone = found(before_it)
    assert found(before_it, 41.0 / 25, 25.6 / 25)[:2] == pytest.approx([25.6 / 25, 41.0 / 25], abs=0.02)
    assert found(beside, 41.0 / 25) == alone
    assert found(before_it, 34.0 / 25) == alone


def test_what_a_walker_passes_gets_what_was_read_of_them() -> None:
    place = (18.0, 28.0, 24.0, 38.0)
    anvil = LiveTrack(3, 0, place, (0.0, 0.0), 99)
    for _ in range(100):
        anvil.record(place, 0.5, 20.0)
    passing = [Passing(strike(1.0), 7, (15.0, 10.0, 25.0, 44.0)), Passing(strike(2.0, landed=True), 7, place)]
    assert handed_over([], passing, {3: anvil}, {3: []}) == [(strike(1.0), 3)]
    assert handed_over([], passing, {}, {}) == [(strike(1.0), 7)]
    assert handed_over([], passing, {3: anvil}, {3: [(0.8, 1.2)]}) == [(strike(1.0), 7)]
    own = (strike(1.04), 3)
    assert handed_over([own], passing, {3: anvil}, {3: []}) == [own]


def test_turns_of_a_walkers_path_are_a_balls() -> None:
    seen = path(CONTACTS, 100)
    turns = passed_by([strike(0.5)], 7, ball(7, 0, seen), np.arange(120) / 25.0)
    times = [p.impact.time_s for p in turns if p.impact.landed]
    assert times[:3] == pytest.approx(np.array(CONTACTS[:3]) / 25.0, abs=0.02)
    assert [p.impact for p in turns if not p.impact.landed] == [strike(0.5)]
