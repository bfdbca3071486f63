"""What stands before the background of a locked-off shot: cells that differ from what is usually seen there.

The background is the median of samples taken over the last seconds (Cucchiara et al., "Detecting moving objects,
ghosts, and shadows in video streams", 2003), so whatever passes stands out from it whole, the even parts between its
edges too, which show no flow. A thing that leaves the place where it stood uncovers a ghost; nothing moves in a ghost,
which is how the tracker knows it.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

_EVERY_S, _SAMPLES = 0.4, 15
_LEAST_LEVELS = 4.0
"""Difference of a cell's mean luminance, of 255, that grain and compression do not make."""
_NOISES = 4.0
_RESTED_S = 0.08
"""How long a cell has to keep its luminance before it is asked whether it is a ghost."""
_EDGE_LEFT = 0.6
"""Contrast of a figure with what is around it, as a share of the background's there, below which it is a ghost."""
_LEAST_CELLS = 4
_SETTLED_S = 0.6
_MOVED_FRAMES = 3
"""Frames of camera movement in a row after which the background has to be learned anew."""


class Background:
    """Fed with the cell luminances of each frame of a shot; keeps fifteen of them."""

    def __init__(self, *, frame_rate: float) -> None:
        self._frame_rate = frame_rate
        self._every = max(1, round(_EVERY_S * frame_rate))
        self._samples: deque[NDArray[np.float32]] = deque(maxlen=_SAMPLES)
        self._usual: NDArray[np.float32] | None = None
        self._last: NDArray[np.float32] | None = None
        self._rested = np.zeros((0, 0), dtype=np.int32)
        self._since = self._moved = 0

    def restless(self, seconds: float) -> NDArray[np.bool_]:
        """Cells (h, w) whose luminance has changed within the last `seconds`."""
        return np.asarray(self._rested < max(1.0, seconds * self._frame_rate), dtype=np.bool_)

    @property
    def known(self) -> bool:
        """Whether enough of the shot has been seen to tell what stands in front."""
        return len(self._samples) > 1

    def push(self, luminance: NDArray[np.float32], *, cut: bool, still: bool) -> NDArray[np.float32]:
        """By how many levels each cell (h, w) stands out from the background; 0 within the noise or in a moving camera.

        Args:
            luminance: (h, w) cell means in [0, 255].
            cut: True on the first frame of a shot.
            still: whether the camera stands.
        """
        self._moved = 0 if still else self._moved + 1
        if cut or self._moved >= _MOVED_FRAMES:
            self._samples.clear()
            self._usual = self._last = None
            self._since = 0
        if not still:
            return np.zeros(luminance.shape, dtype=np.float32)
        if self._since == 0:
            self._samples.append(luminance.copy())
            self._usual = np.median(np.stack(self._samples), axis=0).astype(np.float32)
        self._since = (self._since + 1) % self._every
        if self._usual is None:
            return np.zeros(luminance.shape, dtype=np.float32)
        self._note_rest(luminance)
        figure = self._figure(luminance, self._usual)
        ghosts = self._ghosts(luminance, figure)
        if ghosts.any():
            for sample in self._samples:
                sample[ghosts] = luminance[ghosts]
            self._usual[ghosts] = luminance[ghosts]
            figure[ghosts] = 0.0
        # What has come to rest belongs to the place; it does not become part of who passes in front of it.
        return _without_specks(np.where(self.restless(_SETTLED_S), figure, np.float32(0.0)))

    def _note_rest(self, luminance: NDArray[np.float32]) -> None:
        """Count for how many frames each cell has kept its luminance, however slowly it changes."""
        if self._last is None:
            self._last, self._rested = luminance.copy(), np.zeros(luminance.shape, dtype=np.int32)
            return
        changed = np.abs(luminance - self._last) >= _LEAST_LEVELS / 2
        self._last[changed] = luminance[changed]
        self._rested = np.where(changed, 0, self._rested + 1)

    @staticmethod
    def _figure(luminance: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float32]:
        difference = luminance - usual
        difference -= np.median(difference)  # a drift of exposure is nobody
        away = np.abs(difference)
        least = max(_LEAST_LEVELS, _NOISES * float(np.median(away)))
        return np.asarray(np.where(away > least, away, 0.0), dtype=np.float32)

    def _ghosts(self, luminance: NDArray[np.float32], figure: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Cells that stand out because something has left them: no edge parts them from their surroundings any more.

        What stands there parts itself from the place by its outline; a ghost's outline is in the background alone.
        """
        ghosts = np.zeros(figure.shape, dtype=np.bool_)
        resting = (figure > 0.0) & ~self.restless(_RESTED_S)
        if self._usual is None or not resting.any():
            return ghosts
        count, labels = cv2.connectedComponents(resting.astype(np.uint8), connectivity=4)
        now, before = np.zeros(count), np.zeros(count)
        empty = figure == 0.0
        for axis in (0, 1):
            for way in (-1, 1):
                outside = np.roll(empty, way, axis=axis) & resting
                outside[_border(axis, way)] = False
                edge = np.abs(luminance - np.roll(luminance, way, axis=axis))[outside]
                known = np.abs(self._usual - np.roll(self._usual, way, axis=axis))[outside]
                now += np.bincount(labels[outside], edge, minlength=count)
                before += np.bincount(labels[outside], known, minlength=count)
        gone = (now < _EDGE_LEFT * before) & (before > 0.0)
        gone[0] = False
        return np.asarray(gone[labels], dtype=np.bool_)


def _without_specks(figure: NDArray[np.float32]) -> NDArray[np.float32]:
    """The figure without groups of cells that are too few to be a thing."""
    count, labels = cv2.connectedComponents((figure > 0.0).astype(np.uint8), connectivity=8)
    few = np.bincount(labels.ravel(), minlength=count) < _LEAST_CELLS
    few[0] = False
    return np.asarray(np.where(few[labels], 0.0, figure), dtype=np.float32)


def _border(axis: int, way: int) -> tuple[slice | int, slice | int]:
    """The row or column to which `np.roll` brings the other side of the picture."""
    edge = 0 if way > 0 else -1
    return (edge, slice(None)) if axis == 0 else (slice(None), edge)
