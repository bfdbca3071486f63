"""`rt60_error_s/1`: how far the reverberation time is from the scene's target."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.tools.reverberation_time import rt60_of_impulse_response, rt60_of_track

METRIC = "rt60_error_s/1"

Estimator = Literal["schroeder", "blind"]


def rt60_s(audio: NDArray[np.float32], sample_rate_hz: int, estimator: Estimator) -> float | None:
    """RT60 of (channels, samples): T30 by Schroeder integration of a response, or blind from what dies away freely."""
    measure = rt60_of_impulse_response if estimator == "schroeder" else rt60_of_track
    return measure(audio, sample_rate_hz)


def figure(
    audio: NDArray[np.float32],
    target_s: float,
    sample_rate_hz: int,
    *,
    estimator: Estimator,
    dry: NDArray[np.float32] | None = None,
) -> Figure:
    """Absolute difference from `target_s`; its floor is what the `dry` sound has, by the same estimator.

    Dry sound in which nothing decays freely has a reverberation time of 0.
    """
    measured = rt60_s(audio, sample_rate_hz, estimator)
    unprocessed = None if dry is None else rt60_s(dry, sample_rate_hz, estimator)
    return Figure(
        metric=METRIC,
        value=None if measured is None else abs(measured - target_s),
        unit="s",
        floor=None if dry is None else abs((unprocessed or 0.0) - target_s),
        floor_is="" if dry is None else "the dry sound" if unprocessed else "the dry sound, in which nothing decays",
        ceiling=0.0,
        ceiling_is="the target",
        note=f"{estimator} estimator" if measured is not None else f"{estimator} estimator: nothing decays freely",
    )
