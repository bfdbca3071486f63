"""One recording made fit to be a source in a room: one channel, no DC, no hiss, no silence, a peak of -1 dBFS.

Every step is measured and left out where it would do harm; `changes` says what was done, for the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.filmstereo.denoising import denoised
from foleydesigner.generator.filmstereo.reading import UnusableError
from foleydesigner.script import EventKind

PEAK_DBFS = -1.0
GATE_DB = -40.0
"""Silence: this far under a sound's own peak at its ends, and under full scale for a whole file."""
LONGEST_S: dict[EventKind, float] = {"impulsive": 10.0, "steady": 30.0}
SHORTEST_S = 0.02
DC_CUTOFF_HZ = 12.0
_BEFORE_S, _TAIL_S = 0.005, 0.5
_TAIL_DB = -60.0
_COMB_DB = -4.5
"""Two channels that have nothing in common lose 3 dB in their sum, and some more by chance."""
Mono = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Polished:
    """A cleaned sound (samples,) and what was done to it, in words."""

    sound: NDArray[np.float32]
    changes: tuple[str, ...] = field(default=())


def polish(sound: NDArray[np.float64], rate_hz: int, kind: EventKind, sample_rate_hz: int) -> Polished:
    """Clean a sound (channels, samples), one or two channels at `rate_hz`, into one at `sample_rate_hz`.

    Raises:
        UnusableError: it is silent, or too short when its silence is gone.
    """
    import soxr

    mono, how = one_channel(sound, rate_hz)
    mono = without_dc(mono, rate_hz)
    peak = float(np.abs(mono).max(initial=0.0))
    if peak < 10.0 ** (GATE_DB / 20.0):
        raise UnusableError("silent", f"peak {20 * np.log10(max(peak, 1e-12)):.0f} dBFS")
    changes = [how] if how else []
    if rate_hz != sample_rate_hz:
        mono = np.asarray(soxr.resample(mono, rate_hz, sample_rate_hz, quality="VHQ"))
        changes.append(f"resampled from {rate_hz} Hz")
    if kind == "impulsive":
        mono, how = denoised(mono, sample_rate_hz)
        changes += [how] if how else []
    mono, how = trimmed(mono, sample_rate_hz, kind)
    changes += [how] if how else []
    if len(mono) < SHORTEST_S * sample_rate_hz:
        raise UnusableError("short", f"{1e3 * len(mono) / sample_rate_hz:.0f} ms")
    gain = 10.0 ** (PEAK_DBFS / 20.0) / float(np.abs(mono).max())
    changes.append(f"gain {20 * np.log10(gain):+.1f} dB")
    return Polished(np.asarray(mono * gain, dtype=np.float32), tuple(changes))


def one_channel(sound: NDArray[np.float64], rate_hz: int) -> tuple[Mono, str]:
    """The mean of two channels, or the stronger one where a band of the mean would cancel (samples,), and which."""
    if sound.shape[0] == 1:
        return sound[0], ""
    left, right = sound
    if np.array_equal(left, right):
        return left, "one of two equal channels"
    powers = float(np.mean(left**2)), float(np.mean(right**2))
    stronger = left if powers[0] >= powers[1] else right
    if min(powers) < 1e-3 * max(powers):
        return stronger, f"{'left' if stronger is left else 'right'} channel, the other is silent"
    loss_db = worst_cancellation_db(left, right, rate_hz)
    if loss_db < _COMB_DB:
        return stronger, f"{'left' if stronger is left else 'right'} channel (a sum loses {-loss_db:.0f} dB in a band)"
    return 0.5 * (left + right), "sum of two channels"


def worst_cancellation_db(left: Mono, right: Mono, rate_hz: int) -> float:
    """What the mean of two channels has less than their own mean power, in dB, in the third octave where that is worst.

    Bands 30 dB under the strongest are not asked: what cancels there is not heard.
    """
    from scipy.signal import csd

    size = min(4096, len(left))
    options = {"fs": rate_hz, "nperseg": size, "detrend": False}
    hz, power_left = csd(left, left, **options)
    _, power_right = csd(right, right, **options)
    _, cross = csd(left, right, **options)
    own = 0.5 * (power_left.real + power_right.real)
    mean = 0.25 * (power_left.real + power_right.real + 2.0 * cross.real)
    edges = 100.0 * 2.0 ** (np.arange(0, 25) / 3.0)
    band = np.digitize(hz, edges)
    sums = [(own[band == k].sum(), mean[band == k].sum()) for k in range(1, len(edges)) if np.count_nonzero(band == k)]
    heard = [(o, m) for o, m in sums if o > 1e-3 * max(o for o, _ in sums)]
    return min((10.0 * float(np.log10(max(m / o, 1e-6))) for o, m in heard if o > 0.0), default=0.0)


def without_dc(mono: Mono, rate_hz: int) -> Mono:
    """High-passed at `DC_CUTOFF_HZ`, causally: nothing is moved ahead of an attack, nor rings up at the start."""
    from scipy.signal import butter, sosfilt, sosfilt_zi

    sos = butter(2, DC_CUTOFF_HZ, "highpass", fs=rate_hz, output="sos")
    # An offset has been there for ever: its filter is at rest, and no step is heard.
    filtered, _ = sosfilt(sos, mono, zi=sosfilt_zi(sos) * float(np.median(mono)))
    return np.asarray(filtered)


def trimmed(mono: Mono, rate_hz: int, kind: EventKind) -> tuple[Mono, str]:
    """Without silence at its ends, no longer than its kind may be, with faded ends; and what was cut."""
    level = np.abs(mono)
    heard = np.flatnonzero(level > float(level.max()) * 10.0 ** (GATE_DB / 20.0))
    before, tail = round(_BEFORE_S * rate_hz), _tail(level, int(heard[-1]), rate_hz)
    start, end = max(int(heard[0]) - before, 0), int(heard[-1]) + 1 + tail
    longest = round(LONGEST_S[kind] * rate_hz)
    cut = end - start > longest
    end = min(end, start + longest)
    kept = np.concatenate([np.zeros(max(before - (int(heard[0]) - start), 0)), mono[start:end]])
    last = round((0.25 if cut else 0.02) * rate_hz) if tail == 0 or cut else tail
    _fade(kept, before if heard[0] else before + round(0.0005 * rate_hz), min(last, len(kept) // 2))
    gone_s = (len(mono) - (end - start)) / rate_hz
    words = f"cut to {LONGEST_S[kind]:.0f} s" if cut else f"{gone_s:.2f} s of silence cut" if gone_s >= 0.01 else ""
    return kept, words


def _tail(level: Mono, last: int, rate_hz: int) -> int:
    """How many samples ring on after the last loud one: until 20 ms lie 60 dB under the peak, half a second at most."""
    frame = round(0.02 * rate_hz)
    rest = level[last + 1 : last + 1 + round(_TAIL_S * rate_hz)]
    floor = float(level.max()) * 10.0 ** (_TAIL_DB / 20.0)
    for at in range(0, len(rest) - frame + 1, frame):
        if float(np.sqrt(np.mean(rest[at : at + frame] ** 2))) < floor:
            return at + frame
    return len(rest)


def _fade(sound: Mono, up: int, down: int) -> None:
    """Raised cosines at both ends, in place."""
    up, down = min(up, len(sound) // 2), max(down, 1)
    sound[:up] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(up) / max(up, 1))
    sound[-down:] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(down) + 1) / down)
