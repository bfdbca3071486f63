"""`loudness_error_lu/1`: how far the balance of the stems is from the reference's balance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.tools.loudness import SILENCE_LUFS, integrated_lufs

METRIC = "loudness_error_lu/1"

Audio = NDArray[np.float32]
Stems = Mapping[str, Audio]


def balance_lu(stems: Stems, mix: Audio, sample_rate_hz: int) -> dict[str, float]:
    """Gated loudness (BS.1770-4) of each stem (channels, samples) relative to the mix, LU; silent ones are left out."""
    whole = integrated_lufs(mix, sample_rate_hz)
    levels = {name: integrated_lufs(stem, sample_rate_hz) for name, stem in stems.items()}
    return {name: level - whole for name, level in levels.items() if level > SILENCE_LUFS}


def loudness_error_lu(balance: Mapping[str, float], reference: Mapping[str, float]) -> tuple[float | None, int]:
    """Mean absolute difference over the tracks that both have, LU, and their number; None where there is none.

    Raises:
        EngineError: the reference is empty.
    """
    if not reference:
        raise EngineError("a reference without a stem that sounds", "one at least", "pass the reference's stems")
    both = sorted(balance.keys() & reference.keys())
    errors = [abs(balance[name] - reference[name]) for name in both]
    return (float(np.mean(errors)) if errors else None), len(both)


def figure(
    balance: Mapping[str, float], reference: Mapping[str, float], unprocessed: Mapping[str, float] | None = None
) -> Figure:
    """The figure with its floor, what the unprocessed stems score; the reference itself scores 0."""
    value, count = loudness_error_lu(balance, reference)
    return Figure(
        metric=METRIC,
        value=value,
        unit="LU",
        floor=None if unprocessed is None else loudness_error_lu(unprocessed, reference)[0],
        floor_is="" if unprocessed is None else "unprocessed stems",
        ceiling=0.0,
        ceiling_is="the reference",
        count=count,
    )
