"""Every pan law: constant power, mirror images, no jump anywhere on the circle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foleydesigner.tools.panning import (
    SPEED_OF_SOUND_M_S,
    FilmLaw,
    PanLaw,
    SpacedPairLaw,
    SurroundLaw,
    film_ild_db,
    front_image_deg,
    loudspeaker_angle_deg,
)

FAST = settings(derandomize=True, deadline=None, max_examples=100)
ANGLE = st.floats(-180.0, 180.0)
FOV = st.floats(20.0, 120.0)
MIRROR_51 = [1, 0, 2, 3, 5, 4]

LAWS = st.one_of(
    st.builds(FilmLaw, field_of_view_deg=FOV),
    st.builds(SpacedPairLaw, spacing_m=st.floats(0.05, 0.5)),
    st.builds(SurroundLaw, field_of_view_deg=FOV, on_screen=st.booleans()),
)


def mirrored(feeds: np.ndarray) -> np.ndarray:
    return feeds[::-1] if len(feeds) == 2 else feeds[MIRROR_51]


@FAST
@given(LAWS, ANGLE)
def test_power_is_constant_and_no_gain_is_negative(law: PanLaw, angle: float) -> None:
    gains = law.gains(np.array([angle]))
    assert gains.shape == (law.channels, 1)
    assert np.sum(np.square(gains)) == pytest.approx(1.0, abs=1e-12)
    assert gains.min() >= -1e-12


@FAST
@given(LAWS, ANGLE)
def test_a_mirrored_azimuth_swaps_the_sides(law: PanLaw, angle: float) -> None:
    np.testing.assert_allclose(law.gains(np.array([-angle])), mirrored(law.gains(np.array([angle]))), atol=1e-12)
    delays = law.delays_s(np.array([angle]))
    if delays is not None:
        np.testing.assert_allclose(law.delays_s(np.array([-angle])), mirrored(delays), atol=1e-15)


@FAST
@given(LAWS, ANGLE, st.floats(0.0, 0.01))
def test_gains_follow_the_angle_without_a_jump(law: PanLaw, angle: float, step: float) -> None:
    # The steepest law crosses from C to L within half of the narrowest picture: pi/2 a 10 degrees.
    ahead = angle + step
    ahead = ahead - 360.0 if ahead > 180.0 else ahead
    near, far = law.gains(np.array([angle])), law.gains(np.array([ahead]))
    assert np.abs(near - far).max() <= 0.16 * step + 1e-9


@FAST
@given(FOV, st.booleans(), st.floats(0.0, 1.0), ANGLE)
def test_the_lfe_takes_nothing_from_the_others(fov: float, on_screen: bool, send: float, angle: float) -> None:
    with_lfe = SurroundLaw(field_of_view_deg=fov, on_screen=on_screen, lfe_send=send).gains(np.array([angle]))
    without = SurroundLaw(field_of_view_deg=fov, on_screen=on_screen).gains(np.array([angle]))
    np.testing.assert_array_equal(np.delete(with_lfe, 3, axis=0), np.delete(without, 3, axis=0))
    assert with_lfe[3, 0] == send


@FAST
@given(st.floats(0.05, 0.5), ANGLE)
def test_the_spaced_pair_delays_by_the_sine(spacing_m: float, angle: float) -> None:
    left, right = SpacedPairLaw(spacing_m=spacing_m).delays_s(np.array([angle]))[:, 0]
    assert left - right == pytest.approx(spacing_m * np.sin(np.radians(angle)) / SPEED_OF_SOUND_M_S, abs=1e-12)
    assert left + right == pytest.approx(0.0, abs=1e-15)


@FAST
@given(ANGLE, ANGLE, FOV)
def test_loudspeaker_angles_never_turn_back(a: float, b: float, fov: float) -> None:
    low, high = sorted((a, b))
    lower, higher = loudspeaker_angle_deg(np.array([low, high]), fov)
    assert -180.0 <= lower <= higher <= 180.0


@FAST
@given(ANGLE, FOV)
def test_level_differences_mirror_and_ignore_front_and_back(angle: float, fov: float) -> None:
    ild = film_ild_db(angle, fov)
    np.testing.assert_allclose(film_ild_db(-angle, fov), -ild, atol=1e-6)
    np.testing.assert_allclose(film_ild_db(front_image_deg(angle), fov), ild, atol=1e-9)
    assert np.all(np.abs(ild) <= 60.0)


@FAST
@given(st.floats(-1.0, 1.0), FOV)
def test_the_film_law_is_sine_and_cosine_across_the_picture(share: float, fov: float) -> None:
    left, right = FilmLaw(field_of_view_deg=fov).gains(np.array([share * fov / 2]))[:, 0]
    angle = np.pi / 4 * (1.0 + share)
    assert left == pytest.approx(np.cos(angle), abs=1e-9)
    assert right == pytest.approx(np.sin(angle), abs=1e-9)


@pytest.mark.parametrize(
    ("angle", "channel"), [(-45.0, 0), (45.0, 1), (0.0, 2), (-110.0, 4), (110.0, 5)], ids=["L", "R", "C", "Ls", "Rs"]
)
def test_a_source_at_a_loudspeaker_is_that_loudspeaker(angle: float, channel: int) -> None:
    # L and R stand at the edges of a picture 90 degrees wide, the surrounds where BS.775 puts them.
    gains = SurroundLaw(field_of_view_deg=90.0, on_screen=False).gains(np.array([angle]))[:, 0]
    np.testing.assert_allclose(gains, np.eye(6)[channel], atol=1e-9)
