"""Flashes of light: lightning, muzzle flashes, explosions, sparks.

A flash is a region that brightens within two frames, is not brightness carried in from beside it (a moving bright thing
darkens what it leaves), and fades in place. A change that stays (a cut, a caption, a lamp switched on, a drift of
exposure) is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import Box, Burst

RISE_LEVELS = 22.0
"""Least rise of a cell's luminance within two frames, of 255 (Weber contrast of a visible flash in a dim scene)."""
_MIN_SHARE = 0.0012
"""Least share of the picture that flashes."""
_CARRIED = 0.45
"""Darkening around over brightening inside, from which the light was carried rather than lit."""
_STIRRED = 0.35
"""Change around in the frame before over brightening, from which something was on the move already."""
_RESTORED = 0.6
"""Difference of each cell from what it was before the flash, over the flash: more means that something else is
there."""
_FLICKER_S, _FLICKER_GAIN = 1.0, 3.0
"""Lightning comes in strokes: this soon after a flash, what stirs around is taken for light so much more readily."""
_SPREADING = 0.5
_GLARING_LEVEL = 215.0
"""Mean luminance above which a spreading light is a fireball."""
_FADE = 0.5
"""A flash has ended when half of its rise is gone."""
_LONGEST_S, _LONGEST_SMALL_S, _GREAT_SHARE = 0.8, 0.3, 0.03
"""A fireball may burn on; a spark or a bolt may not."""
_AFTERGLOW_S = 0.4
_MERGE_S = 0.1
_MAX_OPEN = 8


@dataclass(slots=True)
class _Flash:
    """A flash that has not faded yet."""

    start_s: float
    mask: NDArray[np.bool_]
    dark: NDArray[np.float32]
    """Luminance of its cells before."""
    peak: float
    box: tuple[int, int, int, int]
    settled: bool = False
    """True once the frame after it has been looked at."""

    @property
    def base(self) -> float:
        """Mean luminance before."""
        return float(self.dark.mean())


