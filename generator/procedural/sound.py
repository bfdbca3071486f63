"""What a family of sounds is: a function from a request and a random generator to a sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.tools.audio_source import AudioSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a family made, before the engine enforces the contract of a take (peak, DC, ends).

    Attributes:
        audio: one channel for a point source, two decorrelated ones for a diffuse one.
        start_s: clip time of the first sample; not negative.
    """

    audio: AudioSource
    start_s: float


class Family(Protocol):
    """The `render` of each family's module."""

    def __call__(self, request: RenderRequest, rng: np.random.Generator) -> Sound:
        """The sound of `request.event` at the times of `request.cue`, for impulsive and steady events alike."""
        ...
