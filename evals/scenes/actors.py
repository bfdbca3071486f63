"""Balls, walkers and cars as a seed casts them."""

from __future__ import annotations

from foleydesigner.evals.scenes.falling import Ball, Glass
from foleydesigner.evals.scenes.moving import Car, Door, Walker
from foleydesigner.evals.scenes.stage import Stage


def some_ball(set_: Stage, *, big: bool, x_px: float, drop_s: float, way: float = 1.0) -> Ball:
    """A ball dropped at about `x_px`, rolling to the right (`way` 1) or left (-1)."""
    rng, depth_m = set_.rng, float(set_.rng.uniform(2.2, 2.9))
    radius_m = float(rng.uniform(0.14, 0.2) if big else rng.uniform(0.07, 0.1))
    return Ball(
        view=set_.view,
        stuff=set_.standing_out(set_.look.floor, contrast=0.45, tile_per_unit=18.0, shading="ball", gloss=60.0 / 255.0),
        radius_m=radius_m,
        depth_m=depth_m,
        x_m=set_.view.x_at(x_px, depth_m),
        speed_m_s=way * float(rng.uniform(0.08, 0.3)),
        height_m=float(rng.uniform(0.9, 1.3)),
        drop_s=drop_s,
        restitution=float(rng.uniform(0.7, 0.82)),
    )


def some_walker(set_: Stage, *, depth_m: float, to_right: bool, start_s: float, from_px: float | None = None) -> Walker:
    """A figure that comes in at the picture's edge (or stands at `from_px`) at `start_s` and goes out on the other."""
    rng, view = set_.rng, set_.view
    way = 1.0 if to_right else -1.0
    step_s = float(rng.uniform(0.46, 0.62))
    speed_m_s = float(rng.uniform(1.15, 1.5)) * 0.54 / step_s
    edge_m = abs(view.x_at(0.0, depth_m)) + 0.3
    x_m = -way * edge_m if from_px is None else view.x_at(from_px, depth_m)
    left_m = edge_m + 0.5 - way * x_m
    return Walker(
        view=view,
        coat=set_.standing_out(set_.look.wall, contrast=0.3, tile_per_unit=14.0),
        legs=set_.standing_out(set_.look.wall, contrast=0.25, tile_per_unit=14.0),
        skin=set_.stuff(120, 200, contrast=0.15),
        tall_m=float(rng.uniform(1.6, 1.85)),
        depth_m=depth_m,
        x_m=x_m,
        speed_m_s=way * speed_m_s,
        step_s=step_s,
        start_s=start_s,
        end_s=start_s + left_m / speed_m_s,
    )


def some_car(set_: Stage, *, depth_m: float, to_right: bool, enters_s: float, crossing_s: float, large: bool) -> Car:
    """A car, or a truck, whose nose comes in at `enters_s` and whose tail is out `crossing_s` later."""
    rng, way = set_.rng, 1.0 if to_right else -1.0
    long_m, high_m = (6.5, 2.9) if large else (float(rng.uniform(3.8, 4.6)), float(rng.uniform(1.4, 1.6)))
    edge_m = abs(set_.view.x_at(0.0, depth_m))
    speed_m_s = (2 * edge_m + long_m) / crossing_s
    return Car(
        view=set_.view,
        body=set_.standing_out(set_.look.floor, contrast=0.3, tile_per_unit=14.0),
        glass=set_.stuff(40, 90, contrast=0.4, tile_per_unit=14.0),
        tyre=set_.stuff(15, 35, contrast=0.8, tile_per_unit=12.0),
        depth_m=depth_m,
        x_m=-way * (edge_m + long_m / 2) - way * speed_m_s * enters_s,
        speed_m_s=way * speed_m_s,
        long_m=long_m,
        high_m=high_m,
    )


def some_door(set_: Stage, *, x_px: float, slam_s: float, depth_m: float = 6.9) -> Door:
    """A door about `x_px`, standing open until it swings to."""
    rng = set_.rng
    return Door(
        view=set_.view,
        leaf=set_.standing_out(set_.look.wall, contrast=0.25, tile_per_unit=40.0),
        dark=set_.stuff(8, 30, contrast=0.2),
        depth_m=depth_m,
        hinge_x_m=set_.view.x_at(x_px, depth_m),
        to_right=bool(rng.random() < 0.5),
        swing_s=slam_s - float(rng.uniform(0.7, 1.1)),
        slam_s=slam_s,
        open_rad=float(rng.uniform(0.9, 1.3)),
    )


def some_glass(set_: Stage, *, x_px: float, push_s: float, to_right: bool) -> Glass:
    """A glass on a table, its edge about `x_px`, that begins to slide at `push_s`."""
    rng, depth_m = set_.rng, float(set_.rng.uniform(2.1, 2.7))
    return Glass(
        view=set_.view,
        stuff=set_.stuff(190, 250, contrast=0.35, tile_per_unit=12.0),
        table=set_.stuff(50, 110, contrast=0.3, tile_per_unit=60.0),
        depth_m=depth_m,
        edge_x_m=set_.view.x_at(x_px, depth_m),
        to_right=to_right,
        table_m=float(rng.uniform(0.72, 0.85)),
        push_s=push_s,
        seed=set_.seed,
    )
