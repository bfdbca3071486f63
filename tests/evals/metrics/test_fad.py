"""Fréchet audio distance against its closed form."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.fad import figure, frechet_distance, halves


def gaussian(rng: np.random.Generator, mean: np.ndarray, spread: np.ndarray, count: int) -> np.ndarray:
    """A set whose sample mean and covariance are exactly those: whitened, then coloured."""
    raw = rng.standard_normal((count, mean.size))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return np.asarray(mean + white * spread)


def test_two_gaussians_have_the_distance_of_their_means_and_spreads() -> None:
    rng = np.random.default_rng(0)
    mean, other_mean = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 4.0])
    spread, other_spread = np.array([1.0, 2.0, 0.5]), np.array([2.0, 2.0, 1.5])
    found = frechet_distance(gaussian(rng, mean, spread, 50), gaussian(rng, other_mean, other_spread, 80))
    # Diagonal covariances commute: |m1 - m2|^2 + sum (s1 - s2)^2.
    assert found == pytest.approx(5.0 + 1.0 + 0.0 + 1.0, abs=1e-9)


def test_turned_gaussians_agree_with_the_matrix_root() -> None:
    from scipy.linalg import sqrtm

    rng = np.random.default_rng(1)
    one, other = rng.standard_normal((40, 6)) @ rng.standard_normal((6, 6)), rng.standard_normal((30, 6))
    a, b = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    wanted = np.sum((one.mean(0) - other.mean(0)) ** 2) + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))
    assert frechet_distance(one, other) == pytest.approx(float(wanted), rel=1e-6)


def test_a_set_is_at_no_distance_from_itself_even_with_more_dimensions_than_members() -> None:
    few = np.random.default_rng(2).standard_normal((5, 100))
    assert frechet_distance(few, few) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(few, few + 3.0) == pytest.approx(900.0)


def test_floor_value_and_ceiling_stand_in_order() -> None:
    rng = np.random.default_rng(3)
    reference, made = rng.standard_normal((60, 4)), 0.5 + rng.standard_normal((40, 4))
    groups = np.repeat(np.arange(20), 3)
    told = figure(made, reference, groups, 9.0 + rng.standard_normal((30, 4)), "none")
    assert told.ceiling is not None
    assert told.value is not None
    assert told.floor is not None
    assert told.ceiling < told.value < told.floor
    assert told.count == 20
    assert "none" in told.note
    assert halves(reference, groups) == halves(reference, groups)


def test_too_few_or_unlike_embeddings_are_refused() -> None:
    with pytest.raises(EngineError, match="two or more"):
        frechet_distance(np.zeros((1, 3)), np.zeros((4, 3)))
    with pytest.raises(EngineError, match="same dimensions"):
        frechet_distance(np.zeros((4, 3)), np.zeros((4, 2)))
