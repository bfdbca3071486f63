"""Boxes by their corners, in cells: how they overlap, grow and follow."""

from __future__ import annotations

from collections.abc import Iterable

Corners = tuple[float, float, float, float]
"""(x1, y1, x2, y2) in cells."""

_OUTWARD = 0.6
"""Share of the way by which an edge follows what has grown."""


def share_inside(inner: Corners, outer: Corners) -> float:
    """Share of `inner`'s area that lies in `outer`."""
    width = min(inner[2], outer[2]) - max(inner[0], outer[0])
    height = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return max(0.0, width) * max(0.0, height) / area if area > 0 else 0.0


def gap(box: Corners, other: Corners) -> float:
    """Empty cells between two boxes, the greater of across and down; 0 where they touch or overlap."""
    across = max(box[0] - other[2], other[0] - box[2], 0.0)
    return max(across, box[1] - other[3], other[1] - box[3])


def grown(box: Corners, margin: float) -> Corners:
    """The box with `margin` cells around it."""
    return box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin


def shifted(box: Corners, dx: float, dy: float) -> Corners:
    """The box moved."""
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def union(boxes: Iterable[Corners]) -> Corners:
    """The smallest box around all of them."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def middle(box: Corners) -> tuple[float, float]:
    """Centre, x and y."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def span(box: Corners) -> float:
    """The longer side, at least one cell."""
    return max(box[2] - box[0], box[3] - box[1], 1.0)


def follow(box: Corners, seen: Corners, inward: float) -> Corners:
    """Each edge a share of the way from `box` to `seen`: readily when it grows, by `inward` when it shrinks."""
    signs = (-1, -1, 1, 1)
    x1, y1, x2, y2 = (
        edge + (_OUTWARD if sign * (new - edge) > 0 else inward) * (new - edge)
        for edge, new, sign in zip(box, seen, signs, strict=True)
    )
    return x1, y1, max(x1 + 1, x2), max(y1 + 1, y2)
