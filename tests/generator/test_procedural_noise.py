"""Noise, slow curves, random times and grains: against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.generator.procedural.blocks import LevelCurve
from foleydesigner.generator.procedural.grains import bubble, minnaert_hz, modes
from foleydesigner.generator.procedural.noise import (
    Wander,
    band,
    crossings,
    equal_power_ramp,
    poisson_times,
    shaped_noise,
)
from foleydesigner.script import Span

RATE = 48_000


def test_noise_has_unit_rms_no_dc_and_its_spectrum() -> None:
    noise = shaped_noise(10 * RATE, band(500.0, 2000.0, 0.0, 4), RATE, np.random.default_rng(1))
    assert noise.dtype == np.float32
    assert noise.shape == (10 * RATE,)
    assert np.std(noise) == pytest.approx(1.0, rel=0.03)
    assert abs(float(noise.mean())) < 1e-3
    power = np.abs(np.fft.rfft(noise)) ** 2
    frequency = np.fft.rfftfreq(noise.size, 1 / RATE)
    inside = power[(frequency > 500) & (frequency < 2000)].sum() / power.sum()
    assert inside > 0.8


def test_slope_of_noise_is_as_asked() -> None:
    noise = shaped_noise(8 * RATE, band(20.0, 20_000.0, -3.0), RATE, np.random.default_rng(2))
    power = np.abs(np.fft.rfft(noise)) ** 2
    frequency = np.fft.rfftfreq(noise.size, 1 / RATE)
    density_db = [10 * np.log10(power[(frequency >= f) & (frequency < 1.2 * f)].mean()) for f in (200, 400, 800, 1600)]
    assert np.diff(density_db) == pytest.approx([-3.0, -3.0, -3.0], abs=0.8)


def test_seams_of_long_noise_keep_the_level_and_do_not_click() -> None:
    noise = shaped_noise(3 << 17, band(100.0, 1000.0), RATE, np.random.default_rng(3))
    jump = np.abs(np.diff(noise))
    for seam in (1 << 17, 2 << 17):
        around = slice(seam - 4096, seam + 8192)
        assert np.std(noise[around]) == pytest.approx(1.0, rel=0.15)
        assert jump[around].max() < 1.5 * np.quantile(jump, 0.9999)


def test_long_noise_does_not_repeat() -> None:
    noise = shaped_noise(4 << 17, band(60.0, 6000.0), RATE, np.random.default_rng(4))
    spectrum = np.fft.rfft(noise, 2 * noise.size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[RATE // 2 : noise.size - RATE]
    assert np.abs(correlation).max() < 0.05 * noise.size


def test_equal_power_ramp_and_its_mirror_sum_to_one() -> None:
    ramp = equal_power_ramp(1000)
    np.testing.assert_allclose(ramp**2 + ramp[::-1] ** 2, 1.0, atol=1e-5)


def test_wander_is_standard_and_its_integral_is_right() -> None:
    times = np.linspace(0.0, 2000.0, 200_001)
    wander = Wander.draw(np.random.default_rng(5), 0.05, 1.0)
    values = wander.at(times)
    assert np.mean(values) == pytest.approx(0.0, abs=0.05)
    assert np.std(values) == pytest.approx(1.0, abs=0.05)
    numeric = np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(times))])
    np.testing.assert_allclose(wander.integral(times), numeric, atol=1e-3)
    np.testing.assert_allclose(wander.at(times[500:600]), values[500:600])


def test_poisson_times_follow_their_rate() -> None:
    times = np.array([0.0, 10.0, 10.001, 20.0])
    events = poisson_times(np.array([100.0, 100.0, 400.0, 400.0]), times, np.random.default_rng(6))
    assert np.all(np.diff(events) >= 0)
    assert np.count_nonzero(events < 10) == pytest.approx(1000, abs=4 * np.sqrt(1000))
    assert np.count_nonzero(events > 10.001) == pytest.approx(4000, abs=4 * np.sqrt(4000))
    assert poisson_times(np.zeros(2), np.array([0.0, 1.0]), np.random.default_rng(0)).size == 0


def test_crossings_are_exact_and_blocks_share_none() -> None:
    times = np.linspace(0.0, 4.0, 801)
    numbers, when = crossings(2.5 * times, times)
    np.testing.assert_allclose(when, numbers / 2.5, atol=1e-9)
    first = crossings(2.5 * times[:401], times[:401])[0]
    second = crossings(2.5 * times[400:], times[400:])[0]
    assert [*first, *second] == list(numbers)


def test_bubble_rings_at_minnaerts_frequency() -> None:
    assert minnaert_hz(0.001) == pytest.approx(3283.0, rel=0.01)  # 3.26 m/s over the radius at one atmosphere
    ring = bubble(0.002, 0.0, RATE)
    spectrum = np.abs(np.fft.rfft(ring, 1 << 16))
    assert np.argmax(spectrum) * RATE / (1 << 16) == pytest.approx(minnaert_hz(0.002), rel=0.02)
    assert abs(float(ring[0])) < 1e-6


def test_modes_above_the_band_are_left_out() -> None:
    body = modes((1000.0, 30_000.0), (0.05, 0.05), (1.0, 5.0), RATE, np.random.default_rng(7))
    spectrum = np.abs(np.fft.rfft(body, 1 << 16))
    assert np.argmax(spectrum) * RATE / (1 << 16) == pytest.approx(1000.0, abs=5.0)


def test_level_curve_integral_is_exact() -> None:
    curve = LevelCurve.of(Span(start_s=2.0, end_s=6.0, level_times_s=(3.0, 5.0), levels=(0.0, 1.0)))
    np.testing.assert_allclose(curve.at(np.array([0.0, 2.0, 3.0, 9.0])), [0.0, 0.5, 1.0, 1.0])
    np.testing.assert_allclose(curve.integral(np.array([0.0, 1.0, 2.0, 3.0, 4.0])), [0.0, 0.0, 0.25, 1.0, 2.0])
    np.testing.assert_allclose(LevelCurve.of(Span(start_s=1.0, end_s=2.0)).integral(np.array([0.7])), [0.7])
