"""Metric depth of a moving region without a model: ground contact and scale.

Two independent readings of log depth are weighted by their certainty. Where a thing stands: a pinhole camera at eye
level sees the ground of depth d at h·f / d below the horizon (Hartley and Zisserman, Multiple View Geometry, ch. 8).
How large it looks: a thing of size s is s·f / d tall. The first fades towards the horizon, where a small error of the
box means a large one of depth; the second always holds, within the spread of sizes of things that move in films.
Change along a track follows its scale alone: what grows comes nearer.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import Box, Track
from foleydesigner.tools.geometry import FARTHEST_M, NEAREST_M, focal_length_widths

EYE_LEVEL_M = 1.6
TYPICAL_SIZE_M, TYPICAL_SPREAD = 1.0, 1.1
"""Median height of a moving region and the standard deviation of its logarithm: an animal, a person, part of a car."""
ELEVATED_SIZE_M = 2.0
"""Typical height of what moves wholly above the horizon, from raised arms to crowns of trees and aircraft."""
MID_HORIZON = 0.5

_CONTACT_ERROR = 0.08
"""Standard error of a box's lower edge as the place where the thing stands, in picture heights."""
_CONTACT_FLOOR = 0.25
"""Least standard deviation of log depth by ground contact: eye level is not the same in every film."""
_EDGE = 0.01
_SMOOTHING_S = 0.3
_HORIZON_SPAN = 1.5
"""A track tells the horizon when it grows or shrinks at least so many times …"""
_HORIZON_ORDER = 0.95
"""… with a rank correlation of height and time of at least this …"""
_HORIZON_FIT = 0.9
"""… and its lower edge follows its height with at least this R²."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A level pinhole camera: focal length and picture width in picture heights, horizon in shares from the top."""

    field_of_view_deg: float
    aspect: float
    """Width over height of the displayed picture."""
    horizon: float = MID_HORIZON
    height_m: float = EYE_LEVEL_M

    @property
    def focal_heights(self) -> float:
        """Focal length in picture heights."""
        return focal_length_widths(self.field_of_view_deg) * self.aspect


def ground_depth_m(bottom: float, camera: Camera) -> float:
    """Depth of the ground seen at `bottom` (share from the top): h·f / (y − y_horizon); infinite at and above it."""
    below = bottom - camera.horizon
    return camera.height_m * camera.focal_heights / below if below > 0.0 else math.inf


def size_depth_m(height: float, size_m: float, camera: Camera) -> float:
    """Depth at which a thing `size_m` tall covers `height` of the picture's height: s·f / height."""
    return size_m * camera.focal_heights / max(height, 1e-3)


def box_depth_m(box: Box, camera: Camera) -> float:
    """Depth of one box by both readings, each weighted by its inverse variance in log depth; 0.5 to 200 m.

    A box that leaves the picture below shows no contact, and one above the horizon stands on nothing seen: scale alone.
    """
    below = box.y2 - camera.horizon
    size_m = ELEVATED_SIZE_M if below <= 0.0 else TYPICAL_SIZE_M
    by_size = math.log(size_depth_m(_visible_size(box, camera), size_m, camera))
    if below <= 0.0 or box.y2 >= 1.0 - _EDGE:
        # The ground at the lower edge is the farthest that a thing standing in front of it can be.
        by_ground = math.log(ground_depth_m(box.y2, camera)) if below > 0.0 else math.inf
        return _bounded(min(by_size, by_ground))
    by_ground = math.log(ground_depth_m(box.y2, camera))
    ground_weight = (_CONTACT_FLOOR + _CONTACT_ERROR / below) ** -2
    size_weight = TYPICAL_SPREAD**-2
    return _bounded((ground_weight * by_ground + size_weight * by_size) / (ground_weight + size_weight))


def track_depths_m(track: Track, camera: Camera) -> NDArray[np.float64]:
    """Depth of each point of a track, metres, float64 of shape (points,).

    The level is the median of the single boxes' readings weighted by area (a small box is often a piece of the thing),
    the course is the inverse of the track's smoothed size, so a track that only grows only comes nearer. A box cut off
    by the picture's edge is at least as large as it was before.
    The course counts as far as it is a steady one: boxes also breathe with the limbs that move inside them.
    """
    times_s = track.points.times_s
    levels = np.log([box_depth_m(point.box, camera) for point in track.points])
    course = -_smooth(np.log(_uncut_sizes(track, camera)), times_s)
    course *= _steadiness(course, times_s)
    areas = np.maximum(track.points.areas, 1e-6)
    depths = np.exp(_weighted_median(levels - course, areas) + course)
    return np.asarray(np.clip(depths, NEAREST_M, FARTHEST_M), dtype=np.float64)


def horizon_from(tracks: list[Track]) -> float | None:
    """Horizon of one shot, share from the top, by the growth of its tracks; None when none tells.

    A thing on level ground keeps its size: its lower edge y = y_horizon + (h / s) · height, so the line through
    (height, y) meets height 0 at the horizon (Hoiem, Efros and Hebert, Putting Objects in Perspective, 2006).
    """
    found = []
    for track in tracks:
        boxes = [p.box for p in track.points if not _cut_off(p.box)]
        if len(boxes) < 12:
            continue
        heights = np.array([box.y2 - box.y1 for box in boxes])
        if not _comes_or_goes(heights):
            continue
        bottoms = np.array([box.y2 for box in boxes])
        if bottoms.std() < 1e-3:
            continue
        slope, crossing = np.polyfit(heights, bottoms, 1)
        fit = float(np.corrcoef(heights, bottoms)[0, 1]) ** 2
        if slope > 0.0 and fit >= _HORIZON_FIT and 0.25 <= crossing <= 0.7:
            found.append(float(crossing))
    return float(np.median(found)) if found else None


