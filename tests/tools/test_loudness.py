"""Loudness and true peak against the figures of BS.1770, BS.2217, EBU Tech 3341 / 3342, and pyloudnorm."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from foleydesigner.errors import ConfigurationError, JobError
from foleydesigner.tools import loudness
from foleydesigner.tools.audio_file import write_wav
from foleydesigner.tools.true_peak import true_peak_dbtp

RATE = 48_000


def tone(level_dbfs, seconds, frequency=1000.0, channels=2, phase=0.0):
    """A sine whose peak is `level_dbfs`."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency * time + phase)
    return np.tile(wave, (channels, 1)).astype(np.float32)


def test_a_full_scale_997_hz_sine_in_one_channel_is_minus_3_01():
    assert loudness.measure(tone(0.0, 5.0, 997.0, 1), RATE).integrated_lufs == pytest.approx(-3.01, abs=0.02)


def test_a_minus_20_dbfs_sine_in_stereo_is_minus_20():
    assert loudness.measure(tone(-20.0, 5.0, 997.0), RATE).integrated_lufs == pytest.approx(-20.0, abs=0.02)


@pytest.mark.parametrize(
    ("parts", "expected_lufs"),
    [
        ([(-23.0, 20)], -23.0),  # case 1
        ([(-33.0, 20)], -33.0),  # case 2
        ([(-36.0, 10), (-23.0, 60), (-36.0, 10)], -23.0),  # case 3: relative gate
        ([(-72.0, 10), (-36.0, 10), (-23.0, 60), (-36.0, 10), (-72.0, 10)], -23.0),  # case 4: absolute gate
        ([(-26.0, 20), (-20.0, 20.1), (-26.0, 20)], -23.0),  # case 5
    ],
)
def test_ebu_3341_integrated(parts, expected_lufs):
    audio = np.concatenate([tone(level, seconds) for level, seconds in parts], axis=1)
    assert loudness.integrated_lufs(audio, RATE) == pytest.approx(expected_lufs, abs=0.1)


def test_ebu_3341_case_6_weights_the_surrounds_and_leaves_the_lfe_out():
    audio = np.concatenate([tone(level, 20.0, channels=1) for level in (-28.0, -28.0, -24.0, 0.0, -30.0, -30.0)])
    assert loudness.integrated_lufs(audio, RATE) == pytest.approx(-23.0, abs=0.1)


def test_ebu_3341_case_12_momentary_and_case_9_short_term():
    momentary = np.concatenate([tone(-20.0, 0.18), tone(-30.0, 0.22)] * 25, axis=1)
    assert loudness.measure(momentary, RATE).momentary_max_lufs == pytest.approx(-23.0, abs=0.1)
    short_term = np.concatenate([tone(-20.0, 1.34), tone(-30.0, 1.66)] * 5, axis=1)
    assert loudness.measure(short_term, RATE).short_term_max_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("levels_dbfs", "range_lu"), [((-20.0, -30.0), 10.0), ((-20.0, -15.0), 5.0), ((-40.0, -20.0), 20.0)]
)
def test_ebu_3342_loudness_range(levels_dbfs, range_lu):
    audio = np.concatenate([tone(level, 20.0) for level in levels_dbfs], axis=1)
    assert loudness.measure(audio, RATE).loudness_range_lu == pytest.approx(range_lu, abs=1.0)


