"""What is buried in a mix, and whose it is, on tones of known level."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.evals.bench.scene_sound import _masking

RATE = 48_000


def tone(level_db: float) -> np.ndarray:
    """Two seconds of 1 kHz, (2, samples)."""
    wave = 10.0 ** (level_db / 20.0) * np.sin(2 * np.pi * 1000.0 * np.arange(2 * RATE) / RATE)
    return np.stack([wave, wave]).astype(np.float32)


def test_what_craft_added_is_told_from_what_is_missed() -> None:
    before = {"steps": tone(-10.0), "door": tone(-10.0), "cloth": tone(-10.0)}
    after = {"steps": tone(-10.0), "door": tone(-25.0), "cloth": tone(-40.0)}
    figure = _masking(before, after, RATE, {"cloth"})
    # Over the limit of 10 dB: steps over the door by 5, steps over the cloth by 20, the door over the cloth by 5.
    assert figure.value == pytest.approx(30.0, abs=0.1)
    assert figure.floor == pytest.approx(0.0)
    assert figure.note == "25.0 dB of it of craft's own"
