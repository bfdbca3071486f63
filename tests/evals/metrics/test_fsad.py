"""Fréchet distance of delay traces against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics import fsad


def test_features_are_steps_in_fives() -> None:
    assert fsad.DIMENSIONS == 5120
    trace = np.repeat(np.arange(100.0)[:, None], 465, axis=1)
    found = fsad.features(trace).reshape(20, 256)
    np.testing.assert_allclose(found[:, 0], np.arange(2.0, 100.0, 5.0))
    np.testing.assert_allclose(found, found[:, :1] * np.ones(256))
    # 512 moments are averaged in twos, 513 in twos and threes, four stand for 64 steps each.
    rising = np.tile(np.arange(512.0), (100, 1))
    np.testing.assert_allclose(fsad.features(rising)[:256], np.arange(0.5, 512.0, 2.0))
    rising = np.tile(np.arange(513.0), (100, 1))
    np.testing.assert_allclose(fsad.features(rising)[[0, 1, 128, 255]], [1.0, 3.0, 257.0, 511.0])
    few = np.tile([0.0, 1.0, 2.0, 3.0], (100, 1))
    np.testing.assert_allclose(fsad.features(few)[:256], np.repeat([0.0, 1.0, 2.0, 3.0], 64))
    # A clip of five seconds is drawn out over the same hundred frames.
    np.testing.assert_allclose(fsad.features(trace[:50]).reshape(20, 256)[-1, 0], 48.5, atol=0.6)


def test_a_shift_of_all_delays_is_its_square() -> None:
    rng = np.random.default_rng(0)
    reference = 1e-4 * rng.standard_normal((40, 6))
    shifted = reference + np.array([2e-4, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert fsad.fsad(shifted, reference) == pytest.approx(1e3 * 4e-8)
    assert fsad.fsad(reference, reference) == pytest.approx(0.0, abs=1e-12)


def test_small_sets_are_refused_or_reduced() -> None:
    rng = np.random.default_rng(1)
    reference = rng.standard_normal((40, 2)) @ rng.standard_normal((2, 100))
    with pytest.raises(EngineError, match=r"a set of 40 clips; expected 200 at least"):
        fsad.fsad(reference, reference)
    axes = fsad.principal_axes(reference, 40)
    assert axes.rows.shape == (10, 100)
    # Two directions hold all of it: the reduced distance is the whole one.
    assert fsad.fsad(2.0 * reference, reference, axes) == pytest.approx(
        1e3 * float(np.var(reference, axis=0, ddof=1).sum() + np.sum(reference.mean(axis=0) ** 2)), rel=1e-6
    )
    with pytest.raises(EngineError, match="8 at least"):
        fsad.principal_axes(reference[:5], 5)
    with pytest.raises(EngineError, match="trace of shape"):
        fsad.features(np.zeros((0, 3)))
