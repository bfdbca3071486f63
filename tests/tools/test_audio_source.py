"""Sources: an array, a file and parts of them read alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foleydesigner.errors import EngineError, JobError
from foleydesigner.tools import audio_source as sources
from foleydesigner.tools.audio_file import write_wav


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(5).standard_normal((2, 5000)).astype(np.float32) * np.float32(0.1)


def test_a_file_reads_as_the_array_that_was_written(tmp_path: Path, noise: np.ndarray) -> None:
    source = sources.FileSource(write_wav(tmp_path / "a.wav", noise, 48_000))
    assert (source.channels, source.samples, source.sample_rate_hz) == (2, 5000, 48_000)
    np.testing.assert_array_equal(source.read(1000, 1010), noise[:, 1000:1010])
    np.testing.assert_array_equal(source.read(0, 7), noise[:, :7])
    np.testing.assert_array_equal(np.concatenate(list(sources.blocks_of(source, 999)), axis=1), noise)
    np.testing.assert_array_equal(sources.whole(sources.PartOf(source, 4990)), noise[:, 4990:])
    source.close()


def test_margins_outside_a_source_are_silent(noise: np.ndarray) -> None:
    padded = sources.read_padded(sources.ArraySource(noise), -3, 5003)
    np.testing.assert_array_equal(padded, np.pad(noise, ((0, 0), (3, 3))))
    assert not sources.read_padded(sources.ArraySource(noise), 6000, 6010).any()


def test_rows_stack_to_channels(noise: np.ndarray) -> None:
    stacked = sources.Stacked([sources.ArraySource(noise[:1]), sources.ArraySource(noise[1:])])
    assert (stacked.channels, stacked.samples) == (2, 5000)
    np.testing.assert_array_equal(stacked.read(10, 20), noise[:, 10:20])


def test_folding_keeps_the_mean_power(noise: np.ndarray) -> None:
    one = sources.whole(sources.folded(sources.ArraySource(noise)))
    assert one.shape == (1, 5000)
    assert np.mean(one**2) == pytest.approx(np.mean(noise**2), rel=1e-5)


def test_what_is_no_audio_is_refused(tmp_path: Path, noise: np.ndarray) -> None:
    with pytest.raises(EngineError, match="channels, samples"):
        sources.ArraySource(noise[0])
    (tmp_path / "no.wav").write_bytes(b"no")
    with pytest.raises(JobError, match=r"no\.wav"):
        sources.FileSource(tmp_path / "no.wav")
    with pytest.raises(JobError, match="missing"):
        sources.FileSource(tmp_path / "missing.wav")
