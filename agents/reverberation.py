"""Reverberation specialist: one room for all tracks of a scene, entered more deeply the farther a source stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from foleydesigner.agents.mixing_planner import TrackContext
from foleydesigner.mix import ReverbSettings
from foleydesigner.model import Line, Model
from foleydesigner.text import Finding

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

_ROOM_CONSTANT = 0.057
"""Critical distance r_c = 0.057 sqrt(V / RT60) metres, omnidirectional source (Kuttruff, Room Acoustics, ch. 5)."""
_MIN_SEND_DB, _MAX_SEND_DB = -26.0, -3.0


class ReverberationRequest(Model):
    """All tracks that need reverberation, at once."""

    tracks: tuple[TrackContext, ...]
    send_offset_db: float = 0.0
    """What a correction or a reviewer adds to every send."""
    notes: tuple[Line, ...] = ()


class ReverberationReply(Model):
    """Settings, one a track asked for."""

    settings: tuple[ReverbSettings, ...]


def room_volume_m3(rt60_s: float) -> float:
    """A plausible volume of a furnished room of that RT60, from Sabine's law at a mean absorption of 0.2.

    RT60 = 0.161 V / (0.2 S) with S = 6 V^(2/3) of a cube gives V = (7.45 RT60)^3.
    """
    return max(20.0, (7.45 * rt60_s) ** 3)


def direct_to_reverberant_db(depth_m: float, rt60_s: float) -> float:
    """Level of the reverberant over the direct sound at a distance, dB: 20 log10(r / r_c)."""
    critical_m = _ROOM_CONSTANT * math.sqrt(room_volume_m3(rt60_s) / max(rt60_s, 0.05))
    return 20.0 * math.log10(max(depth_m, 0.3) / critical_m)


def damping_for(rt60_s: float) -> float:
    """High-frequency damping: dry rooms are furnished (0.7), long ones hard (0.35)."""
    return min(0.7, max(0.35, 0.75 - 0.15 * rt60_s))


def think(request: ReverberationRequest) -> ReverberationReply:
    """One room and damping a scene; the send follows the direct-to-reverberant ratio, within film practice."""
    from foleydesigner.tools.reverb import room_size_for

    settings = []
    for track in request.tracks:
        rt60_s = track.target_rt60_s
        damping = damping_for(rt60_s)
        # Film perspective is gentler than physics: half the ratio in dB, around -14 dB at the critical distance.
        send_db = -14.0 + 0.5 * direct_to_reverberant_db(track.depth_m, rt60_s) + request.send_offset_db
        if track.placement == "offscreen":
            send_db += 3.0
        settings.append(
            ReverbSettings(
                event_id=track.event_id,
                scene_id=track.scene_id,
                send_db=min(_MAX_SEND_DB, max(_MIN_SEND_DB, send_db)),
                room_size=room_size_for(rt60_s, damping),
                damping=damping,
                target_rt60_s=rt60_s,
                reason=f"{track.depth_m:.1f} m away in a place of RT60 {rt60_s:.2f} s",
            )
        )
    return ReverberationReply(settings=tuple(settings))


def check(request: ReverberationRequest, reply: ReverberationReply) -> list[Finding]:
    """One setting a track; one room a scene."""
    findings = []
    if [t.event_id for t in request.tracks] != [s.event_id for s in reply.settings]:
        findings.append(Finding(kind="incoherent", severity="fundamental", message="tracks and settings do not match"))
    rooms: dict[str, set[tuple[float, float]]] = {}
    for setting in reply.settings:
        rooms.setdefault(setting.scene_id, set()).add((setting.room_size, setting.damping))
    findings += [
        Finding(kind="incoherent", severity="correctable", message=f"scene {scene} has {len(sizes)} rooms")
        for scene, sizes in rooms.items()
        if len(sizes) > 1
    ]
    return findings


def house() -> Runnable[ReverberationRequest, ReverberationReply]:
    """The specialist's house mind."""
    from foleydesigner.agents.minds import house_mind

    return house_mind("reverberation_specialist", think, check)
