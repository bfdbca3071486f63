"""What is known of a take beside its sound."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from foleydesigner.model import Identifier, Model, Seconds


class TakeRecord(Model):
    """takes/<event id>.json: where a take stands, what made it, and how well it keeps its cue."""

    event_id: Identifier
    start_s: Seconds
    """Clip time of the first sample."""
    sample_rate_hz: Annotated[int, Field(ge=8000)]
    channels: Annotated[int, Field(ge=1, le=2)]
    samples: Annotated[int, Field(ge=1)]
    engine: str
    licence: str
    seed: Annotated[int, Field(ge=0)]
    round: Annotated[int, Field(ge=0)] = 0
    """0 = first take; each take made again counts one up."""
    parameters: dict[str, str | float | int] = Field(default_factory=dict)
    measured_onsets_s: tuple[Seconds, ...] = ()
    """Onsets detected in the dry take, clip time."""
    onset_error_ms: float | None = None
    """Median distance of asked onsets to the nearest measured one; None for steady events and where none was found."""
