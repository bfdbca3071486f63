"""From a followed region to evidence: boxes, and how the movement repeats, steadies and grows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import Box, Shot, Track, TrackPoint
from foleydesigner.tools.tracking import LiveTrack

_PERIOD_RANGE_S = (0.2, 2.5)
_MIN_PERIODS = 2.5
_MIN_PERIODICITY = 0.3


def period_of(curve: NDArray[np.float64], frame_rate: float) -> tuple[float | None, float]:
    """Period (s) and periodicity in [0, 1] of a curve sampled once a frame.

    The first high peak of the unbiased autocorrelation, detrended over the longest period and interpolated by a
    parabola.
    `(None, height)` where the curve does not repeat itself at least two and a half times.
    """
    shortest, longest = (round(bound * frame_rate) for bound in _PERIOD_RANGE_S)
    longest = min(longest, int(curve.size / _MIN_PERIODS))
    shortest = max(2, shortest)
    if longest <= shortest + 1:
        return None, 0.0
    window = 2 * longest + 1
    trend = np.convolve(np.pad(curve, longest, mode="edge"), np.ones(window) / window, mode="valid")
    centred = curve - trend
    power = float(centred @ centred)
    if power <= 1e-12:
        return None, 0.0
    lags = np.arange(longest + 2)
    size = 1 << int(2 * curve.size - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    correlation = np.fft.irfft(spectrum * spectrum.conj(), size)[: lags.size]
    correlation = correlation / power * curve.size / np.maximum(curve.size - lags, 1)
    inner = correlation[1:-1]
    tops = np.flatnonzero((inner >= correlation[:-2]) & (inner > correlation[2:])) + 1
    tops = tops[(tops >= shortest) & (tops <= longest) & (correlation[tops] > 0.0)]
    if tops.size == 0:
        return None, 0.0
    best = int(next(lag for lag in tops if correlation[lag] >= 0.85 * correlation[tops].max()))
    height = float(np.clip(correlation[best], 0.0, 1.0))
    left, top, right = correlation[best - 1 : best + 2]
    period_s = (best + 0.5 * (left - right) / min(left - 2 * top + right, -1e-9)) / frame_rate
    return (float(period_s), height) if height >= _MIN_PERIODICITY else (None, height)


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
        steadiness=steadiness_of(speeds),
        growth=growth_of((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])),
    )
