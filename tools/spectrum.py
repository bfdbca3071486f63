"""What a track is made of: band powers, centroid, activity, and a mel-spectrogram picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foleydesigner.files import write_bytes
from foleydesigner.tools.audio_source import AudioSource, as_source, read_padded

Audio = NDArray[np.float32]
Band = Literal["low", "mid", "high"]

BANDS: dict[Band, tuple[float, float]] = {"low": (0.0, 250.0), "mid": (250.0, 4000.0), "high": (4000.0, np.inf)}
"""Hz, each from its first figure up to its second."""

SILENCE_DB = -100.0
FRAME = 2048
HOP = 1024
ACTIVITY_FRAME_S = 0.01
_HOPS_AT_ONCE = 1024
ACTIVE_BELOW_PEAK_DB = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectralFigures:
    """Long-term spectrum of one track in four numbers.

    Attributes:
        low_db: power under 250 Hz over total power, dB, at least -100.
        mid_db: the same for 250 Hz - 4 kHz.
        high_db: the same above 4 kHz.
        centroid_hz: power-weighted mean frequency; 0 for silence.
    """

    low_db: float
    mid_db: float
    high_db: float
    centroid_hz: float


def spectral_figures(track: Audio | AudioSource, sample_rate_hz: int) -> SpectralFigures:
    """Figures of (channels, samples); channels' powers are added."""
    power = long_term_power(track)
    frequency = np.arange(power.size) * sample_rate_hz / FRAME
    total = float(power.sum())
    if total <= 0.0:
        return SpectralFigures(low_db=SILENCE_DB, mid_db=SILENCE_DB, high_db=SILENCE_DB, centroid_hz=0.0)
    share = {name: _share_db(power[in_band(frequency, name)].sum() / total) for name in BANDS}
    centroid_hz = float((power * frequency).sum() / total)
    return SpectralFigures(low_db=share["low"], mid_db=share["mid"], high_db=share["high"], centroid_hz=centroid_hz)


def in_band(frequency_hz: NDArray[np.float64], band: Band) -> NDArray[np.bool_]:
    """Mask of the frequencies that belong to a band of `BANDS`."""
    low_hz, high_hz = BANDS[band]
    return (frequency_hz >= low_hz) & (frequency_hz < high_hz)


