"""What is known of a clip of FilmStereo: whose recording it is, where it goes, when it sounds, what is said of it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from foleydesigner.cues import activation_of
from foleydesigner.model import Line, Model
from foleydesigner.script import CATEGORY_OF, Category, EventKind, Family, Size
from foleydesigner.tools.panning import interaural_delay_s
from foleydesigner.tools.place_words import Motion, ReverbKind

Split = Literal["train", "valid", "test"]
Signal = Literal["wet", "direct", "dry"]
"""`wet`: room and reverb, two channels. `direct`: the direct path alone, two channels. `dry`: the laid source, one."""

Azimuth = Annotated[float, Field(ge=-90.0, le=90.0)]
"""Degrees, left negative; 0 is straight ahead of the pair of microphones."""
Depth = Annotated[float, Field(gt=0.0, le=1000.0)]
Milliseconds = Annotated[float, Field(ge=0.0, le=3_600_000.0, allow_inf_nan=False)]
ContentId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
"""The first 64 bits of a file's SHA-256: the same file has the same name wherever it is met."""


class SourceRecording(Model):
    """One recording as it was found, and who may be thanked for it."""

    id: ContentId
    collection: Line
    """Where it is from: "debian:minetest-data", "folder:door-library", "procedural"."""
    name: Line
    """Its path inside the collection."""
    title: Line
    """What it is, in words: the caption that everything later is built on."""
    author: Line
    licence: Line
    """Lower case, SPDX where there is one: "cc0-1.0", "cc-by-sa-3.0"."""
    url: Line = ""
    family: Family
    kind: EventKind
    """impulsive: one hit, or hits apart; steady: goes on."""
    size: Size
    duration_s: Annotated[float, Field(gt=0.0)]
    """After cleaning."""

    @property
    def category(self) -> Category:
        """The category of its family."""
        return CATEGORY_OF[self.family]


class Interval(Model):
    """From an onset to the offset after it."""

    onset_ms: Milliseconds
    offset_ms: Milliseconds

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.offset_ms <= self.onset_ms:
            raise ValueError(f"an interval from {self.onset_ms} to {self.offset_ms} ms")
        return self


class Room(Model):
    """A box that sounds are simulated in, and the reverb that was added to it."""

    size_m: tuple[float, float, float]
    """Width, length, height."""
    rt60_s: Annotated[float, Field(gt=0.0)]
    """What its walls were chosen for (Sabine)."""
    reverb: ReverbKind
    reverb_rt60_s: Annotated[float, Field(gt=0.0)]
    reverb_level_db: float
    """Of the reverb's return against the sound in the room."""
    reverb_made_by: Line
    """Name and version of the effect, with its preset."""


class ClipAnnotation(Model):
    """All that is known of one clip."""

    id: Annotated[str, Field(pattern=r"^clip_[0-9]{6,9}$")]
    split: Split
    recording: SourceRecording
    seed: int
    duration_s: Annotated[float, Field(gt=0.0)]
    sample_rate_hz: Annotated[int, Field(gt=0)]
    signals: tuple[Signal, ...]
    """What the shard holds of it."""
    gain_db: float = 0.0
    """What brought all its signals to their level, together."""

    motion: Motion
    microphone_spacing_m: Annotated[float, Field(gt=0.0, le=1.0)]
    frame_rate: Annotated[int, Field(ge=1, le=240)]
    """Video frames a second that the trajectory is given for."""
    azimuth_deg: tuple[Azimuth, ...]
    """At the centre of each video frame."""
    depth_m: tuple[Depth, ...]
    """Distance from the middle of the pair, at the centre of each video frame."""
    room: Room | None = None
    """None where somebody else's clip does not say."""

    intervals: tuple[Interval, ...]
    """Where it sounds, found in the laid dry sound."""
    onsets_ms: tuple[Milliseconds, ...]
    """Every hit, found in the laid dry sound, ascending; an interval may hold several."""
    placed_onsets_ms: tuple[Milliseconds, ...] = ()
    """Where hits were put, when they were put there one by one; empty where that is not known."""
    caption: Line
    caption_by: Line
    """"template", or the model that wrote it."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        frames = round(self.duration_s * self.frame_rate)
        if not len(self.azimuth_deg) == len(self.depth_m) == frames:
            raise ValueError(f"{len(self.azimuth_deg)} azimuths, {len(self.depth_m)} depths, {frames} frames")
        return self

    def activation(self) -> NDArray[np.uint8]:
        """The binary vector a (eq. 3), (frames,): 1 on video frames in which it sounds."""
        intervals_s = [(1e-3 * i.onset_ms, 1e-3 * i.offset_ms) for i in self.intervals]
        return activation_of(intervals_s, len(self.azimuth_deg), self.frame_rate)

    def position(self, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Azimuth (degrees) and depth (metres) at `times_s` (n,), linear between the frames' centres."""
        centres = (np.arange(len(self.azimuth_deg)) + 0.5) / self.frame_rate
        return np.interp(times_s, centres, self.azimuth_deg), np.interp(times_s, centres, self.depth_m)

    def delay_s(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """The delay t_L - t_R = d sin(theta) / c at `times_s` (n,): positive to the right."""
        azimuth_deg, _ = self.position(times_s)
        return interaural_delay_s(azimuth_deg, self.microphone_spacing_m)
