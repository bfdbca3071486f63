"""What a family of sounds is: a function from a request and a random generator to a sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.engine import RenderRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a family made, before the engine enforces the contract of a take (peak, DC, ends).

    Attributes:
        samples: shape (channels, n): 1 for a point source, 2 decorrelated for a diffuse one.
        start_s: clip time of samples[:, 0]; not negative.
    """

    samples: NDArray[np.float32]
    start_s: float


class Family(Protocol):
    """The `render` of each family's module."""

    def __call__(self, request: RenderRequest, rng: np.random.Generator) -> Sound:
        """The sound of `request.event` at the times of `request.cue`, for impulsive and steady events alike."""
        ...
