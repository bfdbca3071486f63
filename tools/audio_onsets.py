"""Onsets of a sound: the estimator that takes are checked with and that evidence is measured with.

The detector is spectral flux on a mel spectrogram with the peak picker of Böck, Krebs and Schedl, "Evaluating the
Online
Capabilities of Onset Detection Methods" (ISMIR 2012), at the parameters of librosa's `onset_detect` with delta 0.3 and
wait 5 at 22.05 kHz mono. It is written out here so that the product does not carry librosa and its compiler.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.tools.audio_bus import AudioBus
from foleydesigner.tools.audio_source import ArraySource, AudioSource, blocks_of, read_padded

RATE_HZ = 22_050
HOP = 512
WINDOW = 2048
MEL_BANDS = 128

_DELTA = 0.3
_WAIT = 5
_PRE_MAX, _POST_MAX = 1, 1  # 30 ms before, the frame itself
_PRE_AVG, _POST_AVG = 4, 5  # 100 ms on either side
_DYNAMIC_RANGE_DB = 80.0
_POWER_FLOOR = 1e-10
_CHUNK_FRAMES = 1024


def audio_onsets(
    audio: NDArray[np.floating] | AudioSource, sample_rate_hz: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (s) at which something begins to sound, and how strongly.

    Args:
        audio: `(samples,)`, `(channels, samples)` or a source; channels are averaged.
        sample_rate_hz: rate of `audio`; anything but 22 050 Hz is resampled (soxr, HQ).

    Returns:
        `(times_s, strengths)`, both `(onsets,)`. Times are multiples of 512 / 22 050 s = 23.2 ms. A strength is the
        height of the flux at the onset over the highest of the clip, in (0, 1]. Silence has none.

    Raises:
        EngineError: the audio is not one- or two-dimensional, not finite, or its rate is not positive.
    """
    with _mono(_checked(audio, sample_rate_hz), sample_rate_hz) as mono:
        envelope = onset_envelope(mono)
    peak = float(envelope.max(initial=0.0))
    if peak <= 0.0:
        return np.zeros(0), np.zeros(0)
    envelope = (envelope - envelope.min()) / np.float32(peak - envelope.min() + np.finfo(np.float32).tiny)
    frames = _pick_peaks(envelope)
    times_s = np.asarray(frames * (HOP / RATE_HZ), dtype=np.float64)
    return times_s, np.asarray(envelope[frames], dtype=np.float64)


