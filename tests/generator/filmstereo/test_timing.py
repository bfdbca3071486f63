"""Intervals and onsets are the ones that were put there, to a few milliseconds."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.generator.filmstereo.laying import lay
from foleydesigner.generator.filmstereo.timing import intervals_of, onsets_of

from .small_store import hit

RATE_HZ = 48_000


def _bursts(spans: list[tuple[float, float]], seconds: float = 5.0, noise: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    sound = noise * rng.standard_normal(round(seconds * RATE_HZ))
    for start, end in spans:
        a, b = round(start * RATE_HZ), round(end * RATE_HZ)
        sound[a:b] += 0.3 * rng.standard_normal(b - a)
    return sound.astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_intervals_are_the_bursts(noise: float) -> None:
    spans = [(0.5, 1.2), (2.0, 2.05), (3.5, 4.9)]
    found = intervals_of(_bursts(spans, noise=noise), RATE_HZ)
    assert [(i.onset_ms, i.offset_ms) for i in found] == [
        pytest.approx((1e3 * a, 1e3 * b), abs=6.0)  # half of a window of 10 ms
        for a, b in spans
    ]


def test_gaps_under_a_tenth_of_a_second_are_closed() -> None:
    found = intervals_of(_bursts([(1.0, 1.5), (1.55, 2.0), (2.2, 2.6)]), RATE_HZ)
    assert [round(i.onset_ms, -1) for i in found] == [1000.0, 2200.0]


def test_silence_has_no_interval_and_no_onset() -> None:
    assert intervals_of(np.zeros(RATE_HZ, np.float32), RATE_HZ) == ()
    assert onsets_of(np.zeros(RATE_HZ, np.float32), RATE_HZ, "impulsive", ()) == ()


def test_hits_inside_a_tail_are_heard() -> None:
    """Decaying noise hit again and again: each is 15 dB over what is left of the one before."""
    sound = np.zeros(3 * RATE_HZ, np.float32)
    times = np.array([0.3, 0.6, 0.95, 1.4])
    rng = np.random.default_rng(2)
    ring = (rng.standard_normal(RATE_HZ) * np.exp(-np.arange(RATE_HZ) / (0.12 * RATE_HZ))).astype(np.float32) * 0.3
    for time_s in times:
        first = round(time_s * RATE_HZ)
        sound[first : first + RATE_HZ] += ring
    intervals = intervals_of(sound, RATE_HZ)
    assert len(intervals) == 1
    np.testing.assert_allclose(onsets_of(sound, RATE_HZ, "impulsive", intervals), 1e3 * times, atol=2.0)
    assert onsets_of(sound, RATE_HZ, "steady", intervals) == (pytest.approx(300.0, abs=6.0),)


def test_laid_hits_are_found_where_they_were_laid() -> None:
    from scipy.signal import resample_poly

    matched = wanted = found = 0
    for seed in range(12):
        sound = resample_poly(hit(seed), 3, 1).astype(np.float32)
        laid = lay(sound, RATE_HZ, "impulsive", 10.0, np.random.default_rng(seed))
        onsets = np.array(onsets_of(laid.sound, RATE_HZ, "impulsive", intervals_of(laid.sound, RATE_HZ))) * 1e-3
        starts = np.array(laid.starts_s)
        near = np.abs(onsets[:, None] - starts[None, :]) <= 0.01
        matched, wanted, found = matched + int(near.any(axis=0).sum()), wanted + len(starts), found + len(onsets)
    assert 2.0 * matched / (wanted + found) >= 0.95
