"""The mixing planner and the three specialists played by a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from foleydesigner.agents import dynamics, equalisation, mixing_planner, reverberation
from foleydesigner.agents.dynamics import DynamicsReply, DynamicsRequest
from foleydesigner.agents.equalisation import EqualisationReply, EqualisationRequest
from foleydesigner.agents.mixing_planner import PlannerRequest, TrackContext
from foleydesigner.agents.reverberation import ReverberationReply, ReverberationRequest
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.picture_data import chunks
from foleydesigner.agents.served.schema import Answer, Id, Share, Text
from foleydesigner.mix import (
    Correction,
    DynamicsSettings,
    EqualiserSettings,
    Masking,
    MixPlan,
    Operation,
    ReverbSettings,
    TrackAnalysis,
    TrackPlan,
)

TRACKS_A_QUESTION = 20
_PEAK_DBFS = 0.0
"""No track may be lifted over full scale; the limiter of the print is no tool of balance."""
_RT60_FACTOR, _RT60_SLACK_S = 2.0, 0.3


def _track_data(analysis: TrackAnalysis) -> dict[str, Any]:
    return {
        "id": analysis.event_id,
        "label": analysis.label,
        "layer": analysis.layer,
        "prominence": analysis.prominence,
        "lufs": round(analysis.loudness_lufs, 1),
        "peak_dbfs": round(analysis.peak_dbfs, 1),
        "rt60_s": None if analysis.rt60_s is None else round(analysis.rt60_s, 2),
        "low_mid_high_db": [round(v, 1) for v in (analysis.low_db, analysis.mid_db, analysis.high_db)],
        "heard_as": analysis.heard_as,
        "agreement": round(analysis.agreement, 2),
    }


def _context_data(context: TrackContext) -> dict[str, Any]:
    return {
        "placement": context.placement,
        "depth_m": round(context.depth_m, 1),
        "scene": context.scene_id,
        "place_rt60_s": round(context.target_rt60_s, 2),
    }


def _masking_data(maskings: Sequence[Masking]) -> list[dict[str, Any]]:
    worst = sorted(maskings, key=lambda m: -m.excess_db)[:32]
    return [
        {"masked": m.masked_id, "by": m.masker_id, "band": m.band, "excess_db": round(m.excess_db, 1)} for m in worst
    ]


def _all_once(asked: Sequence[str], got: Sequence[str]) -> None:
    """Every track is answered for once, and no other.

    Raises:
        MisreadError: it is not so.
    """
    missing, extra = [i for i in asked if i not in got], [i for i in got if i not in asked]
    doubled = sorted({i for i in got if got.count(i) > 1})
    if missing or extra or doubled:
        raise MisreadError(f"tracks missing: {missing[:4]}, unknown: {extra[:4]}, twice: {doubled[:4]}")


# ── the planner


class TrackLine(Answer):
    """What one track needs."""

    event_id: Id
    operations: Annotated[list[Operation], Field(max_length=3)]
    reason: Text


class CorrectionLine(Answer):
    """One bounded change of level."""

    event_id: Id
    gain_db: Annotated[float, Field(ge=-3.0, le=3.0)]
    reason: Text


class PlannerAnswer(Answer):
    """The plan; after the mix only corrections."""

    tracks: Annotated[list[TrackLine], Field(max_length=TRACKS_A_QUESTION)]
    retake_ids: Annotated[list[Id], Field(max_length=8)]
    corrections: Annotated[list[CorrectionLine], Field(max_length=8)]


def split_plan(request: PlannerRequest) -> Sequence[PlannerRequest]:
    """Runs of tracks, each with the maskings among them."""
    groups = chunks(request.analyses, TRACKS_A_QUESTION)
    if len(groups) <= 1:
        return [request] if groups else []
    parts = []
    for group in groups:
        names = {a.event_id for a in group}
        parts.append(
            request.model_copy(
                update={
                    "analyses": tuple(group),
                    "contexts": tuple(c for c in request.contexts if c.event_id in names),
                    "maskings": tuple(m for m in request.maskings if {m.masked_id, m.masker_id} <= names),
                }
            )
        )
    return parts


def join_plan(request: PlannerRequest, replies: Sequence[MixPlan]) -> MixPlan:
    """All parts; the maskings are those that were measured."""
    return MixPlan(
        tracks=tuple(t for r in replies for t in r.tracks),
        maskings=request.maskings,
        findings=tuple(f for r in replies for f in r.findings),
        retake_ids=tuple(i for r in replies for i in r.retake_ids),
        corrections=tuple(c for r in replies for c in r.corrections),
    )


def compose_plan(request: PlannerRequest, desk: Desk) -> Brief:
    """Tracks, where they stand, who masks whom."""
    contexts = {c.event_id: c for c in request.contexts}
    return Brief(
        {
            "task": "correct the mix that was made" if request.mixed else "plan the mix",
            "retakes_allowed": request.retakes_allowed and not request.mixed,
            "reviewer": list(request.notes),
            "tracks": [_track_data(a) | _context_data(contexts[a.event_id]) for a in request.analyses],
            "maskings": _masking_data(request.maskings),
        }
    )


def understand_plan(request: PlannerRequest, said: PlannerAnswer, brief: Brief) -> MixPlan:
    """The plan; after the mix no operation is planned any more."""
    asked = [a.event_id for a in request.analyses]
    corrected = [c.event_id for c in said.corrections]
    if unknown := [i for i in (*corrected, *said.retake_ids) if i not in asked]:
        raise MisreadError(f"unknown tracks {unknown[:4]}")
    if len(set(corrected)) < len(corrected):
        raise MisreadError("a track is corrected twice")
    if request.mixed:
        plans = tuple(TrackPlan(event_id=i, operations=()) for i in asked)
        kept = tuple(
            Correction(event_id=c.event_id, gain_db=c.gain_db, reason=c.reason) for c in said.corrections if c.gain_db
        )
        return MixPlan(tracks=plans, maskings=request.maskings, corrections=kept)
    _all_once(asked, [t.event_id for t in said.tracks])
    lines = {t.event_id: t for t in said.tracks}
    return MixPlan(
        tracks=tuple(
            TrackPlan(event_id=i, operations=tuple(dict.fromkeys(lines[i].operations)), reasons=(lines[i].reason,))
            for i in asked
        ),
        maskings=request.maskings,
        retake_ids=tuple(dict.fromkeys(said.retake_ids)) if request.retakes_allowed else (),
    )


# ── reverberation


class RoomLine(Answer):
    """The room of one scene."""

    scene_id: Id
    rt60_s: Annotated[float, Field(ge=0.0, le=12.0)]
    damping: Share


class SendLine(Answer):
    """How deep one track stands in it."""

    event_id: Id
    send_db: Annotated[float, Field(ge=-40.0, le=0.0)]
    reason: Text


class ReverberationAnswer(Answer):
    """Rooms and sends."""

    rooms: Annotated[list[RoomLine], Field(max_length=12)]
    sends: Annotated[list[SendLine], Field(max_length=TRACKS_A_QUESTION)]


def split_reverb(request: ReverberationRequest) -> Sequence[ReverberationRequest]:
    """Runs of tracks."""
    groups = chunks(request.tracks, TRACKS_A_QUESTION)
    return [request] if len(groups) == 1 else [request.model_copy(update={"tracks": tuple(g)}) for g in groups]


def join_reverb(request: ReverberationRequest, replies: Sequence[ReverberationReply]) -> ReverberationReply:
    """All sends, each scene in the room that was chosen for it first."""
    rooms: dict[str, dict[str, Any]] = {}
    settings = []
    for setting in (s for reply in replies for s in reply.settings):
        room = rooms.setdefault(setting.scene_id, setting.model_dump(include={"room_size", "damping", "target_rt60_s"}))
        settings.append(setting.model_copy(update=room))
    return ReverberationReply(settings=tuple(settings))


def compose_reverb(request: ReverberationRequest, desk: Desk) -> Brief:
    """Where the tracks stand."""
    return Brief(
        {
            "reviewer": list(request.notes),
            "asked_change_of_sends_db": request.send_offset_db,
            "tracks": [{"id": t.event_id, "layer": t.layer, **_context_data(t)} for t in request.tracks],
        }
    )


def understand_reverb(request: ReverberationRequest, said: ReverberationAnswer, brief: Brief) -> ReverberationReply:
    """Settings in Freeverb's terms; a room that is nothing like the place is refused."""
    from foleydesigner.tools.reverb import room_size_for

    _all_once([t.event_id for t in request.tracks], [s.event_id for s in said.sends])
    scenes = list(dict.fromkeys(t.scene_id for t in request.tracks))
    rooms = {room.scene_id: room for room in said.rooms}
    if missing := [scene for scene in scenes if scene not in rooms]:
        raise MisreadError(f"scenes without a room: {missing[:4]}")
    sends = {send.event_id: send for send in said.sends}
    settings = []
    for track in request.tracks:
        room, send = rooms[track.scene_id], sends[track.event_id]
        low_s, high_s = (
            track.target_rt60_s / _RT60_FACTOR - _RT60_SLACK_S,
            track.target_rt60_s * _RT60_FACTOR + _RT60_SLACK_S,
        )
        if not low_s <= room.rt60_s <= high_s:
            raise MisreadError(
                f"{track.scene_id}: rt60_s {room.rt60_s:g} does not fit a place of {track.target_rt60_s:.2f} s"
            )
        settings.append(
            ReverbSettings(
                event_id=track.event_id,
                scene_id=track.scene_id,
                send_db=send.send_db,
                room_size=room_size_for(room.rt60_s, room.damping),
                damping=room.damping,
                target_rt60_s=room.rt60_s,
                reason=send.reason,
            )
        )
    return ReverberationReply(settings=tuple(settings))