class BurstDetector:
    """Fed with one small luminance picture a frame; keeps three frames and the flashes that still burn."""

    def __init__(self) -> None:
        self._recent: list[tuple[float, NDArray[np.float32]]] = []
        self._stir = np.zeros((1, 1), dtype=np.float32)
        self._lit_s = np.zeros((1, 1))
        self._open: list[_Flash] = []
        self._found: list[tuple[float, float, float, Box]] = []
        self._last_end_s = -np.inf

    def push(
        self,
        time_s: float,
        luminance: NDArray[np.float32],
        explained: NDArray[np.bool_],
        *,
        cut: bool,
        still: bool,
    ) -> None:
        """Take one frame.

        Args:
            time_s: its time.
            luminance: `(h, w)` cell means in [0, 255].
            explained: `(h, w)` cells whose change movement explains.
            cut: True on the first frame of a shot: nothing is compared across it.
            still: False while the camera moves, when only large rises count.
        """
        if cut or not self._recent:
            self._stir = np.zeros_like(luminance)
            self._lit_s = np.full(luminance.shape, -np.inf)
        if cut:
            self._recent.clear()
            self._open.clear()
            self._last_end_s = -np.inf
        self._follow(time_s, luminance)
        if self._recent:
            self._ignite(time_s, luminance, ~explained, 1.0 if still else 1.6)
        if len(self._recent) == 2:
            self._stir = np.abs(self._recent[1][1] - self._recent[0][1])
        self._recent = [*self._recent[-1:], (time_s, luminance)]

    def finish(self) -> tuple[Burst, ...]:
        """All flashes by time, simultaneous ones joined; strengths relative to the strongest."""
        joined: list[tuple[float, float, float, Box]] = []
        for start_s, end_s, energy, box in sorted(self._found, key=lambda item: item[0]):
            last = joined[-1] if joined else None
            if last is not None and start_s - last[0] < _MERGE_S:
                joined[-1] = (last[0], max(last[1], end_s), max(last[2], energy), _union(last[3], box))
            else:
                joined.append((start_s, end_s, energy, box))
        strongest = max((energy for _, _, energy, _ in joined), default=1.0)
        return tuple(
            Burst(id=f"burst_{i + 1}", time_s=s, end_s=e, strength=min(1.0, (power / strongest) ** 0.5), box=box)
            for i, (s, e, power, box) in enumerate(joined)
        )

    def _ignite(
        self, time_s: float, luminance: NDArray[np.float32], unexplained: NDArray[np.bool_], caution: float
    ) -> None:
        """Open a flash for each region that has just brightened."""
        before = np.minimum.reduce([frame for _, frame in self._recent])
        rise = luminance - before
        # Lightning strikes again beside where it has just faded: that fading is no movement.
        quiet = time_s - self._lit_s > _AFTERGLOW_S
        lost = np.maximum.reduce([frame for _, frame in self._recent]) - luminance
        fall = np.maximum(lost, 0.0) * quiet
        stir = self._stir * quiet
        for flash in self._open:
            rise = np.where(flash.mask, 0.0, rise)
        bright = ((rise > RISE_LEVELS * caution) & unexplained).astype(np.uint8)
        if not bright.any():
            return
        count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(bright, np.ones((3, 3), np.uint8)))
        stirred = _STIRRED * (_FLICKER_GAIN if time_s - self._last_end_s < _FLICKER_S else 1.0)
        for label in range(1, count):
            mask = (labels == label) & (bright > 0)
            if mask.sum() < max(3.0, _MIN_SHARE * mask.size) or len(self._open) >= _MAX_OPEN:
                continue
            around, lit = _around(labels == label), rise[mask].sum()
            # A thing that carries light darkens what it leaves, not what it lights; a flash may fade within a frame.
            if fall[around & ~mask].sum() > _CARRIED * lit or stir[around].sum() > stirred * lit:
                continue
            x, y, w, h = (int(value) for value in stats[label, :4])
            peak = float(luminance[mask].mean())
            self._lit_s[cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = time_s
            start_s = self._time_of_rise(time_s, mask, luminance)
            self._open.append(_Flash(start_s, mask, before[mask], peak, (x, y, w, h)))

    def _time_of_rise(self, time_s: float, mask: NDArray[np.bool_], luminance: NDArray[np.float32]) -> float:
        """A flash starts between the last dark frame and the first bright one, which may be the frame before this."""
        if len(self._recent) == 2:
            (dark_s, dark), (lit_s, lit) = self._recent
            if float((lit - dark)[mask].sum()) > 0.5 * float((luminance - dark)[mask].sum()):
                return (dark_s + lit_s) / 2
        return (self._recent[-1][0] + time_s) / 2

    def _follow(self, time_s: float, luminance: NDArray[np.float32]) -> None:
        """Close the flashes that have faded; forget those that never do or whose light moved on."""
        burning: list[_Flash] = []
        for flash in self._open:
            level = float(luminance[flash.mask].mean())
            if not flash.settled and self._spreads(flash, luminance):
                continue
            flash.settled = True
            flash.peak = max(flash.peak, level)
            if level > flash.base + _FADE * (flash.peak - flash.base):
                self._lit_s[flash.mask] = time_s
                great = flash.peak > _GLARING_LEVEL and flash.mask.mean() > _GREAT_SHARE
                if time_s - flash.start_s <= (_LONGEST_S if great else _LONGEST_SMALL_S):
                    burning.append(flash)
                continue
            previous = self._recent[-1][1]
            fall = float(np.maximum(previous - luminance, 0.0)[flash.mask].sum())
            beside = float(np.maximum(luminance - previous, 0.0)[_around(flash.mask) & ~flash.mask].sum())
            changed = float(np.abs(luminance[flash.mask] - flash.dark).mean())
            if beside <= _CARRIED * fall and changed <= _RESTORED * (flash.peak - flash.base):
                energy = (flash.peak - flash.base) * float(flash.mask.mean()) ** 0.5
                self._last_end_s = time_s
                self._found.append((flash.start_s, time_s, energy, _box(flash.box, flash.mask.shape)))
        self._open = burning

    def _spreads(self, flash: _Flash, luminance: NDArray[np.float32]) -> bool:
        """True where the brightening goes on beside, at ordinary brightness: something dark is moving away."""
        lit = (flash.peak - flash.base) * float(flash.mask.sum())
        beside = np.maximum(luminance - self._recent[-1][1], 0.0)[_around(flash.mask) & ~flash.mask].sum()
        return float(beside) > _SPREADING * lit and flash.peak < _GLARING_LEVEL


def _around(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The region and what lies within a sixteenth of the picture beside it."""
    size = max(3, mask.shape[1] // 8) | 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0


def _box(cells: tuple[int, int, int, int], shape: tuple[int, ...]) -> Box:
    x, y, w, h = cells
    return Box(x1=x / shape[1], y1=y / shape[0], x2=(x + w) / shape[1], y2=(y + h) / shape[0])


def _union(a: Box, b: Box) -> Box:
    return Box(x1=min(a.x1, b.x1), y1=min(a.y1, b.y1), x2=max(a.x2, b.x2), y2=max(a.y2, b.y2))
