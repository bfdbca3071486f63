"""Intervals against what theory says of them."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.evals.comparison.bootstrap import ClipFigure, of_mean, of_statistic


def test_the_interval_of_a_mean_is_about_two_standard_errors() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, 400)
    low, high = of_mean(values.tolist()) or (0.0, 0.0)
    error = values.std() / 20.0
    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.3 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.3 * error)
    assert of_mean([1.0]) is None


def test_a_distance_that_grows_by_repetition_is_moved_to_its_value() -> None:
    low, high = of_statistic(lambda chosen: 3.0 + chosen.mean(), 20, 100, about=1.0) or (0.0, 0.0)
    assert low < 1.0 < high
    assert 0.5 * (low + high) == pytest.approx(1.0, abs=1.0)


def test_silent_clips_are_left_out_and_counted() -> None:
    figure = ClipFigure("iou/1", "%", "always on", "the reference", "a note", scale=100.0)
    figure.add(0.5, 0.1, 0.9)
    figure.add(None, 0.1, 0.9)
    figure.add(0.7, 0.3, 1.0)
    told = figure.figure()
    assert told.value == pytest.approx(60.0)
    assert told.floor == pytest.approx(20.0)
    assert told.ceiling == pytest.approx(95.0)
    assert told.count == 2
    assert told.note == "1 silent clips left out; a note"
    assert ClipFigure("iou/1", "%", "", "").figure().value is None
