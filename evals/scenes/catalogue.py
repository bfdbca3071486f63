"""All scenes by name; each is a function of its seed."""

from __future__ import annotations

from collections.abc import Callable

from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.scenes.film import FilmScene
from foleydesigner.evals.scenes.open_scenes import bouncing_balls, crossing_cars, flash_and_thunder, walker_near_and_far
from foleydesigner.evals.scenes.room_scenes import cut_in_motion, door_and_glass, eight_at_once
from foleydesigner.evals.scenes.still_scenes import camera_pan, handheld_shake, silence

SCENES: dict[str, Callable[[int], FilmScene]] = {
    "bouncing_balls": bouncing_balls,
    "walker_near_and_far": walker_near_and_far,
    "flash_and_thunder": flash_and_thunder,
    "crossing_cars": crossing_cars,
    "door_and_glass": door_and_glass,
    "camera_pan": camera_pan,
    "handheld_shake": handheld_shake,
    "cut_in_motion": cut_in_motion,
    "silence": silence,
    "eight_at_once": eight_at_once,
}
STILL = ("camera_pan", "handheld_shake", "silence")
"""Scenes in which nothing that sounds can be seen."""


def make_scene(name: str, seed: int) -> FilmScene:
    """A scene of the catalogue.

    Raises:
        ConfigurationError: there is no scene of that name.
    """
    if name not in SCENES:
        raise ConfigurationError(f"no scene is called {name!r}", f"one of {', '.join(SCENES)}", "correct the name")
    return SCENES[name](seed)
