"""`lsd_db/1`: log-spectral distance between a mix and a reference mix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.figure import Figure

METRIC = "lsd_db/1"
FRAME, HOP = 2048, 512
FLOOR_DB = -100.0
_AT_ONCE = 256

Audio = NDArray[np.float32]


def lsd_db(mix: Audio, reference: Audio) -> float:
    """Root mean square over bins of the difference of log10 power (dB, floored at -100), mean over frames and channels.

    Args:
        mix: (channels, samples).
        reference: the same shape.

    Raises:
        EngineError: the shapes differ, or there is less than one frame.
    """
    if mix.shape != reference.shape or mix.ndim != 2 or mix.shape[1] < FRAME:
        raise EngineError(
            f"a mix of shape {mix.shape} and a reference of shape {reference.shape}",
            f"one shape (channels, samples) of at least {FRAME} samples",
            "cut both to the clip",
        )
    frames = [np.lib.stride_tricks.sliding_window_view(a, FRAME, axis=1)[:, ::HOP] for a in (mix, reference)]
    distances = []
    for first in range(0, frames[0].shape[1], _AT_ONCE):
        ours, theirs = (_level_db(part[:, first : first + _AT_ONCE]) for part in frames)
        distances.append(np.sqrt(np.mean(np.square(ours - theirs), axis=2)).ravel())
    return float(np.mean(np.concatenate(distances)))


def _level_db(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power of windowed frames in dB relative to a full-scale sine, floored."""
    window = np.hanning(FRAME + 1)[:-1]
    power = np.square(np.abs(np.fft.rfft(frames * window, axis=2)) / (0.5 * window.sum()))
    return np.asarray(np.maximum(10.0 * np.log10(np.maximum(power, 1e-30)), FLOOR_DB))


def figure(mix: Audio, reference: Audio, unprocessed: Audio | None = None) -> Figure:
    """The figure with its floor, what the `unprocessed` sum scores; the reference itself scores 0."""
    return Figure(
        metric=METRIC,
        value=lsd_db(mix, reference),
        unit="dB",
        floor=None if unprocessed is None else lsd_db(unprocessed, reference),
        floor_is="" if unprocessed is None else "the unprocessed sum",
        ceiling=0.0,
        ceiling_is="the reference",
    )
