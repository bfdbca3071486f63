"""The delay estimator on delays that are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.tools.delay import gcc_phat_delays_s

RATE = 48_000


def delayed(signal: np.ndarray, delay_s: float) -> np.ndarray:
    """A periodic signal turned by any fraction of a sample, exactly."""
    frequency = np.fft.rfftfreq(signal.size, 1 / RATE)
    return np.fft.irfft(np.fft.rfft(signal) * np.exp(-2j * np.pi * frequency * delay_s), signal.size)


def noise(seconds: float = 1.0) -> np.ndarray:
    return np.random.default_rng(3).standard_normal(round(seconds * RATE)) * 0.1


@pytest.mark.parametrize("delay_us", [0.0, 3.7, -151.3, 350.0, -495.6, 991.0])
def test_a_known_delay_is_found_within_a_microsecond(delay_us: float) -> None:
    right = noise()
    stereo = np.stack([delayed(right, delay_us * 1e-6), right]).astype(np.float32)
    _, delays = gcc_phat_delays_s(stereo, RATE)
    assert np.median(delays) * 1e6 == pytest.approx(delay_us, abs=1.0)
    # One window's own scatter: 21 us is a whole sample.
    assert np.percentile(np.abs(delays * 1e6 - delay_us), 95) < 3.0


def test_a_late_left_channel_is_positive_and_colour_does_not_matter() -> None:
    dark = np.cumsum(noise()) * 0.05
    stereo = np.stack([delayed(dark, 200e-6), dark]).astype(np.float32)
    _, delays = gcc_phat_delays_s(stereo, RATE)
    assert np.median(delays) * 1e6 == pytest.approx(200.0, abs=2.0)
    _, mirrored = gcc_phat_delays_s(stereo[::-1], RATE)
    assert np.median(mirrored) * 1e6 == pytest.approx(-200.0, abs=2.0)


def test_windows_stand_where_they_say_and_silence_reads_nought() -> None:
    times, delays = gcc_phat_delays_s(np.zeros((2, RATE), np.float32), RATE)
    assert times[0] == pytest.approx(0.0425)
    np.testing.assert_allclose(np.diff(times), 0.01)
    assert not delays.any()
    assert len(gcc_phat_delays_s(np.zeros((2, 10), np.float32), RATE)[1]) == 1


@pytest.mark.parametrize("bad", [np.zeros((1, 9)), np.zeros(9), np.full((2, 9), np.nan)])
def test_what_is_not_stereo_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(EngineError, match="two finite channels"):
        gcc_phat_delays_s(bad.astype(np.float32), RATE)