def long_term_power(track: Audio | AudioSource) -> NDArray[np.float64]:
    """One-sided power of (channels, samples) summed over frames and channels, shape (FRAME // 2 + 1,)."""
    power = np.zeros(FRAME // 2 + 1)
    for frames in _frame_powers(track):
        power += frames.sum(axis=0)
    power[1:-1] *= 2.0
    return power


def active_seconds(track: Audio | AudioSource, sample_rate_hz: int) -> float:
    """Seconds in which the 10 ms level of (channels, samples) is within 40 dB of the loudest 10 ms."""
    hop = max(1, round(ACTIVITY_FRAME_S * sample_rate_hz))
    source = as_source(track)
    energy = np.concatenate(
        [np.zeros(0)]
        + [
            np.square(_hops(source, first, hop), dtype=np.float64).sum(axis=0).reshape(-1, hop).mean(axis=1)
            for first in range(0, source.samples, hop * _HOPS_AT_ONCE)
        ]
    )
    if energy.size == 0 or not energy.any():
        return 0.0
    loud = energy > energy.max() * 10.0 ** (-0.1 * ACTIVE_BELOW_PEAK_DB)
    return float(loud.sum() * hop / sample_rate_hz)


def _hops(source: AudioSource, first: int, hop: int) -> Audio:
    """Up to `_HOPS_AT_ONCE` whole hops from `first` on, zeros after the end."""
    left = -(-(source.samples - first) // hop)
    return read_padded(source, first, first + hop * min(_HOPS_AT_ONCE, left))


def mel_spectrogram_db(
    track: Audio | AudioSource, sample_rate_hz: int, mels: int = 96, *, most_frames: int = 16_384
) -> NDArray[np.float64]:
    """Mel power in dB re its maximum, floored at -80, shape (mels, frames); silence is all -80.

    Of a track with more than `most_frames` frames, neighbours are averaged until there are fewer.
    """
    source = as_source(track)
    filters, pool = mel_filters(sample_rate_hz, mels), -(-(1 + source.samples // HOP) // most_frames)
    parts, rest = [], np.zeros((0, mels))
    for frames in _frame_powers(source):
        rest = np.concatenate([rest, frames @ filters.T])
        whole = len(rest) // pool * pool
        parts.append(rest[:whole].reshape(-1, pool, mels).mean(axis=1))
        rest = rest[whole:]
    parts += [rest.mean(axis=0, keepdims=True)] if len(rest) else []
    mel = np.concatenate(parts).T
    top = float(mel.max(initial=0.0))
    if top <= 0.0:
        return np.full(mel.shape, -80.0)
    return np.asarray(np.maximum(10.0 * np.log10(np.maximum(mel / top, 1e-12)), -80.0))


def mel_filters(sample_rate_hz: int, mels: int) -> NDArray[np.float64]:
    """Triangular filters (mels, FRAME // 2 + 1) equally spaced on the mel scale 2595 log10(1 + f / 700)."""
    top = 2595.0 * np.log10(1.0 + 0.5 * sample_rate_hz / 700.0)
    edges_hz = 700.0 * (10.0 ** (np.linspace(0.0, top, mels + 2) / 2595.0) - 1.0)
    frequency = np.arange(FRAME // 2 + 1) * sample_rate_hz / FRAME
    rising = (frequency - edges_hz[:-2, None]) / (edges_hz[1:-1] - edges_hz[:-2])[:, None]
    falling = (edges_hz[2:, None] - frequency) / (edges_hz[2:] - edges_hz[1:-1])[:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    # Low filters may fall between two bins: give them the nearest one.
    empty = filters.sum(axis=1) == 0.0
    filters[empty, np.rint(edges_hz[1:-1][empty] * FRAME / sample_rate_hz).astype(int)] = 1.0
    return filters


def write_mel_picture(path: Path, track: Audio | AudioSource, sample_rate_hz: int, *, max_width_px: int = 1200) -> Path:
    """Mel spectrogram of (channels, samples) as PNG: time to the right, low tones at the bottom, bright = loud.

    Raises:
        OutputError: the file cannot be written.
    """
    import cv2

    level_db = mel_spectrogram_db(track, sample_rate_hz)
    grey = np.rint((level_db[::-1] + 80.0) * (255.0 / 80.0)).astype(np.uint8)
    width = min(max(grey.shape[1], 160), max_width_px)
    grey = cv2.resize(grey, (width, 2 * grey.shape[0]), interpolation=cv2.INTER_AREA).astype(np.uint8)
    _, encoded = cv2.imencode(".png", cv2.applyColorMap(grey, cv2.COLORMAP_MAGMA))
    return write_bytes(path, encoded.tobytes())


def _frame_powers(track: Audio | AudioSource, frames_at_once: int = 256) -> Iterator[NDArray[np.float64]]:
    """Powers of Hann-windowed frames (k, FRAME // 2 + 1), channels added, a bounded number at a time."""
    half = FRAME // 2
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    source = as_source(track)
    frames = 1 + source.samples // HOP
    for first in range(0, frames, frames_at_once):
        count = min(frames_at_once, frames - first)
        begin, end = first * HOP - half, (first + count - 1) * HOP + half
        padded = read_padded(source, begin, end)
        windows = np.lib.stride_tricks.sliding_window_view(padded, FRAME, axis=1)[:, ::HOP]
        yield np.square(np.abs(np.fft.rfft(windows * window, axis=2))).sum(axis=0)


def _share_db(share: float) -> float:
    return max(SILENCE_DB, float(10.0 * np.log10(max(share, 1e-12))))
