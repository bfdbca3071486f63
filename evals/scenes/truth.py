"""What truly happens in a drawn scene: when each thing sounds, where it is in every frame, how far away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FIELD_OF_VIEW_DEG = 90.0
"""Horizontal field of view of eq. 2."""

Times = NDArray[np.float64]
Voice = Literal[
    "rubber", "steel", "step", "thunder", "motor", "slam", "shatter", "anvil", "knock", "rain", "hum", "clock", "air"
]  # fmt: skip
"""How a thing sounds in the reference stems (`scenes.sound`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEvent:
    """One thing that sounds.

    Attributes:
        id: its name in the scene.
        group: its label group ("impact", "footsteps", "thunder", "vehicle", "door", "glass", "water", "hum").
        kind: impulsive (onsets) or steady (spans).
        voice: its sound in the reference stems.
        onsets_s: exact times of its hits, ascending.
        strengths: one a hit, in (0, 1].
        spans_s: (start, end) of each stretch in which it sounds.
        boxes_px: (frames, 4) x1, y1, x2, y2 of what is drawn of it, NaN where it is not in the picture.
        depth_m: (frames,) metres; the last known one where it is not in the picture.
        picture_driven: True where the picture itself shows when it sounds.
        direction_deg: where it is when no box says so; None = all around.
    """

    id: str
    group: str
    kind: Literal["impulsive", "steady"]
    voice: Voice
    onsets_s: tuple[float, ...] = ()
    strengths: tuple[float, ...] = ()
    spans_s: tuple[tuple[float, float], ...] = ()
    boxes_px: Times = field(repr=False)
    depth_m: Times = field(repr=False)
    picture_driven: bool = True
    direction_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The truth of one scene; frame k is the picture at k / `frame_rate` seconds."""

    width_px: int
    height_px: int
    frame_rate: Fraction
    frame_count: int
    events: tuple[TrueEvent, ...]
    rt60_s: float
    """Reverberation time of the place, seconds; that of the reference mix."""
    cuts_s: tuple[float, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length of the film."""
        return float(self.frame_count / self.frame_rate)

    @property
    def frame_times_s(self) -> Times:
        """Times of all frames, (frames,)."""
        return np.arange(self.frame_count) / float(self.frame_rate)

    def azimuth_deg(self, event: TrueEvent, times_s: Times) -> Times:
        """Direction of an event at `times_s` (n,) by eq. 2 from the centre of its box, NaN where it is not seen.

        Linear between the frames of one shot; a time between two shots belongs to the one that it is nearer to.
        """
        centres = (event.boxes_px[:, 0] + event.boxes_px[:, 2]) / 2
        azimuth = (centres / self.width_px - 0.5) * FIELD_OF_VIEW_DEG
        return self._between_frames(azimuth, times_s)

    def depth_at(self, event: TrueEvent, times_s: Times) -> Times:
        """Distance of an event at `times_s` (n,), metres."""
        return self._between_frames(event.depth_m, times_s)

    def _between_frames(self, values: Times, times_s: Times) -> Times:
        places = np.clip(np.asarray(times_s) * float(self.frame_rate), 0.0, self.frame_count - 1)
        before = np.floor(places).astype(np.int64)
        after = np.minimum(before + 1, self.frame_count - 1)
        share = places - before
        frame_s = 1.0 / float(self.frame_rate)
        for cut_s in self.cuts_s:
            parted = (before * frame_s < cut_s - 1e-9) & (after * frame_s >= cut_s - 1e-9)
            share = np.where(parted, np.round(share), share)
        first, second = values[before], values[after]
        mixed = (1.0 - share) * first + share * second
        return np.where(share <= 0.0, first, np.where(share >= 1.0, second, mixed))


def followed(
    truth_frames: int,
    frame_rate: Fraction,
    size_px: tuple[int, int],
    outline_at: Callable[[float], NDArray[np.float64]],
) -> Times:
    """Boxes (frames, 4) of a thing whose outline (n, 2) px is known at every time, cut at the picture's edge."""
    width_px, height_px = size_px
    boxes = np.full((truth_frames, 4), np.nan)
    for frame in range(truth_frames):
        points = outline_at(frame / float(frame_rate))
        if not len(points):
            continue
        x1, y1 = np.maximum(points.min(axis=0), 0.0)
        x2, y2 = np.minimum(points.max(axis=0), [width_px, height_px])
        if x2 - x1 > 1.0 and y2 - y1 > 1.0:
            boxes[frame] = x1, y1, x2, y2
    return boxes
