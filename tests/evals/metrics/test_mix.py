"""The figures of a mix: fold-down null, balance, reverberation time, spectral distance."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics import foldown_null, loudness_error, lsd, rt60_error
from foleydesigner.tools.surround import upmix_51

RATE = 48_000
RNG = np.random.default_rng(4)
NOISE = (RNG.standard_normal((2, 2 * RATE)) * 0.05).astype(np.float32)


def test_the_upmix_of_equation_eight_nulls_and_an_unrelated_one_does_not() -> None:
    figure = foldown_null.figure(upmix_51(NOISE, RATE), NOISE)
    assert figure.value is not None
    assert figure.value < -100.0
    other = (RNG.standard_normal((6, 2 * RATE)) * 0.05).astype(np.float32)
    assert foldown_null.figure(other, NOISE).value == pytest.approx(0.0, abs=0.1)


def test_balance_is_what_the_gains_make_it() -> None:
    stems = {"a": NOISE, "b": 0.5 * NOISE[:, ::-1]}
    reference = loudness_error.balance_lu(stems, stems["a"] + stems["b"], RATE)
    moved = {"a": NOISE, "b": NOISE[:, ::-1]}
    # The same mix to compare with: b is 6.02 LU higher than the reference has it, a stands.
    ours = loudness_error.balance_lu(moved, stems["a"] + stems["b"], RATE)
    value, count = loudness_error.loudness_error_lu(ours, reference)
    assert (value, count) == (pytest.approx(20 * np.log10(2) / 2, abs=1e-3), 2)
    figure = loudness_error.figure(reference, reference, ours)
    assert (figure.value, figure.floor) == (0.0, value)
    assert "silent" not in loudness_error.balance_lu({"silent": 0 * NOISE}, NOISE, RATE)
    with pytest.raises(EngineError, match="reference"):
        loudness_error.loudness_error_lu(ours, {})


@pytest.mark.parametrize("rt60_s", [0.4, 1.2])
def test_decaying_noise_has_the_time_it_was_made_with(rt60_s: float) -> None:
    time_s = np.arange(round(1.5 * rt60_s * RATE)) / RATE
    response = (RNG.standard_normal((2, time_s.size)) * 10.0 ** (-3.0 * time_s / rt60_s)).astype(np.float32)
    figure = rt60_error.figure(response, rt60_s + 0.5, RATE, estimator="schroeder")
    assert figure.value == pytest.approx(0.5, abs=0.06 * rt60_s)
    assert figure.note == "schroeder estimator"
    nothing = rt60_error.figure(np.ones((1, RATE), np.float32), 0.5, RATE, estimator="blind")
    assert nothing.value is None
    assert "nothing decays" in nothing.note


def test_a_louder_mix_is_as_far_as_its_gain_and_silence_as_the_floor() -> None:
    assert lsd.lsd_db(NOISE, NOISE) == 0.0
    assert lsd.lsd_db(NOISE, np.float32(0.5) * NOISE) == pytest.approx(20 * np.log10(2), abs=1e-3)
    silence = np.zeros_like(NOISE)
    tone = np.full((1, 8192), 1e-9, np.float32)
    assert lsd.lsd_db(tone, 0 * tone) == 0.0  # both under the floor of -100 dB
    figure = lsd.figure(NOISE, NOISE, unprocessed=silence)
    assert (figure.value, figure.ceiling) == (0.0, 0.0)
    assert figure.floor is not None
    assert figure.floor > 40.0
    with pytest.raises(EngineError, match="one shape"):
        lsd.lsd_db(NOISE, NOISE[:, :-1])
    with pytest.raises(EngineError, match="2048"):
        lsd.lsd_db(NOISE[:, :100], NOISE[:, :100])
