"""Reverberation on its own return: Freeverb (pedalboard) set by measured calibration, and rooms too small for it.

Freeverb's combs cannot ring for less than about 0.6 s, so shorter rooms are convolved with decaying noise of exactly
the time asked for, and the open air with a few early reflections.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ConfigurationError, EngineError
from foleydesigner.mix import ReverbSettings
from foleydesigner.tools.streaming import StreamingFir

Audio = NDArray[np.float32]

OPEN_AIR_BELOW_S = 0.1
"""Targets under this are the open air: early reflections only."""

LONGEST_S = 12.0
_PLUGIN_BLOCK = 8192
_SHORTEST = 64
_NOISE_SEED = 3382
_SLAP_MS = ((17.0, 61.0), (23.0, 83.0), (41.0, 53.0))
"""Left and right arrival of three reflections outdoors: ground, a wall, something beyond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverbCalibration:
    """What `scripts/calibrate_reverb.py` measured of pedalboard.Reverb's impulse responses, wet only, width 1.

    Attributes:
        room_size: shape (rooms,), ascending from 0 to 1.
        damping: shape (dampings,), ascending from 0 to 1.
        rt60_s: T30,mid in seconds, shape (rooms, dampings).
        energy_db: energy of both outputs for a unit impulse in both inputs, dB, shape (rooms, dampings).
    """

    room_size: NDArray[np.float64]
    damping: NDArray[np.float64]
    rt60_s: NDArray[np.float64]
    energy_db: NDArray[np.float64]

    def rt60(self, room_size: float, damping: float) -> float:
        """RT60 in seconds at a setting, interpolated on a logarithmic scale."""
        return float(np.exp(np.interp(room_size, self.room_size, np.log(self._at(self.rt60_s, damping)))))

    def energy(self, room_size: float, damping: float) -> float:
        """Energy of the response at a setting, linear."""
        return float(10.0 ** (0.1 * np.interp(room_size, self.room_size, self._at(self.energy_db, damping))))

    def invert(self, rt60_s: float, damping: float) -> float:
        """Room size that rings for `rt60_s`, the nearest end of [0, 1] when none does."""
        curve = np.log(self._at(self.rt60_s, damping))
        return float(np.interp(np.log(max(rt60_s, 1e-3)), curve, self.room_size))

    def _at(self, table: NDArray[np.float64], damping: float) -> NDArray[np.float64]:
        """One value a room size, at a damping."""
        return np.array([np.interp(damping, self.damping, row) for row in table])


@functools.lru_cache(maxsize=1)
def calibration() -> ReverbCalibration:
    """The committed measurement, `tools/calibration.json`."""
    data = json.loads(resources.files(__package__).joinpath("calibration.json").read_text("utf-8"))
    return ReverbCalibration(**{k: np.array(data[k]) for k in ("room_size", "damping", "rt60_s", "energy_db")})


def room_size_for(rt60_s: float, damping: float) -> float:
    """Room size of pedalboard.Reverb in [0, 1] that rings for `rt60_s` at `damping` (T30,mid).

    Below `reachable_rt60_s` it is 0, and `reverb_return` makes the room by convolution; above, it is 1.
    """
    return calibration().invert(rt60_s, damping)


def reachable_rt60_s(damping: float) -> tuple[float, float]:
    """Shortest and longest RT60 that Freeverb reaches at `damping`, seconds."""
    table = calibration()
    return table.rt60(0.0, damping), table.rt60(1.0, damping)