def test_ebu_3342_case_4_gates_the_quiet_ends():
    audio = np.concatenate([tone(level, 20.0) for level in (-50.0, -35.0, -20.0, -35.0, -50.0)], axis=1)
    assert loudness.measure(audio, RATE).loudness_range_lu == pytest.approx(15.0, abs=1.0)


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_pyloudnorm_on_programme(seed):
    random = np.random.default_rng(seed)
    coloured = np.cumsum(random.standard_normal((2, 12 * RATE)), axis=1)
    coloured = np.diff(coloured * 0.995 ** np.arange(1), axis=1, prepend=0.0) + 0.5 * random.standard_normal((2, 1))
    envelope = np.repeat(10 ** (random.uniform(-40, 0, 24) / 20), RATE // 2)
    audio = (0.1 * envelope * coloured).astype(np.float32)
    reference = pyloudnorm.Meter(RATE, filter_class="DeMan").integrated_loudness(audio.T.astype(np.float64))
    assert loudness.integrated_lufs(audio, RATE) == pytest.approx(reference, abs=0.01)
    default = pyloudnorm.Meter(RATE).integrated_loudness(audio.T.astype(np.float64))
    assert loudness.integrated_lufs(audio, RATE) == pytest.approx(default, abs=0.05)


def test_agrees_with_pyloudnorm_on_five_channels():
    audio = (0.1 * np.random.default_rng(5).standard_normal((6, 5 * RATE))).astype(np.float32)
    five = audio[[0, 1, 2, 4, 5]].T.astype(np.float64)  # pyloudnorm takes L R C Ls Rs
    reference = pyloudnorm.Meter(RATE, filter_class="DeMan").integrated_loudness(five)
    assert loudness.integrated_lufs(audio, RATE) == pytest.approx(reference, abs=0.01)


def test_any_block_length_and_a_file_measure_the_same(tmp_path):
    audio = np.concatenate([tone(-20.0, 3.33), tone(-31.0, 2.0)], axis=1)
    whole = loudness.measure(audio, RATE)
    blocks = (audio[:, a : a + 4001] for a in range(0, audio.shape[1], 4001))
    pieces = loudness.measure_blocks(blocks, RATE, 2)
    file = loudness.measure_file(write_wav(tmp_path / "x.wav", audio, RATE))
    for name in type(whole).model_fields:
        assert getattr(pieces, name) == pytest.approx(getattr(whole, name), abs=1e-4)
        assert getattr(file, name) == pytest.approx(getattr(whole, name), abs=1e-4)


def test_short_sounds_are_padded_to_one_block():
    # 100 ms of a tone in a 400 ms block: 6.02 LU less than the tone itself.
    short = loudness.measure(tone(-20.0, 0.1, 997.0), RATE)
    assert short.integrated_lufs == pytest.approx(-26.02, abs=0.1)
    assert short.momentary_max_lufs == pytest.approx(short.integrated_lufs, abs=0.01)


def test_silence_and_nothing_are_minus_100():
    for audio in (np.zeros((2, 5 * RATE), np.float32), np.zeros((1, 100), np.float32), np.zeros((6, 0), np.float32)):
        report = loudness.measure(audio, RATE)
        assert report.integrated_lufs == report.momentary_max_lufs == report.short_term_max_lufs == -100.0
        assert report.true_peak_dbtp == report.sample_peak_dbfs == -100.0
        assert report.loudness_range_lu == 0.0


@pytest.mark.parametrize(
    ("divisor", "phase_deg", "level_dbfs", "expected_dbtp"),
    [(4, 0.0, -6.0206, -6.0), (4, 45.0, -6.0206, -6.0), (6, 60.0, -6.0206, -6.0), (8, 67.5, -6.0206, -6.0)],
)
def test_ebu_3341_true_peak(divisor, phase_deg, level_dbfs, expected_dbtp):
    # Cases 15-18: sines at a fraction of the sample rate whose samples miss the crest; tolerance +0.2 / -0.4 dB.
    audio = tone(level_dbfs, 1.0, RATE / divisor, phase=np.deg2rad(phase_deg))
    audio *= np.minimum(1.0, np.minimum(np.arange(RATE), np.arange(RATE)[::-1]) / 1000).astype(
        np.float32
    )  # no step at its ends
    assert expected_dbtp - 0.4 < true_peak_dbtp(audio) < expected_dbtp + 0.2


def test_true_peak_sees_between_the_samples():
    report = loudness.measure(tone(-3.0, 1.0, RATE / 4, phase=np.pi / 4), RATE)
    assert report.sample_peak_dbfs == pytest.approx(-6.01, abs=0.02)
    assert report.true_peak_dbtp == pytest.approx(-3.0, abs=0.25)


def test_gain_to_target():
    assert loudness.gain_to_target_db(-30.0, -23.0) == 7.0
    assert loudness.gain_to_target_db(-30.0, None) == 0.0
    assert loudness.gain_to_target_db(-100.0, -23.0) == 0.0


def test_bad_input_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="channels"):
        loudness.LoudnessMeter(RATE, 5)
    with pytest.raises(ConfigurationError, match="11025"):
        loudness.LoudnessMeter(11_025, 2)
    with pytest.raises(JobError, match=r"no\.wav"):
        loudness.measure_file(tmp_path / "no.wav")
