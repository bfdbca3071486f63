"""What a dataset is asked to be: how many clips, of what, moving how, in which rooms."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from foleydesigner.generator.filmstereo.annotation import Signal
from foleydesigner.model import Line, Model, Unit
from foleydesigner.script import Size
from foleydesigner.tools.place_words import ReverbKind

PAPER_SIZES: dict[Size, float] = {"small": 0.2, "medium": 0.2, "large": 0.4, "very_large": 0.2}
EVEN_REVERBS: dict[ReverbKind, float] = {"hall": 0.25, "room": 0.25, "chamber": 0.25, "plate": 0.25}


class Recipe(Model):
    """The paper's mix by default: 64 % moving, 40 % large and 20 % of each other size, microphones 16-18 cm apart."""

    clips: Annotated[int, Field(ge=1, le=10_000_000)]
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    duration_s: Annotated[float, Field(ge=2.0, le=60.0)] = 10.0
    sample_rate_hz: Literal[16_000, 22_050, 24_000, 32_000, 44_100, 48_000] = 48_000
    frame_rate: Annotated[int, Field(ge=1, le=120)] = 25
    moving: Unit = 0.64
    sizes: dict[Size, float] = Field(default_factory=lambda: dict(PAPER_SIZES))
    reverbs: dict[ReverbKind, float] = Field(default_factory=lambda: dict(EVEN_REVERBS))
    azimuths: Literal["paper", "continuous", "both"] = "both"
    """The paper's five, any between -45 and 45 degrees, or half and half."""
    spacing_m: tuple[float, float] = (0.16, 0.18)
    splits: tuple[float, float, float] = (0.8, 0.1, 0.1)
    """Shares of the recordings for train, valid and test."""
    signals: tuple[Signal, ...] = ("wet", "direct", "dry")
    shard_clips: Annotated[int, Field(ge=1, le=10_000)] = 50
    rooms: Literal["pyroomacoustics", "gpurir"] = "pyroomacoustics"
    vst3: Line = ""
    """A reverb plug-in of the user's instead of the built-in one: the path of a VST3, and presets beside it."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        for name, shares in (("sizes", self.sizes), ("reverbs", self.reverbs)):
            if not shares or min(shares.values()) < 0.0 or abs(sum(shares.values()) - 1.0) > 1e-6:
                raise ValueError(f"{name} {shares} do not sum to 1")
        if min(self.splits) < 0.0 or abs(sum(self.splits) - 1.0) > 1e-6:
            raise ValueError(f"splits {self.splits} do not sum to 1")
        if not 0.01 <= self.spacing_m[0] <= self.spacing_m[1] <= 1.0:
            raise ValueError(f"a spacing of {self.spacing_m} m")
        if "wet" not in self.signals:
            raise ValueError("a dataset without its wet signal")
        return self

    @property
    def samples(self) -> int:
        """Of each signal."""
        return round(self.duration_s * self.sample_rate_hz)

    @property
    def frames(self) -> int:
        """Video frames of each clip."""
        return round(self.duration_s * self.frame_rate)

    @property
    def shards(self) -> int:
        """Number of shards."""
        return -(-self.clips // self.shard_clips)
