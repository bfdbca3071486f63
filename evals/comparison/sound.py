"""What made clips sound like: `fad` by an embedding, `is` and `kl` by a tagger."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.comparison.bootstrap import of_mean, of_statistic
from foleydesigner.evals.comparison.pairs import Pair
from foleydesigner.evals.metrics import fad, tagging
from foleydesigner.evals.metrics.figure import Figure

NOISES = 24
_SET_DRAWS, _FAD_DRAWS = 200, 40
Mono = NDArray[np.float32]


class Ear(Protocol):
    """Hears mono sound as vectors."""

    @property
    def embedding(self) -> str:
        """Which embedding, and of what version."""
        ...

    @property
    def rate_hz(self) -> int:
        """The rate that it hears at."""
        ...

    def embeddings(self, sound: Mono) -> NDArray[np.floating]:
        """Of (samples,) at `rate_hz`: (pieces, dimensions)."""
        ...


class Tagger(Protocol):
    """Names what it hears."""

    @property
    def tagger(self) -> str:
        """Which tagger, and of what version."""
        ...

    @property
    def rate_hz(self) -> int:
        """The rate that it hears at."""
        ...

    def scores(self, sound: Mono) -> NDArray[np.floating]:
        """Score of each class of (samples,) at `rate_hz`: (classes,)."""
        ...


def mono_at(stereo: NDArray[np.float32], sample_rate_hz: int, rate_hz: int) -> Mono:
    """The mean of the channels at another rate, (samples,)."""
    import soxr

    mono = stereo.mean(axis=0)
    return np.asarray(soxr.resample(mono, sample_rate_hz, rate_hz) if sample_rate_hz != rate_hz else mono, np.float32)


class Likeness:
    """`fad/1` of one embedding; floor: white noise, ceiling: halves of the reference."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._made: list[NDArray[np.float32]] = []
        self._reference: list[NDArray[np.float32]] = []
        self._duration_s = 0.0

    def hear(self, pair: Pair) -> None:
        """Take one clip."""
        made = self._heard(pair.made, pair.sample_rate_hz)
        self._made.append(made)
        self._reference.append(made if pair.same else self._heard(pair.reference, pair.sample_rate_hz))
        self._duration_s = pair.annotation.duration_s

    def _heard(self, stereo: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
        return np.asarray(self._ear.embeddings(mono_at(stereo, sample_rate_hz, self._ear.rate_hz)), dtype=np.float32)

    def figures(self) -> list[Figure]:
        """One figure, which names the embedding."""
        count = len(self._made)
        if count < 2:
            return [Figure(metric=fad.METRIC, value=None, count=count, note=f"{count} clips; {self._ear.embedding}")]
        rng = np.random.default_rng(0)
        size = round(self._duration_s * self._ear.rate_hz)
        noise = np.concatenate(
            [self._ear.embeddings((0.1 * rng.standard_normal(size)).astype(np.float32)) for _ in range(NOISES)]
        )
        groups = np.repeat(np.arange(count), [len(part) for part in self._reference])
        told = fad.figure(
            np.concatenate(self._made), np.concatenate(self._reference), groups, noise, self._ear.embedding
        )

        def distance(chosen: NDArray[np.int64]) -> float:
            drawn = (np.concatenate([side[k] for k in chosen]) for side in (self._made, self._reference))
            return fad.frechet_distance(*drawn)

        interval = of_statistic(distance, count, _FAD_DRAWS, about=told.value)
        return [told.model_copy(update={"interval": interval, "ceiling_is": "two halves of the reference"})]


class Tags:
    """`is/1` and `kl/1` by one tagger."""

    def __init__(self, tagger: Tagger, metrics: frozenset[str] = frozenset({"is", "kl"})) -> None:
        self._tagger, self._metrics = tagger, metrics
        self._made: list[NDArray[np.floating]] = []
        self._reference: list[NDArray[np.floating]] = []

    def hear(self, pair: Pair) -> None:
        """Take one clip."""
        made = self._tagger.scores(mono_at(pair.made, pair.sample_rate_hz, self._tagger.rate_hz))
        self._made.append(made)
        self._reference.append(
            made
            if pair.same
            else self._tagger.scores(mono_at(pair.reference, pair.sample_rate_hz, self._tagger.rate_hz))
        )

    def figures(self) -> list[Figure]:
        """Those that were asked for."""
        count, note = len(self._made), f"tagger: {self._tagger.tagger}"
        if not count:
            return [Figure(metric=tagging.INCEPTION, value=None, count=0, note=note)]
        made, reference = np.stack(self._made), np.stack(self._reference)
        found = []
        if "is" in self._metrics:
            value = tagging.inception_score(made)
            found.append(
                Figure(
                    metric=tagging.INCEPTION,
                    value=value,
                    floor=1.0,
                    floor_is="all heard as one",
                    ceiling=tagging.inception_score(reference),
                    ceiling_is="the reference",
                    interval=of_statistic(
                        lambda chosen: tagging.inception_score(made[chosen]), count, _SET_DRAWS, about=value
                    ),
                    count=count,
                    note=note,
                )
            )
        if "kl" in self._metrics:
            apart = tagging.divergences(reference, made)
            found.append(
                Figure(
                    metric=tagging.KL,
                    value=float(apart.mean()),
                    unit="nats",
                    floor=tagging.shuffled_divergence(reference),
                    floor_is="other clips of the reference",
                    ceiling=0.0,
                    ceiling_is="the reference",
                    interval=of_mean(apart.tolist()),
                    count=count,
                    note=note,
                )
            )
        return found
