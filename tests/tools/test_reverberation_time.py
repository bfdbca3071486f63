"""RT60 of decays that are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.reverberation_time import rt60_of_impulse_response, rt60_of_track

RATE = 48_000


def decaying_noise(rt60_s, seconds, seed=1, channels=2):
    time = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).standard_normal((channels, time.size))
    return (0.2 * noise * 10 ** (-3 * time / rt60_s)).astype(np.float32)


@pytest.mark.parametrize("rt60_s", [0.2, 0.5, 1.0, 3.0])
def test_impulse_response_of_exponential_noise(rt60_s):
    assert rt60_of_impulse_response(decaying_noise(rt60_s, 1.5 * rt60_s), RATE) == pytest.approx(rt60_s, rel=0.05)


def test_exact_exponential_tone_has_its_exact_time():
    time = np.arange(2 * RATE) / RATE
    ring = np.sin(2 * np.pi * 700 * time) * 10 ** (-3 * time / 0.8)  # on the edge of both octaves
    assert rt60_of_impulse_response(ring[None].astype(np.float32), RATE) == pytest.approx(0.8, rel=0.01)


def test_noise_beneath_the_decay_is_left_out():
    response = decaying_noise(0.8, 3.0)
    response += (0.2 * 10 ** (-50 / 20) * np.random.default_rng(9).standard_normal(response.shape)).astype(np.float32)
    assert rt60_of_impulse_response(response, RATE) == pytest.approx(0.8, rel=0.08)


def test_steady_sound_silence_and_nothing_have_no_decay():
    steady = (0.1 * np.random.default_rng(2).standard_normal((1, 3 * RATE))).astype(np.float32)
    for audio in (steady, np.zeros((2, RATE), np.float32), np.zeros((1, 0), np.float32), np.ones((1, 5), np.float32)):
        assert rt60_of_track(audio, RATE) is None
        assert rt60_of_impulse_response(audio, RATE) is None


@pytest.mark.parametrize("rt60_s", [0.3, 0.8, 2.0])
def test_blind_estimate_from_free_decays(rt60_s):
    track = np.zeros((1, 12 * RATE), np.float32)
    for hit, onset_s in enumerate((0.5, 4.0, 8.0)):
        tail = decaying_noise(rt60_s, 3.0, seed=hit, channels=1)
        track[:, round(onset_s * RATE) : round(onset_s * RATE) + tail.shape[1]] += tail
    assert rt60_of_track(track, RATE) == pytest.approx(rt60_s, rel=0.15)