# ── equalisation

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


def split_equaliser(request: EqualisationRequest) -> Sequence[EqualisationRequest]:
    """Runs of tracks."""
    groups = chunks(request.analyses, TRACKS_A_QUESTION)
    return [request] if len(groups) == 1 else [request.model_copy(update={"analyses": tuple(g)}) for g in groups]


def join_equaliser(request: EqualisationRequest, replies: Sequence[EqualisationReply]) -> EqualisationReply:
    """All settings."""
    return EqualisationReply(settings=tuple(s for reply in replies for s in reply.settings))


def compose_equaliser(request: EqualisationRequest, desk: Desk) -> Brief:
    """Spectra, and who masks whom."""
    return Brief(
        {
            "bands_hz": {"low": "below 250", "mid": "250-4000", "high": "above 4000"},
            "reviewer": list(request.notes),
            "only_dull": list(request.prominence_only),
            "tracks": [_track_data(a) for a in request.analyses],
            "maskings": _masking_data(request.maskings),
        }
    )


def understand_equaliser(request: EqualisationRequest, said: EqualisationAnswer, brief: Brief) -> EqualisationReply:
    """Settings in the order asked."""
    asked = [a.event_id for a in request.analyses]
    _all_once(asked, [t.event_id for t in said.tracks])
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


