"""A laid sound as a pair of microphones hears it in its room: direct path, reflections, reverb.

The direct path is read at fractional times that follow the source sample by sample, so that the delay between the
channels is the geometry's at every moment; only reflections, which nobody can tell apart, go from one simulated place
to the next by cross-fading. Nothing is late by the distance from the source to the pair: the sound of a hit is where
the picture shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.filmstereo.moves import Move
from foleydesigner.generator.filmstereo.reverbs import Reverb
from foleydesigner.generator.filmstereo.rooms import Box, RoomSimulator
from foleydesigner.tools import fractional_delay
from foleydesigner.tools.panning import SPEED_OF_SOUND_M_S
from foleydesigner.tools.propagation import AIR_TAPS, apply_air

Audio = NDArray[np.float32]
Mono = NDArray[np.float32]

CONTROL_S = 0.005
STEP_S = 0.25
"""Between places for which reflections are simulated; a source at walking pace goes 0.3 m in it."""
REVERB_AT_M = 2.0
"""The reverb is as loud as that of a source at this distance, wherever the source is: what is near sounds dry."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Two channels each, (2, samples): the direct path alone, and all together."""

    direct: Audio
    wet: Audio


def simulate(dry: Mono, sample_rate_hz: int, move: Move, box: Box, rooms: RoomSimulator, reverb: Reverb) -> Simulated:
    """Both signals of a clip.

    Args:
        dry: (samples,), laid over the clip.
        sample_rate_hz: its rate.
        move: where the source is.
        box: the room and the microphones in it.
        rooms: makes the reflections.
        reverb: what is added.
    """
    direct = direct_path(dry, sample_rate_hz, move, box)
    early = _reflected(dry, sample_rate_hz, move, box, rooms)
    feed = (dry / REVERB_AT_M)[None, :].astype(np.float32)
    return Simulated(direct, direct + early + reverb.wet(feed, sample_rate_hz))


def direct_path(dry: Mono, sample_rate_hz: int, move: Move, box: Box) -> Audio:
    """(2, samples): each microphone's own distance in time and level, and the air between.

    A channel is early or late by what its distance differs from that to the middle of the pair; levels fall as 1 / r
    from 1 at 1 m.
    """
    samples, half_s = len(dry), 0.5 * _spacing(box) / SPEED_OF_SOUND_M_S
    margin = fractional_delay.MARGIN + int(half_s * sample_rate_hz) + 2
    hop = max(1, round(CONTROL_S * sample_rate_hz))
    knots = np.arange(-(margin // hop) - 1, (samples + margin) // hop + 2)
    sources = box.sources_m(move.places_m(knots * hop / sample_rate_hz))
    distance_m = np.linalg.norm(sources - box.middle_m, axis=1)
    at = np.arange(-margin, samples + margin)
    padded = np.pad(dry.astype(np.float64), margin + AIR_TAPS // 2)
    heard = apply_air(padded, np.interp(at, knots * hop, distance_m), sample_rate_hz)
    inner = np.arange(samples)
    out = np.empty((2, samples), dtype=np.float32)
    for channel, microphone in enumerate(box.microphones_m):
        own_m = np.linalg.norm(sources - microphone, axis=1)
        late = np.interp(inner, knots * hop, (own_m - distance_m) / SPEED_OF_SOUND_M_S * sample_rate_hz)
        gain = np.interp(inner, knots * hop, 1.0 / own_m)
        out[channel] = gain * fractional_delay.read_at(heard, inner + margin - late)
    return out


def _spacing(box: Box) -> float:
    return float(np.linalg.norm(box.microphones_m[1] - box.microphones_m[0]))


def _reflected(dry: Mono, rate: int, move: Move, box: Box, rooms: RoomSimulator) -> Audio:
    """(2, samples) of reflections: what is emitted around each place goes through that place's responses."""
    from scipy.signal import oaconvolve

    out = np.zeros((2, len(dry)), dtype=np.float32)
    times, weights = _places(move, len(dry), rate)
    responses = rooms.reflections(box, box.sources_m(move.places_m(times)), rate)
    for index, (first, weight) in enumerate(weights):
        emitted = dry[first : first + len(weight)] * weight
        if not emitted.any():
            continue
        heard = oaconvolve(np.broadcast_to(emitted, (2, len(emitted))), responses[index], axes=1)
        end = min(first + heard.shape[1], len(dry))
        out[:, first:end] += heard[:, : end - first].astype(np.float32)
    return out


def _places(move: Move, samples: int, rate: int) -> tuple[NDArray[np.float64], list[tuple[int, Mono]]]:
    """Times of the simulated places, and for each the first sample of its share of the sound and the shares.

    Shares of neighbours are raised cosines that sum to one: nothing steps or clicks. What stands has one place.
    """
    if move.start_m == move.end_m:
        return np.zeros(1), [(0, np.ones(samples, dtype=np.float32))]
    count = max(2, int(np.ceil((move.end_s - move.start_s) / STEP_S)) + 1)
    times = np.linspace(move.start_s, move.end_s, count)
    at = times * rate
    shares = []
    for index in range(count):
        first = 0 if index == 0 else max(int(np.ceil(at[index - 1])), 0)
        last = samples if index == count - 1 else min(int(np.floor(at[index + 1])) + 1, samples)
        sample = np.arange(first, last)
        share = np.ones(len(sample))
        if index > 0:
            rising = sample < at[index]
            share[rising] = _rise((sample[rising] - at[index - 1]) / (at[index] - at[index - 1]))
        if index < count - 1:
            falling = sample >= at[index]
            share[falling] = 1.0 - _rise((sample[falling] - at[index]) / (at[index + 1] - at[index]))
        shares.append((first, share.astype(np.float32)))
    return times, shares


def _rise(share: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0.0, 1.0)))
