"""When made clips sound: `iou`, `onset_f1`, `onset_offset_ms`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleydesigner.evals.comparison.bootstrap import ClipFigure, of_statistic
from foleydesigner.evals.comparison.pairs import Pair
from foleydesigner.evals.metrics import iou, onset_f1, onset_offset
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.tools.audio_onsets import audio_onsets

TOLERANCES_S = (0.1, 0.05)


class Activity:
    """`iou/1` of each clip against its annotated intervals, in per cent."""

    def __init__(self) -> None:
        self._clips = ClipFigure(iou.METRIC, "%", "always on", "the reference audio", scale=100.0)

    def hear(self, pair: Pair) -> None:
        """Take one clip."""
        wanted = [(1e-3 * i.onset_ms, 1e-3 * i.offset_ms) for i in pair.annotation.intervals]
        found = iou.iou(iou.active_spans_s(pair.made, pair.sample_rate_hz, wanted), wanted)
        ceiling = (
            found if pair.same else iou.iou(iou.active_spans_s(pair.reference, pair.sample_rate_hz, wanted), wanted)
        )
        self._clips.add(found, iou.always_on(wanted, pair.annotation.duration_s), ceiling)

    def figures(self) -> list[Figure]:
        """The mean over clips."""
        return [self._clips.figure()]


class Onsets:
    """`onset_f1/1` against the annotated hits, clips pooled; the ceiling is what the reference's own sound scores."""

    def __init__(self) -> None:
        self._found: list[onset_f1.Times] = []
        self._own: list[onset_f1.Times] = []
        self._wanted: list[onset_f1.Times] = []
        self._durations_s: list[float] = []

    def hear(self, pair: Pair) -> None:
        """Take one clip."""
        found, _ = audio_onsets(pair.made, pair.sample_rate_hz)
        self._found.append(found)
        self._own.append(found if pair.same else audio_onsets(pair.reference, pair.sample_rate_hz)[0])
        self._wanted.append(1e-3 * np.array(pair.annotation.onsets_ms, dtype=np.float64))
        self._durations_s.append(pair.annotation.duration_s)

    def figures(self) -> list[Figure]:
        """F1 within 100 and 50 ms; median and 95th percentile of the offsets of what matched within 100 ms."""
        offsets = [onset_offset.matched_offsets_s(f, w) for f, w in zip(self._found, self._wanted, strict=True)]
        pooled = np.concatenate(offsets) if offsets else np.zeros(0)
        return [*(self._f1(tolerance_s) for tolerance_s in TOLERANCES_S), *onset_offset.figures(pooled)]

    def _f1(self, tolerance_s: float) -> Figure:
        figure = onset_f1.figure(self._found, self._wanted, self._durations_s, tolerance_s)
        parts = self._agreements(self._found, tolerance_s)
        own = onset_f1.pooled(self._agreements(self._own, tolerance_s)).f1
        interval = of_statistic(lambda chosen: onset_f1.pooled([parts[k] for k in chosen]).f1, len(parts), 200)
        return figure.model_copy(
            update={"ceiling": own, "ceiling_is": "onsets detected in the reference", "interval": interval}
        )

    def _agreements(self, found: Sequence[onset_f1.Times], tolerance_s: float) -> list[onset_f1.Agreement]:
        return [onset_f1.agreement(f, w, tolerance_s) for f, w in zip(found, self._wanted, strict=True)]
