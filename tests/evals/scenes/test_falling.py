"""Balls and glasses keep to the equation of motion, in metres and in the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foleydesigner.evals.scenes import falling
from foleydesigner.evals.scenes.actors import some_ball, some_glass
from foleydesigner.evals.scenes.falling import Ball, Glass
from foleydesigner.evals.scenes.stage import Stage, stage

G = 9.81
SEEDS = [0, 1, 2, 3]


def scene(seed: int) -> Stage:
    return stage("test", seed, (4.0, 5.0), inside=True)


def ball(seed: int) -> Ball:
    return some_ball(scene(seed), big=bool(seed % 2), x_px=320.0, drop_s=0.4, way=1.0)


def glass(seed: int) -> Glass:
    return some_glass(scene(seed), x_px=320.0, push_s=0.5, to_right=bool(seed % 2))


@pytest.mark.parametrize("seed", SEEDS)
def test_contacts_are_where_the_equation_of_motion_puts_them(seed: int) -> None:
    one = ball(seed)
    fall_s = np.sqrt(2 * one.height_m / G)
    expected, flight_s = [0.4 + fall_s], 2 * one.restitution * fall_s
    while flight_s >= 0.18:
        expected.append(expected[-1] + flight_s)
        flight_s *= one.restitution
    np.testing.assert_allclose(one.contacts_s(), expected, rtol=1e-12)
    assert len(expected) >= 4
    for n, contact_s in enumerate(one.contacts_s()):
        assert one.up_m(contact_s) == pytest.approx(0.0, abs=1e-9)
        assert one.up_m(contact_s - 1e-3) > 0.0
        # It comes down with v = e^n * sqrt(2 g h), and that is how hard it strikes.
        speed = one.up_m(contact_s - 1e-4) / 1e-4
        assert speed == pytest.approx(one.restitution**n * np.sqrt(2 * G * one.height_m), rel=2e-3)
        assert one.strengths()[n] == pytest.approx(one.restitution**n)
    for n, (a, b) in enumerate(zip(one.contacts_s(), one.contacts_s()[1:], strict=False), start=1):
        assert one.up_m((a + b) / 2) == pytest.approx(one.height_m * one.restitution ** (2 * n), rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_flight_nothing_but_gravity_acts(seed: int) -> None:
    one, h = ball(seed), 1e-3
    first, second = one.contacts_s()[:2]
    for time_s in (0.4 + 0.5 * (first - 0.4), 0.7 * first + 0.3 * second, 0.2 * first + 0.8 * second):
        bent = (one.up_m(time_s + h) - 2 * one.up_m(time_s) + one.up_m(time_s - h)) / h**2
        assert bent == pytest.approx(-G, rel=1e-4)
    assert one.up_m(0.0) == one.up_m(0.4) == one.height_m
    assert one.up_m(one.contacts_s()[-1] + 1.0) == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_at_contact_the_outline_stands_on_the_ground_of_the_picture(seed: int) -> None:
    one = ball(seed)
    ground_px = one.view.horizon_px + one.view.scale(one.depth_m) * one.view.eye_m
    lowest = [one.outline(t)[:, 1].max() for t in one.contacts_s()]
    np.testing.assert_allclose(lowest, ground_px, atol=0.2)  # the disc is a polygon of 72 corners
    middle = one.outline(0.0).mean(axis=0)
    assert middle[0] == pytest.approx(320.0, abs=1e-6)
    assert np.ptp(one.outline(0.0)[:, 0]) == pytest.approx(2 * one.radius_m * one.view.scale(one.depth_m), rel=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_drawn_of_a_ball_lies_in_its_true_box(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(falling, "shadow", lambda *_: None)
    set_, one = scene(seed), ball(seed)
    for time_s in (0.0, 0.55, one.contacts_s()[0], one.contacts_s()[1] + 0.03, 2.5):
        picture = set_.backdrop.copy()
        one.draw(picture, time_s)
        y, x = np.nonzero(np.abs(picture - set_.backdrop).max(axis=2) > 6.0)
        outline = one.outline(time_s)
        (left, top), (right, low) = outline.min(axis=0), outline.max(axis=0)
        assert x.size > 0.7 * np.pi / 4 * (right - left) * (low - top)
        # A pixel's number is the place of its middle; smoothed edges reach into the next one.
        np.testing.assert_allclose([x.min(), x.max()], [left, right], atol=1.6)
        np.testing.assert_allclose([y.min(), y.max()], [top, low], atol=1.6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_glass_falls_for_as_long_as_its_table_is_high(seed: int) -> None:
    one = glass(seed)
    assert one.falls_s == pytest.approx(1.0)
    assert 0.5 * G * (one.breaks_s() - one.falls_s) ** 2 == pytest.approx(one.table_m, rel=1e-12)
    scale = one.view.scale(one.depth_m)

    def height_m(time_s: float) -> float:
        """Of the glass's middle over where it stands."""
        return float(one.view.eye_m + (one.view.horizon_px - one.outline(time_s)[:, 1].mean()) / scale) - 0.085

    assert height_m(0.0) == pytest.approx(one.table_m, abs=1e-9)
    for fallen_s in (0.05, 0.2, one.breaks_s() - one.falls_s - 1e-6):
        assert height_m(one.falls_s + fallen_s) == pytest.approx(one.table_m - 0.5 * G * fallen_s**2, abs=1e-9)
    # Before it is pushed it does not move; it leaves the table over its edge, without a jump.
    np.testing.assert_array_equal(one.outline(0.0), one.outline(one.push_s))
    assert np.abs(one.outline(one.falls_s + 1e-6) - one.outline(one.falls_s - 1e-6)).max() < 0.01
    edge_px = one.view.width_px / 2 + scale * one.edge_x_m
    assert one.outline(one.falls_s)[:, 0].mean() == pytest.approx(edge_px, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_shards_are_there_from_the_break_on_and_come_to_rest(seed: int) -> None:
    one = glass(seed)
    at = one.breaks_s()
    assert len(one.outline(at - 1e-6)) == 4
    assert len(one.outline(at)) == 3 * one.shards
    late, later = one.outline(at + 3.0), one.outline(at + 4.0)
    assert np.abs(late - later).max() < 0.1
    ground_px = one.view.horizon_px + one.view.scale(one.depth_m) * one.view.eye_m
    assert late[:, 1].max() <= ground_px + 1.0
    np.testing.assert_array_equal(one.outline(at + 0.2), replace(one).outline(at + 0.2))


def test_what_is_drawn_of_a_glass_lies_in_its_true_box() -> None:
    set_, one = scene(0), glass(0)
    bare = set_.backdrop.copy()
    one.draw_table(bare)
    for time_s in (0.0, 0.9, one.breaks_s() - 0.05, one.breaks_s() + 0.2):
        picture = bare.copy()
        one.draw(picture, time_s)
        y, x = np.nonzero(np.abs(picture - bare).max(axis=2) > 6.0)
        (left, top), (right, low) = one.outline(time_s).min(axis=0), one.outline(time_s).max(axis=0)
        assert x.size > 0
        assert left - 1.5 <= x.min() <= x.max() <= right + 1.5
        assert top - 1.5 <= y.min() <= y.max() <= low + 1.5
