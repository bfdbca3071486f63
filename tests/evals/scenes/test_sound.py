"""Reference stems: exact in onset, level, direction and decay."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest

from foleydesigner.evals.scenes.catalogue import make_scene
from foleydesigner.evals.scenes.sound import (
    SAMPLE_RATE_HZ,
    SPACING_M,
    SPEED_OF_SOUND_M_S,
    dry_stem,
    reference_sound,
    spaced_pair,
    stem_azimuth_deg,
)
from foleydesigner.evals.scenes.truth import TrueEvent, Truth, Voice

RATE, FRAMES = Fraction(25), 100
SAMPLES = 4 * SAMPLE_RATE_HZ
STEADY = {"motor", "rain", "hum", "air"}


def truth(*events: TrueEvent, rt60_s: float = 0.5) -> Truth:
    return Truth(width_px=640, height_px=360, frame_rate=RATE, frame_count=FRAMES, events=events, rt60_s=rt60_s)


def event(voice: Voice, *onsets_s: float, x_px: float | None = 320.0, depth_m: float = 1.0) -> TrueEvent:
    box = np.full(4, np.nan) if x_px is None else np.array([x_px - 10, 100, x_px + 10, 120])
    return TrueEvent(
        id="one", group="impact", kind="impulsive", voice=voice, onsets_s=onsets_s, strengths=(1.0,) * len(onsets_s),
        boxes_px=np.tile(box, (FRAMES, 1)), depth_m=np.full(FRAMES, depth_m),
    )  # fmt: skip


def stem(one: TrueEvent, seed: int = 0) -> np.ndarray:
    return dry_stem(one, truth(one), np.random.default_rng(seed), SAMPLES)


def delay_s(left: np.ndarray, right: np.ndarray) -> float:
    """t_L - t_R where the cross-correlation is highest, interpolated eightfold by its spectrum."""
    size, up = 1 << 17, 8
    cross = np.fft.rfft(left, size) * np.conj(np.fft.rfft(right, size))
    lags = np.fft.irfft(cross, size * up)
    at = int(np.argmax(lags))
    return (at if at < size * up // 2 else at - size * up) / (up * SAMPLE_RATE_HZ)


@pytest.mark.parametrize("voice", sorted(set(get_args(Voice)) - STEADY))
def test_a_hit_begins_within_a_millisecond_of_its_true_time(voice: Voice) -> None:
    onset_s = 0.7312
    sound = stem(event(voice, onset_s))
    heard = np.flatnonzero(np.abs(sound) > 1e-4 * np.abs(sound).max())
    assert heard[0] / SAMPLE_RATE_HZ == pytest.approx(onset_s, abs=1e-3)
    assert not sound[: round(onset_s * SAMPLE_RATE_HZ)].any()


@pytest.mark.parametrize("voice", sorted(STEADY))
def test_a_steady_sound_fills_its_span(voice: Voice) -> None:
    one = TrueEvent(
        id="one", group="hum", kind="steady", voice=voice, spans_s=((1.0, 2.5),),
        boxes_px=np.full((FRAMES, 4), np.nan), depth_m=np.ones(FRAMES),
    )  # fmt: skip
    sound = stem(one)
    assert not sound[: SAMPLE_RATE_HZ - 1].any()
    assert not sound[round(2.5 * SAMPLE_RATE_HZ) + 1 :].any()
    tenths = np.sqrt(np.mean(sound[SAMPLE_RATE_HZ : round(2.5 * SAMPLE_RATE_HZ)].reshape(15, -1) ** 2, axis=1))
    assert tenths.min() > 0.4 * np.median(tenths)


def test_level_falls_with_distance_and_strength() -> None:
    near, far = stem(event("anvil", 0.5)), stem(event("anvil", 0.5, depth_m=4.0))
    np.testing.assert_allclose(far, near / 4.0, atol=1e-12)
    touching = stem(event("anvil", 0.5, depth_m=0.2))
    np.testing.assert_allclose(touching, near, atol=1e-12)


@pytest.mark.parametrize("azimuth_deg", [-90.0, -37.0, 0.0, 12.5, 45.0])
def test_a_static_source_is_delayed_by_the_sine_of_its_direction(azimuth_deg: float) -> None:
    noise = np.random.default_rng(1).standard_normal(1 << 16)
    # Half the rate is beyond any interpolation; sound up to 18 kHz is not.
    spectrum = np.fft.rfft(noise)
    spectrum[int(spectrum.size * 0.75) :] = 0.0
    left, right = spaced_pair(np.fft.irfft(spectrum), np.full(1 << 16, azimuth_deg))
    expected_s = SPACING_M * np.sin(np.radians(azimuth_deg)) / SPEED_OF_SOUND_M_S
    assert delay_s(left, right) == pytest.approx(expected_s, abs=0.5 / (8 * SAMPLE_RATE_HZ) + 1e-9)
    assert np.sum(left**2) == pytest.approx(np.sum(right**2), rel=1e-3)


@pytest.mark.parametrize("x_px", [40.0, 320.0, 560.0])
def test_a_stem_is_delayed_by_where_its_box_is(x_px: float) -> None:
    one = event("step", 0.5, 1.5, x_px=x_px)
    sound = reference_sound(truth(one), 0)
    azimuth_deg = (x_px / 640 - 0.5) * 90.0
    left, right = sound.placed["one"].astype(np.float64)
    expected_s = SPACING_M * np.sin(np.radians(azimuth_deg)) / SPEED_OF_SOUND_M_S
    assert delay_s(left, right) == pytest.approx(expected_s, abs=1.5e-6)


def test_what_is_not_seen_is_heard_from_where_it_is_said_to_be() -> None:
    one = event("thunder", 0.5, x_px=None)
    np.testing.assert_array_equal(stem_azimuth_deg(one, truth(one), 100), np.zeros(100))


@pytest.mark.parametrize("rt60_s", [0.25, 0.5, 1.2])
def test_the_place_rings_for_its_reverberation_time(rt60_s: float) -> None:
    one = event("knock", 0.1)
    sound = reference_sound(truth(one, rt60_s=rt60_s), 0)
    wet = (sound.mix - sound.placed["one"]).astype(np.float64)
    # Schroeder integration from where the knock, 20 ms long, is over; T30 as ISO 3382 fits it.
    energy = np.sum(wet[:, round(0.16 * SAMPLE_RATE_HZ) :] ** 2, axis=0)
    decay_db = 10 * np.log10(np.cumsum(energy[::-1])[::-1] + 1e-30)
    decay_db -= decay_db[0]
    range_ = slice(int(np.argmax(decay_db < -5)), int(np.argmax(decay_db < -35)))
    slope = np.polyfit(np.arange(decay_db.size)[range_] / SAMPLE_RATE_HZ, decay_db[range_], 1)[0]
    assert -60.0 / slope == pytest.approx(rt60_s, rel=0.1)


def test_the_mix_is_the_stems_and_their_reverberation_and_a_seed_its_bytes() -> None:
    known = truth(event("rubber", 0.2, 0.9), replace(event("steel", 0.5, x_px=500.0), id="two"))
    sound, again = reference_sound(known, 5), reference_sound(known, 5)
    assert sound.mix.tobytes() == again.mix.tobytes()
    assert sound.mix.shape == (2, SAMPLES)
    assert set(sound.dry) == set(sound.placed) == {"one", "two"}
    dry = sum(sound.placed.values())
    wet_db = 10 * np.log10(np.sum((sound.mix - dry) ** 2) / np.sum(dry**2))
    assert -24.0 < wet_db < -8.0  # a tail of -14 dB, coloured by what it answers
    assert reference_sound(known, 6).mix.tobytes() != sound.mix.tobytes()


def test_silence_is_silent() -> None:
    sound = reference_sound(make_scene("silence", 0).truth, 0)
    assert not sound.mix.any()
    assert sound.dry == {}
