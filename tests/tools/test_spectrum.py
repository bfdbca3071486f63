"""Band powers, activity and the mel picture of signals whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from foleydesigner.mix import TrackAnalysis
from foleydesigner.script import Placement, SoundEvent
from foleydesigner.tools import spectrum
from foleydesigner.tools.track_features import measure_track

RATE = 48_000


def tone(frequency, seconds=1.0, amplitude=0.5):
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE))[None].astype(
        np.float32
    )


def test_white_noise_is_shared_by_bandwidth():
    noise = np.random.default_rng(1).standard_normal((2, 20 * RATE)).astype(np.float32)
    figures = spectrum.spectral_figures(noise, RATE)
    assert figures.low_db == pytest.approx(10 * np.log10(250 / 24000), abs=0.3)
    assert figures.mid_db == pytest.approx(10 * np.log10(3750 / 24000), abs=0.1)
    assert figures.high_db == pytest.approx(10 * np.log10(20000 / 24000), abs=0.05)
    assert figures.centroid_hz == pytest.approx(12000, rel=0.01)


@pytest.mark.parametrize(("frequency", "band"), [(80.0, "low_db"), (1000.0, "mid_db"), (9000.0, "high_db")])
def test_a_tone_lies_in_its_band(frequency, band):
    figures = spectrum.spectral_figures(tone(frequency), RATE)
    assert getattr(figures, band) == pytest.approx(0.0, abs=0.01)
    assert figures.centroid_hz == pytest.approx(frequency, rel=0.01)


def test_silence_has_no_bands():
    for silence in (np.zeros((1, RATE), np.float32), np.zeros((2, 0), np.float32)):
        figures = spectrum.spectral_figures(silence, RATE)
        assert figures.low_db == figures.mid_db == figures.high_db == -100.0
        assert figures.centroid_hz == 0.0
        assert spectrum.active_seconds(silence, RATE) == 0.0


def test_active_seconds_are_those_within_40_db():
    track = np.concatenate([tone(1000, 0.5), tone(1000, 1.0, 0.5e-3), tone(1000, 0.25, 0.05)], axis=1)
    assert spectrum.active_seconds(track, RATE) == pytest.approx(0.75, abs=0.011)


def test_mel_row_of_a_tone_and_picture(tmp_path):
    level_db = spectrum.mel_spectrogram_db(tone(1000.0), RATE)
    assert level_db.shape == (96, 1 + RATE // spectrum.HOP)
    assert level_db.max() == 0.0
    assert level_db.min() == -80.0
    # The mel scale puts 1 kHz at 1000 mel.
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    assert abs(np.argmax(level_db[:, 20]) - (1000.0 / top * 97 - 1)) <= 1
    picture = cv2.imread(str(spectrum.write_mel_picture(tmp_path / "mel.png", tone(1000.0, 5.0), RATE)))
    bright = picture.sum(axis=2).mean(axis=1)
    assert picture.shape[0] == 192
    assert np.argmax(bright) > 96  # low tones at the bottom
    spectrum.write_mel_picture(tmp_path / "none.png", np.zeros((1, 0), np.float32), RATE)
    assert (tmp_path / "none.png").stat().st_size > 0


def test_long_tracks_in_pieces_are_the_same():
    noise = np.random.default_rng(3).standard_normal((1, 300_000)).astype(np.float32)
    whole = np.concatenate(list(spectrum._frame_powers(noise, 10_000)))
    pieces = np.concatenate(list(spectrum._frame_powers(noise, 7)))
    np.testing.assert_allclose(pieces, whole, rtol=1e-5)


def test_measure_track_fills_the_numbers_of_an_analysis():
    event = SoundEvent(
        id="bell",
        label="bell",
        prompt="bell",
        family="bell",
        layer="props",
        kind="impulsive",
        onsets_s=(0.0,),
        strengths=(1.0,),
        placement=Placement(kind="screen"),
        origin="picture",
    )
    time = np.arange(2 * RATE) / RATE
    ring = (0.5 * np.sin(2 * np.pi * 800 * time) * 10 ** (-3 * time / 1.2))[None].astype(np.float32)
    analysis = TrackAnalysis(**measure_track(event, ring, RATE))
    assert analysis.rt60_s == pytest.approx(1.2, rel=0.05)
    assert analysis.peak_dbfs == pytest.approx(-6.02, abs=0.1)
    assert analysis.centroid_hz == pytest.approx(800, rel=0.02)
    assert analysis.active_s == pytest.approx(1.2 * 40 / 60, abs=0.03)
    assert TrackAnalysis(**measure_track(event, np.zeros((1, 0), np.float32), RATE)).loudness_lufs == -100.0
