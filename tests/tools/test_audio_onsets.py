"""The audio onset detector against signals with known attacks, and against the published implementation."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.tools.audio_onsets import RATE_HZ, audio_onsets, onset_envelope
from foleydesigner.tools.audio_source import ArraySource


def _clicks(times_s: list[float], duration_s: float, rate_hz: int, seed: int = 0) -> NDArray[np.float32]:
    """Decaying noise bursts at `times_s` over a faint floor."""
    rng = np.random.default_rng(seed)
    count = round(duration_s * rate_hz)
    audio = 1e-4 * rng.standard_normal(count)
    for time_s in times_s:
        start = round(time_s * rate_hz)
        tail = np.arange(count - start) / rate_hz
        audio[start:] += 0.5 * np.exp(-tail / 0.05) * rng.standard_normal(count - start)
    return audio.astype(np.float32)


def _signals() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(5)
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * f * time_s) * (time_s > t) for f, t in ((220, 0.2), (700, 1.1), (2500, 2.2)))
    return {
        "clicks": _clicks([0.3, 0.5, 0.9, 1.7, 2.4], 3.0, RATE_HZ),
        "fast clicks": _clicks(list(np.arange(0.05, 2.9, 0.11)), 3.0, RATE_HZ),
        "tones": np.asarray(tones, dtype=np.float32),
        "noise": rng.standard_normal(2 * RATE_HZ).astype(np.float32),
        "swell": (rng.standard_normal(time_s.size) * np.sin(2 * np.pi * 1.5 * time_s) ** 8).astype(np.float32),
        "attack at the start": _clicks([0.0, 1.0], 2.0, RATE_HZ),
        "short": _clicks([0.02], 0.1, RATE_HZ),
    }


@pytest.mark.parametrize("name", sorted(_signals()))
def test_equals_the_published_detector(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        librosa = pytest.importorskip("librosa")
        audio = _signals()[name]
        expected_envelope = librosa.onset.onset_strength(y=audio, sr=RATE_HZ)
        expected_s = librosa.onset.onset_detect(y=audio, sr=RATE_HZ, delta=0.3, wait=5, units="time")
    np.testing.assert_allclose(onset_envelope(ArraySource(audio[None, :])), expected_envelope, atol=2e-3)
    np.testing.assert_allclose(audio_onsets(audio, RATE_HZ)[0], expected_s, atol=1e-9)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
def test_finds_each_attack_within_two_hops(rate_hz: int) -> None:
    asked_s = [0.4, 0.9, 1.3, 2.1]
    times_s, strengths = audio_onsets(_clicks(asked_s, 3.0, rate_hz), rate_hz)
    np.testing.assert_allclose(times_s, asked_s, atol=2 * 512 / 22_050)
    assert np.all((strengths > 0.0) & (strengths <= 1.0))


def test_channels_are_averaged() -> None:
    mono = _clicks([0.5, 1.0], 2.0, RATE_HZ)
    np.testing.assert_array_equal(audio_onsets(np.stack([mono, mono]), RATE_HZ)[0], audio_onsets(mono, RATE_HZ)[0])


def test_silence_and_nothing_have_no_onset() -> None:
    assert audio_onsets(np.zeros(RATE_HZ, dtype=np.float32), RATE_HZ)[0].size == 0
    assert audio_onsets(np.zeros(0, dtype=np.float32), 48_000)[0].size == 0


@pytest.mark.parametrize(
    ("audio", "rate_hz"),
    [(np.zeros((1, 2, 3)), RATE_HZ), (np.array([0.0, np.nan]), RATE_HZ), (np.zeros(10), 0)],
)
def test_refuses_what_is_not_audio(audio: NDArray[np.float64], rate_hz: int) -> None:
    with pytest.raises(EngineError, match="expected finite samples"):
        audio_onsets(audio, rate_hz)
