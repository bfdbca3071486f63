"""Movement of the camera, read from dense optical flow and removed from it.

The model is a similarity, u = tx + a·x − b·y, v = ty + b·x + a·y (pan, tilt, zoom, roll), fitted by iteratively
reweighted
least squares with Geman–McClure weights (Black and Anandan, "The robust estimation of multiple motions", 1996). The fit
starts from several hypotheses, because a train that fills the picture would otherwise pass for the background: standing
still, the median flow, and the median flow of the picture's borders. The one that explains most texture wins, and
standing
still wins unless another is clearly better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SCALES_PX = (2.0, 1.2, 0.7, 0.45, 0.3)
"""Geman–McClure scale of each reweighting: wide first, so that a rough start still converges."""
_INLIER_PX = 0.35
_THIN = 2
"""Every second cell each way is enough for four parameters."""
_STILL_BONUS = 1.25
_RIDGE = np.diag([1e-6, 1e-6, 1e-3, 1e-3])
"""Keeps zoom and roll at nil where the picture holds nothing to read them from."""


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """Flow of the background between two frames; lengths in pixels of the frame analysed, a frame.

    `zoom` and `roll` are px of flow at one picture width from the centre.
    """

    pan_px: float = 0.0
    tilt_px: float = 0.0
    zoom: float = 0.0
    roll: float = 0.0
    inlier_share: float = 1.0
    """Share of the texture that moves with this model."""

    def field(self, height: int, width: int) -> NDArray[np.float32]:
        """Flow on a grid of `height` × `width` cells, `(height, width, 2)`, px a frame."""
        x, y = _grid(height, width)
        u = self.pan_px + self.zoom * x - self.roll * y
        v = self.tilt_px + self.zoom * y + self.roll * x
        return np.stack([u, v], axis=-1).astype(np.float32)

    def matrix(self, height_px: int, width_px: int) -> NDArray[np.float64]:
        """2 × 3 affine map that takes a pixel of the earlier frame to its place in the later one."""
        a, b = 1.0 + self.zoom / width_px, self.roll / width_px
        cx, cy = (width_px - 1) / 2, (height_px - 1) / 2
        linear = np.array([[a, -b], [b, a]])
        centre = np.array([cx, cy])
        offset = centre + np.array([self.pan_px, self.tilt_px]) - linear @ centre
        return np.column_stack([linear, offset])

    @property
    def mean_px(self) -> float:
        """Typical length of the background's flow: rms over a square picture, px a frame."""
        return float(np.sqrt(self.pan_px**2 + self.tilt_px**2 + (self.zoom**2 + self.roll**2) / 6.0))

    @property
    def is_still(self) -> bool:
        """True when the background moves less than flow can tell."""
        return self.mean_px < 0.05


def fit_camera(flow: NDArray[np.float32], texture: NDArray[np.float32]) -> CameraMotion:
    """Fit the background's similarity to a grid of flow.

    Args:
        flow: `(h, w, 2)` px a frame.
        texture: `(h, w)` trust in each cell, ≥ 0 (gradient energy); nothing is known where the picture is smooth.
    """
    height, width, _ = flow.shape
    grid_x, grid_y = (axis[::_THIN, ::_THIN] for axis in _grid(height, width))
    flow, texture = flow[::_THIN, ::_THIN], texture[::_THIN, ::_THIN]
    x, y = grid_x.ravel().astype(np.float64), grid_y.ravel().astype(np.float64)
    one, nil = np.ones_like(x), np.zeros_like(x)
    design = np.stack([np.stack([one, nil, x, -y], 1), np.stack([nil, one, y, x], 1)])  # (2, cells, 4)
    target = np.stack([flow[..., 0].ravel(), flow[..., 1].ravel()]).astype(np.float64)
    trust = texture.ravel().astype(np.float64)
    total = float(trust.sum())
    if total <= 0.0:
        return CameraMotion()
    best, best_score, inliers = np.zeros(4), -1.0, 1.0
    for number, start in enumerate(_hypotheses(flow, texture)):
        # Standing still is tried exactly as it is; a fit to sensor noise would let the background tremble.
        model = start if number == 0 else _refine(start, design, target, trust)
        error = np.hypot(*(design @ model - target))
        score = float((trust / (1.0 + (error / _INLIER_PX) ** 2) ** 2).sum()) / total
        if score * (_STILL_BONUS if number == 0 else 1.0) > best_score:
            best, best_score = model, score * (_STILL_BONUS if number == 0 else 1.0)
            inliers = float(trust[error < 2 * _INLIER_PX].sum()) / total
    pan, tilt, zoom, roll = (float(value) for value in best)
    return CameraMotion(pan, tilt, zoom, roll, inliers)


def _hypotheses(flow: NDArray[np.float32], texture: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Starting models: still, median of the textured cells, median of the textured cells near the border."""
    starts = [np.zeros(4)]
    textured = texture >= np.median(texture)
    border = np.ones_like(textured)
    border[flow.shape[0] // 6 : -(flow.shape[0] // 6) or None, flow.shape[1] // 6 : -(flow.shape[1] // 6) or None] = (
        False
    )
    for chosen in (textured, textured & border):
        if chosen.any():
            starts.append(np.array([*np.median(flow[chosen], axis=0), 0.0, 0.0], dtype=np.float64))
    return starts


def _refine(
    model: NDArray[np.float64],
    design: NDArray[np.float64],
    target: NDArray[np.float64],
    trust: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Iteratively reweighted least squares from `model`, the scale shrinking."""
    for scale_px in _SCALES_PX:
        error = np.hypot(*(design @ model - target))
        weight = trust / (1.0 + (error / scale_px) ** 2) ** 2
        flat = design.reshape(-1, 4)
        weighted = (design * weight[None, :, None]).reshape(-1, 4)
        ridge = _RIDGE * max(1.0, float(weight.sum()))
        model = np.linalg.solve(weighted.T @ flat + ridge, weighted.T @ target.ravel())
    return model


def _grid(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cell centres from the picture's centre, in picture widths."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (x - (width - 1) / 2) / width, (y - (height - 1) / 2) / width
