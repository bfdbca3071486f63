"""A tagger in CLAP's place: does it hear a sound's family at all, where it is sure of what it hears.

Weaker than a text/audio similarity, since it knows families and not titles, and made to be lenient: a tagger that was
trained on ten seconds of video hears little in one footstep.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.judges import audioset_table
from foleydesigner.evals.judges.yamnet import RATE_HZ, Yamnet
from foleydesigner.script import Family

VOICES = ("Screaming", "Shout", "Yell", "Groan", "Grunt", "Crying, sobbing", "Wail, moan", "Laughter", "Cough")
"""The family `breath` holds cries as well; the table names its breathing."""


class TaggerCheck:
    """YAMNet, asked for the classes that name a family (`audioset.json`).

    Raises:
        MissingExtraError: the package that carries it is not installed.
        CheckpointError: it is another than the one that is known.
    """

    name = "YAMNet (families only)"
    least = 0.01

    def __init__(self) -> None:
        self._ear = Yamnet()
        index = {name: k for k, name in enumerate(self._ear.classes)}
        self._accepted = {
            family: np.array([index[name] for name in (*names, *(VOICES if family == "breath" else ()))])
            for family, names in audioset_table()["accepted"].items()
        }

    def __call__(self, title: str, family: Family, sound: NDArray[np.float32], rate_hz: int) -> float | None:
        """The family's best score against the best score of all, in [0, 1]; None for a family without classes."""
        import soxr

        accepted = self._accepted.get(family)
        if accepted is None or not accepted.size:
            return None
        scores = self._ear.scores(np.asarray(soxr.resample(sound, rate_hz, RATE_HZ), dtype=np.float32))
        return float(scores[accepted].max() / max(float(scores.max()), 1e-9))
