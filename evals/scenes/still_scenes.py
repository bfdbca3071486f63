"""Nothing happens: a pan, a handheld camera, a picture that stands still."""

from __future__ import annotations

import cv2
import numpy as np

from foleydesigner.evals.scenes.film import FilmScene
from foleydesigner.evals.scenes.painting import Picture
from foleydesigner.evals.scenes.places import room, widened, yard
from foleydesigner.evals.scenes.stage import Stage, pick, stage


def camera_pan(seed: int) -> FilmScene:
    """The camera pans over a place in which nothing moves; it starts and stops softly."""
    set_ = stage("camera_pan", seed, (4.5, 6.0), inside=False)
    rng = set_.rng
    wide = widened(set_.view, 1.8)
    scenery = yard(wide, set_.look, rng)
    room_px = wide.width_px - set_.view.width_px
    way, share, tilt_px = rng.choice([-1.0, 1.0]), float(rng.uniform(0.4, 0.95)), float(rng.uniform(-20, 20))
    begins_s, ends_s = float(rng.uniform(0.2, 0.8)), set_.duration_s - float(rng.uniform(0.2, 0.8))

    def draw(time_s: float) -> Picture:
        at = np.clip((time_s - begins_s) / (ends_s - begins_s), 0.0, 1.0)
        soft = at * at * (3.0 - 2.0 * at)
        x = room_px / 2 + way * room_px * share * (soft - 0.5)
        y = (wide.height_px - set_.view.height_px) / 2 + tilt_px * (soft - 0.5)
        return _cropped(scenery, set_, float(x), float(y), 0.0)

    place = pick(rng, "HARBOUR", "YARD", "STREET")
    words = pick(
        rng,
        "The camera pans slowly over the empty place. Nobody is here.",
        "We pan across the houses. Nothing moves.",
        "PAN over the roofs and walls. Not a soul.",
    )
    return set_.film(draw, (), f"EXT. {place} - DAY\n\n{words}\n")


def handheld_shake(seed: int) -> FilmScene:
    """A camera in the hand: it sways and trembles over a place in which nothing moves."""
    set_ = stage("handheld_shake", seed, (4.5, 6.0), inside=True)
    rng = set_.rng
    wide = widened(set_.view, 1.25)
    scenery = room(wide, set_.look, rng)
    sway = [(float(rng.uniform(0.2, 0.9)), float(rng.uniform(2, 7)), float(rng.uniform(0, 6))) for _ in range(4)]
    tremble = [(float(rng.uniform(2, 7)), float(rng.uniform(0.3, 1.6)), float(rng.uniform(0, 6))) for _ in range(6)]

    def wave(parts: list[tuple[float, float, float]], time_s: float) -> float:
        return sum(size * float(np.sin(2 * np.pi * pace * time_s + phase)) for pace, size, phase in parts)

    def draw(time_s: float) -> Picture:
        x = (wide.width_px - set_.view.width_px) / 2 + wave(sway[:2] + tremble[:3], time_s)
        y = (wide.height_px - set_.view.height_px) / 2 + wave(sway[2:] + tremble[3:], time_s)
        turn_deg = 0.06 * wave(tremble[1:4], time_s) + 0.05 * wave(sway[1:3], time_s)
        return _cropped(scenery, set_, x, y, turn_deg)

    words = pick(
        rng,
        "Handheld. The room is empty and still.",
        "We stand in the empty room, the camera in the hand. Nothing stirs.",
        "HANDHELD: an abandoned room.",
    )
    return set_.film(draw, (), f"INT. ROOM - DAY\n\n{words}\n")


def silence(seed: int) -> FilmScene:
    """A locked-off picture in which nothing changes but the grain."""
    set_ = stage("silence", seed, (4.0, 5.5), inside=bool(seed % 2))
    words = pick(set_.rng, "Nothing moves.", "Silence. Nobody is here.", "The place lies still, as it has for years.")
    heading = "INT. ATTIC - DAY" if seed % 2 else "EXT. BACK YARD - DAWN"
    return set_.film(lambda _: set_.backdrop.copy(), (), f"{heading}\n\n{words}\n")


def _cropped(scenery: Picture, set_: Stage, x_px: float, y_px: float, turn_deg: float) -> Picture:
    """What the camera sees of a larger picture with its corner at (x, y), turned about the middle."""
    width, height = set_.view.width_px, set_.view.height_px
    matrix = cv2.getRotationMatrix2D((x_px + width / 2, y_px + height / 2), turn_deg, 1.0)
    matrix[:, 2] -= np.array([x_px, y_px])
    seen = cv2.warpAffine(scenery, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(seen, dtype=np.float32)
