"""What a 5.1 mix becomes on two loudspeakers (ITU-R BS.775-3, annex 4), and how far that is from the stereo mix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DeliveryError

Audio = NDArray[np.float32]

MINUS_3_DB = np.sqrt(0.5)
NULL_FLOOR_DB = -150.0
"""Printed where nothing is left; below it the figure would be rounding."""

_FOLD = np.array([[1.0, 0.0, MINUS_3_DB, 0.0, MINUS_3_DB, 0.0], [0.0, 1.0, MINUS_3_DB, 0.0, 0.0, MINUS_3_DB]])
_FILM_FROM_SMPTE = (0, 2, 1, 4, 5, 3)
_SMPTE_FROM_FILM = (0, 2, 1, 5, 3, 4)


def fold_down(surround: Audio) -> Audio:
    """Lo = L + 0.7071 C + 0.7071 Ls, Ro mirrored, LFE dropped: (6, n) in L R C LFE Ls Rs to (2, n)."""
    if surround.ndim != 2 or surround.shape[0] != 6:
        raise DeliveryError(f"surround audio of shape {surround.shape}", "(6, samples)", "pass L R C LFE Ls Rs")
    return np.asarray(_FOLD @ surround.astype(np.float64), dtype=np.float32)


class FoldDownNull:
    """`foldown_null_db/1` over a stream: level of (fold-down - stereo) relative to stereo, after one common gain."""

    def __init__(self) -> None:
        self._folded = self._cross = self._stereo = 0.0

    def add(self, surround: Audio, stereo: Audio) -> None:
        """Take in (6, m) and the (2, m) of the same time."""
        if surround.shape[-1] != stereo.shape[-1] or stereo.shape[0] != 2:
            raise DeliveryError(
                f"5.1 of shape {surround.shape} beside stereo of shape {stereo.shape}",
                "(6, n) and (2, n) of the same time",
                "print both from one mix",
            )
        folded = _FOLD @ surround.astype(np.float64)
        direct = stereo.astype(np.float64)
        self._folded += float(np.sum(folded * folded))
        self._cross += float(np.sum(folded * direct))
        self._stereo += float(np.sum(direct * direct))

    @property
    def gain_db(self) -> float:
        """The common gain on the fold-down that nulls best, dB; 0 for silence."""
        if self._folded <= 0.0 or self._cross <= 0.0:
            return 0.0
        return float(20.0 * np.log10(self._cross / self._folded))

    @property
    def null_db(self) -> float:
        """The null in dB, not below -150; 0 when nothing of the stereo is in the fold-down."""
        if self._stereo <= 0.0:
            return NULL_FLOOR_DB if self._folded <= 0.0 else 0.0
        if self._folded <= 0.0:
            return 0.0
        residual = max(1.0 - self._cross**2 / (self._folded * self._stereo), 10.0 ** (0.1 * NULL_FLOOR_DB))
        return float(10.0 * np.log10(residual))

    @property
    def level_change_db(self) -> float:
        """Level of the fold-down relative to the stereo mix without any gain, dB; 0 for silence."""
        if self._folded <= 0.0 or self._stereo <= 0.0:
            return 0.0
        return float(10.0 * np.log10(self._folded / self._stereo))


def foldown_null_db(surround: Audio, stereo: Audio) -> float:
    """`FoldDownNull` of two whole mixes, (6, n) and (2, n), dB."""
    null = FoldDownNull()
    null.add(surround, stereo)
    return null.null_db


def film_order(surround: Audio) -> Audio:
    """L R C LFE Ls Rs to film order L C R Ls Rs LFE, (6, n)."""
    return surround[list(_FILM_FROM_SMPTE)]


def smpte_order(surround: Audio) -> Audio:
    """Film order L C R Ls Rs LFE to L R C LFE Ls Rs, (6, n)."""
    return surround[list(_SMPTE_FROM_FILM)]
