"""Cleaning measured: what it takes away, and what it has to leave."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.generator.filmstereo.denoising import denoised, frame_levels_db, quiet_stretch
from foleydesigner.generator.filmstereo.polishing import (
    LONGEST_S,
    PEAK_DBFS,
    one_channel,
    polish,
    without_dc,
    worst_cancellation_db,
)
from foleydesigner.generator.filmstereo.reading import UnusableError

RATE_HZ = 48_000
SILENCE = np.zeros(RATE_HZ)


def burst(seed: int = 0, decay_s: float = 0.05, seconds: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    sound = rng.standard_normal(len(time_s)) * np.exp(-time_s / decay_s)
    return 0.5 * sound / np.abs(sound).max()


def test_peak_length_ends_and_onset() -> None:
    source = np.concatenate([SILENCE, burst(), SILENCE])
    polished = polish(source[None], RATE_HZ, "impulsive", RATE_HZ).sound
    assert 20 * np.log10(np.abs(polished).max()) == pytest.approx(PEAK_DBFS, abs=1e-4)
    # -60 dB is reached after 0.05 s * ln(1000); the tail is kept until then.
    assert len(polished) / RATE_HZ == pytest.approx(0.05 * np.log(1000), abs=0.06)
    assert polished[0] == polished[-1] == 0.0
    # The attack is where the silence before it ends, 5 ms from the start.
    assert np.flatnonzero(np.abs(polished) > 0.01 * np.abs(polished).max())[0] == pytest.approx(240, abs=3)


def test_the_attack_s_first_millisecond_is_left() -> None:
    source = np.concatenate([SILENCE[:4_800], burst(3)])
    polished = polish(source[None], RATE_HZ, "impulsive", RATE_HZ).sound
    gain = np.abs(polished).max() / 0.5
    given, kept = source[4_800 : 4_800 + 480] * gain, polished[240 : 240 + 480]
    assert np.abs(kept - given).max() < 0.05 * np.abs(given).max()
    # ... also where the file begins with it.
    sharp = polish(burst(3)[None], RATE_HZ, "impulsive", RATE_HZ).sound
    assert np.abs(sharp[240 + 48 : 240 + 480] - given[48:]).max() < 0.05 * np.abs(given).max()


@pytest.mark.parametrize("kind", ["impulsive", "steady"])
def test_long_sounds_are_cut_and_faded(kind: str) -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal(40 * RATE_HZ)
    polished = polish(noise[None], RATE_HZ, kind, RATE_HZ)
    assert len(polished.sound) / RATE_HZ == pytest.approx(LONGEST_S[kind], abs=0.01)
    assert f"cut to {LONGEST_S[kind]:.0f} s" in polished.changes
    assert np.abs(polished.sound[-48:]).max() < 0.01


def test_an_offset_is_taken_out_without_a_thump() -> None:
    flat = without_dc(0.3 + 0.0 * SILENCE, RATE_HZ)
    assert np.abs(flat).max() < 1e-9
    tone = np.sin(2 * np.pi * 100.0 * np.arange(RATE_HZ) / RATE_HZ)
    assert abs(without_dc(tone + 0.3, RATE_HZ)[RATE_HZ // 2 :].mean()) < 1e-3
    assert np.abs(without_dc(tone + 0.3, RATE_HZ)[RATE_HZ // 2 :]).max() == pytest.approx(1.0, abs=0.02)


def test_silent_and_short_files_are_refused() -> None:
    for sound, reason in ((SILENCE, "silent"), (0.009 * burst() / 0.5, "silent"), (SILENCE + 0.4, "silent")):
        with pytest.raises(UnusableError) as no:
            polish(sound[None], RATE_HZ, "impulsive", RATE_HZ)
        assert no.value.reason == reason
    click = SILENCE.copy()
    click[1_000:1_010] = 0.5
    with pytest.raises(UnusableError) as no:
        polish(click[None, :1_012], RATE_HZ, "steady", RATE_HZ)
    assert no.value.reason == "short"


def test_a_sum_is_taken_only_where_it_does_not_comb() -> None:
    rng = np.random.default_rng(2)
    left, right = rng.standard_normal((2, RATE_HZ))
    mono, how = one_channel(np.stack([left, right]), RATE_HZ)
    assert how == "sum of two channels"
    np.testing.assert_allclose(mono, 0.5 * (left + right))
    for delay in (5, 24, 48):
        late = 0.9 * np.roll(left, delay)
        assert worst_cancellation_db(left, late, RATE_HZ) < -6.0
        mono, how = one_channel(np.stack([left, late]), RATE_HZ)
        assert mono is left or np.array_equal(mono, left)
        assert how.startswith("left channel (a sum loses")
    mono, _ = one_channel(np.stack([0.5 * left, -left]), RATE_HZ)
    np.testing.assert_array_equal(mono, -left)
    mono, how = one_channel(np.stack([0.0 * left, left]), RATE_HZ)
    assert how == "right channel, the other is silent"
    assert one_channel(np.stack([left, left]), RATE_HZ)[1] == "one of two equal channels"


def hits_in_hiss(level_db: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    clean = np.concatenate([SILENCE[: RATE_HZ // 3], burst(seed), burst(seed + 9), SILENCE])
    hiss = np.random.default_rng(seed + 5).standard_normal(len(clean))
    return clean, clean + hiss * 10 ** ((frame_levels_db(clean, RATE_HZ).max() + level_db) / 20)


@pytest.mark.parametrize("level_db", [-55.0, -45.0, -35.0])
def test_hiss_is_lowered_and_hits_are_not(level_db: float) -> None:
    clean, noisy = hits_in_hiss(level_db)
    out, how = denoised(noisy, RATE_HZ)
    assert "lowered by" in how
    # 85 % of the gated bins' level is taken: 16 dB at most.
    drop_db = frame_levels_db(noisy, RATE_HZ)[-20:].mean() - frame_levels_db(out, RATE_HZ)[-20:].mean()
    assert 10.0 < drop_db < 17.0
    assert np.mean((out - clean) ** 2) < 0.5 * np.mean((noisy - clean) ** 2)
    attack = slice(RATE_HZ // 3 - 10, RATE_HZ // 3 + 480)
    np.testing.assert_allclose(out[attack], noisy[attack], atol=1e-3)


def test_what_is_no_noise_floor_is_left_alone() -> None:
    rng = np.random.default_rng(4)
    quiet = hits_in_hiss(-75.0)[1]
    loud = hits_in_hiss(-20.0)[1]
    tail = burst(seconds=2.0, decay_s=0.3)
    wind = rng.standard_normal(4 * RATE_HZ) * (1.0 + 0.5 * np.sin(np.arange(4 * RATE_HZ) / RATE_HZ))
    for sound in (quiet, loud, tail, wind, burst(seconds=0.3), np.concatenate([SILENCE, burst(), SILENCE])):
        out, how = denoised(sound, RATE_HZ)
        assert how == ""
        assert out is sound
    assert quiet_stretch(frame_levels_db(hits_in_hiss(-45.0)[1], RATE_HZ)) is not None


def test_what_goes_on_is_never_denoised() -> None:
    noisy = hits_in_hiss(-45.0)[1]
    assert not any("noise floor" in change for change in polish(noisy[None], RATE_HZ, "steady", RATE_HZ).changes)
    assert any("noise floor" in change for change in polish(noisy[None], RATE_HZ, "impulsive", RATE_HZ).changes)


def test_a_rate_is_changed_and_pitch_is_not() -> None:
    time_s = np.arange(44_100) / 44_100
    tone = 0.5 * np.sin(2 * np.pi * 1_000.0 * time_s)
    polished = polish(tone[None], 44_100, "steady", RATE_HZ)
    assert "resampled from 44100 Hz" in polished.changes
    spectrum = np.abs(np.fft.rfft(polished.sound * np.hanning(len(polished.sound))))
    assert np.argmax(spectrum) * RATE_HZ / len(polished.sound) == pytest.approx(1_000.0, abs=1.0)
