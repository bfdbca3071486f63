"""Thunder: the N-waves of a tortuous lightning channel, heard one after the other as sound takes its time.

Few, "Power spectrum of thunder", J. Geophys. Res. 74 (1969): each piece of channel sends a pressure pulse of a length
set by its energy. Ribner and Roy, "Acoustics of thunder", J. Acoust. Soc. Am. 72 (1982): the channel is a chain of
short straight pieces; a piece sends an N-wave, strongest broadside, that arrives after distance / c, so bends make
claps and the spread of distances makes the rumble. Distance takes the high end away (air absorption grows with
frequency squared).
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit, variant_of
from foleydesigner.generator.procedural.noise import Curve, Mono, Wander, band, poisson_times, shaped_noise
from foleydesigner.generator.procedural.performance import SIZE_SCALE
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage

VARIANTS = ("near", "close", "crack", "strike", "lightning", "distant", "far", "rumble", "rolling")
SPEED_OF_SOUND_MS = 343.0
_SEGMENT_M = 8.0


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Impulsive: a clap whose first sample is the onset, then its rumble; steady: distant thunder, now and then."""
    return stage(request, rng, _texture, _clap, release_s=2.5)


def arrivals(
    distance_m: float, length_m: float, rng: np.random.Generator, segment_m: float = _SEGMENT_M
) -> tuple[Curve, Curve]:
    """Delays (seconds after the first) and amplitudes of a channel's pieces, both shape (n,), ascending in delay.

    A random walk that climbs and wanders: each piece turns by some 16 degrees on average (Hill 1968).
    """
    count = max(int(length_m / segment_m), 8)
    heading = np.cumsum(rng.normal(0.0, 0.28, (count, 2)), axis=0) * 0.75
    # Cloud channels bend over: the upper part of the path runs along the base of the cloud.
    lean = np.linspace(0.0, 1.15, count)[:, None] ** 2 * rng.choice([-1.0, 1.0], (1, 2)) * rng.uniform(0.4, 1.2, (1, 2))
    slope = np.tan(np.clip(heading + lean, -1.3, 1.3))
    step = np.column_stack([slope[:, 0], slope[:, 1], np.ones(count)])
    step *= segment_m / np.linalg.norm(step, axis=1)[:, None]
    points = np.cumsum(step, axis=0) + np.array([distance_m, 0.0, 0.0])
    reach = np.linalg.norm(points, axis=1)
    cosine = np.abs(np.sum(points * step, axis=1)) / (reach * segment_m)
    loudness = (reach[0] / reach) * np.exp(-((cosine / 0.35) ** 2)) * rng.uniform(0.4, 1.0, count) + 0.02
    order = np.argsort(reach)
    return (reach[order] - reach[order[0]]) / SPEED_OF_SOUND_MS, loudness[order]


def n_wave(duration_s: float, sample_rate_hz: int) -> Mono:
    """The weak-shock pulse: a jump up, a straight fall through zero, a jump back; zero mean."""
    return np.linspace(1.0, -1.0, max(int(duration_s * sample_rate_hz), 4), dtype=np.float32)


def _channel(distance_m: float, length_m: float, energy: float, hit: Hit) -> Mono:
    """Pressure of one stroke, shape (n,): arrivals convolved with the N-wave and low-passed by the air.

    The wave's length goes with the relaxation radius, the square root of the energy per length (A. A. Few, J.
    Geophys. Res. 74(28), 1969): `energy` is that root against a usual stroke's, so a bigger stroke is lower.
    """
    from scipy import signal

    rate, own = hit.sample_rate_hz, hit.own
    delay_s, loudness = arrivals(distance_m, length_m, hit.timing)
    pulse = n_wave(0.011 * energy, rate)
    out = np.zeros(int((delay_s[-1] + 0.1) * rate) + pulse.size, dtype=np.float32)
    places = (delay_s * rate).astype(np.int64)
    # Inside a clap, hundreds of small bends arrive: each piece is a little cloud of pulses, not one.
    spread = int(0.5 * _SEGMENT_M / SPEED_OF_SOUND_MS * rate)
    for offset in range(3):
        jitter = own.integers(0, spread, places.size) if offset else np.zeros(places.size, dtype=np.int64)
        sign = 1.0 if offset == 0 else own.choice([-1.0, 1.0], places.size)
        np.add.at(out, np.minimum(places + jitter, out.size - 1), (loudness * sign / (1 + offset)).astype(np.float32))
    out = signal.oaconvolve(out, pulse)[: out.size].astype(np.float32)
    # A weak shock is a rounded one: its rise takes longer, the less its pressure (Few 1969).
    sharp = 0.25 + 0.75 * hit.strength
    cutoff_hz = float(np.clip(9000.0 * sharp * (280.0 / distance_m), 200.0, 0.45 * rate))
    sos = signal.butter(1, cutoff_hz, "lowpass", fs=rate, output="sos")
    return np.asarray(signal.sosfilt(sos, out), dtype=np.float32)


