"""Sources stay in the frontal sector, move in straight lines and stand before and after."""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.filmstereo.moves import FARTHEST_M, Move, draw_move
from foleydesigner.generator.filmstereo.recipe import Recipe
from foleydesigner.tools.place_words import PAPER_AZIMUTHS_DEG, zone_of


def test_position_follows_the_line() -> None:
    move = Move(start_m=(-2.0, 2.0), end_m=(2.0, 2.0), start_s=1.0, end_s=5.0)
    azimuth, depth = move.position(np.array([0.0, 1.0, 3.0, 5.0, 9.0]))
    np.testing.assert_allclose(azimuth, [-45.0, -45.0, 0.0, 45.0, 45.0], atol=1e-9)
    np.testing.assert_allclose(depth, [8.0**0.5, 8.0**0.5, 2.0, 8.0**0.5, 8.0**0.5])


def test_moves_stay_in_the_sector() -> None:
    recipe, rng = Recipe(clips=1), np.random.default_rng(0)
    for motion in ("static", "linear"):
        for _ in range(300):
            azimuth, depth = draw_move(recipe, motion, rng).position(np.linspace(0.0, 10.0, 50))
            assert np.abs(azimuth).max() <= 45.0 + 1e-6
            assert depth.min() > 0.3
            assert depth.max() <= FARTHEST_M
            turned = np.ptp(azimuth) >= 14.9 or np.ptp(depth) >= 0.49
            assert turned == (motion == "linear")


def test_zones_are_drawn_alike_and_the_papers_azimuths_are_five() -> None:
    recipe, rng = Recipe(clips=1, azimuths="paper"), np.random.default_rng(1)
    starts = [draw_move(recipe, "static", rng).position(np.zeros(1)) for _ in range(600)]
    assert {round(float(a[0]), 6) for a, _ in starts} == set(PAPER_AZIMUTHS_DEG)
    counts = [sum(zone_of(float(d[0])) == zone for _, d in starts) for zone in ("near", "middle", "far")]
    assert min(counts) > 150  # 200 each, sigma 11.5
