"""Intervals of figures by resampling clips (B. Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.metrics.figure import Figure

DRAWS = 1000
_PERCENT = (2.5, 97.5)
Interval = tuple[float, float]


def of_mean(values: Sequence[float], draws: int = DRAWS) -> Interval | None:
    """Of the mean of one value a clip; None of fewer than two."""
    held = np.asarray(values, dtype=np.float64)
    return of_statistic(lambda chosen: float(held[chosen].mean()), len(held), draws)


def of_statistic(
    statistic: Callable[[NDArray[np.int64]], float], clips: int, draws: int = DRAWS, *, about: float | None = None
) -> Interval | None:
    """Of anything that can be taken of a choice of clips, by their indices with repetition; None of fewer than two.

    `about`: a distance between sets grows when clips repeat, so its draws are moved to have their mean there.
    """
    if clips < 2:
        return None
    rng = np.random.default_rng(0)
    found = np.array([statistic(rng.integers(clips, size=clips)) for _ in range(draws)])
    if about is not None:
        found = found - found.mean() + about
    low, high = np.percentile(found, _PERCENT)
    return float(low), float(high)


class ClipFigure:
    """A figure that is the mean of one value a clip, as are its floor and its ceiling."""

    def __init__(
        self, metric: str, unit: str, floor_is: str, ceiling_is: str, note: str = "", scale: float = 1.0
    ) -> None:
        self._told = {"metric": metric, "unit": unit, "floor_is": floor_is, "ceiling_is": ceiling_is, "note": note}
        self._scale = scale
        self._rows: list[tuple[float, float, float]] = []
        self._unheard = 0

    def add(self, value: float | None, floor: float | None, ceiling: float | None) -> None:
        """One clip; one in which nothing could be measured is left out, and the figure says how many were."""
        if value is None or floor is None or ceiling is None:
            self._unheard += 1
        else:
            self._rows.append((value, floor, ceiling))

    def figure(self) -> Figure:
        """Means over clips, with the interval of the first."""
        if not self._rows:
            return Figure(metric=self._told["metric"], value=None, count=0, note="nothing sounds in any clip")
        rows = self._scale * np.array(self._rows)
        value, floor, ceiling = (float(mean) for mean in rows.mean(axis=0))
        told = {
            "value": value,
            "floor": floor,
            "ceiling": ceiling,
            "interval": of_mean(rows[:, 0].tolist()),
            "count": len(rows),
        }
        left_out = [f"{self._unheard} silent clips left out"] if self._unheard else []
        note = "; ".join([*left_out, *filter(None, [self._told["note"]])])
        return Figure.model_validate({**self._told, **told, "note": note})
