"""Hiss taken out of a hit, where there is a stretch of hiss alone to learn it from, and only when that does no harm.

Spectral gating against a noise profile (Sainburg, Thielk & Gentner 2020: `noisereduce`, stationary). What goes on by
itself (wind, rain, fire, a room) is never treated: nothing tells its sound from noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import MissingExtraError

STRETCH_S = 0.2
_FRAME_S = 0.02
_LOWEST_DB, _HIGHEST_DB = -60.0, -30.0
"""Against the loudest 20 ms: under the first no one hears it, over the second it may be the sound itself."""
_SLOPE_DB, _SPREAD_DB = 2.0, 2.0
"""A stretch that falls, or wavers, is a tail and no floor."""
_SHARE = 0.85
_BINS, _SMOOTH_HZ, _SMOOTH_MS = 2048, 50, 24
"""Fine bins, and a mask that is hardly smoothed: partials that ring on keep their level."""
_KEEP_S, _KEEP_DB = 0.004, (12.0, 24.0)
"""Short-time level over the floor from which the sound begins to be left as it is, and is: it masks its noise."""
_HARM_DB, _CLEAR_DB = 1.0, 15.0
"""Frames that stand clear of the floor by the second may lose no more than the first."""
Mono = NDArray[np.float64]


def denoised(mono: Mono, rate_hz: int) -> tuple[Mono, str]:
    """The sound (samples,) without its stationary noise, and what was done; as it was, and "", where nothing is to do.

    Raises:
        MissingExtraError: noisereduce is not installed.
    """
    levels = frame_levels_db(mono, rate_hz)
    found = quiet_stretch(levels)
    if found is None:
        return mono, ""
    frame = round(_FRAME_S * rate_hz)
    first, floor_db = found
    stretch = mono[first * frame : (first + round(STRETCH_S / _FRAME_S)) * frame]
    keep = _own_share(mono, floor_db, rate_hz)
    cleaned = keep * mono + (1.0 - keep) * _reduced(mono, stretch, rate_hz)
    after = frame_levels_db(cleaned, rate_hz)
    clear = levels > floor_db + _CLEAR_DB
    harm_db = float(np.max(np.abs(levels[clear] - after[clear]), initial=0.0))
    gained_db = floor_db - float(np.median(after[first : first + len(stretch) // frame]))
    if harm_db > _HARM_DB:
        return (
            mono,
            f"noise kept ({floor_db - levels.max():.0f} dB; taking it out would cost the sound {harm_db:.1f} dB)",
        )
    return cleaned, f"noise floor {floor_db - levels.max():.0f} dB lowered by {gained_db:.0f} dB"


def frame_levels_db(mono: Mono, rate_hz: int) -> Mono:
    """RMS of each whole 20 ms in dB, shape (frames,)."""
    frame = round(_FRAME_S * rate_hz)
    frames = mono[: len(mono) // frame * frame].reshape(-1, frame)
    return np.asarray(10.0 * np.log10(np.maximum(np.mean(frames**2, axis=1), 1e-14)))


def quiet_stretch(levels_db: Mono) -> tuple[int, float] | None:
    """Frame at which the quietest level stretch begins, and its level in dB; None where no noise floor stands alone."""
    count = round(STRETCH_S / _FRAME_S)
    if len(levels_db) < 2 * count:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(levels_db, count)
    first = int(np.argmin(windows.mean(axis=1)))
    stretch = windows[first]
    floor_db = float(stretch.mean())
    below_db = floor_db - float(levels_db.max())
    slope_db = abs(float(stretch[: count // 2].mean() - stretch[count // 2 :].mean()))
    if not _LOWEST_DB <= below_db <= _HIGHEST_DB or slope_db > _SLOPE_DB or float(stretch.std()) > _SPREAD_DB:
        return None
    return first, floor_db


def _own_share(mono: Mono, floor_db: float, rate_hz: int) -> Mono:
    """How much of the sound is left as it is, sample by sample in [0, 1]: attacks wholly, from before they begin."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    size = round(_KEEP_S * rate_hz) | 1
    power = np.maximum(uniform_filter1d(mono**2, size), 1e-20)
    over_db = 10.0 * np.log10(power) - floor_db
    share = np.clip((over_db - _KEEP_DB[0]) / (_KEEP_DB[1] - _KEEP_DB[0]), 0.0, 1.0)
    return np.asarray(uniform_filter1d(maximum_filter1d(share, 2 * size + 1), size))


def _reduced(mono: Mono, stretch: Mono, rate_hz: int) -> Mono:
    try:
        import noisereduce
    except ImportError as error:
        raise MissingExtraError(
            "noisereduce is not installed", "the dataset extra", "pip install 'foleydesigner[dataset]'"
        ) from error
    cleaned = noisereduce.reduce_noise(
        mono,
        rate_hz,
        stationary=True,
        y_noise=stretch,
        prop_decrease=_SHARE,
        n_std_thresh_stationary=1.5,
        n_fft=_BINS,
        freq_mask_smooth_hz=_SMOOTH_HZ,
        time_mask_smooth_ms=_SMOOTH_MS,
        n_jobs=1,
    )
    return np.asarray(cleaned, dtype=np.float64)
