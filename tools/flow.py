"""Movement between two frames, on a grid of small cells, with the camera taken out.

Dense inverse search flow (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) is read at three
distances: frame to frame, and over about half a second, where things too slow for one frame period show.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.background import Background
from foleydesigner.tools.camera import CameraMotion, fit_camera

CELL_PX = 4
SLOW_BASELINE_S = 0.45

_FLOOR_LEVELS = 3.0
"""Luminance change of a cell below which nothing has happened (compression noise), of 255."""
_STRONG_LEVELS = 9.0
"""Change above the floor that is movement even where flow cannot follow (a blurred stick)."""
_STIRRED_LEVELS, _STIRRED_NOISES = 2.5, 5.0
"""Change of a cell's mean from frame to frame, of 255, that is movement where something stands out."""
_FLOW_FLOOR_PX = 0.3
_SLOW_FLOOR_PX = 1.0
_SLOW_REST_S = 0.3
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
    colour: NDArray[np.float32] = field(default_factory=lambda: np.zeros((1, 1, 3), dtype=np.float32))
    """`(h, w, 3)` cell means of red, green and blue in [0, 255]."""
    figure: NDArray[np.float32] = field(default_factory=lambda: np.zeros((1, 1), dtype=np.float32))
    """`(h, w)` levels by which cells stand out from the background of a locked-off shot, moving or not; else 0."""


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
        self._level: NDArray[np.float32] | None = None
        self._colour = np.zeros((*self._cells, 3), dtype=np.float32)
        self._background = Background(frame_rate=frame_rate)
        y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
        self._pixel_x, self._pixel_y = x, y

    def push(self, rgb: NDArray[np.uint8], *, cut: bool) -> CellMotion:
        """Motion since the last frame; none on the first frame of a shot."""
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        luminance, self._colour = self._to_cells(grey.astype(np.float32)), self._to_cells(rgb)
        self._count += 1
        if self._level is None:
            self._level = luminance
        previous, self._previous = self._previous, grey
        if cut or previous is None:
            self._anchor = (self._count, grey)
            self._slow_residual_px[:] = 0.0
            self._level = luminance
            return self._nothing(luminance, self._background.push(luminance, cut=True, still=True))
        camera, residual, change, explained = self._compare(previous, grey)
        figure = self._background.push(luminance, cut=False, still=camera.is_still)
        stirred = _stirred(luminance, self._level, figure)
        self._level = luminance
        self._read_slow(grey)
        if float((change > _STRONG_LEVELS).mean()) > _REPLACED_SHARE and camera.inlier_share < 0.3:
            return self._nothing(luminance, figure, camera)
        # A pan leaves errors in proportion to its speed; they must not pass for movement.
        floor_px = _FLOW_FLOOR_PX + 0.08 * camera.mean_px
        fast = (np.hypot(residual[..., 0], residual[..., 1]) > floor_px) & (change > 0.0) & explained
        sure = fast | (change > _STRONG_LEVELS * (1.0 if camera.is_still else 2.0))
        moving = sure | stirred
        slow = np.hypot(self._slow_residual_px[..., 0], self._slow_residual_px[..., 1]) > 0.0
        if camera.is_still and self._background.known:
            # Half a second ago it moved here; it may have left since.
            slow &= (figure > 0.0) & self._background.restless(_SLOW_REST_S)
        residual = np.where((slow & ~moving)[..., None], self._slow_residual_px, residual)
        residual[~(moving | slow)] = 0.0
        # What merely stands out takes part in a thing's shape; how hard it strikes is read from what surely moves.
        change[~sure] = 0.0
        return CellMotion(residual, change, luminance, moving | slow, explained, camera, self._colour, figure)

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
        steady = before
        if not camera.is_still:
            warped = cv2.warpAffine(before, matrix, (width_px, height_px), borderMode=cv2.BORDER_REPLICATE)
            steady = np.asarray(warped, dtype=np.uint8)
        difference = after.astype(np.float32) - steady
        difference -= np.median(difference[::CELL_PX, ::CELL_PX])  # exposure drifts are nobody's movement
        error = self._to_cells(np.abs(difference) if camera.is_still else _least_difference(difference, after, steady))
        if not camera.is_still:
            self._blind_edges(error, camera)
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

    def _to_cells(self, picture: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Means over cells, `(h, w)` or `(h, w, 3)`."""
        rows, columns = self._cells
        return np.asarray(cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)

    def _blind_edges(self, error: NDArray[np.float32], camera: CameraMotion) -> None:
        """Forget the error (in place) where the moving camera has only now begun to look."""
        turned_px = abs(camera.zoom) + abs(camera.roll)
        across, down = ((abs(pan) + turned_px + 2.0) / CELL_PX for pan in (camera.pan_px, camera.tilt_px))
        columns = min(1 + int(across), error.shape[1] // 4)
        rows = min(1 + int(down), error.shape[0] // 4)
        error[:, :columns] = error[:, -columns:] = 0.0
        error[:rows] = error[-rows:] = 0.0

    def _nothing(
        self, luminance: NDArray[np.float32], figure: NDArray[np.float32], camera: CameraMotion | None = None
    ) -> CellMotion:
        nil = np.zeros(self._cells, dtype=np.float32)
        return CellMotion(
            np.dstack([nil, nil]), nil, luminance, nil > 0, nil > 0, camera or CameraMotion(), self._colour, figure
        )


def _stirred(
    luminance: NDArray[np.float32], before: NDArray[np.float32], figure: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Cells of a figure whose level has changed: slow edges, which flow cannot tell from the noise of single pixels."""
    change = np.abs(luminance - before)
    least = max(_STIRRED_LEVELS, _STIRRED_NOISES * float(np.median(change)))
    return np.asarray((change > least) & (figure > 0.0), dtype=np.bool_)


def _least_difference(
    difference: NDArray[np.float32], after: NDArray[np.uint8], steady: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Smallest difference of two pictures (h, w) that a shift by up to one pixel can leave.

    A moving camera is never undone exactly; what is left of it along hard edges is no movement of a thing.
    """
    offset = after.astype(np.float32) - steady - difference  # the drift of exposure that was taken out
    low = cv2.erode(steady, np.ones((3, 3), np.uint8)).astype(np.float32)
    high = cv2.dilate(steady, np.ones((3, 3), np.uint8)).astype(np.float32)
    level = after.astype(np.float32) - offset
    return np.asarray(np.maximum(np.maximum(low - level, level - high), 0.0), dtype=np.float32)
