"""Hits are laid where it is said that they are; textures loop without a hole and pause without a click."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.laying import lay, looped

from .small_store import RATE_HZ, hit, texture


def test_hits_are_where_it_is_said() -> None:
    click = np.zeros(800, dtype=np.float32)
    click[0] = 0.9
    laid = lay(click, RATE_HZ, "impulsive", 10.0, np.random.default_rng(3))
    found = np.flatnonzero(laid.sound) / RATE_HZ
    np.testing.assert_allclose(found, laid.starts_s, atol=1e-9)
    assert len(found) >= 3
    assert laid.sound.shape == (160_000,)
    # From the first to the end of the last, eight to ten of the ten seconds, less the pause after the last.
    assert found[-1] - found[0] > 5.0


def test_hits_differ_in_level_by_six_db_at_most() -> None:
    click = np.zeros(800, dtype=np.float32)
    click[0] = 0.9
    laid = lay(click, RATE_HZ, "impulsive", 10.0, np.random.default_rng(4))
    levels = laid.sound[laid.sound > 0.0]
    assert levels.max() / levels.min() <= 10.0 ** (6.0 / 20.0) + 1e-3
    assert len(set(levels.tolist())) > 1


def test_what_is_longer_than_a_hit_has_no_placed_onsets() -> None:
    laid = lay(hit(1, 3.0), RATE_HZ, "impulsive", 10.0, np.random.default_rng(0))
    assert laid.starts_s == ()
    assert laid.sound.shape == (160_000,)
    assert np.abs(laid.sound).max() > 0.05


def test_a_looped_texture_has_no_hole_and_no_bump() -> None:
    made = looped(texture(1, 1.5), RATE_HZ, 10 * RATE_HZ, np.random.default_rng(0))
    assert len(made) >= 10 * RATE_HZ
    window = RATE_HZ // 10
    blocks = made[: len(made) // window * window].reshape(-1, window)[1:-3]
    level = 10.0 * np.log10(np.mean(blocks.astype(np.float64) ** 2, axis=1))
    assert np.ptp(level) < 1.5  # dB; equal-power seams of unlike material keep the level
    assert np.abs(np.diff(made)).max() < 0.8  # no step at a seam: white noise of 0.1 rms steps by 0.7 at most here


def test_textures_pause_in_some_clips_and_start_softly() -> None:
    steady = texture(2, 3.0)
    shares = []
    for seed in range(40):
        sound = lay(steady, RATE_HZ, "steady", 10.0, np.random.default_rng(seed)).sound
        shares.append(float(np.mean(np.abs(sound) > 0.0)))
        assert abs(sound[0]) < 0.01
    assert 10 <= sum(share > 0.99 for share in shares) <= 30  # of 40, one of two sounds all through
    assert min(shares) > 0.2


@pytest.mark.parametrize("bad", [np.zeros(0, np.float32), np.array([np.nan], np.float32), np.zeros((2, 9), np.float32)])
def test_what_is_no_recording_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(DatasetError, match="clean it first"):
        lay(bad, RATE_HZ, "steady", 10.0, np.random.default_rng(0))


def test_a_recording_longer_than_the_clip_is_cut() -> None:
    assert lay(hit(1, 12.0), RATE_HZ, "impulsive", 10.0, np.random.default_rng(0)).sound.shape == (160_000,)
    assert lay(texture(1, 12.0), RATE_HZ, "steady", 10.0, np.random.default_rng(0)).sound.shape == (160_000,)
