"""Recordings in place of generated sounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.generator.procedural.trial import trial_request
from foleydesigner.generator.recording import read_recording, render_recording
from foleydesigner.tools.audio_file import write_wav
from foleydesigner.tools.audio_source import whole

RATE = 48_000


def knocks(*starts: int, length: int = 2 * RATE) -> np.ndarray:
    audio = np.zeros((1, length), np.float32)
    for index, at in enumerate(starts):
        t = np.arange(min(6000, length - at))
        audio[0, at : at + t.size] += np.exp(-t / 900.0) * np.sin(t * (0.1 + 0.05 * index))
    return audio


def test_hits_of_a_recording_fall_on_the_asked_onsets(tmp_path: Path) -> None:
    request = trial_request("impact", 5.0, 1, {"interval_s": "0.9"})
    take = render_recording(request, write_wav(tmp_path / "k.wav", knocks(9_000, 40_000), RATE))
    audio = whole(take.dry)[0]
    for onset_s in request.cue.onsets_s:
        at = round((onset_s - take.start_s) * RATE)
        assert np.abs(audio[at : at + 60]).max() > 10 * np.abs(audio[max(0, at - 200) : at - 20]).max(initial=1e-4)
    assert np.abs(audio).max() <= 10 ** (-1 / 20) + 1e-6


def test_a_bed_is_filled_without_a_hole(tmp_path: Path) -> None:
    request = trial_request("rain", 6.0, 1)
    noise = np.random.default_rng(2).normal(0.0, 0.1, (2, RATE)).astype(np.float32)
    take = render_recording(request, write_wav(tmp_path / "n.wav", noise, RATE))
    audio = whole(take.dry)[0]
    assert audio.size == 6 * RATE
    level = np.sqrt((audio[RATE // 10 : -RATE // 10].reshape(-1, 480) ** 2).mean(axis=1))
    assert level.min() > 0.5 * np.median(level)


def test_a_silent_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="silent"):
        read_recording(write_wav(tmp_path / "s.wav", np.zeros((1, 100), np.float32), RATE), RATE)
