"""Equation 2, the pan angle and the depth scale as laws over their whole range."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foleydesigner.tools import geometry

FAST = settings(derandomize=True, deadline=None, max_examples=100)
X = st.floats(0.0, 1.0)
FOV = st.floats(10.1, 120.0)
DEPTH = st.floats(geometry.NEAREST_M, geometry.FARTHEST_M)


@FAST
@given(X, X, FOV)
def test_equation_2_never_turns_back_and_stays_in_the_field_of_view(one: float, other: float, fov: float) -> None:
    low, high = sorted((one, other))
    assert geometry.azimuth_deg(low, fov) <= geometry.azimuth_deg(high, fov)
    assert -fov / 2 <= geometry.azimuth_deg(low, fov) <= fov / 2


@FAST
@given(X, FOV)
def test_a_mirrored_picture_mirrors_the_azimuth(x: float, fov: float) -> None:
    assert geometry.azimuth_deg(1.0 - x, fov) == pytest.approx(-geometry.azimuth_deg(x, fov), abs=1e-12)
    assert geometry.screen_pan_deg(-geometry.azimuth_deg(x, fov), fov) == pytest.approx(
        -geometry.screen_pan_deg(geometry.azimuth_deg(x, fov), fov), abs=1e-12
    )


@FAST
@given(st.floats(-1.0, 2.0), FOV)
def test_azimuth_and_picture_position_are_inverse(x: float, fov: float) -> None:
    assert geometry.picture_x(geometry.azimuth_deg(x, fov), fov) == pytest.approx(x, abs=1e-12)


@FAST
@given(st.floats(-180.0, 180.0), st.floats(-180.0, 180.0), FOV)
def test_the_pan_angle_never_turns_back_and_stays_between_the_loudspeakers(a: float, b: float, fov: float) -> None:
    low, high = sorted((a, b))
    assert -30.0 <= geometry.screen_pan_deg(low, fov) <= geometry.screen_pan_deg(high, fov) <= 30.0


@FAST
@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_depth_scale_never_turns_back_and_stays_in_range(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert -1.0 <= geometry.depth_to_unit(low) <= geometry.depth_to_unit(high) <= 1.0
    assert geometry.NEAREST_M <= geometry.bounded_depth_m(low) <= geometry.bounded_depth_m(high) <= geometry.FARTHEST_M


@FAST
@given(DEPTH, DEPTH)
def test_equal_ratios_of_depth_are_equal_steps(a: float, b: float) -> None:
    middle = (a * b) ** 0.5
    halfway = (geometry.depth_to_unit(a) + geometry.depth_to_unit(b)) / 2
    assert geometry.depth_to_unit(middle) == pytest.approx(halfway, abs=1e-9)
    assert geometry.unit_to_depth_m(halfway) == pytest.approx(middle, rel=1e-9)


@FAST
@given(DEPTH, DEPTH)
def test_zones_follow_each_other(a: float, b: float) -> None:
    order = ("near", "mid", "far")
    low, high = sorted((a, b))
    assert order.index(geometry.depth_zone(low)) <= order.index(geometry.depth_zone(high))


@FAST
@given(st.integers(0, 1000), FOV)
def test_equation_2_in_closed_form(thousandths: int, fov: float) -> None:
    x = thousandths / 1000
    assert geometry.azimuth_deg(x, fov) == pytest.approx(fov * thousandths / 1000 - fov / 2, abs=1e-10)
    # On screen the loudspeakers' 60 degrees are shared out as the picture's width is.
    assert geometry.screen_pan_deg(geometry.azimuth_deg(x, fov), fov) == pytest.approx(60.0 * x - 30.0, abs=1e-9)


@FAST
@given(st.floats(0.0, 1.0))
def test_the_depth_scale_in_closed_form(share: float) -> None:
    # From 0.5 m to 200 m the depth grows 400-fold.
    assert geometry.unit_to_depth_m(2.0 * share - 1.0) == pytest.approx(0.5 * 400.0**share, rel=1e-9)
    assert geometry.depth_to_unit(0.5 * 400.0**share) == pytest.approx(2.0 * share - 1.0, abs=1e-9)
