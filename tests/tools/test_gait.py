"""Footfalls out of the lowest part of a region."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.gait import gait_of, lowest_energy

RATE = 25.0


def swing(times_s: np.ndarray, step_s: float, phase_s: float, lame: float = 0.0) -> np.ndarray:
    """Energy that swells in mid-swing, 0.4 of a step before each footfall; with `lame`, every other swing swells more.

    A foot swings for 40 % of the cycle of two steps and ends with its strike (Whittle, "Gait Analysis").
    """
    even = 1.0 + np.cos(2 * np.pi * ((times_s - phase_s) / step_s + 0.4))
    return even * (1.0 + lame * np.sin(np.pi * (times_s - phase_s) / step_s))


@pytest.mark.parametrize("step_s", [0.35, 0.5, 0.62])
@pytest.mark.parametrize("phase_s", [2.1, 2.3])
@pytest.mark.parametrize("lame", [0.0, 0.9])
def test_the_walk_is_found_with_its_phase(step_s: float, phase_s: float, lame: float) -> None:
    times = 2.0 + np.arange(150) / RATE
    noise = 0.15 * np.random.default_rng(5).standard_normal(times.size)
    found = gait_of(swing(times, step_s, phase_s, lame) + noise, times, RATE)
    assert found is not None
    assert found.step_s == pytest.approx(step_s, abs=0.02)
    off = (found.phase_s - phase_s + step_s / 2) % step_s - step_s / 2
    assert abs(off) < 0.06


def test_what_does_not_repeat_is_no_walk() -> None:
    times = np.arange(150) / RATE
    assert gait_of(np.ones(150), times, RATE) is None
    assert gait_of(np.random.default_rng(1).uniform(0, 1, 150), times, RATE) is None
    assert gait_of(swing(times, 2.0, 0.0), times, RATE) is None  # nobody steps every two seconds


def test_only_the_lowest_quarter_counts() -> None:
    change = np.zeros((20, 20), dtype=np.float32)
    change[:14] = 5.0
    change[16, 10] = 2.0
    assert lowest_energy(change, (8.0, 1.0, 12.0, 17.0)) == pytest.approx(2.0 + 5.0 * 6)  # row 13 is in it
    assert lowest_energy(change, (8.0, 9.0, 12.0, 17.0)) == pytest.approx(2.0)
