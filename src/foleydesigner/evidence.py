"""What perception saw in the picture: the only ground that agents may stand on.

Times are seconds from the first frame. Boxes are (x1, y1, x2, y2) as shares of the displayed picture's width and height
(after rotation and pixel aspect), x to the right, y downwards.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from foleydesigner.model import Identifier, Model, Seconds, Unit
from foleydesigner.paths import Box, Share, TrackPath, TrackPoint

__all__ = [
    "Box",
    "Burst",
    "ClipInfo",
    "Curve",
    "Impact",
    "PictureEvidence",
    "Shot",
    "Track",
    "TrackPath",
    "TrackPoint",
]


class ClipInfo(Model):
    """What the container and the streams say, and what counting the frames corrected.

    `rate_num / rate_den` is the exact nominal frame rate; with a variable rate, `frame_times_s` in the job folder are
    the truth and the nominal rate is the time base of sheets.
    """

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    width_px: Annotated[int, Field(ge=1)]
    height_px: Annotated[int, Field(ge=1)]
    rate_num: Annotated[int, Field(ge=1)]
    rate_den: Annotated[int, Field(ge=1)]
    frame_count: Annotated[int, Field(ge=1)]
    duration_s: Annotated[float, Field(gt=0.0, le=360_000.0)]
    variable_rate: bool = False
    rotation_deg: Literal[0, 90, 180, 270] = 0
    start_timecode: Annotated[str, Field(pattern=r"^\d{2}:\d{2}:\d{2}[:;.]\d{2,3}$")] = "00:00:00:00"
    codec: str = "unknown"

    @property
    def frame_rate(self) -> Fraction:
        """Exact nominal frame rate, frames per second."""
        return Fraction(self.rate_num, self.rate_den)

    @property
    def drop_frame(self) -> bool:
        """True when the start timecode counts in drop-frame (written with ';')."""
        return ";" in self.start_timecode


class Shot(Model):
    """A run of frames between two cuts; `end_frame` and `end_s` are exclusive."""

    id: Identifier
    start_frame: Annotated[int, Field(ge=0)]
    end_frame: Annotated[int, Field(ge=1)]
    start_s: Seconds
    end_s: Seconds
    camera_motion: Unit = 0.0
    """Mean global camera movement, 0 = locked off, 1 = half a picture width a second or more."""
    activity: Unit = 0.0
    """Mean share of the picture that moves against the camera."""
    brightness: Unit = 0.5


class Impact(Model):
    """A moment at which something in the picture is struck, lands, or stops dead.

    `time_s` is interpolated below the frame period. `strength` is relative to the strongest of the clip.
    """

    id: Identifier
    time_s: Seconds
    strength: Unit
    x: Share
    y: Share
    track_id: Identifier | None = None
    landed: bool = False
    """The path of the thing shows free flight that ends here, or begins: a bounce beyond doubt."""
    kind: Literal["contact", "stop", "reversal", "jolt", "activity"] = "contact"
    """contact: fast approach, then loss of speed; stop: decay to rest; reversal: turning point of a swing; jolt: a
    sudden start; activity: a peak of residual motion with no better explanation."""


class Burst(Model):
    """A flash: a sudden rise of luminance over a region (lightning, muzzle flash, explosion, spark)."""

    id: Identifier
    time_s: Seconds
    end_s: Seconds
    strength: Unit
    box: Box


class Track(Model):
    """One moving region followed through one shot."""

    id: Identifier
    shot_id: Identifier
    start_s: Seconds
    end_s: Seconds
    points: TrackPath
    mean_speed: Annotated[float, Field(ge=0.0)] = 0.0
    period_s: Annotated[float, Field(gt=0.0)] | None = None
    """Period of the track's movement where it repeats itself (a gait, a hammer, a swing)."""
    periodicity: Unit = 0.0
    """Height of the autocorrelation peak that `period_s` was read from."""
    step_s: Annotated[float, Field(gt=0.0)] | None = None
    """Time from footfall to footfall where the lowest part of the region walks steadily (`tools.gait`)."""
    step_phase_s: Seconds | None = None
    """Time of one footfall of that walk."""
    steadiness: Unit = 0.0
    """1 = even speed throughout (a vehicle), 0 = all in bursts."""
    growth: Annotated[float, Field(ge=-10.0, le=10.0)] = 0.0
    """log2 of the box area at the end over the start: > 0 approaches, < 0 recedes."""

    @property
    def mean_area(self) -> float:
        """Mean share of the picture that the track's box covers."""
        return self.points.mean_area


class Curve(Model):
    """A quantity sampled once a frame over the whole clip, in [0, 1] of the clip's own maximum."""

    values: tuple[Unit, ...]


class PictureEvidence(Model):
    """All that perception hands on. Lists are sorted by time; ids are unique over the clip."""

    clip: ClipInfo
    shots: Annotated[tuple[Shot, ...], Field(min_length=1)]
    tracks: tuple[Track, ...] = ()
    impacts: tuple[Impact, ...] = ()
    bursts: tuple[Burst, ...] = ()
    activity: Curve = Curve(values=())
    """Residual motion per frame (camera removed)."""
    depth_assumptions: tuple[str, ...] = ()
    """How metres were arrived at, in words, for the report."""
    perception: dict[str, str] = Field(default_factory=dict)
    """Which estimator made what ("motion": "dis-flow/1", "depth": "ground-contact/1")."""

    def shot_at(self, time_s: float) -> Shot:
        """The shot that is on screen at `time_s` (the last one at and after the end)."""
        for shot in self.shots:
            if time_s < shot.end_s:
                return shot
        return self.shots[-1]

    def track(self, track_id: str) -> Track:
        """The track with that id; `KeyError` when there is none."""
        for track in self.tracks:
            if track.id == track_id:
                return track
        raise KeyError(track_id)
