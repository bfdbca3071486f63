"""What meets a stretch of time is what a search through everything finds; a film twice as long costs twice as much."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foleydesigner.tools.bounce_series import Owned
from foleydesigner.tools.impact_sources import once_each, same_impact, with_whole_picture
from foleydesigner.tools.onsets import Candidate
from foleydesigner.tools.timeline import Timeline

MOMENTS = st.floats(-100.0, 100.0, allow_nan=False)
SPANS = st.lists(st.tuples(MOMENTS, st.floats(0.0, 50.0)).map(lambda span: (span[0], span[0] + span[1])), max_size=30)


@given(spans=SPANS, later=SPANS, first=MOMENTS, length=st.floats(0.0, 30.0))
def test_it_finds_what_meets_a_stretch(
    spans: list[tuple[float, float]], later: list[tuple[float, float]], first: float, length: float
) -> None:
    line = Timeline((*span, number) for number, span in enumerate(spans))
    for number, span in enumerate(later, start=len(spans)):
        line.add(*span, number)
    last, known = first + length, [*spans, *later]
    wanted = {number for number, (begins, ends) in enumerate(known) if begins <= last and ends >= first}
    found = line.meeting(first, last)
    assert set(found) == wanted
    assert len(found) == len(wanted)
    assert [known[number][0] for number in found] == sorted(known[number][0] for number in found)
    assert len(line.items) == len(known)


def impacts(count: int, length_s: float) -> list[Owned]:
    rng = np.random.default_rng(1)
    times_s, owners = rng.uniform(0.0, length_s, count), rng.integers(0, 1 + count // 20, count)
    places = rng.uniform(0.0, 30.0, (count, 2))
    return [
        (Candidate(float(t), round(25 * t), float(s), float(x), float(y), "contact"), int(n))
        for t, s, n, (x, y) in zip(times_s, rng.uniform(0.1, 1.0, count), owners, places, strict=True)
    ]


def test_each_moment_is_kept_once_as_by_comparing_all_with_all() -> None:
    found = impacts(400, 40.0)
    chosen: list[Owned] = []
    for item in found:
        if not any(same_impact(*item, *other) for other in chosen):
            chosen.append(item)
    assert once_each(found) == sorted(chosen, key=lambda item: item[0].time_s)
    assert len(chosen) < len(found)


def test_impacts_of_a_long_film_cost_no_more_each() -> None:
    def spent_s(count: int) -> float:
        found, least = impacts(count, count / 3.0), float("inf")
        for _ in range(3):
            began = time.process_time()
            with_whole_picture(once_each(found), [c for c, _ in impacts(count, count / 3.0)], {}, {})
            least = min(least, time.process_time() - began)
        return least

    short = spent_s(1_000)
    # Eight times as many; comparing all with all takes sixty-four times as long.
    assert spent_s(8_000) < 24.0 * max(short, 0.005)
