"""How doors, hammers and balls move, whatever they are made of: closed forms over drawn paths."""

from __future__ import annotations

import numpy as np
import pytest
from film_cases import RATE, blows, film, mention, play

from foleydesigner.agents.mentions import group_mentions
from foleydesigner.agents.signatures import shares_by_action, signature
from foleydesigner.evidence import Box, Impact, Track, TrackPoint


def moving(boxes: np.ndarray, start_s: float = 0.0) -> Track:
    """A track of boxes (n, 4), one a frame."""
    points = tuple(
        TrackPoint(
            frame=k,
            time_s=start_s + k / RATE,
            box=Box(x1=float(b[0]), y1=float(b[1]), x2=float(b[2]), y2=float(b[3])),
            speed=0.1,
        )
        for k, b in enumerate(boxes)
    )
    return Track(id="t", shot_id="shot_0", start_s=start_s, end_s=start_s + len(boxes) / RATE, points=points)


def columns(*values: np.ndarray | float, count: int = 50) -> np.ndarray:
    return np.stack([np.broadcast_to(np.asarray(v, dtype=np.float64), count) for v in values], axis=1)


END = [Impact(id="i", time_s=1.96, strength=0.5, x=0.5, y=0.5, track_id="t", kind="stop")]


def test_a_door_keeps_its_hinge_and_a_walker_keeps_nothing() -> None:
    share = np.linspace(0.0, 1.0, 50)
    door = moving(columns(0.5, 0.3, 0.52 + 0.08 * share, 0.8))
    walker = moving(columns(0.2 + 0.4 * share, 0.3, 0.3 + 0.4 * share, 0.8))
    assert signature(door, END)["swings_to"] > 0.9
    assert signature(walker, END)["swings_to"] < 0.1


def test_what_is_seen_to_be_larger_has_not_fallen() -> None:
    share = np.linspace(0.0, 1.0, 50)
    grown = moving(columns(0.5, 0.3, 0.6, 0.5 + 0.3 * share))
    fallen = moving(columns(0.5, 0.1 + 0.3 * share, 0.6, 0.3 + 0.3 * share))
    assert signature(grown, END)["falls"] == pytest.approx(0.0, abs=0.05)
    assert signature(fallen, END)["falls"] > 0.9


def test_a_beat_stays_one_with_a_stray_hit_in_it() -> None:
    still = moving(columns(0.4, 0.3, 0.6, 0.6, count=200))
    steady = [float(t) for t in np.arange(1.0, 7.0, 0.8)]
    assert signature(still, blows(steady, track_id="t"))["beats"] == pytest.approx(1.0)
    stray = sorted([*steady, steady[-1] + 0.11])
    assert signature(still, blows(stray, track_id="t"))["beats"] > 0.7


def test_flights_that_shorten_are_a_ball_even_where_they_are_soft() -> None:
    gaps = 0.7 * 0.75 ** np.arange(6)
    times = [0.5, *(0.5 + np.cumsum(gaps))]
    soft = [
        Impact(id=f"b{k}", time_s=float(t), strength=0.75**k, x=0.5, y=0.8, track_id="t", landed=True)
        for k, t in enumerate(times)
    ]
    ball = moving(columns(0.48, 0.75, 0.52, 0.8, count=100))
    assert signature(ball, soft)["beats"] <= 0.4 * 0.3 + 1e-9


def test_the_arm_that_goes_up_right_after_each_blow_breaks_no_beat() -> None:
    still = moving(columns(0.4, 0.3, 0.6, 0.6, count=200))
    steady = np.arange(1.0, 7.0, 0.9)
    both = sorted(float(t) for t in [*steady, *(steady + 0.1)])
    strengths = [0.5 if k % 2 else 0.9 for k in range(len(both))]
    assert signature(still, blows(both, strengths, track_id="t"))["beats"] == pytest.approx(1.0)


def test_what_flies_apart_as_it_appears_has_fallen_unseen() -> None:
    share = np.linspace(0.0, 1.0, 25)
    apart = moving(columns(0.5 - 0.04 * share, 0.9, 0.56 + 0.04 * share, 0.96, count=25))
    whole = moving(columns(0.5, 0.9, 0.56, 0.96, count=25))
    at_once, later = (
        [Impact(id="i", time_s=t, strength=0.8, x=0.5, y=0.9, track_id="t", kind="contact")] for t in (0.04, 0.4)
    )
    assert signature(apart, at_once)["falls"] == pytest.approx(0.8)
    assert signature(apart, later)["falls"] == pytest.approx(0.0, abs=0.05)
    assert signature(whole, at_once)["falls"] == pytest.approx(0.0, abs=0.05)


def test_what_is_too_low_to_go_through_is_no_door() -> None:
    share = np.linspace(0.0, 1.0, 50)
    tall, low = (moving(columns(0.5, 0.9 - high, 0.52 + 0.08 * share, 0.9)) for high in (0.3, 0.03))
    assert signature(tall, END)["swings_to"] > 0.9
    assert signature(low, END)["swings_to"] == pytest.approx(0.25 * 0.6)


def landings(times: list[float], track_id: str, x: float = 0.4) -> list[Impact]:
    return [
        Impact(id=f"{track_id}{k}", time_s=t, strength=0.9, x=x, y=0.9, track_id=track_id, landed=True)
        for k, t in enumerate(times)
    ]


def shared(second_x: float, second_s: list[float]) -> list[float]:
    """When a ball sounds that lands at 1.0 and 1.8 s in one track and at `second_s` in another; a door is there too."""
    height = 0.75 - 0.3 * np.abs(np.sin(np.linspace(0.0, 9.0, 75)))
    share = np.linspace(0.0, 1.0, 50)
    paths = {
        "one": moving(columns(0.38, height, 0.42, height + 0.1, count=75), 0.4),
        "two": moving(columns(second_x - 0.02, height, second_x + 0.02, height + 0.1, count=75), 2.2),
        "door": moving(columns(0.7, 0.3, 0.72 + 0.08 * share, 0.8), 5.0),
    }
    tracks = [t.model_copy(update={"id": name, "end_s": t.end_s}) for name, t in paths.items()]
    shut = Impact(id="shut", time_s=6.96, strength=0.5, x=0.75, y=0.5, track_id="door", kind="stop")
    hits = [*landings([1.0, 1.8], "one"), *landings(second_s, "two", second_x), shut]
    words = play(
        mention("m1", "ball", "impact", variant="ball", repeated=True),
        mention("m2", "door_close", "door", variant="close"),
    )
    groups = group_mentions(words.scenes[0])
    return [i.time_s for i in shares_by_action(groups, hits, film(tracks=tracks, impacts=hits)).get(0, [])]


def test_a_ball_that_changes_its_track_goes_on_bouncing() -> None:
    series = [2.42, 2.9, 3.27]
    assert shared(0.42, series) == [1.0, 1.8, *series]
    assert shared(0.8, series) in ([1.0, 1.8], series)  # elsewhere: one of two things
    assert len(shared(0.42, [2.8, 3.7, 4.6])) < 5  # no flight is longer than the one before it