class StreamingReverb:
    """The wet return of a stream of blocks: as many samples out as in, and the tail from `flush`.

    `settings.send_db` is the energy of the return over that of the track, for broad-band sound in the middle: it means
    the same in every room. A target under Freeverb's shortest time decides by itself, otherwise `room_size` does.

    Args:
        settings: target, room size, damping, width and send.
        sample_rate_hz: samples per second.
        pre_delay_s: silence before the first reflection.

    Raises:
        ConfigurationError: the pre-delay is not within 0 to 0.5 s.
    """

    def __init__(self, settings: ReverbSettings, sample_rate_hz: int, *, pre_delay_s: float = 0.0) -> None:
        if not 0.0 <= pre_delay_s <= 0.5:
            raise ConfigurationError(f"a pre-delay of {pre_delay_s} s", "0 to 0.5 s", "pass a shorter one")
        self._room: _Room
        if settings.target_rt60_s < reachable_rt60_s(settings.damping)[0]:
            self._room = _SmallRoom(settings.target_rt60_s, settings.damping, sample_rate_hz)
        else:
            self._room = _Freeverb(settings.room_size, settings.damping, sample_rate_hz)
        own, other = 0.5 * (1.0 + settings.width), 0.5 * (1.0 - settings.width)
        send = 10.0 ** (settings.send_db / 20.0) / np.hypot(own, other)
        self._spread = send * np.array([[own, other], [other, own]])
        self._ahead = np.zeros((1, round(pre_delay_s * sample_rate_hz)), dtype=np.float32)
        self._fade_samples = round(0.05 * sample_rate_hz)

    def push(self, dry: Audio) -> Audio:
        """(1 or 2, m) in, (2, m) out; two channels are summed to one feed, as Freeverb does.

        Raises:
            EngineError: `dry` has another shape.
        """
        if dry.ndim != 2 or dry.shape[0] not in (1, 2):
            raise EngineError(f"a track of shape {dry.shape}", "(1, samples) or (2, samples)", "pass a stem")
        feed = np.concatenate([self._ahead, dry.mean(axis=0, keepdims=True, dtype=np.float64)], axis=1)
        self._ahead = feed[:, dry.shape[1] :].astype(np.float32)
        return self._wet(feed[:, : dry.shape[1]])

    def flush(self) -> Audio:
        """The tail (2, samples), faded over its last 50 ms."""
        feed = np.pad(self._ahead, ((0, 0), (0, self._room.tail_samples)))
        tail = self._wet(feed)
        fade = min(self._fade_samples, tail.shape[1])
        tail[:, tail.shape[1] - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
        return tail

    def _wet(self, feed: NDArray[np.floating[Any]]) -> Audio:
        if feed.shape[1] == 0:
            return np.zeros((2, 0), dtype=np.float32)
        return np.asarray(self._spread @ self._room.push(feed.astype(np.float32)), dtype=np.float32)


def reverb_blocks(dry: Iterable[Audio], settings: ReverbSettings, sample_rate_hz: int) -> Iterator[Audio]:
    """The wet return of a stream of blocks (1 or 2, m), with its tail: blocks (2, m).

    Raises:
        EngineError: a block has another shape.
    """
    reverb = StreamingReverb(settings, sample_rate_hz)
    for block in dry:
        # A track of a sample or two is no block for pedalboard; silence after it changes nothing.
        yield reverb.push(np.pad(block, ((0, 0), (0, max(0, _SHORTEST - block.shape[1])))))
    yield reverb.flush()


def reverb_return(dry: Audio, settings: ReverbSettings, sample_rate_hz: int, *, pre_delay_s: float = 0.0) -> Audio:
    """The wet return of a track, with its tail: (1 or 2, n) to (2, n + tail), wet only (`StreamingReverb`).

    Raises:
        EngineError: `dry` has another shape.
        ConfigurationError: the pre-delay is not within 0 to 0.5 s.
    """
    reverb = StreamingReverb(settings, sample_rate_hz, pre_delay_s=pre_delay_s)
    padded = np.pad(dry, ((0, 0), (0, max(0, _SHORTEST - dry.shape[-1])))) if dry.ndim == 2 else dry
    return np.concatenate([reverb.push(padded), reverb.flush()], axis=1)


class _Room(Protocol):
    """A feed (1, m) to two decorrelated outputs (2, m), each with half the energy that the feed has in two channels."""

    tail_samples: int

    def push(self, feed: Audio) -> NDArray[np.float64]: ...


class _SmallRoom:
    """Convolution with `short_response`."""

    def __init__(self, rt60_s: float, damping: float, sample_rate_hz: int) -> None:
        response = short_response(rt60_s, damping, sample_rate_hz)
        self.tail_samples = response.shape[1] - 1
        self._filters = [StreamingFir(taps) for taps in response]

    def push(self, feed: Audio) -> NDArray[np.float64]:
        return np.concatenate([fir.push(feed) for fir in self._filters]).astype(np.float64)


class _Freeverb:
    """pedalboard.Reverb with its state, at the energy that the calibration states."""

    def __init__(self, room_size: float, damping: float, sample_rate_hz: int) -> None:
        table = calibration()
        # The lows are not damped: they ring as long as the undamped room does.
        self.tail_samples = round(min(1.1 * table.rt60(room_size, 0.0), LONGEST_S) * sample_rate_hz)
        self._gain = np.sqrt(2.0 / table.energy(room_size, damping))
        self._plugin = _plugin(room_size, damping)
        self._rate = float(sample_rate_hz)
        # pedalboard forgets its state when a block is longer than any before: silence of its longest comes first.
        self._plugin(np.zeros((2, _PLUGIN_BLOCK), dtype=np.float32), self._rate, buffer_size=_PLUGIN_BLOCK, reset=True)

    def push(self, feed: Audio) -> NDArray[np.float64]:
        if feed.shape[1] < 3:
            raise EngineError(
                f"a block of {feed.shape[1]} samples",
                "at least 3, since pedalboard takes the shorter axis for the channels",
                "pass longer blocks",
            )
        wet = self._plugin(np.concatenate([feed, feed]), self._rate, buffer_size=_PLUGIN_BLOCK, reset=False)
        return np.asarray(self._gain * wet, dtype=np.float64)


def _plugin(room_size: float, damping: float) -> Any:
    import pedalboard

    return pedalboard.Reverb(room_size=room_size, damping=damping, wet_level=1.0, dry_level=0.0, width=1.0)


def freeverb(feed: Audio, room_size: float, damping: float, sample_rate_hz: int) -> Audio:
    """pedalboard.Reverb, wet only, width 1: one feed (n,) into both inputs, (2, n) out."""
    return np.asarray(_plugin(room_size, damping)(np.stack([feed, feed]), float(sample_rate_hz)), dtype=np.float32)


@functools.lru_cache(maxsize=32)
def short_response(rt60_s: float, damping: float, sample_rate_hz: int) -> NDArray[np.float64]:
    """Impulse response (2, taps) of a room of `rt60_s`, or of the open air; each channel of unit energy.

    A room is decorrelated Gaussian noise that decays by 60 dB in `rt60_s`, and above 4 kHz in down to half of it as
    damping grows (J. A. Moorer, "About this reverberation business", Computer Music Journal 3(2), 1979).
    """
    if rt60_s < OPEN_AIR_BELOW_S:
        response = np.zeros((2, round(0.1 * sample_rate_hz)))
        for order, pair in enumerate(_SLAP_MS):
            for channel, delay_ms in enumerate(pair):
                response[channel, round(0.001 * delay_ms * sample_rate_hz)] = (-0.7) ** order
        response = _low_passed(response, 5000.0, sample_rate_hz)
    else:
        taps = round(1.3 * rt60_s * sample_rate_hz)
        time_s = np.arange(taps) / sample_rate_hz
        noise = np.random.default_rng(_NOISE_SEED).standard_normal((2, taps))
        below_high = _low_passed(noise, 4000.0, sample_rate_hz)
        response = below_high * 10.0 ** (-3.0 * time_s / rt60_s)
        response += (noise - below_high) * 10.0 ** (-3.0 * time_s / (rt60_s * (1.0 - 0.5 * damping)))
        response *= 1.0 - np.exp(-time_s / 0.002)
    return np.asarray(response / np.sqrt(np.sum(np.square(response), axis=1, keepdims=True)))


def _low_passed(signal: NDArray[np.float64], cutoff_hz: float, sample_rate_hz: int) -> NDArray[np.float64]:
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(1, cutoff_hz, fs=sample_rate_hz, output="sos"), signal))
