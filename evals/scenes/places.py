"""Places to film in: a room and a yard, seen by a pinhole camera, every surface textured."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.scenes.painting import Picture, Points, Pose, Stuff, noise_tile, paint


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A level pinhole camera of 90° across: metres (x right, height over the ground, depth) to pixels."""

    width_px: int = 640
    height_px: int = 360
    horizon_px: float = 140.0
    eye_m: float = 1.5

    @property
    def focal_px(self) -> float:
        """Focal length: half the width at 90°."""
        return self.width_px / 2.0

    def scale(self, depth_m: float) -> float:
        """Pixels a metre at a depth."""
        return self.focal_px / depth_m

    def place(self, x_m: float, up_m: float, depth_m: float) -> Points:
        """Where a point is seen, (2,) px."""
        scale = self.scale(depth_m)
        return np.array([self.width_px / 2 + scale * x_m, self.horizon_px + scale * (self.eye_m - up_m)])

    def x_at(self, x_px: float, depth_m: float) -> float:
        """Metres to the right of the axis at which something is seen at `x_px`."""
        return (x_px - self.width_px / 2) / self.scale(depth_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a film of this seed looks: tones, grain, exposure time."""

    wall: tuple[float, float, float]
    floor: tuple[float, float, float]
    accent: tuple[float, float, float]
    grain_levels: float
    shutter: float
    """Share of the frame period for which the picture is exposed; 0 = no motion blur."""


def random_look(rng: np.random.Generator, *, dark: bool = False) -> Look:
    """A look drawn from a seed."""
    level = rng.uniform(45, 70) if dark else rng.uniform(95, 150)
    tint = rng.uniform(0.85, 1.12, 3)
    floor_tint = rng.uniform(0.8, 1.1, 3)
    return Look(
        wall=_rgb(level * tint),
        floor=_rgb(level * rng.uniform(0.6, 0.85) * floor_tint),
        accent=_rgb(rng.uniform(40, 200, 3)),
        grain_levels=float(rng.uniform(0.8, 3.0)),
        shutter=float(rng.choice([0.0, 0.25, 0.5])),
    )


def _rgb(values: NDArray[np.float64]) -> tuple[float, float, float]:
    red, green, blue = (float(np.clip(v, 0, 255)) for v in values)
    return red, green, blue


def room(view: View, look: Look, rng: np.random.Generator, wall_m: float = 7.0) -> Picture:
    """A room: a papered back wall at `wall_m`, a boarded or tiled floor, pictures and furniture along the wall."""
    picture = np.zeros((view.height_px, view.width_px, 3), dtype=np.float32)
    edge = _edge_px(view, wall_m)
    _surface(picture, look.wall, rng, slice(0, edge), contrast=0.12)
    _stripes(picture, rng, edge)
    _floor(picture, view, look, rng, edge)
    picture[max(edge - 4, 0) : edge + 1] *= 0.65  # skirting board
    for _ in range(int(rng.integers(2, 5))):
        _framed(picture, rng, edge)
    for _ in range(int(rng.integers(1, 3))):
        _chest(picture, view, rng, wall_m - 0.4)
    return _vignetted(picture, rng)


def yard(view: View, look: Look, rng: np.random.Generator, far_m: float = 30.0) -> Picture:
    """A yard under a sky: hills or roofs at the horizon, walls with windows, textured ground."""
    picture = np.zeros((view.height_px, view.width_px, 3), dtype=np.float32)
    edge = _edge_px(view, far_m)
    sky = np.asarray(look.wall, dtype=np.float32) * np.array([1.0, 1.05, 1.2], dtype=np.float32)
    _surface(picture, _rgb(sky.astype(np.float64)), rng, slice(0, edge), contrast=0.1, stretch=5.0)
    x = 0.0
    while x < view.width_px:
        width = rng.uniform(50, 130)
        top = edge - rng.uniform(15, 75)
        _house(picture, (x, top, x + width, float(edge)), rng)
        x += width + rng.uniform(-5, 35)
    _floor(picture, view, look, rng, edge)
    return _vignetted(picture, rng)


def widened(view: View, factor: float) -> View:
    """A view of a wider picture with the same scale, to be cropped by a moving camera."""
    return View(
        width_px=round(view.width_px * factor),
        height_px=round(view.height_px * factor),
        horizon_px=view.horizon_px * factor,
        eye_m=view.eye_m,
    )


def _edge_px(view: View, depth_m: float) -> int:
    return int(np.clip(view.place(0.0, 0.0, depth_m)[1], 10, view.height_px - 10))


def _surface(
    picture: Picture,
    colour: tuple[float, float, float],
    rng: np.random.Generator,
    rows: slice,
    *,
    contrast: float,
    stretch: float = 1.0,
) -> None:
    band = picture[rows]
    height, width = band.shape[:2]
    tile = noise_tile(rng, (1.5, 6.0, 16.0))
    big = np.tile(tile, (-(-height // 128) + 1, -(-int(width / stretch) // 128) + 1))
    grain = cv2.resize(big, None, fx=stretch, fy=1.0, interpolation=cv2.INTER_LINEAR)[:height, :width]
    falling = np.linspace(1.12, 0.9, height, dtype=np.float32)[:, None]
    band[:] = np.asarray(colour, dtype=np.float32) * ((1.0 + contrast * grain) * falling)[..., None]


def _stripes(picture: Picture, rng: np.random.Generator, edge: int) -> None:
    """Wallpaper: soft vertical stripes."""
    x = np.arange(picture.shape[1], dtype=np.float32)
    wave = 1.0 + rng.uniform(0.02, 0.08) * np.sin(2 * np.pi * x / rng.uniform(14, 40) + rng.uniform(0, 6))
    picture[:edge] *= wave[None, :, None].astype(np.float32)


def _floor(picture: Picture, view: View, look: Look, rng: np.random.Generator, edge: int) -> None:
    """Boards or tiles in perspective below `edge`."""
    y, x = np.mgrid[edge : view.height_px, 0 : view.width_px].astype(np.float32)
    depth = view.focal_px * view.eye_m / np.maximum(y + 0.5 - view.horizon_px, 1.0)
    across = (x - view.width_px / 2) * depth / view.focal_px
    size = rng.uniform(0.3, 0.7)
    phase_x, phase_z = (across / size) % 1.0, (depth / (size * rng.choice([1.0, 4.0]))) % 1.0
    joint = np.exp(-((np.minimum(phase_x, 1 - phase_x) * size / 0.02) ** 2))
    joint += np.exp(-((np.minimum(phase_z, 1 - phase_z) * size / 0.03) ** 2))
    fine = np.clip(6.0 / depth, 0.0, 1.0)  # far joints blur into the floor
    tile = noise_tile(rng)
    u, v = np.mod(across * 70, 127).astype(np.float32), np.mod(depth * 40, 127).astype(np.float32)
    grain = cv2.remap(tile, u, v, cv2.INTER_LINEAR)
    light = 1.0 - 0.3 * fine * np.clip(joint, 0, 1) + 0.14 * grain * np.clip(fine + 0.3, 0, 1)
    picture[edge:] = np.asarray(look.floor, dtype=np.float32) * light[..., None]


def _framed(picture: Picture, rng: np.random.Generator, edge: int) -> None:
    """A framed picture on the wall."""
    width, height = rng.uniform(35, 90), rng.uniform(28, 60)
    x = rng.uniform(5, picture.shape[1] - width - 5)
    y = rng.uniform(5, max(edge - height - 30, 6))
    frame = _rectangle(x, y, x + width, y + height)
    pose = Pose(x_px=x, y_px=y, unit_px=10.0)
    paint(picture, frame, Stuff(colour=_rgb(rng.uniform(30, 110, 3)), tile=noise_tile(rng), contrast=0.3), pose)
    inner = _rectangle(x + 4, y + 4, x + width - 4, y + height - 4)
    art = Stuff(colour=_rgb(rng.uniform(60, 190, 3)), tile=noise_tile(rng, (2.0, 5.0)), contrast=0.6, tile_per_unit=12)
    paint(picture, inner, art, pose)


def _chest(picture: Picture, view: View, rng: np.random.Generator, depth_m: float) -> None:
    """A chest of drawers against the wall."""
    wide, high = rng.uniform(0.8, 1.6), rng.uniform(0.5, 1.1)
    x = view.x_at(rng.uniform(0.1, 0.9) * view.width_px, depth_m)
    corner, foot = view.place(x, high, depth_m), view.place(x + wide, 0.0, depth_m)
    colour = rng.uniform(50, 120) * np.array([1.1, 0.85, 0.6])
    pose = Pose(x_px=float(corner[0]), y_px=float(corner[1]), unit_px=view.scale(depth_m))
    wood = Stuff(colour=_rgb(colour), tile=noise_tile(rng, (1.0, 3.0)), contrast=0.25, tile_per_unit=80)
    paint(picture, _rectangle(*corner, *foot), wood, pose)
    dark = Stuff(colour=_rgb(0.45 * colour), tile=wood.tile, contrast=0.1)
    for share in (0.33, 0.66):
        y = float(corner[1] + share * (foot[1] - corner[1]))
        paint(picture, _rectangle(corner[0] + 2, y - 1, foot[0] - 2, y + 1), dark, pose)


def _house(picture: Picture, box: tuple[float, float, float, float], rng: np.random.Generator) -> None:
    x1, y1, x2, y2 = box
    pose = Pose(x_px=x1, y_px=y1, unit_px=10.0)
    wall = Stuff(colour=_rgb(rng.uniform(50, 140) * rng.uniform(0.8, 1.15, 3)), tile=noise_tile(rng), contrast=0.25)
    paint(picture, _rectangle(*box), wall, pose)
    pane = Stuff(colour=_rgb(rng.uniform(25, 70, 3)), tile=noise_tile(rng), contrast=0.3)
    for x in np.arange(x1 + 8, x2 - 12, 18.0):
        for y in np.arange(y1 + 8, y2 - 12, 20.0):
            paint(picture, _rectangle(x, y, x + 9, y + 11), pane, pose)


def _rectangle(x1: float, y1: float, x2: float, y2: float) -> Points:
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], dtype=np.float64)


rectangle = _rectangle


def _vignetted(picture: Picture, rng: np.random.Generator) -> Picture:
    """Light that falls off towards one side and the corners."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    fall = 1.05 - 0.12 * (x**2 + y**2) + rng.uniform(-0.08, 0.08) * x
    return np.asarray(np.clip(picture * fall[..., None], 0.0, 255.0), dtype=np.float32)
