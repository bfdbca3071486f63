"""Drawing with anti-aliased outlines, procedural texture and light, at positions to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
"""(height, width, 3) RGB in [0, 255], not rounded."""
Points = NDArray[np.float64]
"""(n, 2) px."""
Shading = Literal["flat", "ball", "tube"]

_SHIFT = 5
"""Bits of sub-pixel precision that OpenCV's polygon filler is given."""
_TILE_PX = 128


def noise_tile(rng: np.random.Generator, scales_px: tuple[float, ...] = (1.2, 3.0, 9.0)) -> NDArray[np.float32]:
    """A texture (128, 128) in [-1, 1] that continues over its edges: blurred noise at several scales."""
    total = np.zeros((_TILE_PX, _TILE_PX), dtype=np.float32)
    for scale_px in scales_px:
        noise = rng.standard_normal((_TILE_PX, _TILE_PX)).astype(np.float32)
        wrapped = np.tile(noise, (3, 3))
        blurred = np.asarray(cv2.GaussianBlur(wrapped, (0, 0), scale_px), dtype=np.float32)
        blurred = blurred[_TILE_PX : 2 * _TILE_PX, _TILE_PX : 2 * _TILE_PX]
        total += blurred / max(float(blurred.std()), 1e-6)
    total /= max(float(np.abs(total).max()), 1e-6)
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuff:
    """What a thing is made of: colour, texture and how light falls on it."""

    colour: tuple[float, float, float]
    tile: NDArray[np.float32] = field(repr=False)
    contrast: float = 0.35
    """Share by which the texture lightens and darkens the colour."""
    tile_per_unit: float = 60.0
    """Texture pixels a unit of the thing's own coordinates (a radius, a metre)."""
    shading: Shading = "flat"
    gloss: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where a thing's own coordinates lie in the picture."""

    x_px: float
    y_px: float
    unit_px: float
    turn_rad: float = 0.0


def paint(picture: Picture, outline: Points, stuff: Stuff, pose: Pose, opacity: float = 1.0) -> None:
    """Fill an outline with stuff, texture and light moving with the pose; in place."""
    height, width = picture.shape[:2]
    low = np.floor(outline.min(axis=0)).astype(int) - 1
    high = np.ceil(outline.max(axis=0)).astype(int) + 2
    x1, y1, x2, y2 = max(low[0], 0), max(low[1], 0), min(high[0], width), min(high[1], height)
    if x2 <= x1 or y2 <= y1:
        return
    cover = coverage(outline, (x1, y1, x2, y2))[..., None] * opacity
    y, x = np.mgrid[y1:y2, x1:x2].astype(np.float32)
    across, down = (x - pose.x_px) / pose.unit_px, (y - pose.y_px) / pose.unit_px
    cosine, sine = np.float32(np.cos(pose.turn_rad)), np.float32(np.sin(pose.turn_rad))
    u, v = across * cosine + down * sine, down * cosine - across * sine
    grain = _sampled(stuff.tile, u * stuff.tile_per_unit, v * stuff.tile_per_unit)
    light = 1.0 + stuff.contrast * grain + _shade(stuff, across, down)
    colour = np.asarray(stuff.colour, dtype=np.float32) * light[..., None]
    window = picture[y1:y2, x1:x2]
    window += cover * (np.clip(colour, 0.0, 255.0) - window)


def coverage(outline: Points, window: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Share of each pixel of a window (x1, y1, x2, y2) that a closed outline covers, (y2 - y1, x2 - x1)."""
    x1, y1, x2, y2 = window
    mask = np.zeros((y2 - y1, x2 - x1), dtype=np.uint8)
    scaled = np.round((outline - (x1, y1)) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(mask, [scaled], 255, lineType=cv2.LINE_AA, shift=_SHIFT)
    return mask.astype(np.float32) / 255.0


def shadow(picture: Picture, x_px: float, y_px: float, half_px: tuple[float, float], darkness: float) -> None:
    """A soft shadow on the ground, an ellipse of half axes `half_px` that darkens by at most `darkness`; in place."""
    height, width = picture.shape[:2]
    reach_x, reach_y = int(2 * half_px[0]) + 2, int(2 * half_px[1]) + 2
    x1, x2 = max(int(x_px) - reach_x, 0), min(int(x_px) + reach_x, width)
    y1, y2 = max(int(y_px) - reach_y, 0), min(int(y_px) + reach_y, height)
    if x2 <= x1 or y2 <= y1:
        return
    y, x = np.mgrid[y1:y2, x1:x2].astype(np.float32)
    fall = np.exp(-(((x - x_px) / half_px[0]) ** 2 + ((y - y_px) / half_px[1]) ** 2))
    picture[y1:y2, x1:x2] *= 1.0 - darkness * fall[..., None]


def disc(x_px: float, y_px: float, radius_px: float, squash: float = 1.0) -> Points:
    """Outline of a disc, `squash` times as high as wide (and as much wider)."""
    angle = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    wide = radius_px / np.sqrt(squash)
    return np.column_stack([x_px + wide * np.cos(angle), y_px + squash * wide * np.sin(angle)])


def limb(start: Points, end: Points, start_px: float, end_px: float) -> Points:
    """Outline of a rounded limb between two points (2,) with radii at its ends."""
    along = end - start
    turn = float(np.arctan2(along[1], along[0]))
    back = turn + np.linspace(np.pi / 2, 3 * np.pi / 2, 12)
    front = turn + np.linspace(-np.pi / 2, np.pi / 2, 12)
    rear = start + start_px * np.column_stack([np.cos(back), np.sin(back)])
    return np.concatenate([rear, end + end_px * np.column_stack([np.cos(front), np.sin(front)])])


def _sampled(tile: NDArray[np.float32], u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """The texture at (u, v), repeated endlessly."""
    size = tile.shape[0]
    padded = np.pad(tile, (0, 1), mode="wrap")
    return np.asarray(
        cv2.remap(padded, np.mod(u, size).astype(np.float32), np.mod(v, size).astype(np.float32), cv2.INTER_LINEAR),
        dtype=np.float32,
    )


def _shade(stuff: Stuff, across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
    """Light from the upper left, relative to the mean; `across` and `down` in units of the thing."""
    if stuff.shading == "flat":
        return np.zeros_like(across)
    if stuff.shading == "tube":
        return np.asarray(-0.25 * np.clip(across, -1.5, 1.5), dtype=np.float32)
    out = np.clip(1.0 - across**2 - down**2, 0.0, 1.0)
    lambert = np.clip(-0.45 * across - 0.6 * down + 0.66 * np.sqrt(out), 0.0, 1.0)
    shine = stuff.gloss * np.exp(-((across + 0.35) ** 2 + (down + 0.4) ** 2) / 0.03)
    return np.asarray(0.75 * lambert - 0.45 + shine, dtype=np.float32)
