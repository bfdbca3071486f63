"""The direct path has the geometry's delay and level at every moment; moving does not click."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.evals.metrics.frames import frame_centres_s
from foleydesigner.evals.metrics.itd import itd_mae_us
from foleydesigner.generator.filmstereo.moves import Move
from foleydesigner.generator.filmstereo.reverbs import BuiltIn, draw_box, draw_reverb
from foleydesigner.generator.filmstereo.rooms import Box, ImageMethod
from foleydesigner.generator.filmstereo.simulation import direct_path, simulate
from foleydesigner.tools.delay import gcc_phat_delays_s

RATE_HZ = 48_000
HALF, MIDDLE = np.array([0.085, 0.0, 0.0]), np.array([15.0, 1.0, 1.5])
BOX = Box(size_m=(30.0, 20.0, 6.0), rt60_s=0.5, microphones_m=np.stack([MIDDLE - HALF, MIDDLE + HALF]))


def _standing(azimuth_deg: float, depth_m: float) -> Move:
    angle = np.deg2rad(azimuth_deg)
    place = (float(depth_m * np.sin(angle)), float(depth_m * np.cos(angle)))
    return Move(start_m=place, end_m=place, start_s=0.0, end_s=10.0)


@pytest.mark.parametrize("azimuth_deg", [-45.0, -15.0, 0.0, 15.0, 45.0, 31.7])
def test_the_delay_is_the_geometrys(azimuth_deg: float) -> None:
    noise = (np.random.default_rng(0).standard_normal(RATE_HZ) * 0.1).astype(np.float32)
    for depth_m in (0.6, 3.0, 9.0):
        heard = direct_path(noise, RATE_HZ, _standing(azimuth_deg, depth_m), BOX)
        _, delays = gcc_phat_delays_s(heard, RATE_HZ)
        place = np.array(_standing(azimuth_deg, depth_m).start_m)
        own = [np.linalg.norm(place - np.array([x, 0.0])) for x in (-0.085, 0.085)]
        assert np.median(delays) == pytest.approx((own[0] - own[1]) / 343.0, abs=2e-6)
        # The far-field law that annotations use is within 3 us of it even at 0.6 m.
        assert np.median(delays) == pytest.approx(0.17 * np.sin(np.deg2rad(azimuth_deg)) / 343.0, abs=4e-6)


def test_level_falls_as_one_over_distance_and_nothing_is_late() -> None:
    click = np.zeros(4800, dtype=np.float32)
    click[1000] = 1.0
    sums = []
    for depth_m in (1.0, 2.0, 4.0):
        heard = direct_path(click, RATE_HZ, _standing(0.0, depth_m), BOX)
        assert abs(int(np.argmax(np.abs(heard[0]))) - 1000) <= 1
        sums.append(float(heard[0].sum()))
    np.testing.assert_allclose(np.array(sums) / sums[0], [1.0, 0.5, 0.25], rtol=0.01)


def test_a_moving_source_keeps_its_delay_and_does_not_click() -> None:
    move = Move(start_m=(-3.0, 3.0), end_m=(3.0, 3.0), start_s=0.5, end_s=3.5)
    times = np.arange(4 * RATE_HZ) / RATE_HZ
    noise = (np.random.default_rng(1).standard_normal(times.size) * 0.1).astype(np.float32)
    heard = direct_path(noise, RATE_HZ, move, BOX)
    azimuth_deg, _ = move.position(frame_centres_s(times.size, RATE_HZ))
    error_us, frames = itd_mae_us(heard, 0.17 * np.sin(np.deg2rad(azimuth_deg)) / 343.0, RATE_HZ)
    assert frames == 40
    assert error_us is not None
    assert error_us < 3.0
    # A pure tone stays one: what a zipper or a click would spread lies 60 dB below it.
    tone = np.sin(2.0 * np.pi * 1000.0 * times).astype(np.float32) * 0.5
    spectrum = np.abs(np.fft.rfft(direct_path(tone, RATE_HZ, move, BOX)[0] * np.hanning(times.size)))
    frequency = np.fft.rfftfreq(times.size, 1.0 / RATE_HZ)
    assert spectrum[np.abs(frequency - 1000.0) > 60.0].max() < 1e-3 * spectrum.max()


def test_reflections_of_a_moving_tone_do_not_click_either() -> None:
    move = Move(start_m=(-1.0, 2.0), end_m=(1.0, 2.0), start_s=0.2, end_s=2.8)
    box = draw_box("room", 0.17, move, np.random.default_rng(0))
    times = np.arange(3 * RATE_HZ) / RATE_HZ
    tone = (np.sin(2.0 * np.pi * 1000.0 * times) * np.hanning(times.size)).astype(np.float32)
    reverb = BuiltIn(rt60_s=0.5, damping=0.5, level_db=-60.0, pre_delay_s=0.0, made_by="")
    made = simulate(tone, RATE_HZ, move, box, ImageMethod(), reverb)
    early = made.wet - made.direct
    spectrum = np.abs(np.fft.rfft(early[0] * np.hanning(times.size)))
    frequency = np.fft.rfftfreq(times.size, 1.0 / RATE_HZ)
    assert spectrum[np.abs(frequency - 1000.0) > 100.0].max() < 1e-3 * spectrum.max()


def test_farther_is_more_reverberant() -> None:
    noise = (np.random.default_rng(0).standard_normal(RATE_HZ) * 0.1).astype(np.float32)
    reverb, ratio_db = draw_reverb("hall", "", np.random.default_rng(0)), []
    for depth_m in (1.0, 8.0):
        made = simulate(noise, RATE_HZ, _standing(10.0, depth_m), BOX, ImageMethod(), reverb)
        ratio_db.append(10.0 * np.log10(np.mean(made.direct**2) / np.mean((made.wet - made.direct) ** 2)))
    assert ratio_db[0] - ratio_db[1] > 10.0


def test_mirroring_the_place_swaps_the_channels() -> None:
    noise = (np.random.default_rng(0).standard_normal(RATE_HZ // 2) * 0.1).astype(np.float32)
    left, right = (direct_path(noise, RATE_HZ, _standing(a, 2.0), BOX) for a in (-30.0, 30.0))
    np.testing.assert_allclose(left, right[::-1], atol=1e-5)
