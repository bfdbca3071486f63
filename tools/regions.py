"""Moving regions of one frame: connected cells, each group whole with what stands before the background around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.appearance import Look, look_of
from foleydesigner.tools.corners import Corners
from foleydesigner.tools.flow import CellMotion
from foleydesigner.tools.gait import LOWEST_SHARE

MIN_CELLS = 5
_REACH_CELLS = 2
"""Parts of one thing within this distance of one another are one region."""
_STIRRED_SHARE = 0.15
"""Share of a figure that has to move for the whole of it to count as moving."""


@dataclass(frozen=True, eq=False)
class Region:
    """Connected moving cells of one frame, or a part of them; what is asked of it often is reckoned once."""

    rows: NDArray[np.intp] = field(repr=False)
    columns: NDArray[np.intp] = field(repr=False)
    flows: NDArray[np.float32] = field(repr=False)
    """(cells, 2) flow of each cell, cells a frame; NaN for those that do not move."""
    colours: NDArray[np.float32] | None = field(default=None, repr=False)
    """(cells, 3) mean colour of each cell; None where it is not known."""
    figure: NDArray[np.float32] | None = field(default=None, repr=False)
    """(cells,) by how much each cell stands out from the background; None where none is known."""

    @cached_property
    def box(self) -> Corners:
        """The smallest box around its cells."""
        rows, columns = self.rows, self.columns
        return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)

    @cached_property
    def flow(self) -> tuple[float, float]:
        """Mean flow of the cells that move, cells a frame; nil where none does."""
        moving = self.flows[np.isfinite(self.flows[:, 0])]
        if not len(moving):
            return 0.0, 0.0
        u, v = (float(value) for value in moving.mean(axis=0))
        return u, v

    @cached_property
    def speed(self) -> float:
        """Mean length of the flow of the cells that move, cells a frame."""
        moving = self.flows[np.isfinite(self.flows[:, 0])]
        return float(np.hypot(moving[:, 0], moving[:, 1]).mean()) if len(moving) else 0.0

    @cached_property
    def moving_box(self) -> Corners:
        """The smallest box around the cells that move; around all of them where none does."""
        moving = np.isfinite(self.flows[:, 0])
        return self.part(moving).box if moving.any() else self.box

    @cached_property
    def mass(self) -> float:
        """Its cells."""
        return float(self.rows.size)

    @cached_property
    def middle(self) -> tuple[float, float] | None:
        """Its middle in cells; None where no background is known.

        A cell half covered counts half, so it is finer than the cells.
        """
        if self.figure is None:
            return None
        weight = self.figure.astype(np.float64)
        total = float(weight.sum())
        return float(weight @ (self.columns + 0.5)) / total, float(weight @ (self.rows + 0.5)) / total

    @cached_property
    def stride(self) -> float:
        """Spread of its lowest part across, cells (standard deviation); NaN where no background is known."""
        if self.figure is None:
            return float("nan")
        rows, columns = self.rows, self.columns
        low = self.figure.astype(np.float64) * (rows >= rows.max() - LOWEST_SHARE * (rows.max() + 1 - rows.min()))
        if float(low.sum()) <= 0.0:
            return float("nan")
        centre = float(low @ columns) / float(low.sum())
        return float(np.sqrt(low @ (columns - centre) ** 2 / low.sum()))

    @cached_property
    def look(self) -> Look | None:
        """The colours of its cells, weighted by how much they stand out; None where no colour is known."""
        return None if self.colours is None else look_of(self.colours, self.figure)

    def part(self, own: NDArray[np.bool_]) -> Region:
        """The part of it whose cells are `own` (cells,); at least one is."""
        figure = None if self.figure is None else self.figure[own]
        return Region(
            rows=self.rows[own],
            columns=self.columns[own],
            flows=self.flows[own],
            colours=None if self.colours is None else self.colours[own],
            figure=figure if figure is not None and figure.any() else None,
        )

    def within(self, box: Corners) -> Region:
        """What of it lies in a box; all of it where less than three cells do."""
        x, y = self.columns + 0.5, self.rows + 0.5
        inside = (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
        return self.part(inside) if inside.sum() >= 3 else self


def find_regions(motion: CellMotion, cell_px: float) -> list[Region]:
    """Group the moving cells, each group whole with what stands before the background around it; largest first."""
    if not motion.moving.any():
        return []
    body = _bodies(motion)
    size = 2 * _REACH_CELLS + 1
    spread = cv2.dilate(body.astype(np.uint8), np.ones((size, size), np.uint8))
    count, labels = cv2.connectedComponents(spread, connectivity=4)
    labels = np.where(body, labels, 0)
    coloured = motion.colour.shape[:2] == motion.moving.shape
    regions = []
    for label in range(1, count):
        rows, columns = np.nonzero(labels == label)
        stirred = motion.moving[rows, columns]
        if rows.size < MIN_CELLS or not stirred.any():
            continue
        flows = (motion.residual_px[rows, columns] / cell_px).astype(np.float32)
        flows[~stirred] = np.nan
        figure = motion.figure[rows, columns] if motion.figure.shape == motion.moving.shape else None
        regions.append(
            Region(
                rows=rows,
                columns=columns,
                flows=flows,
                colours=motion.colour[rows, columns] if coloured else None,
                figure=figure if figure is not None and figure.any() else None,
            )
        )
    return sorted(regions, key=lambda region: -region.mass)


def _bodies(motion: CellMotion) -> NDArray[np.bool_]:
    """The moving cells, and figures of which a good part moves: what moves in parts is seen whole, ghosts are not."""
    if not motion.figure.any():
        return motion.moving
    standing = motion.moving | (motion.figure > 0.0)
    count, labels = cv2.connectedComponents(standing.astype(np.uint8), connectivity=4)
    sizes = np.bincount(labels.ravel(), minlength=count)
    stirred = np.bincount(labels[motion.moving], minlength=count)
    alive = stirred >= _STIRRED_SHARE * np.maximum(sizes, 1)
    alive[0] = False
    return np.asarray(motion.moving | alive[labels], dtype=np.bool_)
