"""`iou/1`: the time in which a sound is active against annotated intervals, intersection over union.

Level is the RMS of blocks of 10 ms over all channels. A block is active above the higher of the noise floor + 12 dB and
the peak - 40 dB; the noise floor is the level below which the quietest tenth of the blocks lies that the annotation
holds to be inactive, so that a tail or a stray sound there does not raise it. Without such blocks the peak alone
decides. Gaps shorter than 100 ms are closed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.frames import Audio
from foleydesigner.tools.spans import closed, runs_of

METRIC = "iou/1"
HOP_S = 0.010
CLOSED_S = 0.1
ABOVE_FLOOR_DB, BELOW_PEAK_DB = 12.0, 40.0
_QUIETEST_PERCENT = 10.0

Span = tuple[float, float]
"""From, to, in seconds."""


def active_spans_s(audio: Audio, sample_rate_hz: int, annotated_s: Sequence[Span]) -> list[Span]:
    """Where (channels, samples) is active, ascending; a silent sound nowhere.

    Raises:
        EngineError: the audio is not (channels, samples), or not finite.
    """
    if audio.ndim != 2 or not np.isfinite(audio).all():
        raise EngineError(f"audio of shape {audio.shape}", "finite samples, (channels, samples)", "pass a whole clip")
    hop = round(HOP_S * sample_rate_hz)
    count = -(-audio.shape[1] // hop)
    padded = np.pad(np.square(audio.astype(np.float64)).mean(axis=0), (0, count * hop - audio.shape[1]))
    power = padded.reshape(count, hop).mean(axis=1)
    if not power.any():
        return []
    level_db = 10.0 * np.log10(np.maximum(power, 1e-20))
    threshold_db = float(level_db.max()) - BELOW_PEAK_DB
    quiet = ~_covered(count, annotated_s)
    if quiet.any():
        threshold_db = max(float(np.percentile(level_db[quiet], _QUIETEST_PERCENT)) + ABOVE_FLOOR_DB, threshold_db)
    end_s = audio.shape[1] / sample_rate_hz
    spans = closed(runs_of(level_db > threshold_db), round(CLOSED_S / HOP_S))
    return [(first * HOP_S, min(last * HOP_S, end_s)) for first, last in spans]


def _covered(count: int, spans_s: Sequence[Span]) -> NDArray[np.bool_]:
    """Which of `count` blocks a span touches."""
    covered = np.zeros(count, dtype=bool)
    for begin_s, end_s in spans_s:
        covered[int(begin_s / HOP_S + 1e-9) : int(np.ceil(end_s / HOP_S - 1e-9))] = True
    return covered


def iou(found_s: Sequence[Span], annotated_s: Sequence[Span]) -> float:
    """Common time over the time of either, in [0, 1]; 1 where both are empty. Spans of one side may not overlap."""
    both = sum(max(min(a[1], b[1]) - max(a[0], b[0]), 0.0) for a in found_s for b in annotated_s)
    either = sum(end - begin for begin, end in (*found_s, *annotated_s)) - both
    return both / either if either > 0.0 else 1.0


def always_on(annotated_s: Sequence[Span], duration_s: float) -> float:
    """The floor: what a sound scores that never stops."""
    return iou([(0.0, duration_s)], annotated_s)
