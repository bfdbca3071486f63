"""Keyframes: the first, middle and last picture of each shot, more of a long one; a bounded number over the film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import Shot
from foleydesigner.files import write_bytes
from foleydesigner.tools.video import Frame

LONGER_SIDE_PX = 640
MOST = 60
_CANDIDATES = 8
_LONG_FRAMES = 120
"""Length from which a shot is shown between first, middle and last as well."""
Role = Literal["first", "middle", "last", "between"]
_JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Keyframe:
    """One kept picture: which frame, of which shot by order of appearance, and its JPEG bytes."""

    frame: int
    shot_number: int
    role: Role
    jpeg: bytes

    def rgb(self) -> NDArray[np.uint8]:
        """The picture, shape (h, w, 3), uint8."""
        return _rgb(self.jpeg)


@dataclass(frozen=True, slots=True)
class KeptKeyframe:
    """A keyframe that `write_keyframes` wrote."""

    frame: int
    path: Path

    def rgb(self) -> NDArray[np.uint8]:
        """The picture, shape (h, w, 3), uint8; read when asked for."""
        return _rgb(self.path.read_bytes())


class KeyframeCollector:
    """Push every frame in order, then `finish`.

    Where a shot's middle will be is not known before its end: pictures at a spacing that doubles as the shot grows are
    held as candidates. Of too many keyframes those between go first, then all but the middles, then those of every
    second shot, and so on.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: list[Keyframe] = []
        self._between = True
        self._stride = 0  # 0: all three roles of every shot; n: the middle of every n-th shot
        self._shot_number = -1
        self._candidates: list[tuple[int, NDArray[np.uint8]]] = []
        self._spacing = 1
        self._start = 0
        self._last: Frame | None = None

    def push(self, frame: Frame, *, cut: bool) -> None:
        """Take the next frame; `cut` on the first of a new shot."""
        if cut or self._last is None:
            self._close_shot()
            self._start, self._spacing, self._candidates = frame.index, 1, []
        if (frame.index - self._start) % self._spacing == 0 and self._wanted(self._shot_number):
            self._candidates.append((frame.index, frame.enlarged(LONGER_SIDE_PX)))
            if len(self._candidates) > _CANDIDATES:
                self._candidates = self._candidates[::2]
                self._spacing *= 2
        self._last = frame

    def finish(self) -> tuple[Keyframe, ...]:
        """The keyframes in order of time, at most `most`."""
        self._close_shot()
        self._candidates = []
        return tuple(self._kept)

    def _close_shot(self) -> None:
        last, number = self._last, self._shot_number
        self._shot_number += 1
        if last is None or not self._candidates:
            return
        pictures: dict[int, tuple[Role, NDArray[np.uint8]]] = {}
        middle = (self._start + last.index) / 2
        if self._between and last.index - self._start >= _LONG_FRAMES:
            pictures.update({frame: ("between", rgb) for frame, rgb in self._candidates})
        if self._stride == 0:
            pictures[self._start] = ("first", self._candidates[0][1])
            pictures[last.index] = ("last", last.enlarged(LONGER_SIDE_PX))
        nearest, picture = min(self._candidates, key=lambda candidate: abs(candidate[0] - middle))
        pictures[nearest] = ("middle", picture)
        self._kept += [Keyframe(n, number, role, _jpeg(rgb)) for n, (role, rgb) in sorted(pictures.items())]
        if len(self._kept) > self._most:
            self._between = False
            self._kept = [k for k in self._kept if k.role != "between"]
        while len(self._kept) > self._most:
            self._stride = max(1, 2 * self._stride)
            self._kept = [k for k in self._kept if k.role == "middle" and self._wanted(k.shot_number)]

    def _wanted(self, shot_number: int) -> bool:
        return self._stride <= 1 or shot_number % self._stride == 0


def write_keyframes(folder: Path, keyframes: Sequence[Keyframe], shots: Sequence[Shot]) -> tuple[Path, ...]:
    """Write `<shot id>_<frame>.jpg` for each keyframe and remove those of an earlier run.

    Raises:
        OutputError: the folder cannot be written.
    """
    paths = []
    for keyframe in keyframes:
        shot = next((s for s in shots if s.start_frame <= keyframe.frame < s.end_frame), shots[-1])
        paths.append(write_bytes(folder / f"{shot.id}_{keyframe.frame:06d}.jpg", keyframe.jpeg))
    for stale in set(folder.glob("shot_*_*.jpg")) - set(paths):
        stale.unlink(missing_ok=True)
    return tuple(paths)


def read_keyframes(folder: Path) -> tuple[KeptKeyframe, ...]:
    """The keyframes that `write_keyframes` wrote into `folder`, in order of time."""
    kept = (KeptKeyframe(int(path.stem.rpartition("_")[2]), path) for path in folder.glob("shot_*_*.jpg"))
    return tuple(sorted(kept, key=lambda keyframe: keyframe.frame))


def _rgb(jpeg: bytes) -> NDArray[np.uint8]:
    import cv2

    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(bgr, np.uint8)[:, :, ::-1])


def _jpeg(rgb: NDArray[np.uint8]) -> bytes:
    import cv2

    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return bytes(encoded.tobytes())
