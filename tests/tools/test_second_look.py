"""A second look: what a walker passes comes out whole, and what goes with the walker is no thing of its own."""

from __future__ import annotations

import numpy as np

from foleydesigner.tools.appearance import look_of
from foleydesigner.tools.camera import CameraMotion
from foleydesigner.tools.flow import CellMotion
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.second_look import ShotMemory
from foleydesigner.tools.tracking import Tracker

RATE, ROWS, COLUMNS, FRAMES = 25.0, 45, 80, 100
RED, BLUE, GREY = (200.0, 40.0, 40.0), (40.0, 60.0, 200.0), (120.0, 120.0, 120.0)


def picture(things: list[tuple[tuple[int, int, int, int], tuple[float, float, float], float]]) -> CellMotion:
    """Boxes (x1, y1, x2, y2) of a colour that go `u` pixels a frame across."""
    residual = np.zeros((ROWS, COLUMNS, 2), dtype=np.float32)
    colour = np.full((ROWS, COLUMNS, 3), GREY, dtype=np.float32)
    figure = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    for (x1, y1, x2, y2), paint, speed_px in things:
        place = np.s_[y1:y2, max(0, x1) : max(0, x2)]
        residual[place] = (speed_px, 0.0)
        colour[place] = paint
        figure[place] = 40.0
    moving = figure > 0.0
    change = figure / 2
    return CellMotion(residual, change, colour.mean(axis=2), moving, moving, CameraMotion(), colour, figure)


def walker_at(frame: int) -> tuple[int, int, int, int]:
    x = round(5 + 0.6 * frame)
    return x, 15, x + 5, 30


def walker() -> LiveTrack:
    track = LiveTrack(1, 0, walker_at(0), (0.6, 0.0), FRAMES - 1)
    for frame in range(FRAMES):
        track.record(walker_at(frame), 2.0, 75.0)
    track.look = look_of(np.full((75, 3), RED, dtype=np.float32))
    return track


def look(*, shadow: bool = False) -> list[LiveTrack] | None:
    memory = ShotMemory(frame_rate=RATE)
    for frame in range(FRAMES):
        x1, _, x2, y2 = walker_at(frame)
        swing = round(4 * np.sin(frame / 4))
        things = [((40 + swing, 20, 44 + swing, 24), BLUE, 1.0), (walker_at(frame), RED, 2.4)]
        if shadow:
            things.append(((x1, y2, x2, y2 + 3), BLUE, 2.4))
        memory.push(picture(things), cut=frame == 0)
    return memory.look_again([walker()], Tracker(frame_rate=RATE, cell_px=4.0, numbered=7))


def test_what_a_walker_passes_is_followed_before_and_after() -> None:
    tracks = look()
    assert tracks is not None
    (longest,) = [t for t in tracks if t.frames > 0.3 * FRAMES]
    assert longest.number > 7
    xs = np.asarray(longest.boxes).reshape(-1, 4)
    assert xs[:, 0].min() > 30.0
    assert xs[:, 2].max() < 55.0


def test_a_shadow_is_no_thing_of_its_own() -> None:
    with_shadow, without = look(shadow=True), look()
    assert with_shadow is not None
    assert without is not None
    ends = [t.box_at(t.end_frame - 1)[0] - t.box_at(t.start_frame)[0] for t in with_shadow]
    assert max(ends) < 20.0  # nothing else goes across
    assert len(with_shadow) <= len(without) + 1


def test_a_long_shot_and_one_without_walkers_are_looked_at_once() -> None:
    memory = ShotMemory(frame_rate=1.0)
    for frame in range(21):
        memory.push(picture([(walker_at(frame), RED, 2.4)]), cut=frame == 0)
    tracker = Tracker(frame_rate=1.0, cell_px=4.0)
    assert memory.look_again([walker()], tracker) is None
    memory.push(picture([]), cut=True)
    assert memory.look_again([], tracker) is None
    assert memory.look_again([walker()], tracker) == []
