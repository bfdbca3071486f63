"""When a clip sounds: intervals and onsets of its dry sound, to the millisecond (supplement 1.3 of the paper).

Amplitude peaks over a threshold that adapts to the noise, with a least gap between one event and the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.filmstereo.annotation import Interval
from foleydesigner.script import EventKind
from foleydesigner.tools.attacks import refined_onsets
from foleydesigner.tools.spans import closed, runs_of

Mono = NDArray[np.float32]

HOP_S, WINDOW_S = 0.001, 0.010
OVER_NOISE_DB, UNDER_PEAK_DB = 12.0, 40.0
"""It sounds where its level is over both: 12 dB above the noise, 40 dB below the peak."""
LEAST_GAP_S, LEAST_LENGTH_S = 0.1, 0.01
RISE_DB, LEAST_BETWEEN_S = 9.0, 0.08
_BEFORE_S, _AFTER_S = 0.03, 0.012
_SILENCE_DB = -120.0


def level_db(sound: Mono, sample_rate_hz: int) -> NDArray[np.float64]:
    """RMS level of 10 ms windows centred on every millisecond, dB re full scale, (milliseconds,)."""
    window = max(1, round(WINDOW_S * sample_rate_hz))
    summed = np.concatenate([[0.0], np.cumsum(np.square(sound, dtype=np.float64))])
    centres = np.round(np.arange(int(len(sound) / (HOP_S * sample_rate_hz)) + 1) * HOP_S * sample_rate_hz).astype(int)
    first = np.clip(centres - window // 2, 0, len(sound))
    last = np.clip(centres + window - window // 2, 0, len(sound))
    power = (summed[last] - summed[first]) / window
    return np.asarray(10.0 * np.log10(np.maximum(power, 10.0 ** (0.1 * _SILENCE_DB))))


def threshold_db(level: NDArray[np.float64]) -> float:
    """Level over which it sounds; the noise is what the quietest twentieth of what is not silent does not exceed."""
    peak = float(level.max(initial=_SILENCE_DB))
    heard = level[level > _SILENCE_DB + 1.0]
    noise = float(np.percentile(heard, 5.0)) if heard.size else _SILENCE_DB
    # A texture's quietest twentieth is the texture itself: it does not hide what it is.
    return max(min(noise + OVER_NOISE_DB, peak - 20.0), peak - UNDER_PEAK_DB)


def intervals_of(sound: Mono, sample_rate_hz: int) -> tuple[Interval, ...]:
    """Where a dry sound (samples,) sounds; gaps under 0.1 s are closed, what is under 10 ms is left out."""
    level = level_db(sound, sample_rate_hz)
    active = level > threshold_db(level)
    if not active.any() or float(level.max()) <= _SILENCE_DB:
        return ()
    return tuple(
        # A window's level speaks of its middle; the sound begins and ends half a window from where it is first heard.
        Interval(onset_ms=float(first), offset_ms=float(last))
        for first, last in closed(runs_of(active), round(LEAST_GAP_S / HOP_S))
        if (last - first) * HOP_S >= LEAST_LENGTH_S
    )


def onsets_of(sound: Mono, sample_rate_hz: int, kind: EventKind, intervals: tuple[Interval, ...]) -> tuple[float, ...]:
    """When it begins, in milliseconds, ascending: every hit of what is hit, every stretch of what goes on.

    Args:
        sound: dry, (samples,).
        sample_rate_hz: its rate.
        kind: only `impulsive` sounds have hits inside an interval.
        intervals: `intervals_of` the sound.
    """
    starts_s = [interval.onset_ms * 1e-3 for interval in intervals]
    if kind == "impulsive":
        starts_s = _spaced(sorted([*starts_s, *_rises(level_db(sound, sample_rate_hz), intervals)]))
        starts_s = _spaced(sorted(float(t) for t in refined_onsets(sound, sample_rate_hz, starts_s)))
    return tuple(round(1e3 * max(t, 0.0), 1) for t in starts_s)


def _rises(level: NDArray[np.float64], intervals: tuple[Interval, ...]) -> list[float]:
    """Times inside intervals at which the level rises by 9 dB over what it was 30 ms before, seconds."""
    before, after = round(_BEFORE_S / HOP_S), round(_AFTER_S / HOP_S)
    padded = np.pad(level, (before, after), constant_values=_SILENCE_DB)
    past = np.lib.stride_tricks.sliding_window_view(padded[: len(level) + before - 1], before).max(axis=1)
    ahead = np.lib.stride_tricks.sliding_window_view(padded[before:], after).max(axis=1)[: len(past)]
    rise = ahead - past
    floor = threshold_db(level)
    found = []
    for interval in intervals:
        first, last = round(interval.onset_ms), min(round(interval.offset_ms), len(rise))
        inside = np.flatnonzero((rise[first:last] > RISE_DB) & (ahead[first:last] > floor)) + first
        if inside.size:
            groups = np.split(inside, np.flatnonzero(np.diff(inside) > after) + 1)
            found += [float(group[int(np.argmax(rise[group]))] * HOP_S) for group in groups]
    return found


def _spaced(times_s: list[float]) -> list[float]:
    """Without those that come within 80 ms of the one before."""
    kept: list[float] = []
    for time_s in times_s:
        if not kept or time_s - kept[-1] >= LEAST_BETWEEN_S:
            kept.append(time_s)
    return kept
