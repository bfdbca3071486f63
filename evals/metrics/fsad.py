"""`fsad/1`: Fréchet distance times 1000 between the delay traces of two sets.

As published (`evals.metrics.bewo`): the delay estimator of `crw/1` gives 256 steps in each of 100 frames, five frames
are averaged, so that a clip is a vector of 20 times 256 delays in seconds; the distance is that of `fad/1`. The
published code takes sets of any size. A Gaussian of 5120 dimensions says nothing of fewer than 10 240 clips: smaller
sets are refused unless their dimensions are first reduced by PCA, of the reference, to a quarter of the smaller set's
clips, and a figure says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.bewo import MOST_FRAMES, Trace
from foleydesigner.evals.metrics.fad import frechet_distance

METRIC = "fsad/1"
STEPS, TOGETHER = 256, 5
DIMENSIONS = MOST_FRAMES // TOGETHER * STEPS
LEAST_CLIPS = 2 * DIMENSIONS
_LEAST_REDUCED = 8

Features = NDArray[np.float64]


def features(trace_s: Trace) -> Features:
    """The vector of a clip, (5120,): its trace (frames, moments) over 256 steps, in fives of 100 frames.

    A trace of fewer frames is drawn out to 100.

    Raises:
        EngineError: the trace is empty.
    """
    if trace_s.ndim != 2 or trace_s.size == 0:
        raise EngineError(f"a trace of shape {trace_s.shape}", "(frames, moments)", "see a delay estimator")
    frame = np.minimum(np.arange(MOST_FRAMES) * len(trace_s) // MOST_FRAMES, len(trace_s) - 1)
    steps = _pooled(trace_s[frame].astype(np.float64), STEPS)
    return np.asarray(steps.reshape(MOST_FRAMES // TOGETHER, TOGETHER, STEPS).mean(axis=1).ravel())


def _pooled(rows: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """(n, moments) to (n, count): means over moments floor(k m / count) to ceil((k + 1) m / count), as published."""
    moments = rows.shape[1]
    total = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)
    first = np.arange(count) * moments // count
    last = -(-(np.arange(count) + 1) * moments // count)
    return np.asarray((total[:, last] - total[:, first]) / (last - first))


@dataclass(frozen=True, slots=True)
class Axes:
    """The directions that features are reduced to: a mean (dimensions,) and rows (kept, dimensions)."""

    mean: Features
    rows: Features

    def of(self, set_features: Features) -> Features:
        """(clips, dimensions) to (clips, kept)."""
        return np.asarray((set_features - self.mean) @ self.rows.T)


def principal_axes(reference: Features, clips: int) -> Axes:
    """The `clips` // 4 directions in which the reference (clips, dimensions) spreads most.

    Raises:
        EngineError: fewer than eight clips.
    """
    if clips < _LEAST_REDUCED or len(reference) < _LEAST_REDUCED:
        raise EngineError(f"{min(clips, len(reference))} clips", f"{_LEAST_REDUCED} at least", "evaluate more clips")
    mean = reference.mean(axis=0)
    _, _, rows = np.linalg.svd(reference - mean, full_matrices=False)
    return Axes(mean, rows[: clips // 4])


def fsad(made: Features, reference: Features, axes: Axes | None = None) -> float:
    """1000 times the Fréchet distance of two sets of features (clips, 5120), s^2 times 1000; on `axes` if given.

    Raises:
        EngineError: a set is smaller than twice its dimensions and no axes are given, or of fewer than two clips.
    """
    smaller = min(len(made), len(reference))
    if axes is None and smaller < 2 * reference.shape[1]:
        raise EngineError(
            f"a set of {smaller} clips", f"{2 * reference.shape[1]} at least", "reduce dimensions by `principal_axes`"
        )
    return distance(*((made, reference) if axes is None else (axes.of(made), axes.of(reference))))


def distance(made: Features, reference: Features) -> float:
    """1000 times the Fréchet distance of sets that are known to be large enough, (clips, dimensions)."""
    return 1e3 * frechet_distance(made, reference)
