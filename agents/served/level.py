"""The dynamics specialist played by a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from foleydesigner.agents import dynamics
from foleydesigner.agents.dynamics import DynamicsReply, DynamicsRequest
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.schema import Answer, Id, Text
from foleydesigner.agents.served.tracks import (
    TRACKS_A_QUESTION,
    all_once,
    in_runs,
    track_data,
)
from foleydesigner.mix import DynamicsSettings

_PEAK_DBFS = 0.0
"""No track may be lifted over full scale; the limiter of the print is no tool of balance."""


class DynamicsLine(Answer):
    """One track's level; a threshold of 0 means no compressor."""

    event_id: Id
    gain_db: Annotated[float, Field(ge=-60.0, le=24.0)]
    compressor_threshold_db: Annotated[float, Field(ge=-60.0, le=0.0)]
    compressor_ratio: Annotated[float, Field(ge=1.0, le=8.0)]
    reason: Text


class DynamicsAnswer(Answer):
    """One line a track."""

    tracks: Annotated[list[DynamicsLine], Field(max_length=TRACKS_A_QUESTION)]


def join(request: DynamicsRequest, replies: Sequence[DynamicsReply]) -> DynamicsReply:
    """All settings."""
    return DynamicsReply(settings=tuple(s for reply in replies for s in reply.settings))


def compose(request: DynamicsRequest, desk: Desk) -> Brief:
    """Levels, importance and distance."""
    return Brief(
        {
            "reviewer": list(request.notes),
            "tracks": [
                track_data(t.analysis)
                | {
                    "kind": t.kind,
                    "intensity": round(t.intensity, 2),
                    "depth_m": round(t.depth_m, 1),
                    "crest_db": round(t.crest_db, 1),
                    "reviewer_asks_db": t.correction_db,
                }
                for t in request.tracks
            ],
        }
    )


def understand(request: DynamicsRequest, said: DynamicsAnswer, brief: Brief) -> DynamicsReply:
    """Settings in the order asked; none that drives a track over full scale."""
    all_once([t.analysis.event_id for t in request.tracks], [t.event_id for t in said.tracks])
    lines = {t.event_id: t for t in said.tracks}
    settings = []
    for track in request.tracks:
        line, analysis = lines[track.analysis.event_id], track.analysis
        peak_dbfs = analysis.peak_dbfs + line.gain_db
        if peak_dbfs > _PEAK_DBFS:
            raise MisreadError(
                f"{analysis.event_id}: a gain of {line.gain_db:g} dB puts its peak at {peak_dbfs:+.1f} dBFS"
            )
        settings.append(
            DynamicsSettings(
                event_id=analysis.event_id,
                gain_db=line.gain_db,
                compressor_threshold_db=line.compressor_threshold_db if line.compressor_threshold_db < 0.0 else None,
                compressor_ratio=line.compressor_ratio,
                reason=line.reason,
            )
        )
    return DynamicsReply(settings=tuple(settings))


ROLE = Role(
    name="dynamics",
    capability="text",
    answer=DynamicsAnswer,
    compose=compose,
    understand=understand,
    check=dynamics.check,
    think=dynamics.think,
    max_tokens=2048,
    split=in_runs("tracks"),
    join=join,
)