# ── dynamics


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


def split_dynamics(request: DynamicsRequest) -> Sequence[DynamicsRequest]:
    """Runs of tracks."""
    groups = chunks(request.tracks, TRACKS_A_QUESTION)
    return [request] if len(groups) == 1 else [request.model_copy(update={"tracks": tuple(g)}) for g in groups]


def join_dynamics(request: DynamicsRequest, replies: Sequence[DynamicsReply]) -> DynamicsReply:
    """All settings."""
    return DynamicsReply(settings=tuple(s for reply in replies for s in reply.settings))


def compose_dynamics(request: DynamicsRequest, desk: Desk) -> Brief:
    """Levels, importance and distance."""
    return Brief(
        {
            "reviewer": list(request.notes),
            "tracks": [
                _track_data(t.analysis)
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


def understand_dynamics(request: DynamicsRequest, said: DynamicsAnswer, brief: Brief) -> DynamicsReply:
    """Settings in the order asked; none that drives a track over full scale."""
    _all_once([t.analysis.event_id for t in request.tracks], [t.event_id for t in said.tracks])
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


PLANNER = Role(
    name="mixing_planner",
    capability="text",
    answer=PlannerAnswer,
    compose=compose_plan,
    understand=understand_plan,
    check=mixing_planner.check,
    think=mixing_planner.think,
    max_tokens=2048,
    split=split_plan,
    join=join_plan,
)
REVERBERATION = Role(
    name="reverberation",
    capability="text",
    answer=ReverberationAnswer,
    compose=compose_reverb,
    understand=understand_reverb,
    check=reverberation.check,
    think=reverberation.think,
    max_tokens=1536,
    split=split_reverb,
    join=join_reverb,
)
EQUALISATION = Role(
    name="equalisation",
    capability="text",
    answer=EqualisationAnswer,
    compose=compose_equaliser,
    understand=understand_equaliser,
    check=equalisation.check,
    think=equalisation.think,
    max_tokens=2048,
    split=split_equaliser,
    join=join_equaliser,
)
DYNAMICS = Role(
    name="dynamics",
    capability="text",
    answer=DynamicsAnswer,
    compose=compose_dynamics,
    understand=understand_dynamics,
    check=dynamics.check,
    think=dynamics.think,
    max_tokens=2048,
    split=split_dynamics,
    join=join_dynamics,
)
