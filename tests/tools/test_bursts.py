"""Flashes, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.evidence import Burst
from foleydesigner.tools.bursts import BurstDetector

ROWS, COLUMNS, RATE = 45, 80, 25.0
BASE = np.random.default_rng(0).uniform(40, 90, (ROWS, COLUMNS)).astype(np.float32)
NOTHING = np.zeros((ROWS, COLUMNS), dtype=bool)


def _bursts(levels: list[np.ndarray], cuts: tuple[int, ...] = (0,)) -> tuple[Burst, ...]:
    detector = BurstDetector()
    for frame, level in enumerate(levels):
        detector.push(frame / RATE, level.astype(np.float32), NOTHING, cut=frame in cuts, still=True)
    return detector.finish()


def _lit(frame: int, gain: float, where: tuple[slice, slice] = (slice(None), slice(None))) -> np.ndarray:
    picture = BASE.copy()
    if frame >= 20:
        picture[where] += gain * np.exp(-(frame - 20) / 2)
    return picture


def test_a_flash_of_the_whole_picture() -> None:
    (burst,) = _bursts([_lit(i, 120.0) for i in range(50)])
    assert burst.time_s == pytest.approx(20 / RATE, abs=0.5 / RATE + 1e-9)
    assert burst.end_s == pytest.approx((20 + 2 * np.log(2)) / RATE, abs=1 / RATE)
    assert burst.box.area == pytest.approx(1.0, abs=0.01)
    assert burst.strength == 1.0


def test_a_local_flash_has_its_box_and_a_weaker_one_less_strength() -> None:
    def frame(i: int) -> np.ndarray:
        picture = _lit(i, 120.0, (slice(5, 15), slice(50, 60)))
        if i >= 40:
            picture[30:36, 10:16] += 60.0 * np.exp(-(i - 40) / 2)
        return picture

    first, second = _bursts([frame(i) for i in range(60)])
    assert (first.box.x1, first.box.y1) == pytest.approx((50 / 80, 5 / 45), abs=0.03)
    assert (first.box.x2, first.box.y2) == pytest.approx((60 / 80, 15 / 45), abs=0.03)
    assert second.time_s == pytest.approx(40 / RATE, abs=0.5 / RATE + 1e-9)
    assert second.strength < first.strength


def test_a_bright_thing_that_moves_is_no_flash() -> None:
    frames = []
    for i in range(40):
        picture = BASE.copy()
        picture[20:28, 2 * i : 2 * i + 5] = 230
        frames.append(picture)
    assert _bursts(frames) == ()


@pytest.mark.parametrize("kind", ["drift", "stays", "cut"])
def test_light_that_stays_is_no_flash(kind: str) -> None:
    frames = {
        "drift": [BASE + 2.0 * i for i in range(60)],
        "stays": [BASE + (90.0 if i >= 20 else 0.0) for i in range(60)],
        "cut": [BASE + (90.0 if i >= 20 else 0.0) for i in range(22)],
    }[kind]
    assert _bursts(frames, (0, 20) if kind == "cut" else (0,)) == ()


def test_the_strokes_of_a_flicker_are_told_apart_and_their_first_frame_is_found() -> None:
    """Five strokes 0.25 s apart, each gone within two frames, over clouds that drift."""
    rng = np.random.default_rng(3)
    sky = rng.uniform(68, 82, (36, 64 + 120)).astype(np.float32)
    detector, strokes_s = BurstDetector(), [1.0, 1.25, 1.5, 1.75, 2.0]
    for frame in range(75):
        time_s = frame / 25
        picture = sky[:, frame // 4 : frame // 4 + 64].copy()
        light = sum(np.exp(-(time_s - s) / 0.04) for s in strokes_s if time_s >= s - 1e-9)
        picture[2:20, 8:44] += 120.0 * float(light)
        detector.push(time_s, np.minimum(picture, 255.0), np.zeros((36, 64), dtype=bool), cut=frame == 0, still=True)
    found = [b.time_s for b in detector.finish()]
    assert len(found) == len(strokes_s)
    assert np.max(np.abs(np.array(found) - np.array(strokes_s))) <= 0.04
