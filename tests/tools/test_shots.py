from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from foleydesigner.tools.shots import ShotDetector, likeness, structure

Picture = NDArray[np.uint8]


def breaks(pictures: list[Picture], rate: float = 25.0) -> tuple[list[int], ShotDetector]:
    detector = ShotDetector()
    return [n for n, picture in enumerate(pictures) if detector.push(n, n / rate, picture)], detector


def starts(pictures: list[Picture], rate: float = 25.0) -> list[int]:
    _, detector = breaks(pictures, rate)
    return [shot.start_frame for shot in detector.finish(len(pictures), len(pictures) / rate)]


def lit(picture: Picture, gain: float, lift: float = 0.0) -> Picture:
    return np.clip(picture.astype(np.float64) * gain + lift, 0, 255).astype(np.uint8)


@pytest.fixture
def dark(films: SimpleNamespace) -> Picture:
    return lit(films.scene(5, 320, 180), 0.35)


def test_cuts_are_found_at_once_and_shots_leave_no_gap(films: SimpleNamespace) -> None:
    pictures = [films.scene(seed, 320, 180) for seed in (1, 2, 3) for _ in range(10)]
    at, detector = breaks(pictures)
    assert at == [10, 20]
    shots = detector.finish(30, 1.2)
    assert [(s.id, s.start_frame, s.end_frame) for s in shots] == [
        ("shot_001", 0, 10),
        ("shot_002", 10, 20),
        ("shot_003", 20, 30),
    ]
    assert [s.start_s for s in shots] == [0.0, 0.4, 0.8]
    assert [s.end_s for s in shots] == [0.4, 0.8, 1.2]


def test_two_hundred_quick_cuts(films: SimpleNamespace) -> None:
    # with 8 frames each, none can be taken for a flash
    pictures = [picture for seed in range(201) for picture in [films.scene(seed, 48, 27)] * 8]
    found = starts(pictures)
    assert len(set(found) & set(range(0, 1608, 8))) >= 195
    assert len(found) <= 201


@pytest.mark.parametrize(("gain", "lift"), [(2.2, 0.0), (1.0, 120.0), (1.5, 60.0)])
def test_lightning_is_no_cut(dark: Picture, gain: float, lift: float) -> None:
    flash = lit(dark, gain, lift)
    assert starts([dark] * 10 + [flash, dark, flash, flash] + [dark] * 10) == [0]


def test_a_white_out_is_no_cut_but_may_hide_one(films: SimpleNamespace, dark: Picture) -> None:
    white = np.full_like(dark, 250)
    assert starts([dark] * 10 + [white] * 3 + [dark] * 10) == [0]
    other = films.scene(9, 320, 180)
    assert starts([dark] * 10 + [white] * 3 + [other] * 10) == [0, 13]


def test_a_muzzle_flash_in_the_night_is_no_shot(films: SimpleNamespace) -> None:
    night = np.zeros((180, 320, 3), np.uint8)
    flash = films.scene(4, 320, 180)
    pictures = [night] * 10 + [flash] + [night] * 10
    assert breaks(pictures)[0] == [10, 11]
    assert starts(pictures) == [0]


def test_a_foreign_frame_that_stays_is_a_shot(films: SimpleNamespace) -> None:
    a, b = films.scene(1, 320, 180), films.scene(2, 320, 180)
    assert starts([a] * 10 + [b] * 10 + [a] * 10) == [0, 10, 20]


def test_fast_movement_is_no_cut(films: SimpleNamespace) -> None:
    wide = films.scene(6, 1600, 180)
    for step_px in (16, 48, 96):  # up to three tenths of the picture a frame, from a standstill
        places = [0] * 5 + list(range(0, 1280, step_px)) + [1280] * 5
        assert starts([np.ascontiguousarray(wide[:, x : x + 320]) for x in places]) == [0]
    background = films.scene(7, 320, 180)
    crossing = []
    for n in range(30):
        picture = background.copy()
        picture[:, max(0, 40 * n - 300) : 40 * n] = 250
        crossing.append(picture)
    assert starts(crossing) == [0]


def test_dissolve_does_not_stutter(films: SimpleNamespace) -> None:
    a, b = films.scene(1, 320, 180).astype(float), films.scene(2, 320, 180).astype(float)
    blend = [((1 - t) * a + t * b).astype(np.uint8) for t in np.linspace(0, 1, 25)]
    assert len(starts(blend)) <= 2


@pytest.mark.parametrize("count", [1, 2])
def test_very_short_clips(films: SimpleNamespace, count: int) -> None:
    assert starts([films.scene(1)] * count) == [0]


def test_a_static_or_black_film_is_one_shot() -> None:
    assert starts([np.zeros((90, 160, 3), np.uint8)] * 20) == [0]


def test_likeness_survives_exposure_and_knows_strangers(films: SimpleNamespace) -> None:
    a, b = films.scene(1, 320, 180), films.scene(2, 320, 180)
    assert likeness(structure(a), structure(a)) == pytest.approx(1.0)
    assert likeness(structure(a), structure(lit(a, 0.4))) > 0.9
    assert likeness(structure(a), structure(b)) < 0.35


def test_same_pictures_same_shots(films: SimpleNamespace) -> None:
    generator = np.random.default_rng(3)
    pictures = [
        np.clip(films.scene(n // 7, 160, 90) + generator.normal(0, 8, (90, 160, 3)), 0, 255).astype(np.uint8)
        for n in range(70)
    ]
    assert starts(pictures) == starts(pictures)


def room(wall: float, floor: float, seed: int) -> Picture:
    """A wall above a floor, with furniture of its own for every seed; shape (180, 320, 3)."""
    rng = np.random.default_rng(seed)
    luma = np.full((180, 320), wall)
    luma[120:] = floor
    for x, y, wide, high in zip(rng.integers(0, 260, 8), rng.integers(20, 120, 8), rng.integers(20, 60, 8),
                                rng.integers(20, 50, 8), strict=True):  # fmt: skip
        luma[y : y + high, x : x + wide] *= rng.uniform(0.4, 0.8)
    return np.repeat(np.clip(luma, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_a_cut_to_a_lighter_room_laid_out_alike_is_seen() -> None:
    first, second = room(110.0, 60.0, 1), room(190.0, 110.0, 2)
    assert likeness(structure(first), structure(second)) > 0.5
    assert starts([first] * 10 + [second] * 10) == [0, 10]
    assert starts([second] * 10 + [first] * 10) == [0, 10]


@pytest.mark.parametrize("dim", [0.05, 0.1, 0.3])
def test_a_lamp_that_goes_on_and_off_is_no_cut(dim: float) -> None:
    on = room(190.0, 110.0, 3)
    off = lit(on, dim)
    off[30:70, 200:260] = on[30:70, 200:260]  # the window
    assert starts([off] * 10 + [on] * 10 + [off] * 10) == [0]


def test_what_rushes_in_before_a_still_ground_is_no_cut() -> None:
    still = room(150.0, 90.0, 4)
    rushed = still.copy()
    rushed[30:, 150:250] = 30
    assert starts([still] * 10 + [rushed] * 10) == [0]
