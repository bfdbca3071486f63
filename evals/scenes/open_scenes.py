"""Balls, walkers, thunder, crossing cars: one place, a few things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foleydesigner.evals.scenes.actors import some_ball, some_car, some_walker
from foleydesigner.evals.scenes.film import FilmScene
from foleydesigner.evals.scenes.painting import Picture, noise_tile
from foleydesigner.evals.scenes.stage import RT60_S, Stage, pick, stage

_SPOKEN_DELAYS = {
    1.0: "A second later",
    1.5: "One and a half seconds later",
    2.0: "Two seconds later",
    3.0: "Three seconds later",
}


def bouncing_balls(seed: int) -> FilmScene:
    """A large and a small ball, of rubber and of steel, dropped one after the other."""
    set_ = replace(stage("bouncing_balls", seed, (4.5, 6.0), inside=True), rt60_s=RT60_S["hall"])
    rng, big_left = set_.rng, bool(set_.rng.random() < 0.5)
    first_px, second_px = rng.uniform(90, 210), rng.uniform(400, 520)
    drops = sorted(rng.uniform(0.15, 1.1, 2))
    left = some_ball(set_, big=big_left, x_px=float(first_px), drop_s=float(drops[0]))
    right = some_ball(set_, big=not big_left, x_px=float(second_px), drop_s=float(drops[1]), way=-1.0)
    large, small = (left, right) if big_left else (right, left)
    events = (
        set_.hits(
            "large_ball", "impact", "rubber", large.contacts_s(), large.outline, large.depth_m, large.strengths()
        ),
        set_.hits("small_ball", "impact", "steel", small.contacts_s(), small.outline, small.depth_m, small.strengths()),
    )
    side, other = ("left", "right") if big_left else ("right", "left")
    words = pick(
        rng,
        f"On the {side} a heavy rubber ball drops and bounces on the floor. On the {other} a small steel ball falls "
        "and bounces too, ever lower.",
        f"A BASKETBALL bounces on the {side}, again and again. A little steel ball bounces on the {other}.",
        f"A big ball bounces on the {side} of the court. A small metal ball bounces on the {other}.",
    )
    return set_.scene([left.draw, right.draw], events, f"INT. GYM - DAY\n\n{words}\n")


def walker_near_and_far(seed: int) -> FilmScene:
    """A man crosses close to the camera; then a woman crosses far behind, the other way."""
    set_ = stage("walker_near_and_far", seed, (7.6, 8.0), inside=False)
    rng, to_right = set_.rng, bool(set_.rng.random() < 0.5)
    near = some_walker(
        set_, depth_m=float(rng.uniform(2.6, 3.2)), to_right=to_right, start_s=float(rng.uniform(0, 0.3))
    )
    far = some_walker(
        set_,
        depth_m=float(rng.uniform(4.6, 5.4)),
        to_right=not to_right,
        start_s=float(rng.uniform(2.2, 2.8)),
        from_px=float(rng.uniform(-20, 0) if not to_right else rng.uniform(640, 660)),
    )
    events = (
        set_.hits("near_steps", "footsteps", "step", near.strikes_s(), near.outline, near.depth_m),
        set_.hits("far_steps", "footsteps", "step", far.strikes_s(), far.outline, far.depth_m),
    )
    way, back = ("left to right", "right to left") if to_right else ("right to left", "left to right")
    words = pick(
        rng,
        f"A MAN walks past close to us on the stone pavement, from {way}. Behind him a WOMAN walks by in the other "
        f"direction, from {back}.",
        f"A MAN crosses the yard from {way}, his shoes loud on the cobblestones. Then a WOMAN crosses far behind, "
        f"walking from {back}.",
        f"Footsteps on stone: a MAN walks from {way}. A WOMAN follows at a distance, walking from {back}.",
    )
    return set_.scene([far.draw, near.draw], events, f"EXT. YARD - DAY\n\n{words}\n")


def flash_and_thunder(seed: int) -> FilmScene:
    """Lightning in the clouds, and thunder as long after it as the words say."""
    set_ = stage("flash_and_thunder", seed, (6.5, 8.0), inside=False, dark=True)
    rng = set_.rng
    delay_s = float(rng.choice(list(_SPOKEN_DELAYS)))
    flash_s = float(rng.uniform(0.8, 2.2))
    bolt_px = float(rng.uniform(120, 520))
    lit = _lightning(set_, bolt_px, flash_s)
    depth_m = 343.0 * delay_s
    half = 90.0
    outline = np.array([[bolt_px - half, 0.0], [bolt_px + half, set_.view.horizon_px]])
    event = set_.hits(
        "thunder", "thunder", "thunder", (flash_s + delay_s,), lambda _: outline, depth_m, picture_driven=False
    )
    words = pick(
        rng,
        f"LIGHTNING flashes over the roofs. {_SPOKEN_DELAYS[delay_s]}, thunder rolls.",
        f"A flash of lightning in the clouds. {_SPOKEN_DELAYS[delay_s]} the thunder follows.",
        f"Lightning lights up the sky. {_SPOKEN_DELAYS[delay_s]} comes the thunderclap.",
    )
    return set_.scene([lit], (event,), f"EXT. VILLAGE - NIGHT\n\n{words}\n")


def _lightning(set_: Stage, bolt_px: float, flash_s: float):  # type: ignore[no-untyped-def]
    """Light in the clouds around `bolt_px`: a stroke that dies away within a quarter of a second, and flickers."""
    height, width = set_.view.height_px, set_.view.width_px
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    spread = float(set_.rng.uniform(70, 130))
    cloud = 1.0 + 0.4 * np.tile(noise_tile(set_.rng, (6.0, 16.0)), (height // 128 + 1, width // 128 + 1))
    glow = np.exp(-(((x - bolt_px) / (1.6 * spread)) ** 2 + ((y - 30) / spread) ** 2)) * cloud[:height, :width]
    ground = 0.12 * (y > set_.view.horizon_px)
    light = (glow * (y < set_.view.horizon_px + 4) + ground).astype(np.float32)
    strokes = ((0.0, 1.0), (float(set_.rng.uniform(0.09, 0.13)), float(set_.rng.uniform(0.4, 0.8))))
    level, tint = float(set_.rng.uniform(110, 160)), np.array([0.95, 0.97, 1.1], dtype=np.float32)

    def painter(picture: Picture, time_s: float) -> None:
        burning = sum(
            power * np.exp(-(time_s - flash_s - at_s) / 0.045) for at_s, power in strokes if time_s >= flash_s + at_s
        )
        if burning > 1e-3:
            picture += np.float32(level * burning) * light[..., None] * tint
            np.clip(picture, 0.0, 255.0, out=picture)

    return painter


def crossing_cars(seed: int) -> FilmScene:
    """A car and a truck pass each other, the nearer one hiding the other for a while."""
    set_ = stage("crossing_cars", seed, (6.0, 7.0), inside=False)
    rng, near_right = set_.rng, bool(set_.rng.random() < 0.5)
    near_depth, far_depth = float(rng.uniform(6.0, 7.0)), float(rng.uniform(9.5, 11.0))
    crossing_s = set_.duration_s - 1.6
    near = some_car(
        set_,
        depth_m=near_depth,
        to_right=near_right,
        enters_s=float(rng.uniform(0.3, 0.9)),
        crossing_s=float(crossing_s * rng.uniform(0.7, 0.85)),
        large=False,
    )
    far = some_car(
        set_,
        depth_m=far_depth,
        to_right=not near_right,
        enters_s=float(rng.uniform(0.2, 0.8)),
        crossing_s=float(crossing_s * rng.uniform(0.85, 1.0)),
        large=True,
    )
    spans = [_seen_span(set_, set_.boxes(thing.outline)) for thing in (near, far)]
    events = (
        set_.goes_on("car", "vehicle", "motor", spans[0], near.outline, near_depth),
        set_.goes_on("truck", "vehicle", "motor", spans[1], far.outline, far_depth),
    )
    way, back = ("left to right", "right to left") if near_right else ("right to left", "left to right")
    words = pick(
        rng,
        f"A car drives past from {way}. Behind it a truck rumbles by from {back}.",
        f"A truck rolls by, from {back}. In front of it a car passes from {way}.",
        f"Traffic on the street: a sedan drives from {way} as a lorry passes from {back}.",
    )
    return set_.scene([far.draw, near.draw], events, f"EXT. STREET - DAY\n\n{words}\n")


def _seen_span(set_: Stage, boxes_px: np.ndarray) -> tuple[float, float]:
    frames = np.flatnonzero(np.isfinite(boxes_px[:, 0]))
    return float(frames[0] / set_.frame_rate), float((frames[-1] + 1) / set_.frame_rate)
