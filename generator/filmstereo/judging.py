"""What is asked whether a sound is what its title says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.script import Family

Mono = NDArray[np.float32]


class Judge(Protocol):
    """An ear from outside."""

    @property
    def name(self) -> str:
        """Of the model, with its version, for the record."""
        ...

    @property
    def least(self) -> float:
        """Score under which a sound is left out."""
        ...

    def __call__(self, title: str, family: Family, sound: Mono, rate_hz: int) -> float | None:
        """How well a sound (samples,) fits its title; None where the judge cannot tell."""
        ...


@dataclass(frozen=True, slots=True)
class NoJudge:
    """Nobody is asked."""

    name: str = "none"
    least: float = 0.0

    def __call__(self, title: str, family: Family, sound: Mono, rate_hz: int) -> float | None:
        """Never an answer."""
        return None
