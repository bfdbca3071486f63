"""Settings of a job. Precedence: what is passed explicitly, then FOLEY_* variables, then the defaults here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ReviewPoint = Literal["script", "takes", "mix"]


class Settings(BaseSettings):
    """Everything a job can be told, with units in the names."""

    model_config = SettingsConfigDict(env_prefix="FOLEY_", extra="forbid", frozen=True)

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    minds: Literal["house"] = "house"
    engine: str = "procedural"
    review: Annotated[tuple[ReviewPoint, ...], NoDecode] = ()
    """Where to stop for a person; as text, names separated by commas."""
    workers: Annotated[int, Field(ge=1, le=64)] = 2

    # perception
    working_width_px: Annotated[int, Field(ge=96, le=1280)] = 320
    """Width at which frames are analysed; the picture itself is never resized."""
    field_of_view_deg: Annotated[float, Field(gt=10.0, le=120.0)] = 90.0
    """Horizontal field of view of eq. 2."""
    shot_threshold: Annotated[float, Field(gt=0.0)] = 27.0
    """PySceneDetect's content threshold."""
    depth_model: str | None = None
    """Folder or hub name of a Depth Anything V2 metric checkpoint; None = ground contact and scale."""
    onset_model: str | None = None
    """Folder of a learned video-onset checkpoint; None = motion analysis."""

    # FilmScribe loop and Tree-of-Thought search
    filmscribe_rounds: Annotated[int, Field(ge=1, le=10)] = 3
    """K_max of eq. 1."""
    search_threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    """tau: stop at once at this score."""
    search_children: Annotated[int, Field(ge=1, le=8)] = 3
    """n children an expansion."""
    search_keep: Annotated[int, Field(ge=1, le=8)] = 2
    """top k kept a level."""
    search_depth: Annotated[int, Field(ge=1, le=10)] = 3
    """D_max."""
    search_budget: Annotated[int, Field(ge=1, le=200)] = 24
    """Branch budget: candidates made in all."""
    fundamental_below: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """A criterion under this makes a candidate's failure fundamental (regenerate, not refine)."""

    # rendering and mixing
    sample_rate_hz: Literal[48000] = 48000
    pan_law: Literal["film", "spaced_pair"] = "film"
    pan_width: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    microphone_spacing_m: Annotated[float, Field(ge=0.05, le=0.5)] = 0.17
    surround: Literal["objects", "upmix"] = "objects"
    profile: Literal["stem", "ebu_r128", "atsc_a85", "streaming"] = "stem"
    """Delivery profile of the printed mix; `stem` keeps the balance and guarantees true peak only."""
    surround_order: Literal["smpte", "film"] = "smpte"

    @field_validator("review", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """Names out of `script,mix`."""
        if isinstance(value, str):
            return tuple(point.strip() for point in value.split(",") if point.strip())
        return value