def _comes_or_goes(heights: NDArray[np.float64]) -> bool:
    """True when the heights of a box grow or shrink enough, and evenly enough, to be an approach or a retreat."""
    if heights.min() <= 0.0 or heights.max() / heights.min() < _HORIZON_SPAN:
        return False
    order = np.argsort(np.argsort(heights, kind="stable"), kind="stable")
    return abs(float(np.corrcoef(order, np.arange(heights.size))[0, 1])) >= _HORIZON_ORDER


def with_depth(
    tracks: tuple[Track, ...], field_of_view_deg: float, aspect: float
) -> tuple[tuple[Track, ...], tuple[str, ...]]:
    """The tracks with `depth_m` at every point, and the assumptions made, in words.

    Args:
        tracks: of any shots.
        field_of_view_deg: horizontal.
        aspect: width over height of the displayed picture.
    """
    by_shot: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        by_shot[track.shot_id].append(track)
    horizons = {shot: horizon_from(group) for shot, group in by_shot.items()}
    measured = []
    for track in tracks:
        horizon = horizons[track.shot_id]
        camera = Camera(field_of_view_deg, aspect, MID_HORIZON if horizon is None else horizon)
        measured.append(with_depths(track, track_depths_m(track, camera)))
    return tuple(measured), _assumptions(field_of_view_deg, horizons)


def with_depths(track: Track, depths_m: NDArray[np.float64]) -> Track:
    """`track` with those depths, float64 of shape (points,), rounded to a millimetre."""
    return track.model_copy(update={"points": track.points.with_depths(np.round(depths_m, 3))})


def _assumptions(field_of_view_deg: float, horizons: dict[str, float | None]) -> tuple[str, ...]:
    lines = [
        f"The camera is level, at {EYE_LEVEL_M} m, with a horizontal field of view of {field_of_view_deg:g}°.",
        "A region stands on level ground at the lower edge of its box, unless the picture cuts it off there.",
        f"What moves is about {TYPICAL_SIZE_M:g} m tall where it stands below the horizon (within a factor of "
        f"{math.exp(TYPICAL_SPREAD):.0f}), {ELEVATED_SIZE_M:g} m above it; its change of size is its change of depth.",
        f"Depths are kept between {NEAREST_M:g} m and {FARTHEST_M:g} m.",
    ]
    assumed = [shot for shot, horizon in horizons.items() if horizon is None]
    if assumed:
        lines.append(f"The horizon is at mid-height in {_listed(assumed)}.")
    lines += [
        f"The horizon of {shot} is at {horizon:.0%} from the top, by how its tracks grow."
        for shot, horizon in horizons.items()
        if horizon is not None
    ]
    return tuple(line[:400] for line in lines)


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{len(names)} shots"


def _cut_off(box: Box) -> bool:
    return box.x1 <= _EDGE or box.y1 <= _EDGE or box.x2 >= 1.0 - _EDGE or box.y2 >= 1.0 - _EDGE


def _visible_size(box: Box, camera: Camera) -> float:
    """Height of a box in picture heights; of a low wide one the geometric mean of its sides, or cars would be far."""
    height = max(box.y2 - box.y1, 1e-3)
    width = max(box.x2 - box.x1, 1e-3) * camera.aspect
    return max(height, math.sqrt(height * width))


def _uncut_sizes(track: Track, camera: Camera) -> NDArray[np.float64]:
    """Size at each point; where the picture's edge cuts the box, at least that when it was last or is next whole."""
    sizes = np.array([_visible_size(point.box, camera) for point in track.points])
    cut = np.array([_cut_off(point.box) for point in track.points])
    first_whole = int(np.argmin(cut)) if not cut.all() else 0
    for index in range(first_whole - 1, -1, -1):  # coming in
        sizes[index] = max(sizes[index], sizes[index + 1])
    for index in range(first_whole + 1, sizes.size):  # going out
        if cut[index]:
            sizes[index] = max(sizes[index], sizes[index - 1])
    return sizes


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Value at which half the weight is reached; both of shape (n,), n ≥ 1, weights positive."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, 0.5 * reached[-1])])


def _steadiness(course: NDArray[np.float64], times_s: NDArray[np.float64]) -> float:
    """Share of a course's variance that one approach or passage explains: R² of a parabola over time, in [0, 1]."""
    variance = float(course.var())
    if course.size < 4 or variance < 1e-12:
        return 1.0
    centred_s = times_s - times_s.mean()
    residual = course - np.polyval(np.polyfit(centred_s, course, 2), centred_s)
    return max(0.0, 1.0 - float(residual.var()) / variance)


def _smooth(values: NDArray[np.float64], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian mean over time (σ = 0.3 s) at each point of a curve; order-preserving, so a monotone curve stays so."""
    if values.size < 3:
        return values
    smoothed = np.empty_like(values)
    for index, time_s in enumerate(times_s):
        low, high = np.searchsorted(times_s, (time_s - 3 * _SMOOTHING_S, time_s + 3 * _SMOOTHING_S))
        weights = np.exp(-0.5 * ((times_s[low:high] - time_s) / _SMOOTHING_S) ** 2)
        smoothed[index] = np.average(values[low:high], weights=weights)
    return smoothed


def _bounded(log_depth: float) -> float:
    return float(np.clip(math.exp(min(log_depth, 700.0)), NEAREST_M, FARTHEST_M))
