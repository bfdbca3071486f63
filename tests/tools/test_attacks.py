"""Attacks found to the millisecond from where a coarse detector put them."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.attacks import refined_onsets

RATE = 48_000


@pytest.mark.parametrize("frequency_hz", [90.0, 440.0, 3000.0])
@pytest.mark.parametrize("off_s", [-0.03, 0.0, 0.025])
def test_a_struck_tone_is_found_from_either_side(frequency_hz: float, off_s: float) -> None:
    rng = np.random.default_rng(1)
    audio = rng.normal(0.0, 1e-3, RATE)
    at, t = 20_011, np.arange(RATE - 20_011) / RATE
    audio[at:] += np.exp(-t / 0.05) * np.sin(2 * np.pi * frequency_hz * t)
    found = refined_onsets(audio.astype(np.float32), RATE, [at / RATE + off_s])
    assert found[0] == pytest.approx(at / RATE, abs=1e-3)


def test_silence_keeps_what_was_said() -> None:
    assert refined_onsets(np.zeros(RATE, np.float32), RATE, [0.4]).tolist() == [0.4]
    assert refined_onsets(np.zeros(RATE, np.float32), RATE, []).size == 0
