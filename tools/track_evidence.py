"""From a followed region to evidence: boxes, and how the movement repeats, steadies and grows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import Box, Shot, Track, TrackPoint
from foleydesigner.tools.gait import gait_of
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.periodicity import period_of

_EDGE = 0.015
"""Share of the width within which a thing is cut off by the picture's edge."""


def steadiness_of(speeds: NDArray[np.float64]) -> float:
    """1 for an even speed, 0 where the spread reaches the mean (coefficient of variation of a three-frame mean)."""
    if speeds.size < 3 or speeds.mean() <= 0.0:
        return 0.0
    smooth = np.convolve(speeds, np.ones(3) / 3, mode="valid")
    return float(np.clip(1.0 - smooth.std() / max(smooth.mean(), 1e-9), 0.0, 1.0))


def growth_of(areas: NDArray[np.float64]) -> float:
    """log2 of the area at the end over the start, by a straight line through log2 of the areas."""
    if areas.size < 4:
        return 0.0
    place = np.linspace(-0.5, 0.5, areas.size)
    slope = float((place @ np.log2(np.maximum(areas, 1e-6))) / (place @ place))
    return float(np.clip(slope, -10.0, 10.0))


def to_track(
    live: LiveTrack,
    track_id: str,
    shot: Shot,
    times_s: NDArray[np.float64],
    cells: tuple[int, int],
    rhythm: NDArray[np.float64],
    *,
    frame_rate: float,
    width_px: int,
) -> Track:
    """One finished track.

    Args:
        live: the region as followed.
        track_id: its name in the evidence.
        shot: the shot it was seen in.
        times_s: times of all frames of the clip.
        cells: (rows, columns) of the grid that boxes are in.
        rhythm: the track's movement a frame, from which its period is read.
        frame_rate: frames per second.
        width_px: width of the frames that were analysed.
    """
    rows, columns = cells
    boxes = np.asarray(live.boxes, dtype=np.float64).reshape(-1, 4) / (columns, rows, columns, rows)
    boxes = np.clip(boxes, 0.0, 1.0)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2])
    speeds = np.asarray(live.speeds_px, dtype=np.float64) * frame_rate / width_px
    count = len(boxes)
    frames = live.start_frame + np.arange(count)
    period_s, periodicity = period_of(rhythm[:count], frame_rate)
    feet, strides = (np.asarray(curve, dtype=np.float64)[:count] for curve in (live.feet, live.strides))
    whole = (boxes[:, 0] > _EDGE) & (boxes[:, 2] < 1.0 - _EDGE)
    gait = live.gait or gait_of(feet, times_s[frames], frame_rate, np.where(whole, strides, np.nan))
    end_frame = live.start_frame + count
    points = tuple(
        TrackPoint(
            frame=int(frame),
            time_s=float(times_s[frame]),
            box=Box(x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2)),
            speed=float(speed),
        )
        for frame, (x1, y1, x2, y2), speed in zip(frames, boxes, speeds, strict=True)
    )
    return Track(
        id=track_id,
        shot_id=shot.id,
        start_s=points[0].time_s,
        end_s=float(times_s[end_frame]) if end_frame < len(times_s) else max(shot.end_s, points[-1].time_s),
        points=points,
        mean_speed=float(speeds.mean()),
        period_s=period_s,
        periodicity=periodicity,
        step_s=gait.step_s if gait else None,
        step_phase_s=gait.phase_s if gait else None,
        steadiness=steadiness_of(speeds),
        growth=growth_of((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])),
    )
