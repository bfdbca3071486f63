"""True-peak limiting of a printed mix: look-ahead, all channels linked, the same samples for any block size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ConfigurationError
from foleydesigner.tools import true_peak

Audio = NDArray[np.float32]

LOOK_AHEAD_S = 0.005
RELEASE_DB_PER_S = 60.0
_SAFETY_DB = 0.05
"""The gain moves between the samples too, which the detector does not see."""

_SIDE = true_peak.HALF_TAPS


class TruePeakLimiter:
    """Keeps a stream under a true-peak ceiling; a stream that stays below it passes bit by bit.

    Attenuation in dB is held at its maximum over the look-ahead, then averaged over the same length: it arrives in full
    exactly when the peak does and never steps. Release is 60 dB/s.

    Args:
        sample_rate_hz: samples per second.
        channels: channels of every block; they share one gain, so that the image stays.
        ceiling_dbtp: highest true peak of the output, at most 0.
    """

    def __init__(self, sample_rate_hz: int, channels: int, ceiling_dbtp: float = -1.0) -> None:
        if not -60.0 <= ceiling_dbtp <= 0.0:
            raise ConfigurationError(f"a ceiling of {ceiling_dbtp} dBTP", "between -60 and 0", "pass another ceiling")
        self._ceiling_db = ceiling_dbtp - _SAFETY_DB
        self._ahead = max(1, round(LOOK_AHEAD_S * sample_rate_hz))
        self._release_db = RELEASE_DB_PER_S / sample_rate_hz
        window = np.hanning(self._ahead + 3)[1:-1]
        self._window = window / window.sum()
        # Streams still to be used up, each with the past that its filter needs.
        self._detect = np.zeros((channels, 2 * _SIDE - 1), dtype=np.float32)
        self._skip = _SIDE
        self._last_peak = 0.0
        self._held_db = 0.0
        # Silence before the stream lets the gain arrive in time for a peak on its very first sample.
        self._wanted_db = np.zeros(self._ahead)
        self._maxima_db = np.zeros(self._ahead)
        self._audio = np.zeros((channels, self._ahead), dtype=np.float32)
        self._lead = self._ahead
        self.max_attenuation_db = 0.0

    def push(self, block: Audio) -> Audio:
        """(channels, m) in; the samples whose look-ahead is complete out."""
        self._audio = np.concatenate([self._audio, block], axis=1)
        self._listen(block)
        return self._release()

    def flush(self) -> Audio:
        """The last samples: as many came out as went in."""
        self._listen(np.zeros((self._audio.shape[0], _SIDE), dtype=np.float32))
        self._wanted_db = np.concatenate([self._wanted_db, np.zeros(self._ahead)])
        return self._release()

    def _listen(self, block: Audio) -> None:
        """Extend the wanted attenuation by what the detector can see."""
        joined = np.concatenate([self._detect, block], axis=1)
        self._detect = joined[:, joined.shape[1] - (2 * _SIDE - 1) :]
        if block.shape[1] == 0:
            return
        peak = true_peak.between_samples(joined).max(axis=0)
        # A peak between two samples needs both of them turned down.
        peak = np.maximum(peak, np.concatenate([[self._last_peak], peak[:-1]]))
        self._last_peak = float(np.max(peak[-1:]))
        skipped = min(self._skip, peak.size)
        self._skip -= skipped
        over_db = 20.0 * np.log10(np.maximum(peak[skipped:], 1e-6)) - self._ceiling_db
        self._wanted_db = np.concatenate([self._wanted_db, self._fall(np.maximum(over_db, 0.0))])

    def _fall(self, over_db: NDArray[np.float64]) -> NDArray[np.float64]:
        """Attenuation that jumps up with `over_db` and falls at the release rate: max over k of over[k] - r (n - k)."""
        if over_db.size == 0 or (self._held_db <= 0.0 and not over_db.any()):
            return over_db
        slope = self._release_db * np.arange(over_db.size)
        held = np.maximum.accumulate(np.maximum(over_db + slope, self._held_db - self._release_db)) - slope
        self._held_db = max(float(held[-1]), 0.0)
        return np.asarray(np.maximum(held, 0.0))

    def _release(self) -> Audio:
        """Apply the gain wherever `ahead` wanted values lie in the future; the silence before the stream is dropped."""
        out = self._attenuated()
        dropped = min(self._lead, out.shape[1])
        self._lead -= dropped
        return out[:, dropped:]

    def _attenuated(self) -> Audio:
        ready = min(self._wanted_db.size - self._ahead, self._audio.shape[1])
        if ready <= 0:
            return self._audio[:, :0]
        out, self._audio = self._audio[:, :ready], self._audio[:, ready:]
        wanted, self._wanted_db = self._wanted_db[: ready + self._ahead], self._wanted_db[ready:]
        if not wanted.any() and not self._maxima_db.any():
            return out
        from scipy.ndimage import maximum_filter1d

        size = self._ahead + 1
        maxima = maximum_filter1d(wanted, size, origin=-(size // 2), mode="constant")[:ready]
        joined = np.concatenate([self._maxima_db, maxima])
        self._maxima_db = joined[joined.size - self._ahead :]
        attenuation_db = np.convolve(joined, self._window, mode="valid")
        self.max_attenuation_db = max(self.max_attenuation_db, float(attenuation_db.max()))
        return np.asarray(out * 10.0 ** (-0.05 * attenuation_db), dtype=np.float32)


def true_peak_limit(audio: Audio, ceiling_dbtp: float, sample_rate_hz: int = 48_000) -> Audio:
    """`audio` (channels, n) with a true peak of at most `ceiling_dbtp`; linked channels, nothing moved in time."""
    limiter = TruePeakLimiter(sample_rate_hz, audio.shape[0], ceiling_dbtp)
    return np.concatenate([limiter.push(audio), limiter.flush()], axis=1)
