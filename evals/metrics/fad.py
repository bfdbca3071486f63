"""`fad/1`: Fréchet audio distance between two sets of embeddings.

K. Kilgour, M. Zuluaga, D. Roblek and M. Sharifi, "Fréchet Audio Distance: A Reference-Free Metric for Evaluating
Music Enhancement Algorithms", Interspeech 2019: the distance of D. C. Dowson and B. V. Landau (J. Multivariate Anal.
12, 1982) between the Gaussians of both sets, |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). It depends on the
embedding, which every figure names, and grows when a set is small: hence the ceiling, which is what two halves of the
reference score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.figure import Figure

METRIC = "fad/1"
Embeddings = NDArray[np.floating]


def frechet_distance(one: Embeddings, other: Embeddings) -> float:
    """The squared Fréchet distance between the Gaussians of two sets.

    The trace of (C1 C2)^(1/2) is the sum of the singular values of X1 X2^T / sqrt((n1 - 1)(n2 - 1)), X the centred
    sets: exact whatever the number of dimensions, and no covariance is ever inverted or rooted.

    Args:
        one: (n1, dimensions), n1 >= 2.
        other: (n2, dimensions), n2 >= 2.

    Raises:
        EngineError: fewer than two embeddings, or of different dimensions.
    """
    if one.ndim != 2 or other.ndim != 2 or one.shape[1] != other.shape[1] or min(len(one), len(other)) < 2:
        raise EngineError(
            f"embeddings of shape {one.shape} and {other.shape}", "two or more of the same dimensions each", "add some"
        )
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    x = (a - a.mean(axis=0)) / np.sqrt(len(a) - 1)
    y = (b - b.mean(axis=0)) / np.sqrt(len(b) - 1)
    apart = float(np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2))
    # A triangle has the set's singular values, and is smaller where there are more members than dimensions.
    small = [np.asarray(np.linalg.qr(part, mode="r")) if len(part) > part.shape[1] else part for part in (x, y)]
    shared = float(np.linalg.svd(small[0] @ small[1].T, compute_uv=False).sum())
    return max(apart + float(np.sum(x**2)) + float(np.sum(y**2)) - 2.0 * shared, 0.0)


def halves(embeddings: Embeddings, groups: NDArray[np.int64], draws: int = 8, seed: int = 0) -> float:
    """Mean distance between two halves of a set, split by group (a recording's embeddings stay together).

    Args:
        embeddings: (n, dimensions).
        groups: which recording each is of, (n,).
        draws: random splits to average.
        seed: of the splits.
    """
    rng, names = np.random.default_rng(seed), np.unique(groups)
    found = []
    for _ in range(draws):
        first = np.isin(groups, rng.permutation(names)[: len(names) // 2])
        if min(first.sum(), (~first).sum()) >= 2:
            found.append(frechet_distance(embeddings[first], embeddings[~first]))
    return float(np.mean(found)) if found else float("nan")


def figure(
    made: Embeddings, reference: Embeddings, groups: NDArray[np.int64], noise: Embeddings, embedding: str
) -> Figure:
    """The figure with its floor, what white noise scores, and its ceiling, what two halves of the reference score."""
    ceiling = halves(reference, groups)
    return Figure(
        metric=METRIC,
        value=round(frechet_distance(made, reference), 3),
        floor=round(frechet_distance(noise, reference), 3),
        floor_is="white noise",
        ceiling=round(ceiling, 3) if np.isfinite(ceiling) else None,
        ceiling_is="two halves of the recordings",
        count=len(np.unique(groups)),
        note=f"embedding: {embedding}",
    )
