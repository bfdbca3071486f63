"""Cues of movement that ends, turns or starts, a frame at a time: what `tools.onsets` finds impacts in.

A directogram (movement by place and direction) is kept for each frame, and what is lost or gained of it from one frame
to the next is summed over the picture or over a track's box.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.flow import CellMotion

TILE_CELLS = 5
DIRECTIONS = 8
LATENCY = 2
"""Frames by which cues lag behind the picture."""
CUES = ("stop", "turn", "down", "start", "energy", "back", "u", "v", "x", "y")
"""What is kept of each source (the picture, a track) for each frame, in this order."""

_REPEATED = 0.1
"""Movement of the whole picture over that of its neighbours in time, below which a frame was shown twice."""
_POP = 4.0
"""Movement in a tile over the most that moves around it a frame before or after."""

_ANGLES = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
_UNIT = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)]).astype(np.float32)


class ImpactReader:
    """Turns the motion of successive frames into cues; keeps three frames' tiles."""

    def __init__(self) -> None:
        self._recent: list[NDArray[np.float32]] = []
        self._after: NDArray[np.float32] | None = None
        self._maps: NDArray[np.float32] | None = None

    def push(self, motion: CellMotion, *, cut: bool) -> None:
        """Take one frame. `read` then speaks of the moment of the frame `LATENCY` before it."""
        self._maps = None
        if cut:
            self._recent.clear()
            self._after = None
            return
        self._recent.append(tiles(np.concatenate([motion.change[..., None], _directogram(motion)], axis=-1)))
        if len(self._recent) < 3:
            return
        before = self._after
        steady = _without_tears(*self._recent)
        self._after = after = np.asarray(cv2.blur(steady, (3, 3), borderType=cv2.BORDER_CONSTANT), dtype=np.float32)
        self._recent.pop(0)
        if before is not None:
            self._maps = _cue_maps(before, after)

    def read(self, box: tuple[float, float, float, float] | None) -> NDArray[np.float32]:
        """`CUES` of the frame `LATENCY` back inside `box` (cells; None = the picture). Nil where a cut lies between."""
        if self._maps is None:
            return np.zeros(len(CUES), dtype=np.float32)
        rows, columns = _tile_window(box, (self._maps.shape[0], self._maps.shape[1]))
        inside = self._maps[rows, columns]
        y, x = np.mgrid[rows, columns]
        weight = inside[..., 0] + inside[..., 1] + 1e-9
        weight /= weight.sum()
        place = [((x + 0.5) * weight).sum() * TILE_CELLS, ((y + 0.5) * weight).sum() * TILE_CELLS]
        return np.concatenate([inside.sum(axis=(0, 1)), place]).astype(np.float32)


def _cue_maps(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cues of `CUES` but the place, a tile: `(h, w, 8)`.

    Movement is lost only where none of its kind goes on in the tiles around: what passes on has not stopped.
    """
    around = np.ones((3, 3), np.uint8)
    lost = np.maximum(before - cv2.dilate(after, around), 0.0)
    gained = np.maximum(after - cv2.dilate(before, around), 0.0)
    change, moves, next_moves = before[..., 0], before[..., 1:], after[..., 1:]
    down = change * _down_share(moves)
    next_down = cv2.dilate(after[..., 0] * _down_share(next_moves), around)
    turned = gained[..., 1:] @ np.maximum(-_UNIT @ _UNIT.T, 0.0)
    turned = (turned * moves).sum(axis=-1) / (moves.sum(axis=-1) + 1e-6)
    flow = next_moves @ _UNIT
    return np.stack(
        [
            lost[..., 0],
            lost[..., 1:].sum(axis=-1),
            np.maximum(down - next_down, 0.0),
            gained.sum(axis=-1),
            after.sum(axis=-1),
            turned,
            flow[..., 0],
            flow[..., 1],
        ],
        axis=-1,
    )


def _without_tears(
    before: NDArray[np.float32], tile: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Tiles held between their neighbours in time.

    A repeated frame makes everything stand still for one period, and a caption that pops up makes much movement for
    one:
    neither is an event of the scene. Things that truly move are moving close by in the frame before or after.
    """
    least = min(float(before.sum()), float(after.sum()))
    repeated = float(tile.sum()) < _REPEATED * least
    floor = (1.0 if repeated else 0.5) * np.minimum(before, after)
    around = cv2.dilate(np.maximum(before, after).max(axis=-1), np.ones((5, 5), np.uint8))
    return np.clip(tile, floor, np.maximum(_POP * around[..., None], floor))


def _directogram(motion: CellMotion) -> NDArray[np.float32]:
    """Flow length of each cell shared between its two nearest directions, `(h, w, 8)`; y points down."""
    u, v = (np.where(motion.change > 0.0, motion.residual_px[..., i], 0.0) for i in (0, 1))
    turn = (np.arctan2(v, u) / (2 * np.pi) * DIRECTIONS) % DIRECTIONS
    distance = np.abs(turn[..., None] - np.arange(DIRECTIONS))
    share = np.maximum(0.0, 1.0 - np.minimum(distance, DIRECTIONS - distance))
    return np.asarray(np.hypot(u, v)[..., None] * share, dtype=np.float32)


def _down_share(moves: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each tile's movement that points down, in [0, 1]."""
    net = np.maximum(moves @ _UNIT[:, 1], 0.0)
    return np.asarray(net / (moves.sum(axis=-1) + 0.05), dtype=np.float32)


def tiles(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over tiles of 5 × 5 cells, `(h, w, c)` → `(⌈h/5⌉, ⌈w/5⌉, c)`; the picture's edge is padded with nothing."""
    height, width, depth = cells.shape
    rows, columns = -(-height // TILE_CELLS), -(-width // TILE_CELLS)
    padded = np.zeros((rows * TILE_CELLS, columns * TILE_CELLS, depth), dtype=np.float32)
    padded[:height, :width] = cells
    blocks = padded.reshape(rows, TILE_CELLS, columns, TILE_CELLS, depth)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def _tile_window(box: tuple[float, float, float, float] | None, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Tiles that a box touches, at least one."""
    if box is None:
        return slice(0, shape[0]), slice(0, shape[1])
    x1, y1, x2, y2 = (edge / TILE_CELLS for edge in box)
    left, top = int(np.clip(x1, 0, shape[1] - 1)), int(np.clip(y1, 0, shape[0] - 1))
    right, bottom = int(np.clip(np.ceil(x2), left + 1, shape[1])), int(np.clip(np.ceil(y2), top + 1, shape[0]))
    return slice(top, bottom), slice(left, right)
