"""Stretches of what is on and off over time, in steps of a grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Steps = tuple[int, int]
"""First step, and the one after the last."""


def runs_of(active: NDArray[np.bool_]) -> list[Steps]:
    """The stretches in which (n,) is true, ascending."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def closed(runs: Sequence[Steps], gap: int) -> list[Steps]:
    """Ascending stretches, those less than `gap` steps apart made one."""
    found: list[Steps] = []
    for first, last in runs:
        if found and first - found[-1][1] < gap:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
