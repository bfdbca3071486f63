"""How a decoded picture is shown: turned, mirrored, stretched to square pixels, and scaled to working size."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

MIN_SIDE_PX = 16
"""No side of a working picture is smaller."""

QuarterTurns = Literal[0, 1, 2, 3]


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a decoded picture is turned for display: first mirrored left to right, then turned counter-clockwise."""

    quarter_turns: QuarterTurns = 0
    mirrored: bool = False

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The upright picture of `picture`, shape (h, w, 3)."""
        flipped = picture[:, ::-1] if self.mirrored else picture
        return np.ascontiguousarray(np.rot90(flipped, self.quarter_turns))


def orientation(matrix: bytes) -> Orientation:
    """Orientation by a display matrix of nine native 32-bit integers in 16.16 fixed point (ISO/IEC 14496-12, 6.2.2).

    The matrix takes picture (x, y), y downwards, to (a·x + c·y, b·x + d·y). Angles are rounded to quarter turns.
    """
    if len(matrix) < 36:
        return Orientation()
    a, b, _, c, d, *_ = struct.unpack("=9i", matrix[:36])
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    if a == 0 and b == 0:
        return Orientation()
    # With y downwards a positive angle turns clockwise, hence the sign.
    turns = round(-float(np.degrees(np.arctan2(b, a))) / 90.0) % 4
    return Orientation(cast(QuarterTurns, turns), mirrored)


def displayed_size(width_px: int, height_px: int, pixel_aspect: Fraction | None, turns: int) -> tuple[int, int]:
    """Width and height in pixels after pixel aspect (width stretched, as players do) and turning."""
    if pixel_aspect is not None and Fraction(1, 8) <= pixel_aspect <= 8:
        width_px = max(1, round(width_px * pixel_aspect))
    return (height_px, width_px) if turns % 2 else (width_px, height_px)


def working_size(displayed: tuple[int, int], longer_side_px: int) -> tuple[int, int]:
    """Size at which a picture is analysed: its longer side at most `longer_side_px`, neither side under 16 pixels.

    Bounding the longer side lets an upright film cost what a wide one does.
    """
    width_px, height_px = displayed
    scale = min(1.0, longer_side_px / max(width_px, height_px))
    return max(MIN_SIDE_PX, round(width_px * scale)), max(MIN_SIDE_PX, round(height_px * scale))
