"""The scene that `foley demo` films: two shots, a bouncing ball and a walker, with every contact known.

Everything is drawn from equations of motion, so the truth beside the clip is exact: a ball that falls on a floor and
bounces from left to right, then, after a cut, a figure that walks from right to left while lightning flashes in a
window.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from foleydesigner.files import atomic_path, write_json, write_text
from foleydesigner.script import FoleyScript

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH_PX, HEIGHT_PX, FRAME_RATE = 640, 360, 24
SHOT_S = 4.0
SCREENPLAY = """INT. WORKSHOP - NIGHT

Rain on the roof. A steel ball drops onto the wooden floor and bounces from left to right, again and again.

A WOMAN walks past on the wooden floor, from right to left. LIGHTNING flashes in the window behind her.
"""

_FLOOR_Y = 0.82
_WINDOW = (0.62, 0.12, 0.86, 0.46)
_FLASHES_S = (5.6, 7.1)
_STEP_S, _WALK = 0.55, 0.2  # seconds a step; picture widths a second
_FIRST_STEP_S = 4.45


@dataclass(frozen=True, slots=True)
class Bounces:
    """A ball under gravity with restitution: closed-form contacts and heights.

    Attributes:
        first_s: time of the first contact.
        flight_s: duration of the flight after it; each next one is `restitution` times as long.
        restitution: speed kept at a contact.
        count: contacts in all.
    """

    first_s: float = 0.75
    flight_s: float = 0.86
    restitution: float = 0.84
    count: int = 5

    def contacts_s(self) -> NDArray[np.float64]:
        """Times of the contacts, shape (count,)."""
        flights = self.flight_s * self.restitution ** np.arange(self.count - 1)
        return self.first_s + np.concatenate([[0.0], np.cumsum(flights)])

    def height(self, time_s: float) -> float:
        """Height over the floor in units of the picture's height; the fall starts at rest."""
        gravity = 1.9
        contacts = self.contacts_s()
        last = int(np.searchsorted(contacts, time_s, side="right")) - 1
        if last < 0:
            return 0.5 * gravity * (self.first_s**2 - max(time_s, 0.0) ** 2)
        flight_s = self.flight_s * self.restitution**last
        since_s = time_s - float(contacts[last])
        if last == self.count - 1 and since_s > flight_s:
            return 0.0
        return 0.5 * gravity * since_s * max(flight_s - since_s, 0.0)


def ball_x(time_s: float) -> float:
    """Horizontal position of the ball, share of the width."""
    return 0.12 + 0.19 * time_s


def walker_x(time_s: float) -> float:
    """Horizontal position of the walker, share of the width."""
    return 0.88 - _WALK * (time_s - SHOT_S)


def foot_of(steps: float) -> tuple[float, float]:
    """Where a foot is, `steps` after it struck: (ahead of the hip, share of the width; lift in [0, 1]).

    For 60 % of the cycle of two steps it stays on its spot while the body passes over it; for the rest it swings
    forward to its new spot (Whittle, "Gait Analysis": stance and swing).
    """
    length, stance = _STEP_S * _WALK, 1.2  # share of the width; steps
    reach = 0.5 * stance * length
    beat = steps % 2.0
    if beat < stance:
        return reach - length * beat, 0.0
    swing = (beat - stance) / (2.0 - stance)
    return -reach * float(np.cos(np.pi * swing)), float(np.sin(np.pi * swing))


def steps_s() -> NDArray[np.float64]:
    """Times of the heel strikes."""
    return np.arange(_FIRST_STEP_S, 2 * SHOT_S - 0.1, _STEP_S)


def write_demo_scene(folder: Path) -> tuple[Path, Path]:
    """Film the scene into `folder`: clip, screenplay, and `truth.json`; returns paths of clip and screenplay.

    The bytes are the same each time: the encoder runs in one thread.
    """
    clip, screenplay = folder / "demo.mp4", folder / "demo.fountain"
    write_text(screenplay, SCREENPLAY)
    write_json(folder / "truth.json", truth())
    with atomic_path(clip) as temporary:
        _encode(temporary, _frames())
    return clip, screenplay


def truth() -> dict[str, list[float]]:
    """What is heard when, and where: seconds, and azimuth in degrees by eq. 2 at a 90° field of view."""
    bounces, steps = Bounces().contacts_s(), steps_s()
    return {
        "bounces_s": bounces.tolist(),
        "bounce_azimuths_deg": [(ball_x(float(t)) - 0.5) * 90.0 for t in bounces],
        "steps_s": steps.tolist(),
        "step_azimuths_deg": [(walker_x(float(t)) - 0.5) * 90.0 for t in steps],
        "flashes_s": list(_FLASHES_S),
    }


def compare(script: FoleyScript, within_s: float = 0.1) -> list[str]:
    """One line a kind of contact: how many of the true ones the script has, and how far off the median one is."""
    found = np.array(sorted(t for event in script.events for t in event.onsets_s))
    lines = []
    for name, times in truth().items():
        if not name.endswith("_s"):
            continue
        off = np.array([np.abs(found - t).min(initial=np.inf) for t in times])
        near = off[off <= within_s]
        median = f", median {1000.0 * float(np.median(near)):.0f} ms off" if near.size else ""
        lines.append(f"{name.removesuffix('_s')}: {near.size} of {len(times)} found{median}")
    return lines


