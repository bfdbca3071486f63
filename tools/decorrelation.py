"""Feeds that sound the same and share no phase: cascades of Schroeder all-passes.

An all-pass keeps the power of whatever passes through it exactly; different delays on each feed make the phases unlike
(M. R. Schroeder, "Natural sounding artificial reverberation", JAES 10, 1962).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.audio_source import AudioSource, blocks_of
from foleydesigner.tools.streaming import StreamingFir

Audio = NDArray[np.float32]

_GAIN = 0.5
_RESPONSE_S = 0.25
# Mutually prime-ish milliseconds; the first entry is a pure delay that takes the direct path off the other feeds' time.
_FEEDS_MS: tuple[tuple[float, ...], ...] = (
    (0.0, 3.1, 5.9, 8.3, 11.7),
    (0.0, 3.7, 5.3, 9.1, 12.7),
    (9.7, 4.3, 7.1, 10.1, 13.9),
    (11.3, 4.7, 6.7, 10.9, 14.9),
)


@functools.lru_cache(maxsize=16)
def response(feed: int, sample_rate_hz: int) -> NDArray[np.float64]:
    """Impulse response (taps,) of feed 0-3, of unit energy; cut at 0.25 s where it is 70 dB down."""
    delay_ms, *stages_ms = _FEEDS_MS[feed]
    signal = np.zeros(round(_RESPONSE_S * sample_rate_hz))
    signal[round(0.001 * delay_ms * sample_rate_hz)] = 1.0
    for stage_ms in stages_ms:
        signal = _all_pass(signal, max(1, round(0.001 * stage_ms * sample_rate_hz)))
    return np.asarray(signal / np.sqrt(np.sum(np.square(signal))))


def _all_pass(signal: NDArray[np.float64], delay: int) -> NDArray[np.float64]:
    """y[n] = -g x[n] + x[n - D] + g y[n - D], in strides of D since nothing inside a stride feeds back."""
    result = -_GAIN * signal
    for start in range(delay, signal.size, delay):
        stop = min(start + delay, signal.size)
        past = slice(start - delay, stop - delay)
        result[start:stop] += signal[past] + _GAIN * result[past]
    return result


def decorrelator(feed: int, sample_rate_hz: int) -> StreamingFir:
    """A causal streaming filter of feed 0-3, one channel."""
    return StreamingFir(response(feed, sample_rate_hz))


class StreamingDecorrelator:
    """Blocks of one channel to blocks of two decorrelated ones, each with the power of the one."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._feeds = [decorrelator(feed, sample_rate_hz) for feed in (0, 1)]

    def push(self, mono: Audio) -> Audio:
        """(1, m) in, (2, m) out."""
        return np.concatenate([feed.push(mono) for feed in self._feeds])


def stereo_blocks(dry: AudioSource, sample_rate_hz: int) -> Iterator[tuple[int, Audio]]:
    """A diffuse sound as (first sample, (2, m)) blocks: its own two channels, or one made into two."""
    decorrelated = StreamingDecorrelator(sample_rate_hz) if dry.channels == 1 else None
    position = 0
    for block in blocks_of(dry):
        yield position, decorrelated.push(block) if decorrelated else block
        position += block.shape[1]
