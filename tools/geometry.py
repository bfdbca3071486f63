"""Picture coordinates to directions and distances, and the scales in which both are spoken of."""

from __future__ import annotations

import math
from typing import Literal

DepthZone = Literal["near", "mid", "far"]

NEAREST_M, FARTHEST_M = 0.5, 200.0
"""Depths are kept between these, metres."""

SCREEN_HALF_ANGLE_DEG = 30.0
"""Half the angle between the left and right loudspeakers (ITU-R BS.775)."""

_MID_FROM_M, _FAR_FROM_M = 2.0, 5.0


def azimuth_deg(x: float, field_of_view_deg: float = 90.0) -> float:
    """Eq. 2: direction of a point at `x`, its share of the picture's width; degrees, left negative.

    Linear in x by definition, within ± half the field of view for x in [0, 1].
    """
    return (x - 0.5) * field_of_view_deg


def picture_x(azimuth: float, field_of_view_deg: float = 90.0) -> float:
    """Inverse of eq. 2: share of the picture's width, beyond [0, 1] off screen; `azimuth` in degrees."""
    return azimuth / field_of_view_deg + 0.5


def screen_pan_deg(azimuth: float, field_of_view_deg: float = 90.0) -> float:
    """Angle at which an on-screen source is heard between the front loudspeakers: 30° · θ / (FOV / 2), degrees.

    What lies outside the picture is held at its edge, ±30°.
    """
    share = azimuth / (field_of_view_deg / 2.0)
    return SCREEN_HALF_ANGLE_DEG * min(1.0, max(-1.0, share))


def focal_length_widths(field_of_view_deg: float) -> float:
    """Focal length of a pinhole camera in picture widths: 1 / (2 tan(FOV / 2)), horizontal FOV in degrees."""
    return 0.5 / math.tan(math.radians(field_of_view_deg) / 2.0)


def depth_zone(depth_m: float) -> DepthZone:
    """Near under 2 m, mid from 2 m to 5 m, far beyond."""
    if depth_m < _MID_FROM_M:
        return "near"
    return "mid" if depth_m <= _FAR_FROM_M else "far"


def bounded_depth_m(depth_m: float) -> float:
    """`depth_m` held between 0.5 m and 200 m."""
    return min(FARTHEST_M, max(NEAREST_M, depth_m))


def depth_to_unit(depth_m: float) -> float:
    """Depth on a logarithmic scale in [−1, 1]: −1 at 0.5 m, 0 at 10 m, 1 at 200 m; held at the ends."""
    return 2.0 * math.log(bounded_depth_m(depth_m) / NEAREST_M) / math.log(FARTHEST_M / NEAREST_M) - 1.0


def unit_to_depth_m(unit: float) -> float:
    """Inverse of `depth_to_unit`; metres, for a value in [−1, 1]."""
    return bounded_depth_m(NEAREST_M * (FARTHEST_M / NEAREST_M) ** ((unit + 1.0) / 2.0))