def _room(seed: int) -> NDArray[np.uint8]:
    """A still set: wall, boards, window, shelf; textured, as flow needs something to hold on to."""
    import cv2

    rng = np.random.default_rng(seed)
    wall = rng.normal(0.0, 6.0, (HEIGHT_PX, WIDTH_PX, 1)) + np.array([96.0, 82.0, 70.0])
    picture = np.clip(wall, 0, 255).astype(np.uint8)
    floor = int(_FLOOR_Y * HEIGHT_PX)
    for board, x in enumerate(range(-60, WIDTH_PX + 60, 52)):
        shade = 88 + 14 * (board % 3)
        corners = np.array([[x, floor], [x + 52, floor], [x + 90, HEIGHT_PX], [x + 24, HEIGHT_PX]], dtype=np.int32)
        cv2.fillPoly(picture, [corners], (shade, shade - 26, shade - 48))
    x1, y1, x2, y2 = (round(v * s) for v, s in zip(_WINDOW, (WIDTH_PX, HEIGHT_PX) * 2, strict=True))
    cv2.rectangle(picture, (x1, y1), (x2, y2), (26, 32, 46), -1)
    cv2.rectangle(picture, (x1, y1), (x2, y2), (54, 40, 30), 5)
    cv2.line(picture, ((x1 + x2) // 2, y1), ((x1 + x2) // 2, y2), (54, 40, 30), 4)
    cv2.rectangle(picture, (40, 96), (230, 104), (60, 44, 32), -1)
    for x, height in ((60, 40), (92, 26), (130, 48), (170, 30)):
        cv2.rectangle(picture, (x, 96 - height), (x + 18, 96), (70 + x // 3, 92, 84), -1)
    return np.asarray(picture, dtype=np.uint8)


def _draw_ball(picture: NDArray[np.uint8], time_s: float) -> None:
    import cv2

    radius = 17
    x = ball_x(time_s) * WIDTH_PX
    y = (_FLOOR_Y + 0.06 - Bounces().height(time_s)) * HEIGHT_PX - radius
    _disc(picture, (x, y), radius, (196, 200, 208))
    cv2.circle(picture, (round(x - 5), round(y - 6)), 4, (244, 246, 250), -1, cv2.LINE_AA)


def _draw_walker(picture: NDArray[np.uint8], time_s: float) -> None:
    import cv2

    x, ground = walker_x(time_s) * WIDTH_PX, (_FLOOR_Y + 0.1) * HEIGHT_PX
    hip = ground - 104.0
    since = (time_s - _FIRST_STEP_S) / _STEP_S
    for leg, shade in ((0, (46, 40, 70)), (1, (92, 80, 130))):
        ahead, lift = foot_of(since + leg)
        foot = (x - ahead * WIDTH_PX, ground - 16.0 * lift)
        cv2.line(picture, (round(x), round(hip)), (round(foot[0]), round(foot[1])), shade, 17, cv2.LINE_AA)
        _disc(picture, (foot[0] - 6.0, foot[1] - 3.0), 9, (30, 25, 24))
    bob = 2.5 * np.cos(2.0 * np.pi * since)
    shoulder, waist = (round(x - 22), round(hip - 92 + bob)), (round(x + 22), round(hip + 4 + bob))
    cv2.rectangle(picture, shoulder, waist, (150, 44, 52), -1)
    _disc(picture, (x, hip - 114.0 + bob), 20, (214, 176, 150))


def _disc(picture: NDArray[np.uint8], centre: tuple[float, float], radius: int, colour: tuple[int, int, int]) -> None:
    """A filled circle placed to 1/16 of a pixel, so that slow motion is smooth."""
    import cv2

    x, y = (round(v * 16) for v in centre)
    cv2.circle(picture, (x, y), radius * 16, colour, -1, cv2.LINE_AA, shift=4)


def _flash(time_s: float) -> float:
    """Light of the lightning: a sudden rise, a decay of 90 ms."""
    return float(sum(np.exp(-(time_s - t) / 0.09) for t in _FLASHES_S if time_s >= t - 1e-9))


def _frames() -> Iterator[NDArray[np.uint8]]:
    rooms = _room(1), _room(2)[:, ::-1]
    x1, y1, x2, y2 = (round(v * s) for v, s in zip(_WINDOW, (WIDTH_PX, HEIGHT_PX) * 2, strict=True))
    x1, x2 = WIDTH_PX - x2, WIDTH_PX - x1  # the second set is mirrored
    for frame in range(round(2 * SHOT_S * FRAME_RATE)):
        time_s = frame / FRAME_RATE
        if time_s < SHOT_S:
            picture = rooms[0].copy()
            _draw_ball(picture, time_s)
        else:
            picture = rooms[1].copy()
            light = _flash(time_s)
            if light > 0.01:
                pane = picture[y1:y2, x1:x2].astype(np.float32)
                picture[y1:y2, x1:x2] = np.clip(pane + 190.0 * light, 0, 255).astype(np.uint8)
            _draw_walker(picture, time_s)
        yield picture


def _encode(path: Path, frames: Iterator[NDArray[np.uint8]]) -> None:
    import av

    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(FRAME_RATE), options={"crf": "18", "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.codec_context.thread_count = 1
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
