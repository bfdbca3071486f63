"""Inception score and divergence of known posteriors."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.tagging import divergences, inception_score, posteriors, shuffled_divergence


def test_one_class_each_scores_the_number_of_classes_and_all_alike_scores_one() -> None:
    assert inception_score(np.eye(7)) == pytest.approx(7.0, rel=1e-3)
    assert inception_score(np.repeat(np.eye(7), 3, axis=0)) == pytest.approx(7.0, rel=1e-3)
    assert inception_score(np.tile([0.2, 0.3, 0.5], (4, 1))) == pytest.approx(1.0)


def test_two_sure_and_two_unsure_clips() -> None:
    p = np.array([[0.9, 0.1], [0.1, 0.9]])
    # The mean is even, so that each KL is log 2 less the entropy of (0.9, 0.1).
    entropy = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert inception_score(p) == pytest.approx(np.exp(np.log(2.0) - entropy))


def test_divergence_in_closed_form() -> None:
    p, q = np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([[0.9, 0.1], [0.2, 0.8]])
    wanted = 0.5 * np.log(0.5 / 0.9) + 0.5 * np.log(0.5 / 0.1)
    assert divergences(p, q) == pytest.approx([wanted, 0.0])
    # Scores of many labels are normalised first: twice as loud is the same.
    assert divergences(p, 2.0 * q) == pytest.approx([wanted, 0.0])
    both = 0.5 * (float(divergences(p[:1], p[1:])[0]) + float(divergences(p[1:], p[:1])[0]))
    assert shuffled_divergence(p) == pytest.approx(both)
    assert shuffled_divergence(p[:1]) is None


def test_what_is_no_posterior_is_refused() -> None:
    for wrong in (np.zeros(3), np.array([[0.1, -0.1]]), np.array([[np.nan, 1.0]]), np.zeros((0, 3))):
        with pytest.raises(EngineError, match="not negative"):
            posteriors(wrong)
    with pytest.raises(EngineError, match="one made clip"):
        divergences(np.eye(3), np.eye(3)[:2])
