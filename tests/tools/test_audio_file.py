"""Working audio goes to disk and back, whole or not at all."""

from __future__ import annotations

import time

import numpy as np
import pytest

from foleydesigner.errors import JobError, OutputError
from foleydesigner.tools.audio_file import read_blocks, read_wav, wav_shape, write_wav, writing_wav

RATE = 48_000


def noise(channels=2, samples=10_000):
    return np.random.default_rng(1).standard_normal((channels, samples)).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_round_trip_is_exact_even_beyond_full_scale(tmp_path, channels):
    audio = 3 * noise(channels)
    path = write_wav(tmp_path / "deep" / "x.wav", audio, RATE)
    back, rate = read_wav(path)
    np.testing.assert_array_equal(back, audio)
    assert (back.dtype, rate) == (np.float32, RATE)
    assert wav_shape(path) == (channels, 10_000, RATE)
    np.testing.assert_array_equal(np.concatenate(list(read_blocks(path, 999)), axis=1), audio)


def test_blocks_write_the_same_file(tmp_path):
    audio = noise()
    whole = write_wav(tmp_path / "a.wav", audio, RATE)
    with writing_wav(tmp_path / "b.wav", RATE, 2) as writer:
        for first in range(0, 10_000, 777):
            writer.write(audio[:, first : first + 777])
    assert writer.samples == 10_000
    assert whole.read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_the_clock_is_not_in_the_file(tmp_path):
    first = write_wav(tmp_path / "a.wav", noise(), RATE).read_bytes()
    time.sleep(1.1)  # libsndfile's time stamp counts seconds
    assert write_wav(tmp_path / "b.wav", noise(), RATE).read_bytes() == first


def test_a_failure_leaves_nothing_behind(tmp_path):
    def interrupted():
        with writing_wav(tmp_path / "x.wav", RATE, 2) as writer:
            writer.write(noise())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_empty_audio_is_a_file(tmp_path):
    path = write_wav(tmp_path / "x.wav", np.zeros((2, 0), np.float32), RATE)
    assert read_wav(path)[0].shape == (2, 0)
    assert list(read_blocks(path)) == []


def test_bad_input_is_refused(tmp_path):
    (tmp_path / "text.wav").write_text("not a sound")
    for name in ("text.wav", "missing.wav"):
        with pytest.raises(JobError, match=name):
            read_wav(tmp_path / name)
        with pytest.raises(JobError, match=name):
            list(read_blocks(tmp_path / name))
    path = write_wav(tmp_path / "x.wav", noise(), RATE)
    with pytest.raises(JobError, match="2 channels; expected 6 channels"):
        list(read_blocks(path, channels=6))
    with pytest.raises(OutputError, match="shape"), writing_wav(tmp_path / "y.wav", RATE, 2) as writer:
        writer.write(noise(1))
