"""Where exactly a hit begins: a detector's onset, moved to the steepest rise of the waveform's energy nearby."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foleydesigner.tools.audio_source import AudioSource, as_source, read_padded

SEARCH_S = 0.06
"""How far a detector on a 23 ms grid may be off."""
_WINDOW_S = 0.004
_STEP_S = 0.0005
_FLOOR_DB = -45.0


def refined_onsets(
    audio: NDArray[np.float32] | AudioSource,
    sample_rate_hz: int,
    onsets_s: Sequence[float] | NDArray[np.float64],
    search_s: Sequence[float] | NDArray[np.float64] | float = SEARCH_S,
) -> NDArray[np.float64]:
    """Onset times moved to the attack itself, (n,) seconds.

    The attack is where the energy of the 4 ms after a point is highest over that of the 4 ms before it, among points
    0.5 ms apart within `search_s`; quiet rises count less (a floor 45 dB below the loudest there).

    Args:
        audio: (samples,), (channels, samples) or a source; channels are averaged.
        sample_rate_hz: its rate.
        onsets_s: what a detector found.
        search_s: how far each may be off; one for all, or (n,).
    """
    source = as_source(np.atleast_2d(audio) if isinstance(audio, np.ndarray) else audio)
    times = np.asarray(onsets_s, dtype=np.float64)
    reaches = np.broadcast_to(np.asarray(search_s, dtype=np.float64), times.shape)
    found = [_attack(source, sample_rate_hz, float(t), float(r)) for t, r in zip(times, reaches, strict=True)]
    return np.array(found, dtype=np.float64)


def _attack(source: AudioSource, rate: int, onset_s: float, search_s: float) -> float:
    window, step = max(2, round(_WINDOW_S * rate)), max(1, round(_STEP_S * rate))
    begin = round((onset_s - search_s) * rate) - window
    end = round((onset_s + search_s) * rate) + window
    mono = read_padded(source, begin, end).mean(axis=0).astype(np.float64)
    summed = np.concatenate([[0.0], np.cumsum(mono**2)])
    points = np.arange(window, mono.size - window, step)
    after = _energy(summed, points, points + window)
    before = _energy(summed, points - window, points)
    peak = after.max(initial=0.0)
    if peak <= 0.0:
        return onset_s
    floor = peak * 10.0 ** (_FLOOR_DB / 10.0)
    best = points[int(np.argmax((after - before) / (before + floor) * np.sqrt(after / peak)))]
    return (begin + _first_above(mono, int(best), window)) / rate


def _energy(summed: NDArray[np.float64], first: ArrayLike, last: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(summed[np.asarray(last)] - summed[np.asarray(first)], dtype=np.float64)


def _first_above(mono: NDArray[np.float64], best: int, window: int) -> int:
    """The sample near the chosen point at which the waveform first leaves what was there before."""
    quiet = float(np.abs(mono[max(0, best - 2 * window) : max(1, best - window)]).max(initial=0.0))
    part = np.abs(mono[best - window // 2 : best + window])
    threshold = max(1.5 * quiet, 0.1 * float(part.max(initial=0.0)))
    above = np.flatnonzero(part > threshold)
    return best - window // 2 + int(above[0]) if above.size else best
