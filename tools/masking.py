"""Which track buries which, and in which band, from short-time band powers (never from the audio itself)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.mix import Masking
from foleydesigner.tools.audio_source import AudioSource, as_source, read_padded
from foleydesigner.tools.spectrum import BANDS, Band, in_band

Audio = NDArray[np.float32]

HOP_S = 0.05
_BAND_NAMES: tuple[Band, ...] = tuple(BANDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandEnvelope:
    """A track's power in the three bands over the clip's own 50 ms grid.

    Attributes:
        event_id: whose track it is.
        first_frame: index on the clip's grid of the first column.
        power: shape (3, frames), bands in the order of `spectrum.BANDS`.
    """

    event_id: str
    first_frame: int
    power: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingPolicy:
    """When a track counts as buried.

    Attributes:
        excess_db: level of the masker over the masked from which on it does.
        overlap_share: least share of the masked track's active time in which the masker is active too.
        band_share_db: bands this far under the masked track's total are not worth defending.
        active_below_peak_db: a track is active within this of its loudest frame.
        most: findings returned at most, the worst first.
    """

    excess_db: float = 10.0
    overlap_share: float = 0.3
    band_share_db: float = -9.0
    active_below_peak_db: float = 30.0
    most: int = 200


def band_envelope(
    event_id: str, track: Audio | AudioSource, start_s: float, sample_rate_hz: int, gain_db: float = 0.0
) -> BandEnvelope:
    """Envelope of a track (channels, samples) that starts at clip time `start_s` and is mixed at `gain_db`."""
    source = as_source(track)
    hop = round(HOP_S * sample_rate_hz)
    offset = round(start_s * sample_rate_hz)
    first_frame = offset // hop
    lead = offset - first_frame * hop
    frames = max(1, -(-(lead + source.samples) // hop))
    power = np.zeros((len(_BAND_NAMES), frames))
    frequency = np.arange(hop // 2 + 1) * sample_rate_hz / hop
    masks = [in_band(frequency, name) for name in _BAND_NAMES]
    window = np.hanning(hop + 1)[:-1].astype(np.float32)
    at_once = 256
    for begin in range(0, frames, at_once):
        count = min(at_once, frames - begin)
        low, high = begin * hop - lead, (begin + count) * hop - lead
        padded = read_padded(source, low, high)
        spectrum = np.fft.rfft(padded.reshape(source.channels, count, hop) * window, axis=2)
        # Two sides, divided by the window's energy: the mean square of the frame.
        density = 2.0 * np.square(np.abs(spectrum)).sum(axis=0) / (hop * float(np.square(window).sum()))
        for band, mask in enumerate(masks):
            power[band, begin : begin + count] = density[:, mask].sum(axis=1)
    power *= 10.0 ** (0.1 * gain_db)
    return BandEnvelope(event_id=event_id, first_frame=first_frame, power=power)


def find_maskings(envelopes: Sequence[BandEnvelope], policy: MaskingPolicy | None = None) -> list[Masking]:
    """All pairs of which one buries the other in a band that matters to it, worst first."""
    rule = policy or MaskingPolicy()
    active = [_active(envelope, rule) for envelope in envelopes]
    found: list[Masking] = []
    first = np.array([envelope.first_frame for envelope in envelopes])
    last = first + np.array([envelope.power.shape[1] for envelope in envelopes])
    for index, masked in enumerate(envelopes):
        # A film has thousands of tracks, and few of them sound together.
        for other in np.flatnonzero((first < last[index]) & (last > first[index])).tolist():
            if other != index:
                found += _masked_bands(masked, active[index], envelopes[other], active[other], rule)
    found.sort(key=lambda m: (-m.excess_db, m.masked_id, m.masker_id, m.band))
    return found[: rule.most]


def _active(envelope: BandEnvelope, rule: MaskingPolicy) -> NDArray[np.bool_]:
    total = envelope.power.sum(axis=0)
    return np.asarray(total > total.max(initial=0.0) * 10.0 ** (-0.1 * rule.active_below_peak_db))


def _masked_bands(
    masked: BandEnvelope,
    masked_active: NDArray[np.bool_],
    masker: BandEnvelope,
    masker_active: NDArray[np.bool_],
    rule: MaskingPolicy,
) -> list[Masking]:
    """Bands of `masked` that `masker` buries while both are active."""
    first = max(masked.first_frame, masker.first_frame)
    last = min(masked.first_frame + masked.power.shape[1], masker.first_frame + masker.power.shape[1])
    if last <= first or not masked_active.any():
        return []
    here = slice(first - masked.first_frame, last - masked.first_frame)
    there = slice(first - masker.first_frame, last - masker.first_frame)
    both = masked_active[here] & masker_active[there]
    if both.sum() < rule.overlap_share * masked_active.sum():
        return []
    own = masked.power[:, here][:, both].mean(axis=1)
    over = masker.power[:, there][:, both].mean(axis=1)
    maskings = []
    for band, name in enumerate(_BAND_NAMES):
        if own[band] <= own.sum() * 10.0 ** (0.1 * rule.band_share_db):
            continue
        excess_db = float(10.0 * np.log10(max(over[band], 1e-20) / own[band]))
        if excess_db >= rule.excess_db:
            maskings.append(
                Masking(masked_id=masked.event_id, masker_id=masker.event_id, band=name, excess_db=round(excess_db, 2))
            )
    return maskings
