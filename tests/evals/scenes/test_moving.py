"""Walkers, cars, doors and hammers do at their true times what makes the sound."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.evals.scenes import moving
from foleydesigner.evals.scenes.actors import some_car, some_door, some_walker
from foleydesigner.evals.scenes.moving import Hammer, Walker
from foleydesigner.evals.scenes.stage import Stage, stage

SEEDS = [0, 1, 2, 3]


def scene(seed: int) -> Stage:
    return stage("test", seed, (6.0, 7.0), inside=False)


def walker(seed: int) -> Walker:
    return some_walker(scene(seed), depth_m=3.0, to_right=bool(seed % 2), start_s=0.2)


def hammer(seed: int) -> Hammer:
    set_ = scene(seed)
    iron = set_.stuff(20, 60)
    return Hammer(
        view=set_.view, arm=iron, iron=iron, block=iron, depth_m=2.6, anvil_x_m=-1.0, from_right=bool(seed % 2),
        blows_s=(1.0, 1.9, 2.75),
    )  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_at_each_strike_a_foot_comes_down_and_stays(seed: int) -> None:
    one = walker(seed)
    strikes = one.strikes_s()
    assert len(strikes) >= 4
    np.testing.assert_allclose(np.diff(strikes), one.step_s, rtol=1e-9)
    for strike_s in strikes:
        step = round((strike_s - one.start_s) / one.step_s)
        eps = 1e-6
        landed = one._foot(step % 2, strike_s + eps)
        assert landed[1] == 0.0
        # On the ground and still for as long as it carries: until a fifth of a step after the other foot is down.
        for share in (0.1, 0.6, 1.0, 1.19):
            assert one._foot(step % 2, strike_s + share * one.step_s) == pytest.approx(landed, abs=1e-9)
        assert one._foot(step % 2, strike_s + 1.6 * one.step_s)[1] > 0.1
        # It arrives where it then stays: no jump, and it was in the air just before.
        before = one._foot(step % 2, strike_s - eps)
        assert before[0] == pytest.approx(landed[0], abs=1e-4)
        assert one._foot(step % 2, strike_s - 0.05 * one.step_s)[1] > 0.0
        # Half a step in front of the hip.
        assert landed[0] - one._hip_x(strike_s) == pytest.approx(0.5 * one.step_s * one.speed_m_s, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_walker_stands_on_the_ground_of_the_picture(seed: int) -> None:
    one = walker(seed)
    scale = one.view.scale(one.depth_m)
    ground_px = one.view.horizon_px + scale * one.view.eye_m
    for strike_s in one.strikes_s():
        lowest = one.outline(strike_s)[:, 1].max()
        assert abs(lowest - ground_px) < 0.01 * one.tall_m * scale
    tall = np.ptp(one.outline(one.start_s + 1.0)[:, 1]) / scale
    assert tall == pytest.approx(one.tall_m, rel=0.06)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_walker_is_gone_before_and_after(seed: int) -> None:
    one = walker(seed)
    assert len(one.outline(one.end_s + 0.01)) == 0
    assert len(one.outline(one.start_s - one.step_s - 0.01)) == 0
    x = one.outline(one.end_s)[:, 0]
    assert (x > one.view.width_px).all() if one.speed_m_s > 0 else (x < 0).all()


@pytest.mark.parametrize("kind", ["walker", "car"])
def test_what_is_drawn_lies_in_the_true_box(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "shadow", lambda *_: None)
    for seed in SEEDS:
        set_ = scene(seed)
        one = (
            walker(seed)
            if kind == "walker"
            else some_car(set_, depth_m=6.0, to_right=True, enters_s=0.2, crossing_s=3.0, large=bool(seed % 2))
        )
        boxes = set_.boxes(one.outline)
        for frame in np.flatnonzero(np.isfinite(boxes[:, 0]))[5:-5:25]:
            picture = set_.backdrop.copy()
            one.draw(picture, frame / float(set_.frame_rate))
            y, x = np.nonzero(np.abs(picture - set_.backdrop).max(axis=2) > 6.0)
            x1, y1, x2, y2 = boxes[frame]
            assert x.size > 0.15 * (x2 - x1) * (y2 - y1)
            assert x1 - 1.6 <= x.min() <= x.max() <= x2 + 1.6
            assert y1 - 1.6 <= y.min() <= y.max() <= y2 + 1.6
            assert y.max() > y2 - 0.15 * (y2 - y1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_car_crosses_evenly_in_the_time_that_it_was_given(seed: int) -> None:
    one = some_car(
        scene(seed), depth_m=6.0, to_right=bool(seed % 2), enters_s=0.5, crossing_s=3.0, large=bool(seed % 3)
    )
    scale = one.view.scale(6.0)
    moved = one.outline(2.0).mean(axis=0) - one.outline(1.0).mean(axis=0)
    np.testing.assert_allclose(moved, [one.speed_m_s * scale, 0.0], atol=1e-9)
    nose, tail = (np.max, np.min) if one.speed_m_s > 0 else (np.min, np.max)
    entry, leaving = (0.0, one.view.width_px) if one.speed_m_s > 0 else (one.view.width_px, 0.0)
    assert nose(one.outline(0.5)[:, 0]) == pytest.approx(entry, abs=1e-6)
    assert tail(one.outline(3.5)[:, 0]) == pytest.approx(leaving, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_door_is_shut_from_its_slam_on_and_swings_ever_faster(seed: int) -> None:
    one = some_door(scene(seed), x_px=200.0, slam_s=2.0)
    scale = one.view.scale(one.depth_m)
    assert np.ptp(one.outline(2.0)[:, 0]) == pytest.approx(one.wide_m * scale, rel=1e-9)
    np.testing.assert_array_equal(one.outline(2.0), one.outline(3.0))
    np.testing.assert_array_equal(one.outline(0.0), one.outline(one.swing_s))
    assert one._turn_rad(0.0) == one.open_rad
    times = np.linspace(one.swing_s, 2.0, 20)
    turned = -np.diff([one._turn_rad(t) for t in times])
    assert (np.diff(turned) > 0.0).all()
    # The leaf is as wide as it is wherever it stands: seen from above it turns on its hinge.
    assert one._turn_rad(2.0 - 1e-3) > 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hammer_is_on_the_anvil_at_each_blow_and_off_it_in_between(seed: int) -> None:
    one = hammer(seed)
    scale = one.view.scale(one.depth_m)

    def head_m(time_s: float) -> tuple[float, float]:
        """The hammer's head: metres beside the anvil's middle, and over its top."""
        x, y = one._parts(time_s)[-1][0].mean(axis=0)
        return (
            float((x - one.view.width_px / 2) / scale - one.anvil_x_m),
            float(one.view.eye_m + (one.view.horizon_px - y) / scale - one.anvil_m),
        )

    for blow_s in one.blows_s:
        beside, over = head_m(blow_s)
        assert beside == pytest.approx(0.0, abs=1e-6)
        assert over == pytest.approx(0.1, abs=1e-6)  # half the head's height
        assert head_m(blow_s - 0.05)[1] > over + 0.02
        assert head_m(blow_s + 0.1)[1] > over + 0.02
        # Coming down it is fastest at the anvil.
        falls = np.diff([head_m(blow_s - k * 0.02)[1] for k in range(5)])
        assert falls[0] > falls[-1] > 0.0
    assert one.lift_rad * 0.99 < max(one._turn_rad(t) for t in np.linspace(1.0, 1.9, 200)) <= one.lift_rad
