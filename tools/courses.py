"""A straight course among places that were seen: the one that most of them keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WINDOW_S = 1.0
"""Time over which a course is guessed."""
_GUESSES, _REFINEMENTS = 60, 3


@dataclass(frozen=True, slots=True)
class Course:
    """x = start + speed * t, and which of the places seen keep it, (n,)."""

    speed: float
    start: float
    kept: NDArray[np.bool_]

    def at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places at times, (n,) to (n,)."""
        return np.asarray(self.start + self.speed * times_s, dtype=np.float64)


def straight_course(
    times_s: NDArray[np.float64], xs: NDArray[np.float64], tolerance: float, least_speed: float
) -> Course | None:
    """The course at `least_speed` or more that most places keep within `tolerance`; None where there is none.

    Courses are guessed from windows of a second, judged by all places, and the best is fitted again to those that keep
    it: a track that changed hands has two courses, and only one of them is a mover's (Fischler and Bolles, "Random
    sample consensus", 1981; here without the randomness).

    Args:
        times_s: ascending, (n,).
        xs: (n,) in any unit of length.
        tolerance: in that unit.
        least_speed: in that unit a second.
    """
    best: tuple[int, Course] | None = None
    for first in range(0, len(times_s) - 2, max(1, len(times_s) // _GUESSES)):
        last = int(np.searchsorted(times_s, times_s[first] + _WINDOW_S, side="right"))
        if last - first < 3 or times_s[last - 1] - times_s[first] < 0.5 * _WINDOW_S:
            continue
        kept = np.zeros(len(times_s), dtype=np.bool_)
        kept[first:last] = True
        course = _fitted(times_s, xs, kept, tolerance)
        number = int(course.kept.sum())
        if abs(course.speed) >= least_speed and (best is None or number > best[0]):
            best = number, course
    if best is None:
        return None
    course = best[1]
    for _ in range(_REFINEMENTS):
        if course.kept.sum() < 3:
            return None
        course = _fitted(times_s, xs, course.kept, tolerance)
    return course if abs(course.speed) >= least_speed else None


def _fitted(
    times_s: NDArray[np.float64], xs: NDArray[np.float64], chosen: NDArray[np.bool_], tolerance: float
) -> Course:
    """The line through the chosen places, and all that keep it."""
    speed, start = (float(value) for value in np.polyfit(times_s[chosen], xs[chosen], 1))
    return Course(speed, start, np.abs(xs - start - speed * times_s) <= tolerance)
