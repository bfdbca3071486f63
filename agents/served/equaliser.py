"""The equalisation specialist played by a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from foleydesigner.agents import equalisation
from foleydesigner.agents.equalisation import EqualisationReply, EqualisationRequest
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.mind import Role
from foleydesigner.agents.served.schema import Answer, Id, Text
from foleydesigner.agents.served.tracks import (
    TRACKS_A_QUESTION,
    all_once,
    in_runs,
    masking_data,
    track_data,
)
from foleydesigner.mix import EqualiserSettings

BandDb = Annotated[float, Field(ge=-12.0, le=6.0)]


class EqualiserLine(Answer):
    """One track's equaliser; highpass_hz 0 = none."""

    event_id: Id
    low_db: BandDb
    mid_db: BandDb
    high_db: BandDb
    highpass_hz: Annotated[float, Field(ge=0.0, le=400.0)]
    reason: Text


class EqualisationAnswer(Answer):
    """One line a track."""

    tracks: Annotated[list[EqualiserLine], Field(max_length=TRACKS_A_QUESTION)]


def join(request: EqualisationRequest, replies: Sequence[EqualisationReply]) -> EqualisationReply:
    """All settings."""
    return EqualisationReply(settings=tuple(s for reply in replies for s in reply.settings))


def compose(request: EqualisationRequest, desk: Desk) -> Brief:
    """Spectra, and who masks whom."""
    return Brief(
        {
            "bands_hz": {"low": "below 250", "mid": "250-4000", "high": "above 4000"},
            "reviewer": list(request.notes),
            "only_dull": list(request.prominence_only),
            "tracks": [track_data(a) for a in request.analyses],
            "maskings": masking_data(request.maskings),
        }
    )


def understand(request: EqualisationRequest, said: EqualisationAnswer, brief: Brief) -> EqualisationReply:
    """Settings in the order asked."""
    asked = [a.event_id for a in request.analyses]
    all_once(asked, [t.event_id for t in said.tracks])
    lines = {t.event_id: t for t in said.tracks}
    return EqualisationReply(
        settings=tuple(
            EqualiserSettings(
                event_id=i,
                low_db=lines[i].low_db,
                mid_db=lines[i].mid_db,
                high_db=lines[i].high_db,
                highpass_hz=lines[i].highpass_hz if lines[i].highpass_hz >= 10.0 else None,
                reason=lines[i].reason,
            )
            for i in asked
        )
    )


ROLE = Role(
    name="equalisation",
    capability="text",
    answer=EqualisationAnswer,
    compose=compose,
    understand=understand,
    check=equalisation.check,
    think=equalisation.think,
    max_tokens=2048,
    split=in_runs("analyses"),
    join=join,
)
