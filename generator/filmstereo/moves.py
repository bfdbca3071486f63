"""Where the source of a clip goes: it stands, or moves along a straight line, before a pair of microphones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.filmstereo.recipe import Recipe
from foleydesigner.tools.place_words import DEPTH_ZONES_M, PAPER_AZIMUTHS_DEG, Motion

NEAREST_M, FARTHEST_M = 0.5, 10.0
_LEAST_TURN_DEG, _LEAST_STEP_M = 15.0, 0.5
_MOVES = (0.6, 1.0)
_EDGE_DEG = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From one place to another between two times; it stands before and after.

    Attributes:
        start_m: (x, y) in metres: x to the right, y ahead of the middle of the pair.
        end_m: the same; equal to `start_m` for what stands.
        start_s: when it starts to move.
        end_s: when it arrives.
    """

    start_m: tuple[float, float]
    end_m: tuple[float, float]
    start_s: float
    end_s: float

    def places_m(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """(x, y) at `times_s` (n,), shape (n, 2)."""
        share = np.clip((times_s - self.start_s) / max(self.end_s - self.start_s, 1e-9), 0.0, 1.0)[:, None]
        return np.asarray((1.0 - share) * np.array(self.start_m) + share * np.array(self.end_m))

    def position(self, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Azimuth in degrees, left negative, and distance in metres, at `times_s` (n,)."""
        x, y = self.places_m(times_s).T
        return np.degrees(np.arctan2(x, y)), np.hypot(x, y)


def draw_move(recipe: Recipe, motion: Motion, rng: np.random.Generator) -> Move:
    """A move of that kind; a straight line between two points of the frontal sector stays inside it."""
    from_deg, from_m = _azimuth(recipe, rng), _depth(rng)
    if motion == "static":
        place = _place(from_deg, from_m)
        return Move(start_m=place, end_m=place, start_s=0.0, end_s=recipe.duration_s)
    while True:
        to_deg, to_m = _azimuth(recipe, rng), _depth(rng)
        if abs(to_deg - from_deg) >= _LEAST_TURN_DEG or abs(to_m - from_m) >= _LEAST_STEP_M:
            break
    length = rng.uniform(*_MOVES) * recipe.duration_s
    start = rng.uniform(0.0, recipe.duration_s - length)
    return Move(start_m=_place(from_deg, from_m), end_m=_place(to_deg, to_m), start_s=start, end_s=start + length)


def _place(azimuth_deg: float, depth_m: float) -> tuple[float, float]:
    angle = np.deg2rad(azimuth_deg)
    return float(depth_m * np.sin(angle)), float(depth_m * np.cos(angle))


def _azimuth(recipe: Recipe, rng: np.random.Generator) -> float:
    paper = recipe.azimuths == "paper" or (recipe.azimuths == "both" and rng.random() < 0.5)
    return float(rng.choice(PAPER_AZIMUTHS_DEG)) if paper else float(rng.uniform(-_EDGE_DEG, _EDGE_DEG))


def _depth(rng: np.random.Generator) -> float:
    """In one of the three zones, each as likely as the others."""
    edges = (NEAREST_M, *DEPTH_ZONES_M, FARTHEST_M)
    zone = int(rng.integers(0, 3))
    return float(rng.uniform(edges[zone], edges[zone + 1]))
