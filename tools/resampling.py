"""Sound at another rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]


def at_rate(audio: Audio, rate_hz: int, wanted_hz: int) -> Audio:
    """Audio (samples,) or (channels, samples) at `wanted_hz`, by soxr's best filter; itself where that is its rate."""
    if rate_hz == wanted_hz:
        return audio
    import soxr

    return np.ascontiguousarray(soxr.resample(audio.T, rate_hz, wanted_hz, quality="VHQ").T, dtype=np.float32)
