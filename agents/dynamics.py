"""Dynamics specialist: puts every track at the level that its importance, distance and energy ask for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from foleydesigner.mix import DynamicsSettings, TrackAnalysis
from foleydesigner.model import Line, Model, Unit
from foleydesigner.script import EventKind, Layer, Prominence
from foleydesigner.text import Finding

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

_TARGET_LUFS = {"foreground": -22.0, "middle": -29.0, "background": -38.0}
"""Where a track of that prominence sits on its own. Backgrounds lie 16 dB under the foreground, the usual gap between
ambience and effects in a film's M&E; the printed mix is moved as a whole by the delivery profile."""
_LAYER_OFFSET_DB = {"feet": -1.0, "moves": -7.0, "props": 0.0, "hard_fx": 2.0, "backgrounds": 0.0}
_INTENSITY_DB = 8.0
_SPREAD_DB = 14.0
_CLOTHES_HEARD_M, _MOST_AWAY_DB = 1.5, 18.0
"""How near a person is whose clothes are meant to be heard (a medium close-up), and the most that they lose beyond."""
_MAX_GAIN_DB, _MIN_GAIN_DB = 24.0, -40.0
_PEAK_DBFS = {"foreground": -2.0, "middle": -10.0, "background": -16.0}
"""Highest sample peak that a track is lifted to: loudness is a mean, and what is sparse (crackle, drips) or weighs
little on the K-curve (a bass drum) would buy it with peaks that stand over the foreground's."""


class DynamicsTrack(Model):
    """One track to be levelled."""

    analysis: TrackAnalysis
    kind: EventKind
    intensity: Unit
    depth_m: Annotated[float, Field(gt=0.0)]
    crest_db: Annotated[float, Field(ge=0.0)] = 0.0
    """Peak over integrated loudness."""
    correction_db: Annotated[float, Field(ge=-12.0, le=12.0)] = 0.0
    """What the corrective pass or a reviewer's note adds."""


class DynamicsRequest(Model):
    """All tracks at once."""

    tracks: tuple[DynamicsTrack, ...]
    notes: tuple[Line, ...] = ()


class DynamicsReply(Model):
    """Settings, one a track asked for."""

    settings: tuple[DynamicsSettings, ...]


def target_lufs(track: DynamicsTrack) -> float:
    """Loudness that the track should have in the mix, before the delivery profile.

    Distance counts a little only, for a film shows what matters from afar and still lets it be heard. The cloth pass is
    the exception: a rustle that nobody wrote is for those who are near, and dies with distance as in life.
    """
    layer, prominence = track.analysis.layer, track.analysis.prominence
    if layer == "moves" and prominence == "background":
        distance_db = -min(_MOST_AWAY_DB, max(0.0, 20.0 * math.log10(track.depth_m / _CLOTHES_HEARD_M)))
    else:
        distance_db = -min(6.0, max(0.0, (track.depth_m - 2.0) * 0.25)) if layer != "backgrounds" else 0.0
    return nominal_lufs(prominence, layer, track.intensity) + distance_db


def nominal_lufs(prominence: Prominence, layer: Layer, intensity: float) -> float:
    """Loudness that a track's importance, layer and energy ask for, wherever it stands, LUFS."""
    return _TARGET_LUFS[prominence] + _LAYER_OFFSET_DB[layer] + (intensity - 0.5) * _INTENSITY_DB


def crowding_db(tracks: tuple[DynamicsTrack, ...], track: DynamicsTrack) -> float:
    """What a track gives way when several share its prominence: 10 log10 of their number, at most 6 dB."""
    peers = sum(t.analysis.prominence == track.analysis.prominence and t.kind == track.kind for t in tracks)
    return -min(6.0, 10.0 * math.log10(max(peers, 1)) * 0.5)


def think(request: DynamicsRequest) -> DynamicsReply:
    """Gain from measured to wanted loudness; a gentle compressor where single hits stand out too far."""
    settings: list[DynamicsSettings] = []
    for track in request.tracks:
        wanted = target_lufs(track) + crowding_db(request.tracks, track) + track.correction_db
        headroom_db = _PEAK_DBFS[track.analysis.prominence] - track.analysis.peak_dbfs
        gain_db = min(_MAX_GAIN_DB, headroom_db, max(_MIN_GAIN_DB, wanted - track.analysis.loudness_lufs))
        squeeze = track.kind == "steady" and track.crest_db > _SPREAD_DB + 6.0
        settings.append(
            DynamicsSettings(
                event_id=track.analysis.event_id,
                gain_db=gain_db,
                compressor_threshold_db=max(-60.0, track.analysis.peak_dbfs - _SPREAD_DB) if squeeze else None,
                compressor_ratio=2.0,
                reason=f"{track.analysis.prominence} {track.analysis.layer} to {wanted:.1f} LUFS",
            )
        )
    return DynamicsReply(settings=tuple(settings))


def check(request: DynamicsRequest, reply: DynamicsReply) -> list[Finding]:
    """One setting a track, in the order asked."""
    if [t.analysis.event_id for t in request.tracks] != [s.event_id for s in reply.settings]:
        return [Finding(kind="incoherent", severity="fundamental", message="tracks and settings do not match")]
    return []


def house() -> Runnable[DynamicsRequest, DynamicsReply]:
    """The specialist's house mind."""
    from foleydesigner.agents.minds import house_mind

    return house_mind("dynamics_specialist", think, check)
