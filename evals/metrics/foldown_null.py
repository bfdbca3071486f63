"""`foldown_null_db/1`: what is left when the stereo mix is taken from the fold-down of the 5.1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.tools.foldown import NULL_FLOOR_DB, foldown_null_db

METRIC = "foldown_null_db/1"


def figure(surround: NDArray[np.float32], stereo: NDArray[np.float32]) -> Figure:
    """Of a 5.1 (6, samples) in L R C LFE Ls Rs and a stereo mix (2, samples) of the same time, BS.775 folded."""
    return Figure(
        metric=METRIC,
        value=foldown_null_db(surround, stereo),
        unit="dB",
        floor=0.0,
        floor_is="an unrelated 5.1",
        ceiling=NULL_FLOOR_DB,
        ceiling_is="the same samples",
    )
