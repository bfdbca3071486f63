"""Movement between two frames, on a grid of small cells, with the camera taken out.

Dense inverse search flow (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) is read at three
distances: frame to frame, and over about half a second, where things too slow for one frame period show.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.camera import CameraMotion, fit_camera

CELL_PX = 4
SLOW_BASELINE_S = 0.45

_FLOOR_LEVELS = 3.0
"""Luminance change of a cell below which nothing has happened (compression noise), of 255."""
_STRONG_LEVELS = 9.0
"""Change above the floor that is movement even where flow cannot follow (a blurred stick)."""
_FLOW_FLOOR_PX = 0.3
_SLOW_FLOOR_PX = 1.0
_EXPLAINED = 0.75
"""Share of the change that may be left after undoing the flow, or it was no movement."""
_REPLACED_SHARE = 0.5
"""Share of cells that change strongly from which the whole picture was replaced (flash, missed cut), not moved."""


@dataclass(frozen=True, slots=True)
class CellMotion:
    """What moved between the last frame and this one; arrays over the grid of cells."""

    residual_px: NDArray[np.float32]
    """`(h, w, 2)` flow against the camera, px of the frame analysed, a frame; nil where nothing moves."""
    change: NDArray[np.float32]
    """`(h, w)` luminance change against the camera, grey levels above the noise."""
    luminance: NDArray[np.float32]
    """`(h, w)` cell means in [0, 255]."""
    moving: NDArray[np.bool_]
    """`(h, w)` cells that move."""
    explained: NDArray[np.bool_]
    """`(h, w)` cells whose change is undone by undoing the flow: things that moved, not lights."""
    camera: CameraMotion


class FlowReader:
    """Turns frames into `CellMotion`, one for each frame; keeps two frames."""

    def __init__(self, *, frame_rate: float, width_px: int, height_px: int) -> None:
        self._shape_px = (height_px, width_px)
        self._cells = (max(1, height_px // CELL_PX), max(1, width_px // CELL_PX))
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._slow_frames = max(2, round(SLOW_BASELINE_S * frame_rate))
        self._previous: NDArray[np.uint8] | None = None
        self._anchor: tuple[int, NDArray[np.uint8]] | None = None
        self._slow_residual_px = np.zeros((*self._cells, 2), dtype=np.float32)
        self._count = 0
        y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
        self._pixel_x, self._pixel_y = x, y

    def push(self, rgb: NDArray[np.uint8], *, cut: bool) -> CellMotion:
        """Motion since the last frame; none on the first frame of a shot."""
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        luminance = self._to_cells(grey.astype(np.float32))
        self._count += 1
        previous, self._previous = self._previous, grey
        if cut or previous is None:
            self._anchor = (self._count, grey)
            self._slow_residual_px[:] = 0.0
            return self._nothing(luminance)
        camera, residual, change, explained = self._compare(previous, grey)
        self._read_slow(grey)
        if float((change > _STRONG_LEVELS).mean()) > _REPLACED_SHARE and camera.inlier_share < 0.3:
            return self._nothing(luminance, camera)
        # A pan leaves errors in proportion to its speed; they must not pass for movement.
        floor_px = _FLOW_FLOOR_PX + 0.08 * camera.mean_px
        fast = (np.hypot(residual[..., 0], residual[..., 1]) > floor_px) & (change > 0.0) & explained
        moving = fast | (change > _STRONG_LEVELS * (1.0 if camera.is_still else 2.0))
        slow = np.hypot(self._slow_residual_px[..., 0], self._slow_residual_px[..., 1]) > 0.0
        residual = np.where((slow & ~moving)[..., None], self._slow_residual_px, residual)
        residual[~(moving | slow)] = 0.0
        change[~moving] = 0.0
        return CellMotion(residual, change, luminance, moving | slow, explained, camera)

    def _compare(
        self, before: NDArray[np.uint8], after: NDArray[np.uint8]
    ) -> tuple[CameraMotion, NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Camera, residual flow, change above the noise, and where the flow explains the change; all on cells."""
        height_px, width_px = self._shape_px
        flow = self._flow.calc(before, after, None)  # type: ignore[call-overload]
        cell_flow = np.dstack([self._to_cells(flow[..., 0]), self._to_cells(flow[..., 1])])
        gradient = self._to_cells(
            np.abs(cv2.Sobel(before, cv2.CV_32F, 1, 0)) + np.abs(cv2.Sobel(before, cv2.CV_32F, 0, 1))
        )
        camera = fit_camera(cell_flow, np.minimum(gradient / 60.0, 1.0) + 0.02)
        matrix = camera.matrix(height_px, width_px)
        steady = (
            before
            if camera.is_still
            else cv2.warpAffine(before, matrix, (width_px, height_px), borderMode=cv2.BORDER_REPLICATE)
        )
        difference = after.astype(np.float32) - steady
        difference -= np.median(difference[::CELL_PX, ::CELL_PX])  # exposure drifts are nobody's movement
        error = self._to_cells(np.abs(difference))
        noise = float(np.median(error))
        # An eighth of a pixel of camera error shows as that share of the gradient (Sobel gain 8).
        wobble = 0.0 if camera.is_still else (0.15 + 0.05 * camera.mean_px) / 8.0
        change = np.maximum(error - np.maximum(_FLOOR_LEVELS, 2.0 * noise) - wobble * gradient, 0.0)
        moved = cv2.remap(after, self._pixel_x + flow[..., 0], self._pixel_y + flow[..., 1], cv2.INTER_LINEAR)
        left = self._to_cells(cv2.absdiff(moved, before).astype(np.float32))
        explained = left < _EXPLAINED * np.maximum(error, _FLOOR_LEVELS)
        return camera, cell_flow - camera.field(*self._cells), change, explained

    def _read_slow(self, grey: NDArray[np.uint8]) -> None:
        """Every half second, find what has moved since the last anchor by too little for one frame period."""
        if self._anchor is None:
            self._anchor = (self._count, grey)
        since, anchor = self._anchor
        elapsed = self._count - since
        if elapsed < self._slow_frames:
            return
        camera, residual, change, explained = self._compare(anchor, grey)
        length = np.hypot(residual[..., 0], residual[..., 1])
        slow = (length > _SLOW_FLOOR_PX + 0.1 * camera.mean_px) & (change > 0.0) & explained
        slow &= length < 2.0 * _FLOW_FLOOR_PX * elapsed  # anything faster belongs to the frame-to-frame reading
        if camera.inlier_share < 0.3:
            slow[:] = False
        self._slow_residual_px = np.where(slow[..., None], residual / elapsed, 0.0).astype(np.float32)
        self._anchor = (self._count, grey)

    def _to_cells(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Means over cells, `(h, w)`."""
        rows, columns = self._cells
        return np.asarray(cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)

    def _nothing(self, luminance: NDArray[np.float32], camera: CameraMotion | None = None) -> CellMotion:
        nil = np.zeros(self._cells, dtype=np.float32)
        return CellMotion(np.dstack([nil, nil]), nil, luminance, nil > 0, nil > 0, camera or CameraMotion())
