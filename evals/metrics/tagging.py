"""`is/1` and `kl/1`, from the class posteriors that an audio tagger gives each clip.

Inception score: T. Salimans et al., "Improved Techniques for Training GANs", NIPS 2016, exp of the mean divergence of
each clip's posterior from their mean: 1 where all clips are heard as one thing, the number of classes at the most. It
knows no reference, and a set of noises can score high. The divergence `kl` is of the reference clip's posterior from
the made clip's, KL(reference || made) in nats, clip by clip. A tagger of many labels, whose scores do not sum to one,
is normalised to sum to one first. Every figure names the tagger.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError

INCEPTION, KL = "is/1", "kl/1"
_LEAST = 1e-7
"""Posteriors are held above this, since a tagger's 0 is a rounded small number."""

Scores = NDArray[np.floating]


def posteriors(scores: Scores) -> NDArray[np.float64]:
    """Scores (clips, classes) of a tagger as distributions over classes, each row of sum 1.

    Raises:
        EngineError: not two-dimensional, negative, not finite, or no class at all.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 2 or 0 in values.shape or not np.isfinite(values).all() or values.min() < 0.0:
        raise EngineError(
            f"scores of shape {values.shape}", "finite and not negative, (clips, classes)", "pass a tagger's"
        )
    held = np.maximum(values, _LEAST)
    return np.asarray(held / held.sum(axis=1, keepdims=True))


def inception_score(scores: Scores) -> float:
    """The exponential of the mean over clips of KL(p || mean p), of (clips, classes)."""
    p = posteriors(scores)
    return float(np.exp(np.mean(np.sum(p * np.log(p / p.mean(axis=0)), axis=1))))


def divergences(reference: Scores, made: Scores) -> NDArray[np.float64]:
    """KL(reference || made) of each pair of clips in nats, (clips,).

    Raises:
        EngineError: the sets do not pair.
    """
    p, q = posteriors(reference), posteriors(made)
    if p.shape != q.shape:
        raise EngineError(f"{q.shape} scores beside {p.shape}", "one made clip for each of the reference", "pair them")
    return np.asarray(np.sum(p * np.log(p / q), axis=1))


def shuffled_divergence(reference: Scores) -> float | None:
    """The floor of `kl`: the mean divergence of each reference clip from every other one; None of a single clip."""
    p = posteriors(reference)
    if len(p) < 2:
        return None
    # Every pair at once: sum p log p of each, less the cross terms.
    cross = p @ np.log(p).T
    return float((np.diag(cross)[:, None] - cross).sum() / (len(p) * (len(p) - 1)))
