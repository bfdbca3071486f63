"""What a learned sound generator offers an engine: prompts, seeds and perhaps positions in, stereo out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from foleydesigner.generator.dit.positions import FramePositions

Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundOrder:
    """One sound to be made.

    Attributes:
        prompt: what it sounds like.
        seed: of all its randomness; the same sound alone or among others.
        length_s: how long what is heard shall be.
        positions: where and when, from its first sample on; None = not said.
    """

    prompt: str
    seed: int
    length_s: float
    positions: FramePositions | None = None


class SoundModel(Protocol):
    """Makes sounds in batches.

    Attributes:
        name: of the weights, for the provenance.
        sample_rate_hz: of what it makes.
        longest_s: most that it can make at once.
        follows_positions: whether hits and places of what it makes follow `SoundOrder.positions`.
        licence: of the weights.
    """

    name: str
    sample_rate_hz: int
    longest_s: float
    follows_positions: bool
    licence: str

    def make(self, orders: Sequence[SoundOrder], length_s: float) -> list[Audio]:
        """One stereo sound (2, samples) of `length_s` an order.

        Raises:
            EngineError: there is not enough memory for so many.
        """
        ...

    @property
    def parameters(self) -> dict[str, str | float | int]:
        """What it makes them with, for the provenance."""
        ...
