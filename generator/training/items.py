"""What training reads: one clip with its caption and its positions, from whichever data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner import cues
from foleydesigner.errors import EngineError
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.training.loop import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingItem:
    """One clip; sound and positions begin together.

    Attributes:
        caption: what it sounds like.
        positions: azimuth, depth and activation a video frame, at the frame rate.
        audio: (2, samples) at the autoencoder's rate, or None where `latents` are given.
        latents: (latent channels, T'), encoded ahead.
        duration_s: length of what sounds, for the backbone's duration conditions; None = the item's own length.
    """

    caption: str
    positions: FramePositions
    audio: NDArray[np.float32] | None = None
    latents: NDArray[np.float32] | None = None
    duration_s: float | None = None

    def __post_init__(self) -> None:
        if (self.audio is None) == (self.latents is None):
            raise EngineError("a training item", "either audio or latents", "give one of the two")
        sound = self.latents if self.audio is None else self.audio
        assert sound is not None  # noqa: S101 - one of the two, as just checked
        if sound.ndim != 2 or not sound.size or (self.audio is not None and sound.shape[0] != 2):
            raise EngineError(
                f"a training item of shape {sound.shape}", "audio (2, samples) or latents (c, frames)", "mend the data"
            )
        if not np.isfinite(sound).all():
            raise EngineError(f"training item {self.caption!r} is not finite", "finite samples", "mend the data")


ItemStream = Stream[TrainingItem]
"""Where a training of a denoiser reads."""


def activation_of(active_ms: Sequence[tuple[float, float]], frames: int, frame_rate_hz: float) -> NDArray[np.float32]:
    """Active intervals in milliseconds as the binary activation of each video frame that they touch, (frames,).

    What lies before the first frame or after the last one counts on none.
    """
    inside = [
        (1e-3 * max(start_ms, 0.0), 1e-3 * end_ms)
        for start_ms, end_ms in active_ms
        if start_ms * frame_rate_hz + 1e-6 < 1000.0 * frames and (start_ms >= 0.0 or end_ms > 0.0)
    ]
    return cues.activation_of(inside, frames, frame_rate_hz).astype(np.float32)
