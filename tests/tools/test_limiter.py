"""The final limiter keeps its promise and otherwise its hands off."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import ConfigurationError
from foleydesigner.tools.limiter import TruePeakLimiter, true_peak_limit
from foleydesigner.tools.true_peak import true_peak_dbtp

RATE = 48_000


def hits(channels=2, seconds=2.0, seed=3):
    random = np.random.default_rng(seed)
    audio = 0.05 * random.standard_normal((channels, round(seconds * RATE)))
    for start in random.integers(0, audio.shape[1] - 5000, 20):
        ring = np.exp(-np.arange(5000) / 600) * random.standard_normal(5000)
        audio[random.integers(channels), start : start + 5000] += 1.5 * ring
    return audio.astype(np.float32)


@pytest.mark.parametrize("ceiling_dbtp", [-0.1, -1.0, -2.0, -12.0])
@pytest.mark.parametrize("channels", [2, 6])
def test_true_peak_stays_under_the_ceiling(ceiling_dbtp, channels):
    limited = true_peak_limit(hits(channels), ceiling_dbtp, RATE)
    assert limited.dtype == np.float32
    assert ceiling_dbtp - 1.0 < true_peak_dbtp(limited) <= ceiling_dbtp


def test_peaks_between_samples_and_at_the_ends_are_caught():
    time = np.arange(RATE // 2)
    crest = np.sin(np.pi / 2 * time + np.pi / 4)[None].astype(np.float32)  # samples at 0.707, crests at 1
    assert true_peak_dbtp(true_peak_limit(crest, -2.0, RATE)) <= -2.0
    click = np.zeros((1, 1000), np.float32)
    click[0, 0] = click[0, -1] = 2.0
    assert true_peak_dbtp(true_peak_limit(click, -1.0, RATE)) <= -1.0


def test_what_is_below_the_ceiling_passes_bit_by_bit():
    quiet = 0.1 * hits()
    np.testing.assert_array_equal(true_peak_limit(quiet, -1.0, RATE), quiet)


def test_channels_share_one_gain_and_nothing_moves():
    audio = hits()
    limited = true_peak_limit(audio, -6.0, RATE)
    gain = limited.astype(float) / np.where(audio == 0, 1, audio)
    loud = np.abs(audio).min(axis=0) > 0.02
    np.testing.assert_allclose(gain[0, loud], gain[1, loud], rtol=1e-4)
    assert gain.min() > 0.0
    assert gain[:, loud].max() <= 1.0 + 1e-6


def test_the_gain_never_steps():
    loud = np.full((1, RATE), 0.1, np.float32)
    loud[0, RATE // 2] = 4.0
    limited = true_peak_limit(loud, -1.0, RATE)
    gain_db = 20 * np.log10(limited[0] / loud[0])
    assert np.abs(np.diff(gain_db)).max() < 0.3
    assert gain_db[RATE // 2 - 400] == pytest.approx(0.0, abs=1e-3)
    assert gain_db[-1] == pytest.approx(0.0, abs=1e-3)


def test_block_lengths_make_no_difference():
    audio = hits()
    limiter = TruePeakLimiter(RATE, 2, -3.0)
    pieces = [limiter.push(audio[:, a : a + 777]) for a in range(0, audio.shape[1], 777)] + [limiter.flush()]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), true_peak_limit(audio, -3.0, RATE), atol=1e-6)
    assert limiter.max_attenuation_db > 1.0


def test_shorter_than_the_look_ahead():
    assert true_peak_limit(np.zeros((2, 0), np.float32), -1.0, RATE).shape == (2, 0)
    assert np.abs(true_peak_limit(np.ones((2, 3), np.float32), -6.0, RATE)).max() <= 0.502


def test_a_ceiling_above_full_scale_is_refused():
    with pytest.raises(ConfigurationError, match="3"):
        true_peak_limit(np.zeros((2, 10), np.float32), 3.0, RATE)
