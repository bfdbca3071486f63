"""`ild_mae_db/1`: how far the level difference between the channels is from the one that the pan law asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.frames import Audio, active_frames, frame_power

METRIC = "ild_mae_db/1"
LIMIT_DB = 60.0
"""Level differences are held within this: a hard side has no end."""


def frame_ilds_db(stereo: Audio, sample_rate_hz: int) -> NDArray[np.float64]:
    """20 log10(rms_L / rms_R) of each 0.1 s frame, shape (frames,), within +-60 dB."""
    left, right = np.maximum(frame_power(stereo, sample_rate_hz), 1e-20)
    return np.asarray(np.clip(10.0 * np.log10(left / right), -LIMIT_DB, LIMIT_DB))


def ild_mae_db(stereo: Audio, ild_db: NDArray[np.float64], sample_rate_hz: int) -> tuple[float | None, int]:
    """Mean absolute error in dB over active frames, and their number; None where nothing sounds.

    Args:
        stereo: (2, samples).
        ild_db: what the law asks for at the centre of each 0.1 s frame, shape (frames,).
        sample_rate_hz: samples per second.

    Raises:
        EngineError: as many level differences as whole frames are needed.
    """
    active = active_frames(stereo, sample_rate_hz)
    if len(ild_db) != len(active):
        raise EngineError(f"{len(ild_db)} values", f"one for each of {len(active)} frames", "see frame_centres_s")
    if not active.any():
        return None, 0
    wanted = np.clip(ild_db, -LIMIT_DB, LIMIT_DB)
    return float(np.mean(np.abs(frame_ilds_db(stereo, sample_rate_hz) - wanted)[active])), int(active.sum())


def figure(stereo: Audio, ild_db: NDArray[np.float64], sample_rate_hz: int, reference: Audio | None = None) -> Figure:
    """The figure with its floor, what a centred mono sound scores, and its ceiling, what the `reference` scores."""
    value, count = ild_mae_db(stereo, ild_db, sample_rate_hz)
    active = active_frames(stereo, sample_rate_hz)
    return Figure(
        metric=METRIC,
        value=value,
        unit="dB",
        floor=float(np.mean(np.abs(np.clip(ild_db, -LIMIT_DB, LIMIT_DB)[active]))) if active.any() else None,
        floor_is="centred mono",
        ceiling=None if reference is None else ild_mae_db(reference, ild_db, sample_rate_hz)[0],
        ceiling_is="" if reference is None else "the simulated reference",
        count=count,
    )
