"""Where the trunk of who walks is, about a course that is nearly known.

Legs swing and arms pass; the trunk between them goes at one speed. A course that was read from the second or two in
which a walker is seen alone is off by half a step at the other edge of the picture; the trunk is in sight nearly all
the way, and nothing else is as wide at that height and in that place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TRUNK = (0.5, 0.95)
"""Hips to head, as shares of the height from below."""
_HALF = 0.2
"""Half of the width in which a trunk lies, in heights."""
_SHIFTS = 4
_LIKE_IT = (0.6, 1.5)
"""What is filled there, as shares of what usually is: less is hidden, more is somebody else too."""


def trunk_offsets(profiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far before the course the trunk is, heights, (n,); NaN where it is not seen, or not alone.

    The middle of what is filled about the course, looked for anew about that middle until it stays (mean shift).

    Args:
        profiles: (n, bins) how much of the trunk's band is filled, from half a height behind the course to half a
            height before it.
    """
    places = np.linspace(-0.5, 0.5, profiles.shape[1])
    middles = np.zeros(len(profiles))
    for _ in range(_SHIFTS):
        near = profiles * (np.abs(places[None, :] - middles[:, None]) <= _HALF)
        filled = near.sum(axis=1)
        middles = np.where(filled > 0.0, near @ places / np.maximum(filled, 1e-9), 0.0)
    if not (filled > 0.0).any():
        return np.full(len(profiles), np.nan)
    usual = float(np.median(filled[filled > 0.0]))
    alone = (filled >= _LIKE_IT[0] * usual) & (filled <= _LIKE_IT[1] * usual)
    return np.where(alone, middles, np.nan)
