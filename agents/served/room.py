"""The reverberation specialist played by a language model: rooms by their time, sends by track."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from foleydesigner.agents import reverberation
from foleydesigner.agents.reverberation import ReverberationReply, ReverberationRequest
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.mind import MisreadError, Role
from foleydesigner.agents.served.schema import Answer, Id, Share, Text
from foleydesigner.agents.served.tracks import (
    TRACKS_A_QUESTION,
    all_once,
    context_data,
    in_runs,
)
from foleydesigner.mix import ReverbSettings

_RT60_FACTOR, _RT60_SLACK_S = 2.0, 0.3
"""How far a room may be from its place."""


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


def join(request: ReverberationRequest, replies: Sequence[ReverberationReply]) -> ReverberationReply:
    """All sends, each scene in the room that was chosen for it first."""
    rooms: dict[str, dict[str, Any]] = {}
    settings = []
    for setting in (s for reply in replies for s in reply.settings):
        room = rooms.setdefault(setting.scene_id, setting.model_dump(include={"room_size", "damping", "target_rt60_s"}))
        settings.append(setting.model_copy(update=room))
    return ReverberationReply(settings=tuple(settings))


def compose(request: ReverberationRequest, desk: Desk) -> Brief:
    """Where the tracks stand."""
    return Brief(
        {
            "reviewer": list(request.notes),
            "asked_change_of_sends_db": request.send_offset_db,
            "tracks": [{"id": t.event_id, "layer": t.layer, **context_data(t)} for t in request.tracks],
        }
    )


def understand(request: ReverberationRequest, said: ReverberationAnswer, brief: Brief) -> ReverberationReply:
    """Settings in Freeverb's terms; a room that is nothing like the place is refused."""
    from foleydesigner.tools.reverb import room_size_for

    all_once([t.event_id for t in request.tracks], [s.event_id for s in said.sends])
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


ROLE = Role(
    name="reverberation",
    capability="text",
    answer=ReverberationAnswer,
    compose=compose,
    understand=understand,
    check=reverberation.check,
    think=reverberation.think,
    max_tokens=1536,
    split=in_runs("tracks"),
    join=join,
)
