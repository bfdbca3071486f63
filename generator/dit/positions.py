"""Where and when an event sounds, frame by frame, and the same on the grid that the position encoder reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue
from foleydesigner.errors import EngineError
from foleydesigner.tools.geometry import FARTHEST_M, NEAREST_M

FULL_AZIMUTH_DEG = 45.0
"""Azimuth that becomes 1 in eq. 4."""
HIT_S = 0.2
"""How long a hit counts as active."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePositions:
    """Unmasked position and activation of one event at video rate.

    Attributes:
        azimuth_deg: (n,), left negative.
        depth_m: (n,), positive.
        activation: (n,), 1 on frames in which the event sounds, else 0.
        frame_rate_hz: video frames a second.
    """

    azimuth_deg: NDArray[np.float32]
    depth_m: NDArray[np.float32]
    activation: NDArray[np.float32]
    frame_rate_hz: float

    def __post_init__(self) -> None:
        shapes = {self.azimuth_deg.shape, self.depth_m.shape, self.activation.shape}
        values = np.concatenate([self.azimuth_deg.ravel(), self.depth_m.ravel(), self.activation.ravel()])
        good = len(shapes) == 1 and self.azimuth_deg.ndim == 1 and self.azimuth_deg.size > 0
        if not good or not np.isfinite(values).all() or (self.depth_m <= 0.0).any() or self.frame_rate_hz <= 0.0:
            raise EngineError(
                f"positions of shapes {sorted(shapes)} at {self.frame_rate_hz} Hz",
                "three finite arrays (n,), n > 0, depths and rate above 0",
                "make them from an event's cue",
            )

    @classmethod
    def from_cue(cls, cue: EventCue, start_s: float = 0.0, duration_s: float | None = None) -> Self:
        """The cue's frames from clip time `start_s` on; beyond the clip the event is silent and stays where it was.

        A hit is active for `HIT_S`, as training data have a sound active until it has died away, and for half the
        shortest distance between two hits at most, so that each has a beginning of its own.
        """
        apart = np.diff(cue.onsets_s)
        hit_s = min(HIT_S, 0.5 * float(apart.min())) if apart.size else HIT_S
        rate = float(cue.frame_rate)
        first = max(0, round(start_s * rate))
        count = cue.frame_count - first if duration_s is None else max(1, int(np.ceil(duration_s * rate)))
        frames = first + np.arange(count)
        azimuth, depth = cue.trajectory.sample(np.asarray((frames + 0.5) / rate, dtype=np.float64))
        active = np.zeros(count, dtype=np.float32)
        inside = frames < cue.frame_count
        active[inside] = cue.activation(hit_s)[frames[inside]]
        return cls(
            azimuth_deg=azimuth.astype(np.float32),
            depth_m=depth.astype(np.float32),
            activation=active,
            frame_rate_hz=rate,
        )

    def mirrored(self) -> FramePositions:
        """The same with left and right exchanged."""
        return FramePositions(
            azimuth_deg=-self.azimuth_deg,
            depth_m=self.depth_m,
            activation=self.activation,
            frame_rate_hz=self.frame_rate_hz,
        )


def normalised(azimuth_deg: NDArray[np.float32], depth_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """p-hat of eq. 4: azimuth over 45 degrees, and depth on a logarithmic scale in [-1, 1]; (n,) twice to (n, 2)."""
    held = np.clip(depth_m, NEAREST_M, FARTHEST_M)
    unit = 2.0 * np.log(held / NEAREST_M) / np.log(FARTHEST_M / NEAREST_M) - 1.0
    return np.stack([azimuth_deg / FULL_AZIMUTH_DEG, unit], axis=-1).astype(np.float32)


def on_grid(
    positions: Sequence[FramePositions], steps: int, rate_hz: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Each event's frames held on a common grid, whatever its own frame rate.

    A frame holds until the next one begins: nothing is blended across a cut. After the last frame the event is silent
    and stays where it was.

    Args:
        positions: b events.
        steps: length of the grid.
        rate_hz: steps a second.

    Returns:
        normalised points (b, steps, 2) and activations (b, steps).
    """
    centres_s = (np.arange(steps) + 0.5) / rate_hz
    points = np.empty((len(positions), steps, 2), dtype=np.float32)
    active = np.empty((len(positions), steps), dtype=np.float32)
    for row, own in enumerate(positions):
        frame = np.floor(centres_s * own.frame_rate_hz + 1e-9).astype(np.int64)
        held = np.minimum(frame, own.activation.size - 1)
        points[row] = normalised(own.azimuth_deg[held], own.depth_m[held])
        active[row] = np.where(frame < own.activation.size, own.activation[held], 0.0)
    return points, active
