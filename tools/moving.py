"""A dry point source carried along its trajectory: distance, air, pan law; block by block, without zipper noise.

Gains and distances are taken every 5 ms and ramped linearly between; across a cut the old and the new perspective are
cross-faded in 8 ms, never glided. The result does not depend on the block size.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue, TrajectorySegment
from foleydesigner.errors import EngineError
from foleydesigner.tools import fractional_delay, propagation
from foleydesigner.tools.panning import PanLaw

Audio = NDArray[np.float32]

CONTROL_S = 0.005
CUT_FADE_S = 0.008
BLOCK_SAMPLES = 1 << 15


def moving_blocks(
    dry: Audio, cue: EventCue, start_s: float, sample_rate_hz: int, law: PanLaw, *, block_samples: int = BLOCK_SAMPLES
) -> Iterator[tuple[int, Audio]]:
    """Feeds of a point source along `cue.trajectory`, as (first sample, (channels, m)) in order.

    Args:
        dry: shape (1, samples).
        cue: trajectory and `pan_width`, which scales the azimuth.
        start_s: clip time of the first sample.
        sample_rate_hz: samples per second.
        law: where azimuths go.
        block_samples: samples of every block but the last.

    Raises:
        EngineError: `dry` is not one finite channel.
    """
    if dry.ndim != 2 or dry.shape[0] != 1:
        raise EngineError(
            f"a dry source of shape {dry.shape}", "one channel, (1, samples)", "fold it with `fold_to_mono`"
        )
    source = dry[0]
    for first in range(0, source.size, block_samples):
        last = min(first + block_samples, source.size)
        feeds = np.zeros((law.channels, last - first))
        times = start_s + np.arange(first, last) / sample_rate_hz
        for segment, weight in _perspectives(cue.trajectory.segments, times):
            feeds += weight * _stretch(source, first, last, segment, cue.pan_width, start_s, sample_rate_hz, law)
        if not np.isfinite(feeds).all():
            raise EngineError(f"take {cue.event_id} holds samples that are not finite", "finite audio", "make it again")
        yield first, feeds.astype(np.float32)


def render_moving(dry: Audio, cue: EventCue, start_s: float, sample_rate_hz: int, law: PanLaw) -> Audio:
    """All of `moving_blocks` in one array (channels, samples)."""
    placed = np.zeros((law.channels, dry.shape[-1]), dtype=np.float32)
    for first, block in moving_blocks(dry, cue, start_s, sample_rate_hz, law):
        placed[:, first : first + block.shape[1]] = block
    return placed


def fold_to_mono(dry: Audio) -> Audio:
    """One channel (1, samples) of the mean power of the channels given, whatever their correlation (at most +6 dB)."""
    if dry.shape[0] == 1:
        return dry
    middle: NDArray[np.float32] = dry.mean(axis=0, dtype=np.float64).astype(np.float32)[None, :]
    power, folded = float(np.mean(np.square(dry))), float(np.mean(np.square(middle)))
    if folded <= 0.0:
        return middle
    return np.asarray(middle * np.float32(min(np.sqrt(power / folded), 2.0)))


def _perspectives(
    segments: tuple[TrajectorySegment, ...], times_s: NDArray[np.float64]
) -> Iterator[tuple[TrajectorySegment, NDArray[np.float64] | float]]:
    """Segments heard at `times_s` with their weights, which sum to one: coherent signals need an equal-gain fade."""

    def since(cut_s: float) -> NDArray[np.float64]:
        return np.clip((times_s - cut_s) / CUT_FADE_S + 0.5, 0.0, 1.0)

    for index, segment in enumerate(segments):
        begun = since(segment.start_s) if index > 0 else np.ones_like(times_s)
        ended = since(segments[index + 1].start_s) if index + 1 < len(segments) else np.zeros_like(times_s)
        weight = begun - ended
        if weight.min() >= 1.0:
            yield segment, 1.0
        elif weight.max() > 0.0:
            yield segment, weight


def _stretch(
    source: Audio,
    first: int,
    last: int,
    segment: TrajectorySegment,
    pan_width: float,
    start_s: float,
    sample_rate_hz: int,
    law: PanLaw,
) -> NDArray[np.float64]:
    """Samples [first, last) of the source as seen from one segment, (channels, last - first)."""
    hop = max(1, round(CONTROL_S * sample_rate_hz))
    delayed = law.delays_s(np.zeros(1)) is not None
    # A delay reads beside its own time: sinc taps, and at most 2 ms for half of the widest pair.
    margin = fractional_delay.MARGIN + int(0.002 * sample_rate_hz) if delayed else 0
    knots = np.arange((first - margin) // hop, (last + margin) // hop + 2)
    knot_s = start_s + knots * hop / sample_rate_hz
    point_s = np.array([p.time_s for p in segment.points])
    azimuth = pan_width * np.interp(knot_s, point_s, [p.azimuth_deg for p in segment.points])
    depth = np.interp(knot_s, point_s, [p.depth_m for p in segment.points])

    samples = np.arange(first - margin, last + margin)
    heard = _ramp(samples, knots * hop, propagation.distance_gain(depth)) * propagation.apply_air(
        _padded(source, first - margin, last + margin, propagation.AIR_TAPS // 2),
        _ramp(samples, knots * hop, depth),
        sample_rate_hz,
    )
    inner = np.arange(first, last)
    gains = law.gains(azimuth)
    delays = law.delays_s(azimuth)
    feeds = np.empty((law.channels, last - first))
    for channel in range(law.channels):
        if not gains[channel].any():
            feeds[channel] = 0.0
            continue
        read = heard
        if delays is not None:
            late = _ramp(inner, knots * hop, delays[channel] * sample_rate_hz)
            read = fractional_delay.read_at(heard, inner - (first - margin) - late)
        feeds[channel] = _ramp(inner, knots * hop, gains[channel]) * read
    return feeds


def _ramp(at: NDArray[np.int64], knots: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear interpolation; a constant stays one number per sample without the search."""
    if np.ptp(values) == 0.0:
        return np.full(at.size, values[0])
    return np.interp(at, knots, values)


def _padded(source: Audio, first: int, last: int, margin: int) -> NDArray[np.float64]:
    """Samples [first - margin, last + margin) of `source`, zeros outside it."""
    padded = np.zeros(last - first + 2 * margin)
    low, high = max(first - margin, 0), min(last + margin, source.size)
    if high > low:
        padded[low - (first - margin) : high - (first - margin)] = source[low:high]
    return padded
