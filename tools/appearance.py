"""How a thing looks: a histogram of the colours of its cells, compared by the Bhattacharyya coefficient.

Colour histograms keep a thing's identity while it turns, bends and is half hidden (Comaniciu, Ramesh and Meer,
"Kernel-based object tracking", 2003).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEVELS = 9
"""Levels of each of red, green and blue."""
Look = NDArray[np.float64]
"""(343,) share of each colour; sums to 1."""

_DARK = 0.6
"""Exponent that spreads dark colours, in which much of a film is told, over more levels."""
_RARE = 0.25
"""A colour is not a thing's own below this share of what it would have if all were equal."""


def bins_of(colours: NDArray[np.float32]) -> NDArray[np.intp]:
    """Bin of each colour, (n, 3) levels in [0, 255] to (n,)."""
    levels = np.minimum((LEVELS * (colours / 256.0) ** _DARK).astype(np.intp), LEVELS - 1)
    return np.asarray((levels[:, 0] * LEVELS + levels[:, 1]) * LEVELS + levels[:, 2])


def look_of(colours: NDArray[np.float32], weights: NDArray[np.float32] | None = None) -> Look:
    """Histogram of (n, 3) colours, n > 0, each spread over its neighbours so that a change of light costs little."""
    counts = np.bincount(bins_of(colours), weights, minlength=LEVELS**3).reshape(LEVELS, LEVELS, LEVELS)
    for axis in range(3):
        padded = np.pad(counts, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        lower, upper = (np.take(padded, range(shift, LEVELS + shift), axis=axis) for shift in (0, 2))
        counts = 0.5 * counts + 0.25 * (lower + upper)
    flat = counts.ravel() + 1e-9
    return np.asarray(flat / flat.sum(), dtype=np.float64)


def alike(first: Look | None, second: Look | None) -> float:
    """Bhattacharyya coefficient of two looks, in [0, 1]; 1 where either is not known."""
    if first is None or second is None:
        return 1.0
    return float(np.sqrt(first * second).sum())


def surprise(look: Look, colours: NDArray[np.float32]) -> NDArray[np.float64]:
    """How little each colour (n, 3) belongs to a look, (n,): minus its log-probability, at most about 6."""
    return np.asarray(-np.log(look[bins_of(colours)] + 0.002), dtype=np.float64)


def own_colours(look: Look, colours: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which colours (n, 3) a look has at all."""
    return np.asarray(look[bins_of(colours)] >= _RARE / LEVELS**3, dtype=np.bool_)
