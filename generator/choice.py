"""The best of several takes of one event: by how far its hits are off, how many are missing, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foleydesigner.generator.realign import LONGEST_SHIFT_S

AUDIBLE_ONSET_S = 0.010
AUDIBLE_DELAY_US = 100.0
"""About ten degrees in front of a pair 17 cm apart."""
_MISSING_COST = 2.0 * LONGEST_SHIFT_S / AUDIBLE_ONSET_S
"""A hit that is not there is worse than one at the end of its reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How well a take keeps its cue.

    Attributes:
        asked: onsets that were asked for; 0 for what goes on.
        missing: of them without a hit nearby.
        shift_s: median distance that the others were off before they were moved; None where there are none.
        position_error_us: mean distance of its delay from the asked one; None where that was not asked or not heard.
        silent: nothing is heard at all.
    """

    asked: int
    missing: int
    shift_s: float | None
    position_error_us: float | None
    silent: bool = False

    @property
    def cost(self) -> float:
        """Onset errors in units of 10 ms, position errors in units of 100 us; 0 is perfect."""
        if self.silent:
            return float("inf")
        onsets = 0.0
        if self.asked:
            near = (self.shift_s or 0.0) / AUDIBLE_ONSET_S
            onsets = (self.missing * _MISSING_COST + (self.asked - self.missing) * near) / self.asked
        return onsets + (self.position_error_us or 0.0) / AUDIBLE_DELAY_US


def best(candidates: Sequence[Keeping]) -> int:
    """Number of the take with the least cost, the first of equals."""
    return int(np.argmin([candidate.cost for candidate in candidates]))
