"""A film of any length whose contacts are known: the demo's scene, joined end to end without encoding it again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.files import atomic_path
from foleydesigner.tools.demo_scene import FRAME_RATE, SHOT_S, truth, write_demo_scene

SCENE_S = 2 * SHOT_S


def write_long_film(folder: Path, minutes: float) -> Path:
    """`folder/<minutes>min.mp4`: as many scenes as begin within `minutes`; a cut every `SHOT_S` seconds."""
    import av

    scene, _ = write_demo_scene(folder / "scene")
    film = folder / f"{minutes:g}min.mp4"
    with av.open(str(scene)) as source, atomic_path(film) as temporary, av.open(str(temporary), "w") as joined:
        picture = source.streams.video[0]
        stream = joined.add_stream_from_template(picture)
        scene_ticks = round(SCENE_S / picture.time_base) if picture.time_base else 0
        packets = [
            (bytes(packet), packet.pts, packet.dts, packet.duration, packet.is_keyframe)
            for packet in source.demux(picture)
            if packet.pts is not None
        ]
        for number in range(scenes_in(minutes)):
            for data, pts, dts, duration, is_keyframe in packets:
                packet = av.Packet(data)
                packet.pts, packet.dts = pts + number * scene_ticks, (dts or 0) + number * scene_ticks
                packet.duration, packet.is_keyframe = duration, is_keyframe
                packet.time_base, packet.stream = picture.time_base or Fraction(1, FRAME_RATE), stream
                joined.mux(packet)
    return film


def scenes_in(minutes: float) -> int:
    """How many times the scene is shown."""
    return max(1, round(60.0 * minutes / SCENE_S))


def contacts_s(minutes: float) -> NDArray[np.float64]:
    """True times of all bounces and footfalls, ascending."""
    once = np.array([*truth()["bounces_s"], *truth()["steps_s"]])
    return np.sort((once[None, :] + SCENE_S * np.arange(scenes_in(minutes))[:, None]).ravel())


__all__ = ["FRAME_RATE", "SCENE_S", "contacts_s", "scenes_in", "write_long_film"]
