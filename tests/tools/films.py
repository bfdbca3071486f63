"""Small films drawn with numpy, whose movement is known exactly."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import Shot
from foleydesigner.tools.motion import MotionAnalyser, MotionResult

WIDTH, HEIGHT = 320, 180
Film = list[NDArray[np.uint8]]


def texture(width: int, height: int, seed: int = 1, levels: tuple[int, int] = (60, 150)) -> NDArray[np.float32]:
    """Blurred noise: detail at the scale of a few pixels, as film has."""
    noise = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 2.0) + 2.0 * cv2.GaussianBlur(noise, (0, 0), 8.0)
    unit = (blurred - blurred.min()) / (blurred.max() - blurred.min())
    return np.asarray(levels[0] + unit * (levels[1] - levels[0]), dtype=np.float32)


def rgb(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Grey levels as an RGB frame."""
    return np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def paste(frame: NDArray[np.float32], patch: NDArray[np.float32], x: float, y: float) -> None:
    """Draw a patch with its top left corner at (x, y), to a fraction of a pixel, cut off at the border."""
    height, width = frame.shape
    matrix = np.array([[1, 0, x], [0, 1, y]], dtype=np.float64)
    mask = cv2.warpAffine(np.ones_like(patch), matrix, (width, height), flags=cv2.INTER_LINEAR)
    moved = cv2.warpAffine(patch, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    frame[:] = frame * (1 - mask) + moved * mask


def ball(radius: int, seed: int = 3) -> NDArray[np.float32]:
    """A bright textured disc on nothing; cells outside are NaN-free but masked by `paste_ball`."""
    return texture(2 * radius, 2 * radius, seed, (190, 250))


def paste_ball(frame: NDArray[np.float32], x: float, y: float, radius: int) -> None:
    """Draw a disc centred at (x, y)."""
    layer = frame.copy()
    paste(layer, ball(radius), x - radius, y - radius)
    rows, columns = np.mgrid[0 : frame.shape[0], 0 : frame.shape[1]]
    cover = np.clip(radius + 0.5 - np.hypot(columns - x + 0.5, rows - y + 0.5), 0, 1)
    frame[:] = frame * (1 - cover) + layer * cover


def one_shot(film: Sequence[NDArray[np.uint8]], frame_rate: float) -> tuple[Shot, ...]:
    """The whole film as one shot."""
    return shots_of([len(film)], frame_rate)


def shots_of(lengths: list[int], frame_rate: float) -> tuple[Shot, ...]:
    """Shots of these many frames, one after the other."""
    ends = np.cumsum(lengths)
    return tuple(
        Shot(
            id=f"shot_{i + 1}",
            start_frame=int(end - length),
            end_frame=int(end),
            start_s=float((end - length) / frame_rate),
            end_s=float(end / frame_rate),
        )
        for i, (length, end) in enumerate(zip(lengths, ends, strict=True))
    )


def analyse(film: Sequence[NDArray[np.uint8]], frame_rate: float, lengths: list[int] | None = None) -> MotionResult:
    """Push a film through the analyser, cut where `lengths` say."""
    height, width, _ = film[0].shape
    shots = shots_of(lengths or [len(film)], frame_rate)
    starts = {shot.start_frame for shot in shots}
    analyser = MotionAnalyser(frame_rate=frame_rate, width_px=width, height_px=height)
    for frame, picture in enumerate(film):
        analyser.push(frame, frame / frame_rate, picture, cut=frame in starts)
    return analyser.finish(shots)
