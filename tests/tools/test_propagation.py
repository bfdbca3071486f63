"""Air against the standard's own table; distance against its law."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.propagation import air_absorption_db_per_m, air_filters, apply_air, distance_gain

OCTAVES_HZ = [63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0]


@pytest.mark.parametrize(
    ("temperature_c", "humidity_percent", "db_per_km"),
    [
        (10.0, 70.0, [0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0]),
        (20.0, 70.0, [0.1, 0.3, 1.1, 2.8, 5.0, 9.0, 22.9, 76.6]),
        (15.0, 50.0, [0.1, 0.5, 1.2, 2.2, 4.2, 10.8, 36.2, 129.0]),
    ],
)
def test_air_absorption_is_that_of_iso_9613_2_table_2(temperature_c, humidity_percent, db_per_km):
    measured = 1000 * air_absorption_db_per_m(OCTAVES_HZ, temperature_c, humidity_percent)
    np.testing.assert_allclose(measured, db_per_km, rtol=0.02, atol=0.06)


def test_distance_gain_is_bounded_and_unity_at_two_metres():
    decibels = 20 * np.log10(distance_gain([0.01, 1.0, 2.0, 4.0, 16.0, 1000.0]))
    np.testing.assert_allclose(decibels, [3.0, 3.0, 0.0, -3.0, -9.0, -15.0], atol=1e-9)


def test_air_filters_are_symmetric_and_pass_the_lows():
    filters = air_filters(48_000)
    np.testing.assert_allclose(filters, filters[:, ::-1], atol=1e-12)
    np.testing.assert_allclose(filters.sum(axis=1), 1.0)


def test_air_follows_a_changing_distance_without_delay():
    signal = np.zeros(1000 + 64)
    signal[500 + 32] = 1.0
    heard = apply_air(signal, np.linspace(0.0, 600.0, 1000), 48_000)
    assert heard.shape == (1000,)
    assert np.argmax(heard) == 500
    assert heard.sum() == pytest.approx(1.0, abs=0.01)
