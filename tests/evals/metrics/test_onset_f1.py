"""`onset_f1/1` on lists whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.evals.metrics.onset_f1 import Agreement, agreement, figure, grid_floor, pooled, random_floor


def test_counts_and_f1_in_closed_form() -> None:
    result = agreement(np.array([0.1, 1.0, 2.0]), np.array([0.15, 1.2, 2.05, 3.0]))
    assert result == Agreement(matched=2, found=3, wanted=4)
    assert result.f1 == pytest.approx(4 / 7)


def test_matching_is_one_to_one() -> None:
    assert agreement(np.array([1.0, 1.01, 1.02]), np.array([1.0])).matched == 1
    assert agreement(np.array([0.95, 1.05]), np.array([1.0, 1.1])).matched == 2


def test_the_border_counts_and_beyond_does_not() -> None:
    assert agreement(np.array([1.0]), np.array([1.125]), 0.125).matched == 1
    assert agreement(np.array([1.0]), np.array([1.1251]), 0.125).matched == 0


def test_nothing_against_nothing_agrees_and_against_something_does_not() -> None:
    empty = np.array([])
    assert agreement(empty, empty).f1 == 1.0
    assert agreement(empty, np.array([1.0])).f1 == 0.0


def test_clips_pool_by_their_counts() -> None:
    parts = [Agreement(matched=1, found=1, wanted=1), Agreement(matched=0, found=3, wanted=1)]
    assert pooled(parts).f1 == pytest.approx(2 / 6)


def test_a_metronome_is_found_by_the_grid_floor() -> None:
    beat = np.arange(0.2, 10.0, 0.5)
    assert grid_floor([beat], [10.0]) == 1.0


def test_random_floor_is_repeatable_and_under_its_percentile() -> None:
    wanted = [np.array([1.0, 4.0, 8.0])]
    mean, high = random_floor([3], wanted, [10.0])
    assert (mean, high) == random_floor([3], wanted, [10.0])
    assert 0.0 < mean < high < 1.0


def test_the_figure_pools_clips_and_stands_beside_its_floors() -> None:
    wanted = [np.array([1.0, 4.0]), np.array([2.0, 2.5, 7.0])]
    found = [np.array([1.04, 3.0]), np.array([2.08, 7.0])]
    wide, narrow = (figure(found, wanted, [10.0, 10.0], tolerance) for tolerance in (0.1, 0.05))
    assert wide.value == pytest.approx(2 * 3 / 9)
    assert narrow.value == pytest.approx(2 * 2 / 9)
    assert wide.floor == pytest.approx(max(grid_floor(wanted, [10.0] * 2), random_floor([2, 2], wanted, [10.0] * 2)[1]))
    assert narrow.floor is not None
    assert wide.floor > narrow.floor > 0.0
    assert (wide.ceiling, wide.count) == (1.0, 5)
    assert figure([np.array([])], [np.array([])], [1.0]).value is None
