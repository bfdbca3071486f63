"""The picture that awkward films show: a ball that bounces on its spot, every contact known in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_FLOOR_SHARE = 0.86
_PEAK, _RADIUS = 0.42, 0.095
"""Height of the flight and size of the ball, shares of the shorter side: it moves alike in every shape of picture."""


@dataclass(frozen=True, slots=True)
class Bouncing:
    """A ball in free flight between contacts that are `period_s` apart.

    Attributes:
        first_s: time of the first contact.
        period_s: seconds from contact to contact.
        x_share: where it bounces, share of the displayed width.
    """

    first_s: float = 0.4
    period_s: float = 0.6
    x_share: float = 0.25

    def contacts_s(self, duration_s: float) -> NDArray[np.float64]:
        """Times of the contacts that a film of `duration_s` shows with two tenths of a second around them."""
        count = int(np.floor((duration_s - self.first_s - 0.2) / self.period_s)) + 1
        return self.first_s + self.period_s * np.arange(max(0, count), dtype=np.float64)

    def height(self, time_s: float) -> float:
        """Height over the floor in [0, 1] of the highest: 4 p (1 - p) of the flight's phase p."""
        phase = ((time_s - self.first_s) / self.period_s) % 1.0
        return 4.0 * phase * (1.0 - phase)

    @property
    def azimuth_deg(self) -> float:
        """Where it is heard by eq. 2 at a field of view of 90°."""
        return (self.x_share - 0.5) * 90.0


class Stage:
    """Draws the ball at any time on a still, textured set; displayed size in pixels.

    Args:
        width_px: of the displayed picture.
        height_px: of the displayed picture.
        ball: where and when it bounces; None leaves the set empty.
        seed: of the set's texture.
    """

    def __init__(self, width_px: int, height_px: int, ball: Bouncing | None = None, seed: int = 3) -> None:
        import cv2

        self._ball = ball
        rng = np.random.default_rng(seed)
        # Texture of a fixed number of patches, so that it survives any scaling.
        coarse = rng.integers(62, 122, (36, 64, 3)).astype(np.float32)
        ground = np.asarray(cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
        floor = round((_FLOOR_SHARE + 0.01) * height_px)
        ground[floor:] *= 0.55
        self._ground: Picture = np.clip(ground, 0, 255).astype(np.uint8)

    def picture(self, time_s: float) -> Picture:
        """What is seen at `time_s`, shape (h, w, 3), uint8."""
        import cv2

        shown = self._ground.copy()
        if self._ball is None:
            return shown
        height_px, width_px = shown.shape[:2]
        side = min(width_px, height_px)
        radius = _RADIUS * side
        x = self._ball.x_share * width_px
        y = _FLOOR_SHARE * height_px - _PEAK * side * self._ball.height(time_s) - radius
        centre, size = (round(16 * x), round(16 * y)), round(16 * radius)
        cv2.circle(shown, centre, size, (196, 172, 120), -1, cv2.LINE_AA, shift=4)
        spot = (round(16 * (x - 0.3 * radius)), round(16 * (y - 0.35 * radius)))
        cv2.circle(shown, spot, size // 4, (120, 40, 40), -1, cv2.LINE_AA, shift=4)
        return shown


def card(number: int, width_px: int, height_px: int) -> Picture:
    """A still picture of its own for every `number`: two neighbours differ in colour, light and pattern."""
    import cv2

    rng = np.random.default_rng(1000 + number)
    coarse = rng.integers(0, 90, (5, 8, 3)).astype(np.float32) + np.array([20, 80, 150])[rng.permutation(3)]
    smooth = np.asarray(cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    return np.clip(smooth, 0, 255).astype(np.uint8)


__all__ = ["Bouncing", "Picture", "Stage", "card"]
