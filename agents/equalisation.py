"""Equalisation specialist: makes room in the spectrum where one track buries another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foleydesigner.mix import EqualiserSettings, Masking, TrackAnalysis
from foleydesigner.model import Line, Model
from foleydesigner.text import Finding

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

_RANK = {"foreground": 0, "middle": 1, "background": 2}
_MAX_CUT_DB, _MAX_LIFT_DB = 8.0, 3.0
_RUMBLE_FREE = {"feet": 60.0, "moves": 150.0, "props": 40.0}
"""High-pass corner by layer, Hz: recordists roll off what a floor or a sleeve cannot sound."""


class EqualisationRequest(Model):
    """All tracks that need equalisation, and who masks whom."""

    analyses: tuple[TrackAnalysis, ...]
    maskings: tuple[Masking, ...] = ()
    prominence_only: tuple[str, ...] = ()
    """Event ids that are only dull, not masked."""
    notes: tuple[Line, ...] = ()


class EqualisationReply(Model):
    """Settings, one a track asked for."""

    settings: tuple[EqualiserSettings, ...]


def think(request: EqualisationRequest) -> EqualisationReply:
    """Cut the masker where it is the less important; lift the masked a little where it is the more important.

    Two tracks of one rank share the cut, so that neither is thinned alone.
    """
    rank = {a.event_id: _RANK[a.prominence] for a in request.analyses}
    bands: dict[str, dict[str, float]] = {a.event_id: {"low": 0.0, "mid": 0.0, "high": 0.0} for a in request.analyses}
    reasons: dict[str, list[str]] = {a.event_id: [] for a in request.analyses}
    for masking in sorted(request.maskings, key=lambda m: (m.masked_id, m.masker_id, m.band)):
        masked, masker, band = masking.masked_id, masking.masker_id, masking.band
        if masked not in rank or masker not in rank or rank[masker] < rank[masked]:
            continue
        cut_db = min(_MAX_CUT_DB, masking.excess_db / (1.0 if rank[masker] > rank[masked] else 2.0))
        if -cut_db < bands[masker][band]:
            bands[masker][band] = -cut_db
            reasons[masker].append(f"{band} -{cut_db:.1f} dB for {masked}")
        if rank[masker] > rank[masked] and masking.excess_db > cut_db:
            lift_db = min(_MAX_LIFT_DB, masking.excess_db - cut_db)
            bands[masked][band] = max(bands[masked][band], lift_db)
            reasons[masked].append(f"{band} +{lift_db:.1f} dB over {masker}")
    settings = []
    for analysis in request.analyses:
        gains = dict(bands[analysis.event_id])
        if analysis.event_id in request.prominence_only:
            gains["high"] += 2.0
            reasons[analysis.event_id].append("high +2.0 dB for presence")
        settings.append(
            EqualiserSettings(
                event_id=analysis.event_id,
                low_db=gains["low"],
                mid_db=gains["mid"],
                high_db=gains["high"],
                highpass_hz=_RUMBLE_FREE.get(analysis.layer),
                reason="; ".join(reasons[analysis.event_id])[:400],
            )
        )
    return EqualisationReply(settings=tuple(settings))


def check(request: EqualisationRequest, reply: EqualisationReply) -> list[Finding]:
    """One setting a track, in the order asked."""
    findings = []
    if [a.event_id for a in request.analyses] != [s.event_id for s in reply.settings]:
        findings.append(Finding(kind="incoherent", severity="fundamental", message="tracks and settings do not match"))
    return findings


def house() -> Runnable[EqualisationRequest, EqualisationReply]:
    """The specialist's house mind."""
    from foleydesigner.agents.minds import house_mind

    return house_mind("equalisation_specialist", think, check)