def onset_envelope(mono: AudioSource) -> NDArray[np.float32]:
    """Half-wave rectified rise of the mel spectrum in dB, mean over bands; `(1 + samples // 512,)`.

    Args:
        mono: one channel at 22 050 Hz. It is gone through twice, since levels are held within 80 dB of the highest.
    """
    frame_count = 1 + mono.samples // HOP
    top_db = max(float(block.max()) for block in _mel_levels_db(mono, frame_count))
    floor_db = np.float32(top_db) - np.float32(_DYNAMIC_RANGE_DB)
    before: NDArray[np.float32] | None = None
    # One frame of lag, and the half window by which a centred frame sees an attack early.
    flux = [np.zeros(1 + WINDOW // (2 * HOP), dtype=np.float32)]
    for block in _mel_levels_db(mono, frame_count):
        level_db = np.maximum(block, floor_db)
        joined = level_db if before is None else np.concatenate([before, level_db])
        flux.append(np.maximum(np.diff(joined, axis=0), 0.0).mean(axis=1))
        before = level_db[-1:]
    return np.concatenate(flux)[:frame_count].astype(np.float32)


def _mel_levels_db(mono: AudioSource, frame_count: int) -> Iterator[NDArray[np.float32]]:
    """Mel levels in dB of centred frames in order, `(at most _CHUNK_FRAMES, MEL_BANDS)` each."""
    window = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    for start in range(0, frame_count, _CHUNK_FRAMES):
        count = min(_CHUNK_FRAMES, frame_count - start)
        begin = start * HOP - WINDOW // 2
        part = read_padded(mono, begin, begin + (count - 1) * HOP + WINDOW)[0]
        frames = np.lib.stride_tricks.sliding_window_view(part, WINDOW)[::HOP]
        spectrum = np.fft.rfft(frames * window, axis=1).astype(np.complex64)
        power = ((np.abs(spectrum) ** 2) @ _mel_filters().T).astype(np.float32)
        yield np.asarray(10.0 * np.log10(np.maximum(power, np.float32(_POWER_FLOOR))), dtype=np.float32)


def _checked(audio: NDArray[np.floating] | AudioSource, sample_rate_hz: int) -> AudioSource:
    """The audio as a source."""
    if isinstance(audio, np.ndarray):
        if audio.ndim not in (1, 2):
            raise _unusable(f"audio of shape {audio.shape}", sample_rate_hz)
        audio = ArraySource(np.atleast_2d(audio).astype(np.float32, copy=False))
    if sample_rate_hz <= 0:
        raise _unusable(f"audio of {audio.channels} channels", sample_rate_hz)
    return audio


def _unusable(what: str, sample_rate_hz: int) -> EngineError:
    return EngineError(
        f"{what} at {sample_rate_hz} Hz",
        "finite samples as (samples,) or (channels, samples) at a positive rate",
        "check the renderer that made it",
    )


def _mono(audio: AudioSource, sample_rate_hz: int) -> AudioBus:
    """One channel at 22 050 Hz."""
    out, position = AudioBus(None, 1, 0, grows=True), 0
    for block in _resampled(audio, sample_rate_hz):
        out.add(block[None, :], position)
        position += block.size
    return out


def _resampled(audio: AudioSource, sample_rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """The mean of the channels at 22 050 Hz in blocks, `(m,)`."""
    import soxr

    stream = None
    if sample_rate_hz != RATE_HZ:
        stream = soxr.ResampleStream(sample_rate_hz, RATE_HZ, 1, dtype="float32", quality="HQ")
    for block in blocks_of(audio):
        if not np.isfinite(block).all():
            raise _unusable(f"audio of {audio.channels} channels that is not finite", sample_rate_hz)
        mono = np.asarray(block.mean(axis=0), dtype=np.float32)
        yield mono if stream is None else stream.resample_chunk(mono)
    if stream is not None and audio.samples:
        yield stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def _pick_peaks(envelope: NDArray[np.float32]) -> NDArray[np.int64]:
    """Frames that are a local maximum, 0.3 above the local mean, and more than five frames after the last one."""
    picked: list[int] = []
    frame, count = 0, envelope.size
    while frame < count:
        # The published picker looks forward only at the first frame.
        is_peak = envelope[frame] >= envelope[max(0, frame - _PRE_MAX) : frame + _POST_MAX].max()
        if is_peak:
            around = envelope[max(0, frame - _PRE_AVG) : frame + _POST_AVG]
            is_peak = envelope[frame] >= around.mean() + np.float32(_DELTA)
        if is_peak:
            picked.append(frame)
            frame += _WAIT
        frame += 1
    return np.asarray(picked, dtype=np.int64)


@lru_cache(maxsize=1)
def _mel_filters() -> NDArray[np.float32]:
    """Triangular filters of equal area on Slaney's mel scale (Auditory Toolbox, 1998), `(128, 1025)`."""
    edges_hz = _mel_to_hz(np.linspace(0.0, _hz_to_mel(RATE_HZ / 2), MEL_BANDS + 2))
    bins_hz = np.fft.rfftfreq(WINDOW, 1.0 / RATE_HZ)
    widths_hz = np.diff(edges_hz)
    ramps = edges_hz[:, None] - bins_hz[None, :]
    rising = -ramps[:-2] / widths_hz[:-1, None]
    falling = ramps[2:] / widths_hz[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    filters *= (2.0 / (edges_hz[2:] - edges_hz[:-2]))[:, None]
    return filters.astype(np.float32)


_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_LOG_FROM_HZ = 1000.0
_LOG_FROM_MEL = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def _hz_to_mel(frequency_hz: float) -> float:
    """Slaney mel of a frequency at or above 1 kHz, where the scale is logarithmic."""
    return float(_LOG_FROM_MEL + np.log(frequency_hz / _LOG_FROM_HZ) / _LOG_STEP)


def _mel_to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Frequencies of Slaney mels: linear below 1 kHz, logarithmic above."""
    log_part = _LOG_FROM_HZ * np.exp(_LOG_STEP * (mels - _LOG_FROM_MEL))
    return np.where(mels >= _LOG_FROM_MEL, log_part, mels * _LINEAR_HZ_PER_MEL)
