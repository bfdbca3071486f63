"""How a texture becomes a sound: spans and onsets, level curves, channels, fades and calibrated level.

A family gives two functions. Its *texture* fills one block of a steady span; its *hit* makes one impact. Everything
they share stands here, so that each family file holds only its physics.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foleydesigner.errors import EngineError
from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import SEAM_S, Block, Hit, LevelCurve
from foleydesigner.generator.procedural.noise import Mono
from foleydesigner.generator.procedural.performance import gain_of
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.tools.audio_bus import AudioBus
from foleydesigner.tools.audio_source import AudioSource, Stacked

BLOCK_S = 12.0
FADE_S = 0.04
STEADY_RMS_DB = -20.0
PEAK_DB = -1.5


Texture = Callable[[Block], list[Mono]]
"""Layers of one block, each (length,), (own_length,) or longer by a tail; they are summed."""
Impact = Callable[[Hit], Mono]


def stage(
    request: RenderRequest,
    rng: np.random.Generator,
    texture: Texture,
    impact: Impact,
    *,
    release_s: float = 0.0,
    idle_gain: float = 0.0,
) -> Sound:
    """The sound of an event from its family's texture and impact.

    Args:
        request: the event with its cue.
        rng: its randomness.
        texture: what fills the spans of a steady event.
        impact: what sounds at each onset of an impulsive one.
        release_s: how long a span rings on after its end.
        idle_gain: gain left at level 0 (a motor that idles); gain is linear from there to 1 at full level.

    Raises:
        EngineError: the cue holds no onset or span, or the rate is below 8 kHz.
    """
    if request.sample_rate_hz < 8000:
        raise EngineError(f"a rate of {request.sample_rate_hz} Hz", "8000 Hz or more", "ask for 48000 Hz")
    cue = request.cue
    wanted = cue.onsets_s if cue.kind == "impulsive" else cue.spans
    if not wanted:
        raise EngineError(
            f"{cue.kind} event {cue.event_id} without {'onsets' if cue.kind == 'impulsive' else 'spans'}",
            "at least one",
            "correct the event's times in the script",
        )
    base = int(rng.integers(1 << 62))
    channels = 2 if cue.placement == "diffuse" else 1
    if cue.kind == "impulsive":
        rows = [_impulsive(request, base, channel, impact) for channel in range(channels)]
        return Sound(audio=_levelled(rows, None, request.sample_rate_hz), start_s=cue.onsets_s[0])
    steady = [_steady(request, base, channel, texture, release_s, idle_gain) for channel in range(channels)]
    return Sound(
        audio=_levelled([row for row, _ in steady], steady[0][1], request.sample_rate_hz),
        start_s=cue.spans[0].start_s,
    )


def _impulsive(request: RenderRequest, base: int, channel: int, impact: Impact) -> AudioBus:
    cue, rate = request.cue, request.sample_rate_hz
    out = AudioBus(request.scratch, 1, 0, grows=True)
    for index, (onset_s, strength) in enumerate(zip(cue.onsets_s, cue.strengths, strict=True)):
        hit = Hit(
            event=request.event,
            sample_rate_hz=rate,
            strength=strength,
            character=np.random.default_rng([base, 0]),
            timing=np.random.default_rng([base, 1, index]),
            own=np.random.default_rng([base, 2, index, channel]),
            voice=np.random.default_rng([base, 3, index]),
            channel=channel,
        )
        sound = impact(hit)
        sound *= np.float32(gain_of(strength) / max(float(np.max(np.abs(sound))), 1e-9))
        out.add(sound[None, :], round((onset_s - cue.onsets_s[0]) * rate))
    return out


def _steady(
    request: RenderRequest, base: int, channel: int, texture: Texture, release_s: float, idle_gain: float
) -> tuple[AudioBus, float]:
    """One channel, and the sum of its squared gains: what its energy would be at unit RMS."""
    cue, rate = request.cue, request.sample_rate_hz
    release = int(release_s * rate)
    origin_s = cue.spans[0].start_s
    out = AudioBus(request.scratch, 1, round((cue.spans[-1].end_s - origin_s) * rate) + release)
    weight = 0.0
    for index, span in enumerate(cue.spans):
        first, stop = (round((t - origin_s) * rate) for t in (span.start_s, span.end_s))
        level = LevelCurve.of(span)
        length = max(stop - first, 1) + release
        step = int(BLOCK_S * rate)
        seam = int(SEAM_S * rate)
        for number, begin in enumerate(range(0, length, step)):
            own_length = min(step, length - begin)
            block = Block(
                event=request.event,
                sample_rate_hz=rate,
                start_s=begin / rate,
                own_length=own_length,
                length=min(own_length + seam, length - begin),
                level=level,
                character=np.random.default_rng([base, 0]),
                timing=np.random.default_rng([base, 1, index, number]),
                own=np.random.default_rng([base, 2, index, number, channel]),
                voice=np.random.default_rng([base, 3]),
                channel=channel,
            )
            mixed, block_weight = _filled(begin, length, block, texture, idle_gain, release)
            out.add(mixed[None, :], first + begin)
            weight += block_weight
    return out, weight


def _filled(
    begin: int, span_length: int, block: Block, texture: Texture, idle_gain: float, release: int
) -> tuple[Mono, float]:
    """A block of a span with its gains on it, cut where the span ends, and the sum of its own squared gains."""
    layers = texture(block)
    mixed = np.zeros(max(layer.size for layer in layers), dtype=np.float32)
    for layer in layers:
        mixed[: layer.size] += layer
    gain = block.curve(idle_gain + (1.0 - idle_gain) * block.level.at(block.control_s))
    gain *= _fades(begin, block.length, span_length, block.sample_rate_hz, release)
    mixed[: gain.size] *= gain
    # A grain's tail beyond the seam keeps the gain that held at its end.
    mixed[gain.size :] *= gain[-1]
    weight = float(np.sum(gain[: block.own_length].astype(np.float64) ** 2))
    return mixed[: span_length - begin], weight


def _fades(begin: int, length: int, span_length: int, sample_rate_hz: int, release: int) -> Mono:
    """Raised-cosine ends of a span for its samples [begin, begin + length)."""
    fade_in = max(min(int(FADE_S * sample_rate_hz), span_length // 3), 1)
    fade_out = max(min(int(FADE_S * sample_rate_hz), span_length // 3), release, 1)
    gain = np.ones(length, dtype=np.float32)
    if begin < fade_in:
        head = min(fade_in - begin, length)
        gain[:head] *= 0.5 - 0.5 * np.cos(np.pi * (begin + np.arange(head)) / fade_in)
    left = span_length - begin - length
    if left < fade_out:
        tail = min(fade_out - left, length)
        gain[length - tail :] *= 0.5 - 0.5 * np.cos(np.pi * (left + np.arange(tail)[::-1]) / fade_out)
    return gain


def _levelled(rows: list[AudioBus], weight: float | None, sample_rate_hz: int) -> AudioSource:
    """One channel a row, without DC and at its level.

    Channels come to equal loudness: the RMS of a steady sound at full level to `STEADY_RMS_DB`, an impact's peak to
    `PEAK_DB`. No peak is above `PEAK_DB`.
    """
    from scipy import signal

    sos = signal.butter(2, 18.0, "highpass", fs=sample_rate_hz, output="sos")
    length = max(row.samples for row in rows)
    for row in rows:
        row.extend(length)
        state, energy = np.zeros((sos.shape[0], 1, 2)), 0.0

        def without_dc(_: int, block: Mono) -> Mono:
            nonlocal state, energy
            filtered, state = signal.sosfilt(sos, block, zi=state)
            kept = np.asarray(filtered, dtype=np.float32)
            energy += float(np.sum(np.square(kept, dtype=np.float64)))
            return kept

        row.change(without_dc)
        if energy > 0.0:
            row.scale(10.0 ** (STEADY_RMS_DB / 20.0) * np.sqrt((weight or length * 0.01) / energy))
    peak = max(*(row.peak() for row in rows), 1e-9)
    ceiling = 10.0 ** (PEAK_DB / 20.0)
    if weight is None or peak > ceiling:
        for row in rows:
            row.scale(ceiling / peak)
    return Stacked(rows)
