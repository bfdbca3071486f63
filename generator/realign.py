"""Hits moved onto their cue after generation: a latent frame is 46 ms long, an onset has to be right to the sample.

Each hit is detected, matched to the cue, and moved by at most 60 ms. Around its attack the sound is moved as a whole,
sample by sample; between two hits it is stretched or squeezed by WSOLA (Verhelst and Roelands, ICASSP 1993): short
frames are taken from where they fit what has just been written, and cross-faded. All channels move together, so that
delays between them stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError

Audio = NDArray[np.float32]

LONGEST_SHIFT_S = 0.060
_RISE_WINDOW_S, _RISE_DB = 0.010, 6.0
_QUIET_DB = -50.0
_FRAME_S, _SEARCH_S = 0.020, 0.005
_BEFORE_S, _AFTER_S = 0.010, 0.030
"""Moved as a whole around an attack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Realigned:
    """A sound on its cue.

    Attributes:
        audio: (c, samples), as long as before.
        shifts_s: by asked onset, how far its hit was moved (later is positive); NaN where no hit was near.
    """

    audio: Audio
    shifts_s: tuple[float, ...]

    @property
    def missing(self) -> int:
        """Asked onsets without a hit."""
        return int(np.isnan(self.shifts_s).sum())


def hits_near(audio: Audio, sample_rate_hz: int, asked_s: Sequence[float]) -> NDArray[np.float64]:
    """Where the hit of each asked onset begins, seconds, (n,); NaN where none is near.

    It is looked for within 60 ms, and never beyond the middle between two asked onsets: hits cannot be exchanged. An
    attack is a hit where the 10 ms after it hold 6 dB more energy than the 10 ms before it.

    Args:
        audio: (c, samples).
        sample_rate_hz: its rate.
        asked_s: ascending, seconds from its first sample.
    """
    from foleydesigner.tools.attacks import refined_onsets
    from foleydesigner.tools.audio_source import as_source, read_padded

    asked = np.asarray(asked_s, dtype=np.float64)
    gaps = np.diff(asked, prepend=-np.inf, append=np.inf)
    reach = np.minimum(LONGEST_SHIFT_S, 0.5 * np.minimum(gaps[:-1], gaps[1:]))
    source, window = as_source(audio), round(_RISE_WINDOW_S * sample_rate_hz)
    loudest = float(np.abs(audio).max(initial=0.0))
    found = refined_onsets(source, sample_rate_hz, asked, reach) if loudest > 0.0 else np.full(asked.size, np.nan)
    for index, time_s in enumerate(found):
        if loudest <= 0.0:
            continue
        first = round(time_s * sample_rate_hz)
        around = (read_padded(source, first - window, first + window).astype(np.float64) ** 2).mean(axis=0)
        before, after = around[:window].mean(), around[window:].mean()
        quiet = after < (loudest * 10.0 ** (_QUIET_DB / 20.0)) ** 2
        if quiet or after < before * 10.0 ** (_RISE_DB / 10.0) or abs(time_s - asked[index]) > reach[index] + 0.002:
            found[index] = np.nan
    return np.where(np.isnan(found), np.nan, np.maximum(found, 0.0))


def realign(audio: Audio, sample_rate_hz: int, asked_s: Sequence[float]) -> Realigned:
    """Move each hit onto the asked onset nearest to it.

    Args:
        audio: (c, samples).
        sample_rate_hz: its rate.
        asked_s: onsets, ascending, seconds from its first sample.

    Raises:
        EngineError: audio of another shape, not finite, or onsets that do not ascend.
    """
    if audio.ndim != 2 or not np.isfinite(audio).all() or any(b < a for a, b in pairwise(asked_s)):
        raise EngineError(
            f"audio of shape {audio.shape} and {len(asked_s)} onsets",
            "finite audio (channels, samples) and ascending onsets",
            "check the engine that made it",
        )
    found = hits_near(audio, sample_rate_hz, asked_s)
    shifts = np.asarray(asked_s, dtype=np.float64) - found
    hit = np.flatnonzero(~np.isnan(found)).tolist()
    attacks = [round(found[index] * sample_rate_hz) for index in hit]
    targets = [round(asked_s[index] * sample_rate_hz) for index in hit]
    moved = _moved(audio, sample_rate_hz, attacks, targets) if attacks else audio
    return Realigned(audio=moved, shifts_s=tuple(map(float, shifts)))


