"""What every measure of `foley eval metrics` is."""

from __future__ import annotations

from typing import Protocol

from foleydesigner.evals.comparison.pairs import Pair
from foleydesigner.evals.metrics.figure import Figure


class Measure(Protocol):
    """Hears pairs one by one and has its figures at the end; keeps no sound."""

    def hear(self, pair: Pair) -> None:
        """Take one clip."""
        ...

    def figures(self) -> list[Figure]:
        """What was found."""
        ...
