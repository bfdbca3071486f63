"""The smallest film in which every stage has something to do."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.files import atomic_path, write_text

WIDTH_PX, HEIGHT_PX, FRAMES_A_SHOT, RATE = 160, 90, 15, 15
SCREENPLAY = """INT. CELLAR - NIGHT

Water drips. A rubber ball falls on the concrete floor and bounces.

A CLOCK ticks. A door slams far away.
"""


def write_tiny_film(folder: Path, shots: int = 2) -> tuple[Path, Path]:
    """Clip and screenplay: a ball that falls and bounces, a second a shot."""
    import av

    clip, screenplay = folder / "tiny.mp4", folder / "tiny.fountain"
    write_text(screenplay, SCREENPLAY)
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    with atomic_path(clip) as temporary, av.open(str(temporary), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(RATE), options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.codec_context.thread_count = 1
        for frame in range(shots * FRAMES_A_SHOT):
            time_s = (frame % FRAMES_A_SHOT) / RATE
            picture = _room(frame // FRAMES_A_SHOT)
            y = 62.0 - 50.0 * abs(np.cos(np.pi * time_s / 0.7))
            x = 30.0 + 90.0 * time_s
            picture[np.hypot(rows - y, columns - x) < 9.0] = (220, 60, 50)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return clip, screenplay


def _room(shot: int) -> NDArray[np.uint8]:
    """A wall of stones, another one in each shot, over a dark floor; (h, w, 3)."""
    stones = np.random.default_rng(shot).integers(40, 220, (6, 16, 1), dtype=np.uint8)
    wall = stones.repeat(HEIGHT_PX // 6, axis=0).repeat(WIDTH_PX // 16, axis=1).repeat(3, axis=2)
    wall[70:] = 40
    return wall
