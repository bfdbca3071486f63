"""Where made clips sound: `itd_mae_us`, `gcc_bewo`, `crw`, `fsad`."""

from __future__ import annotations

import numpy as np

from foleydesigner.errors import EngineError
from foleydesigner.evals.comparison.bootstrap import ClipFigure, of_statistic
from foleydesigner.evals.comparison.pairs import Pair
from foleydesigner.evals.metrics import bewo, fsad, itd
from foleydesigner.evals.metrics.fad import halves
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.frames import frame_centres_s

_FRECHET_DRAWS = 200
_MONO, _REFERENCE = "centred mono", "the simulated reference"


class ItdError:
    """`itd_mae_us/1` of each clip against the annotated delay."""

    def __init__(self) -> None:
        self._clips = ClipFigure(itd.METRIC, "us", _MONO, _REFERENCE)

    def hear(self, pair: Pair) -> None:
        """Take one clip."""
        delay_s = pair.annotation.delay_s(frame_centres_s(pair.made.shape[1], pair.sample_rate_hz))
        found = itd.figure(pair.made, delay_s, pair.sample_rate_hz, None if pair.same else pair.reference)
        self._clips.add(found.value, found.floor, found.value if pair.same else found.ceiling)

    def figures(self) -> list[Figure]:
        """The mean over clips."""
        return [self._clips.figure()]


class TraceErrors:
    """The delay traces of an estimator: their squared error by clip, and their distance as a set.

    Attributes:
        metric: id of the squared error; None leaves it out.
        distance: whether `fsad/1` is taken as well.
    """

    def __init__(self, estimator: bewo.DelayEstimator, metric: str | None, *, distance: bool = False) -> None:
        self._estimator, self.metric, self.distance = estimator, metric, distance
        told = metric or fsad.METRIC
        self._annotated = ClipFigure(
            told, "1000 ms²", _MONO, _REFERENCE, f"against the annotation, frames that sound; {estimator.name}"
        )
        published = f"against the reference's own sound, as published; {estimator.name}"
        self._published = ClipFigure(told, "1000 ms²", _MONO, "the reference", published)
        self._made: list[fsad.Features] = []
        self._reference: list[fsad.Features] = []

    def hear(self, pair: Pair) -> None:
        """Take one clip."""
        sounds = [bewo.at_rate(sound, pair.sample_rate_hz) for sound in (pair.made, pair.reference)]
        made = self._estimator.trace_s(sounds[0])
        reference = made if pair.same else self._estimator.trace_s(sounds[1])
        if self.metric is not None:
            delay_s = pair.annotation.delay_s(bewo.frame_middles_s(sounds[0].shape[1]))
            heard, truly = (bewo.sounding(sound) for sound in sounds)
            floor = bewo.mono_floor([delay_s[heard]]) if heard.any() else None
            self._annotated.add(
                bewo.annotated_error(made, delay_s, heard), floor, bewo.annotated_error(reference, delay_s, truly)
            )
            self._published.add(bewo.squared_error(made, reference), bewo.squared_error(np.zeros(1), reference), 0.0)
        if self.distance:
            self._made.append(fsad.features(made))
            self._reference.append(fsad.features(reference))

    def figures(self) -> list[Figure]:
        """Against the annotation, against the reference's sound, and the distance of the sets."""
        errors = [self._annotated.figure(), self._published.figure()] if self.metric is not None else []
        return [*errors, *([self._distance()] if self.distance else [])]

    def _distance(self) -> Figure:
        count = len(self._made)
        note = self._estimator.name
        if not count:
            return Figure(metric=fsad.METRIC, value=None, count=0, note="no clip")
        made, reference = np.stack(self._made), np.stack(self._reference)
        mono = np.zeros_like(reference)
        if count < fsad.LEAST_CLIPS:
            try:
                axes = fsad.principal_axes(reference, count)
            except EngineError as error:
                return Figure(metric=fsad.METRIC, value=None, count=count, note=f"refused: {error}")
            made, reference, mono = (axes.of(part) for part in (made, reference, mono))
            note = f"{fsad.DIMENSIONS} dimensions reduced to {len(axes.rows)} by PCA; {note}"
        value = fsad.distance(made, reference)
        return Figure(
            metric=fsad.METRIC,
            value=value,
            unit="1000 s²",
            floor=fsad.distance(mono, reference),
            floor_is=_MONO,
            ceiling=1e3 * halves(reference, np.arange(count)),
            ceiling_is="two halves of the reference",
            interval=of_statistic(
                lambda chosen: fsad.distance(made[chosen], reference[chosen]), count, _FRECHET_DRAWS, about=value
            ),
            count=count,
            note=note,
        )