def _rumble(duration_s: float, top_hz: float, timing: np.random.Generator, hit: Hit | Block) -> Mono:
    """Echoes from cloud and ground: low noise whose level rolls irregularly while it dies away."""
    rate = hit.sample_rate_hz
    n = int(duration_s * rate)
    t = np.arange(0, n + 480, 480) / rate
    roll = np.exp(0.6 * Wander.draw(timing, 0.5, 5.0).at(t))
    envelope = roll * np.minimum(t / 0.25, 1.0) * np.exp(-3.2 * t / duration_s)
    closed = np.clip((duration_s - t) / (0.25 * duration_s), 0.0, 1.0) ** 2
    fine = np.interp(np.arange(n), np.arange(t.size) * 480.0, envelope * closed).astype(np.float32)
    return shaped_noise(n, band(24.0, top_hz, -4.0), rate, hit.own) * fine


def _clap(hit: Hit) -> Mono:
    variant = variant_of(hit.event, VARIANTS, "near")
    far = variant in ("distant", "far", "rumble", "rolling")
    distance_m = 2500.0 if far else 120.0 + 500.0 * (1.0 - hit.event.intensity)
    rate = hit.sample_rate_hz
    energy = (SIZE_SCALE[hit.event.size] / SIZE_SCALE["very_large"]) ** 0.5
    stroke = _channel(distance_m, 2200.0, energy, hit)
    stroke /= max(float(np.max(np.abs(stroke))), 1e-9)
    tail = _rumble(5.0 + 3.0 * hit.strength, (150.0 if far else 300.0) * (0.7 + 0.3 * hit.strength), hit.timing, hit)
    out = np.zeros(max(stroke.size, tail.size), dtype=np.float32)
    out[: tail.size] += (0.30 if far else 0.25) * tail
    out[: stroke.size] += stroke
    if not far:  # The nearest bend tears the air: a bright crack over the first arrivals.
        tear = hit.envelope(0.0008, 0.09, 0.6)
        crack = hit.noise(band(250.0, 3000.0 + 6000.0 * hit.strength, -4.0, 1), tear.size)
        flicker = np.repeat(hit.timing.uniform(0.25, 1.0, tear.size // 256 + 1), 256)[: tear.size].astype(np.float32)
        out[: tear.size] += 0.42 * hit.strength * crack * tear * flicker
    out[-rate // 10 :] *= np.linspace(1.0, 0.0, rate // 10, dtype=np.float32)
    return out


def _texture(block: Block) -> list[Mono]:
    """Rolls overlap: one every five seconds or so, each swelling softly, over a bed too low to notice."""
    own_s = block.own_s
    times = poisson_times(np.full(own_s.size, 0.16 + 0.12 * block.event.intensity), own_s, block.timing)
    if block.start_s == 0.0:
        times = np.concatenate([[0.02 * own_s[-1]], times])
    out = block.empty(10.0)
    for time_s in times:
        roll = _rumble(float(block.timing.uniform(5.0, 9.5)), 300.0, block.timing, block)
        block.place(out, roll, float(time_s), float(block.timing.uniform(0.5, 1.0)))
    return [out, 0.05 * block.bed(band(28.0, 160.0, -4.0))]
