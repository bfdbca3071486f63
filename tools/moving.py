"""A dry point source carried along its trajectory: distance, air, pan law; block by block, without zipper noise.

Gains and distances are taken every 5 ms and ramped linearly between; across a cut the old and the new perspective are
cross-faded in 8 ms, never glided. The result does not depend on the block size.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue, TrajectorySegment
from foleydesigner.errors import EngineError
from foleydesigner.tools import fractional_delay, propagation
from foleydesigner.tools.audio_source import (
    BLOCK_SAMPLES,
    AudioSource,
    as_source,
    read_padded,
)
from foleydesigner.tools.panning import PanLaw

Audio = NDArray[np.float32]

CONTROL_S = 0.005
CUT_FADE_S = 0.008


def moving_blocks(
    dry: Audio | AudioSource,
    cue: EventCue,
    start_s: float,
    sample_rate_hz: int,
    law: PanLaw,
    *,
    block_samples: int = BLOCK_SAMPLES,
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
    source = as_source(dry)
    if source.channels != 1:
        raise EngineError(
            f"a dry source of {source.channels} channels", "one channel, (1, samples)", "fold it: `audio_source.folded`"
        )
    for first in range(0, source.samples, block_samples):
        last = min(first + block_samples, source.samples)
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


def _perspectives(
    segments: tuple[TrajectorySegment, ...], times_s: NDArray[np.float64]
) -> Iterator[tuple[TrajectorySegment, NDArray[np.float64] | float]]:
    """Segments heard at `times_s` with their weights, which sum to one: coherent signals need an equal-gain fade."""

    def since(cut_s: float) -> NDArray[np.float64]:
        return np.clip((times_s - cut_s) / CUT_FADE_S + 0.5, 0.0, 1.0)

    starts = [segment.start_s for segment in segments]
    # A reel has thousands of shots and a block two or three.
    first = max(bisect_right(starts, float(times_s[0]) - CUT_FADE_S) - 1, 0)
    last = bisect_right(starts, float(times_s[-1]) + CUT_FADE_S)
    for index, segment in enumerate(segments[first:last], start=first):
        begun = since(segment.start_s) if index > 0 else np.ones_like(times_s)
        ended = since(segments[index + 1].start_s) if index + 1 < len(segments) else np.zeros_like(times_s)
        weight = begun - ended
        if weight.min() >= 1.0:
            yield segment, 1.0
        elif weight.max() > 0.0:
            yield segment, weight


def _stretch(
    source: AudioSource,
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
    path = segment.points
    azimuth = pan_width * np.interp(knot_s, path.times_s, path.azimuths_deg)
    depth = np.interp(knot_s, path.times_s, path.depths_m)

    air = propagation.AIR_TAPS // 2
    samples = np.arange(first - margin, last + margin)
    heard = _ramp(samples, knots * hop, propagation.distance_gain(depth)) * propagation.apply_air(
        read_padded(source, first - margin - air, last + margin + air)[0].astype(np.float64),
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
