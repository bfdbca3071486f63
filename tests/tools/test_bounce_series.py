"""Bounces told by when they are seen to strike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from foleydesigner.tools.bounce_series import with_series
from foleydesigner.tools.onsets import Candidate


def impacts(
    times_s: Sequence[float], number: int | None = 1, salience: float = 0.3
) -> list[tuple[Candidate, int | None]]:
    return [
        (Candidate(t, round(25 * t), salience * 0.8**n, 5.0, 5.0, "contact"), number) for n, t in enumerate(times_s)
    ]


def landed(found: Sequence[tuple[Candidate, int | None]]) -> list[float]:
    return [candidate.time_s for candidate, _ in found if candidate.landed]


def bounces(share: float, count: int, first_s: float = 0.6, start_s: float = 1.0) -> list[float]:
    return (start_s + np.concatenate([[0.0], np.cumsum(first_s * share ** np.arange(count - 1))])).tolist()


@pytest.mark.parametrize("share", [0.6, 0.75, 0.9])
def test_contacts_that_shrink_by_one_share_are_landings(share: float) -> None:
    times_s = bounces(share, 5, 0.8)
    shaken = [t + 0.008 * (-1) ** n for n, t in enumerate(times_s)]
    assert landed(with_series(impacts(shaken), [])) == shaken


@pytest.mark.parametrize("share", [0.4, 1.0, 1.2])
def test_a_beat_and_what_slows_down_are_none(share: float) -> None:
    assert landed(with_series(impacts(bounces(share, 6, 0.3)), [])) == []


def test_four_are_too_few_and_other_tracks_do_not_help() -> None:
    times_s = bounces(0.75, 6)
    assert landed(with_series(impacts(times_s[:4]), [])) == []
    split = impacts(times_s[:3], 1) + impacts(times_s[3:], 2)
    assert landed(with_series(split, [])) == []
    assert landed(with_series(split, [(1, 2)])) == times_s
    assert landed(with_series(impacts(times_s, None), [])) == []


def test_a_turn_in_the_air_is_no_bounce_and_a_blow_between_breaks_the_series() -> None:
    times_s = bounces(0.75, 5)
    top = [(Candidate(times_s[1] + 0.22, 40, 0.01, 5.0, 5.0, "reversal"), 1)]
    assert landed(with_series(impacts(times_s) + top, [])) == times_s
    blow = [(Candidate(times_s[1] + 0.22, 40, 0.9, 5.0, 5.0, "contact"), 1)]
    assert landed(with_series(impacts(times_s) + blow, [])) == []


def test_what_only_begins_strikes_nothing() -> None:
    jolts = [(Candidate(t, 0, 0.3, 5.0, 5.0, "jolt"), 1) for t in bounces(0.75, 6)]
    assert landed(with_series(jolts, [])) == []


def test_a_few_of_many_beats_shrink_by_chance() -> None:
    times_s = bounces(0.75, 5)
    after = impacts([times_s[-1] + 0.4 * n for n in range(1, 6)], salience=0.05)
    assert landed(with_series(impacts(times_s) + after[:4], [])) == times_s
    assert landed(with_series(impacts(times_s) + after, [])) == []
