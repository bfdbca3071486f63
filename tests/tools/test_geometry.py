from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foleydesigner.tools import geometry


@pytest.mark.parametrize(("x", "degrees"), [(0.0, -45.0), (0.5, 0.0), (1.0, 45.0), (1 / 6, -30.0)])
def test_eq_2(x: float, degrees: float) -> None:
    assert geometry.azimuth_deg(x) == pytest.approx(degrees)
    assert geometry.picture_x(degrees) == pytest.approx(x)


@pytest.mark.parametrize(("azimuth", "pan"), [(0.0, 0.0), (-45.0, -30.0), (22.5, 15.0), (90.0, 30.0), (-180.0, -30.0)])
def test_screen_pan_fills_the_front_and_holds_at_its_edges(azimuth: float, pan: float) -> None:
    assert geometry.screen_pan_deg(azimuth, 90.0) == pytest.approx(pan)


@given(st.floats(0.0, 1.0), st.floats(20.0, 120.0))
def test_screen_pan_depends_on_the_picture_only(x: float, fov: float) -> None:
    assert geometry.screen_pan_deg(geometry.azimuth_deg(x, fov), fov) == pytest.approx(60.0 * (x - 0.5), abs=1e-9)


def test_focal_length() -> None:
    assert geometry.focal_length_widths(90.0) == pytest.approx(0.5)
    assert geometry.focal_length_widths(2 * math.degrees(math.atan(0.5))) == pytest.approx(1.0)


@pytest.mark.parametrize(("depth", "zone"), [(0.1, "near"), (1.99, "near"), (2.0, "mid"), (5.0, "mid"), (5.01, "far")])
def test_depth_zones(depth: float, zone: str) -> None:
    assert geometry.depth_zone(depth) == zone


@pytest.mark.parametrize(("depth", "unit"), [(0.5, -1.0), (10.0, 0.0), (200.0, 1.0), (1e9, 1.0), (0.0, -1.0)])
def test_log_depth_scale(depth: float, unit: float) -> None:
    assert geometry.depth_to_unit(depth) == pytest.approx(unit)


@given(st.floats(0.5, 200.0))
def test_log_depth_scale_round_trip(depth: float) -> None:
    assert geometry.unit_to_depth_m(geometry.depth_to_unit(depth)) == pytest.approx(depth, rel=1e-9)
