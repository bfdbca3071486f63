"""`onset_offset_ms/1`: how far matched onsets lie apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.onset_f1 import Times

METRIC = "onset_offset_ms/1"
TOLERANCE_S = 0.1


def matched_offsets_s(found_s: Times, wanted_s: Times, tolerance_s: float = TOLERANCE_S) -> NDArray[np.float64]:
    """Differences found - wanted of the matching with the most pairs and, among those, the least total distance.

    Args:
        found_s: ascending times, shape (n,).
        wanted_s: ascending times, shape (m,).
        tolerance_s: onsets farther apart are no pair.
    """
    from scipy.optimize import linear_sum_assignment

    if not len(found_s) or not len(wanted_s):
        return np.zeros(0)
    offsets = np.subtract.outer(np.asarray(found_s, float), np.asarray(wanted_s, float))
    # No sum of distances within the tolerance outweighs one pair more.
    cost = np.where(np.abs(offsets) <= tolerance_s, np.abs(offsets), 1e3)
    rows, columns = linear_sum_assignment(cost)
    kept = cost[rows, columns] < 1e3
    return np.asarray(offsets[rows[kept], columns[kept]])


def figures(offsets_s: NDArray[np.float64]) -> tuple[Figure, Figure]:
    """Median absolute offset and its 95th percentile, ms, over offsets that may come from many clips."""
    values = np.abs(offsets_s) * 1e3
    median, high = (float(np.percentile(values, p)) for p in (50, 95)) if values.size else (None, None)
    return (
        Figure(metric=METRIC, value=median, unit="ms", ceiling=0.0, count=values.size, note="median"),
        Figure(metric=METRIC, value=high, unit="ms", ceiling=0.0, count=values.size, note="95th percentile"),
    )
