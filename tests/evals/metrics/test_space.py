"""itd_mae_us and ild_mae_db on signals whose place is known."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics import ild, itd
from foleydesigner.evals.metrics.frames import active_frames, frame_centres_s

RATE = 48_000
NOISE = np.random.default_rng(2).standard_normal(2 * RATE) * 0.1


def spaced(delay_s: float) -> np.ndarray:
    frequency = np.fft.rfftfreq(NOISE.size, 1 / RATE)
    late = np.fft.irfft(np.fft.rfft(NOISE) * np.exp(-2j * np.pi * frequency * delay_s), NOISE.size)
    return np.stack([late, NOISE]).astype(np.float32)


def test_the_right_delay_scores_nought_and_mono_its_floor() -> None:
    wanted = np.full(20, 250e-6)
    value, count = itd.itd_mae_us(spaced(250e-6), wanted, RATE)
    assert count == 20
    assert value == pytest.approx(0.0, abs=1.0)
    figure = itd.figure(spaced(0.0), wanted, RATE, reference=spaced(250e-6))
    assert figure.value == pytest.approx(250.0, abs=1.0)
    assert figure.floor == pytest.approx(250.0)
    assert figure.ceiling == pytest.approx(0.0, abs=1.0)


def test_an_offset_is_measured_as_what_it_is() -> None:
    value, _ = itd.itd_mae_us(spaced(250e-6), np.full(20, 210e-6), RATE)
    assert value == pytest.approx(40.0, abs=1.0)


def test_only_frames_within_forty_db_of_the_peak_count() -> None:
    sound = spaced(100e-6)
    sound[:, RATE:] *= 0.001
    assert active_frames(sound, RATE).sum() == 10
    wanted = np.where(frame_centres_s(2 * RATE, RATE) < 1.0, 100e-6, -900e-6)
    value, count = itd.itd_mae_us(sound, wanted, RATE)
    assert count == 10
    assert value == pytest.approx(0.0, abs=15.0)


def test_a_sound_that_begins_late_in_a_frame_is_measured_where_it_sounds() -> None:
    sound = spaced(300e-6)
    sound[:, : round(1.08 * RATE)] = 0.0
    sound[:, round(1.15 * RATE) :] = 0.0
    value, count = itd.itd_mae_us(sound, np.full(20, 300e-6), RATE)
    assert count == 2
    assert value == pytest.approx(0.0, abs=2.0)


def test_levels_are_compared_with_what_the_law_asks_for() -> None:
    sound = np.stack([NOISE, 0.5 * NOISE]).astype(np.float32)
    value, _ = ild.ild_mae_db(sound, np.full(20, 20 * np.log10(2)), RATE)
    assert value == pytest.approx(0.0, abs=1e-4)
    figure = ild.figure(sound, np.full(20, 3.0), RATE)
    assert figure.value == pytest.approx(20 * np.log10(2) - 3.0, abs=1e-4)
    assert figure.floor == pytest.approx(3.0)
    one_sided = np.stack([NOISE, 0.0 * NOISE]).astype(np.float32)
    assert ild.ild_mae_db(one_sided, np.full(20, 200.0), RATE)[0] == pytest.approx(0.0, abs=1e-6)


def test_silence_has_no_figure_and_wrong_lengths_are_refused() -> None:
    silence = np.zeros((2, RATE), np.float32)
    assert itd.figure(silence, np.zeros(10), RATE).value is None
    assert ild.figure(silence, np.zeros(10), RATE).value is None
    with pytest.raises(EngineError, match="10 frames"):
        itd.itd_mae_us(silence, np.zeros(9), RATE)
    with pytest.raises(EngineError, match="10 frames"):
        ild.ild_mae_db(silence, np.zeros(9), RATE)
    broken = np.full((2, RATE), np.nan, np.float32)
    for sound in (broken, broken[0]):
        with pytest.raises(EngineError, match="finite"):
            itd.figure(sound, np.zeros(10), RATE)
        with pytest.raises(EngineError, match="finite"):
            ild.figure(sound, np.zeros(10), RATE)