def _moved(audio: Audio, rate: int, attacks: list[int], targets: list[int]) -> Audio:
    """The sound with sample `attacks[i]` at `targets[i]`."""
    half = max(1, round(_FRAME_S * rate / 2))
    positions = _frame_positions(audio, rate, attacks, targets, half)
    # Overlapping Hann windows of even length add up to exactly one.
    window = 0.5 - 0.5 * np.cos(np.pi * np.arange(2 * half) / half)
    low, high = min(positions.min(), 0), max(int(positions.max()) + 2 * half, audio.shape[1])
    padded = np.pad(audio.astype(np.float64), ((0, 0), (-low, high - audio.shape[1])))
    out = np.zeros((audio.shape[0], half * (positions.size + 1)))
    for index, position in enumerate(positions):
        frame = padded[:, position - low : position - low + 2 * half]
        out[:, index * half : index * half + 2 * half] += window * frame
    # The first half frame of the output has only one window; frames begin half a frame early for that.
    return np.ascontiguousarray(out[:, half : half + audio.shape[1]], dtype=np.float32)


def _frame_positions(audio: Audio, rate: int, attacks: list[int], targets: list[int], half: int) -> NDArray[np.int64]:
    """First input sample of each output frame; frame k is written from sample (k - 1) * half on."""
    count = -(-audio.shape[1] // half) + 1
    mono = audio.mean(axis=0).astype(np.float64)
    begins, ends = _rigid(rate, attacks, targets)
    shifts = np.subtract(targets, attacks)
    knots_out = np.stack([begins, ends], axis=1).ravel()
    knots_in = np.stack([begins - shifts, ends - shifts], axis=1).ravel()
    positions = np.empty(count, dtype=np.int64)
    for index in range(count):
        start = (index - 1) * half
        near = np.flatnonzero((begins < start + 2 * half) & (ends > start))
        if start + half < knots_out[0]:
            positions[index] = start - shifts[0]
        elif start + half > knots_out[-1]:
            positions[index] = start - shifts[-1]
        elif near.size:
            # Of two attacks in reach of one frame, the one that is about to begin may not be smeared.
            inside = near[np.asarray(targets)[near] >= start]
            positions[index] = start - shifts[inside[0] if inside.size else near[-1]]
        else:
            ideal = round(float(np.interp(start + half, knots_out, knots_in))) - half
            positions[index] = _fitting(mono, ideal, int(positions[index - 1]) + half, half, round(_SEARCH_S * rate))
    return positions


def _rigid(rate: int, attacks: list[int], targets: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Output ranges that move as a whole, never more than a third of the way to a neighbour."""
    gaps = np.minimum(np.diff(attacks), np.diff(targets)) // 3
    before = np.minimum(round(_BEFORE_S * rate), np.concatenate([[rate], gaps]))
    after = np.minimum(round(_AFTER_S * rate), np.concatenate([gaps, [rate]]))
    centres = np.asarray(targets, dtype=np.int64)
    return centres - before.astype(np.int64), centres + after.astype(np.int64)


def _fitting(mono: NDArray[np.float64], ideal: int, natural: int, half: int, reach: int) -> int:
    """The position within `reach` of `ideal` whose first half is most like what would have come naturally."""
    wanted = _read(mono, natural, natural + half)
    if not wanted.any():
        return ideal
    stretch = _read(mono, ideal - reach, ideal + reach + half)
    products = np.correlate(stretch, wanted, mode="valid")
    energies = np.cumsum(np.concatenate([[0.0], stretch**2]))
    energy = energies[half:] - energies[:-half]
    likeness = products / np.sqrt(np.maximum(energy, 1e-12 * max(float(energy.max()), 1e-30)))
    return ideal - reach + int(np.argmax(likeness))


def _read(mono: NDArray[np.float64], first: int, last: int) -> NDArray[np.float64]:
    """Samples [first, last), silence beyond the ends."""
    out = np.zeros(last - first)
    begin, end = max(first, 0), min(last, mono.size)
    if end > begin:
        out[begin - first : end - first] = mono[begin:end]
    return out
