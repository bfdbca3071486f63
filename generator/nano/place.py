"""Delay and level between two channels as numbers of their own, and one channel put where they say.

As parametric stereo has it (J. Breebaart et al., "Parametric coding of stereo audio", EURASIP J. Appl. Signal Process.
9, 2005), for one source at a time: what a room decorrelates is not carried.
"""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from foleydesigner.generator.nano.config import CodecConfig

_FINER = 16
"""Steps a sample at which the correlation is looked at before a parabola is laid through its peak."""
_HEARD = 1e-6
"""A bin whose cross-power is weaker than this share of the strongest one's is noise."""
_SOUNDING_DB = -46.0
"""Windows under this level, against the loudest, say nothing of a place."""
MAX_LEVEL_DB = 24.0


def measured(stereo: Tensor, config: CodecConfig) -> tuple[Tensor, Tensor]:
    """Delay t_L - t_R and level difference of each latent frame.

    Generalised cross-correlation with phase transform (Knapp and Carter, 1976). Where nothing sounds, both go in a
    straight line from what was last heard to what is heard next.

    Args:
        stereo: (b, 2, samples), samples a multiple of the ratio.
        config: of the codec.

    Returns:
        seconds (b, T'), and 20 log10(rms_L / rms_R) in dB (b, T').
    """
    margin = (config.place_window - config.ratio) / 2
    sides = (math.floor(margin), math.ceil(margin))
    frames = nn.functional.pad(stereo, sides).unfold(-1, config.place_window, config.ratio)
    tapered = frames * torch.hann_window(config.place_window, device=stereo.device)
    power = tapered.square().sum(dim=-1)
    level = 10.0 * torch.log10((power[:, 0] + 1e-12) / (power[:, 1] + 1e-12))
    total = power.sum(dim=1)
    loudest = total.amax(dim=1, keepdim=True).clamp_min(1e-9)
    known = total > loudest * 10.0 ** (0.1 * _SOUNDING_DB)
    delay = _delays(tapered, config)
    return bridged(delay, known), bridged(level.clamp(-MAX_LEVEL_DB, MAX_LEVEL_DB), known)


def _delays(frames: Tensor, config: CodecConfig) -> Tensor:
    """(b, 2, T', window) to seconds (b, T')."""
    size = 2 * config.place_window
    left, right = torch.fft.rfft(frames, size).unbind(dim=1)
    cross = left * right.conj()
    magnitude = cross.abs()
    heard = magnitude > _HEARD * magnitude.amax(dim=-1, keepdim=True).clamp_min(1e-30)
    phases = torch.where(heard, cross / magnitude.clamp_min(1e-30), torch.zeros_like(cross))
    correlation = torch.fft.irfft(phases, size * _FINER)
    reach = math.ceil(config.max_lag_s * config.sample_rate_hz * _FINER)
    around = torch.cat([correlation[..., -reach - 1 :], correlation[..., : reach + 2]], dim=-1)
    peak = 1 + around[..., 1:-1].argmax(dim=-1, keepdim=True)
    before, top, after = (around.gather(-1, peak + side)[..., 0] for side in (-1, 0, 1))
    bend = before - 2.0 * top + after
    shift = torch.where(bend < 0.0, 0.5 * (before - after) / bend.clamp_max(-1e-12), torch.zeros_like(bend))
    return (peak[..., 0] - (reach + 1) + shift.clamp(-0.5, 0.5)) / (config.sample_rate_hz * _FINER)


def bridged(values: Tensor, known: Tensor) -> Tensor:
    """(b, n) with gaps of what is not `known` filled in straight lines; beyond the ends, held; zero if none is."""
    count = values.shape[1]
    place = torch.arange(count, device=values.device).expand_as(values)
    before = torch.where(known, place, -1).cummax(dim=1).values
    after = torch.where(known, place, count).flip(1).cummin(dim=1).values.flip(1)
    first, last = torch.where(before < 0, after, before), torch.where(after >= count, before, after)
    safe_first, safe_last = first.clamp(0, count - 1), last.clamp(0, count - 1)
    share = (place - safe_first) / (safe_last - safe_first).clamp_min(1)
    line = values.gather(1, safe_first) * (1.0 - share) + values.gather(1, safe_last) * share
    return torch.where(known.any(dim=1, keepdim=True), line, torch.zeros_like(line))


def placed(mono: Tensor, delay_s: Tensor, level_db: Tensor, config: CodecConfig) -> Tensor:
    """One channel as two: each frame of its short-time spectrum turned by half the delay, and weighed.

    Args:
        mono: (b, samples), samples = T' ratio.
        delay_s: t_L - t_R, (b, T').
        level_db: left against right, (b, T'); the mean power of the two channels is that of `mono`.
        config: of the codec.

    Returns:
        (b, 2, samples).
    """
    samples, window = mono.shape[1], torch.hann_window(config.window, device=mono.device)
    spectrum = torch.stft(mono, config.window, config.hop, config.window, window, return_complex=True)
    frames = spectrum.shape[-1]
    at = torch.arange(frames, device=mono.device) / config.frames_per_latent - 0.5
    delay, level = _between(delay_s, at), _between(level_db, at)
    omega = torch.linspace(0.0, math.pi * config.sample_rate_hz, config.window // 2 + 1, device=mono.device)
    turn = torch.polar(torch.ones_like(omega[:, None] * delay[:, None]), -0.5 * omega[:, None] * delay[:, None])
    ratio = 10.0 ** (0.1 * level[:, None])
    left, right = (2.0 * ratio / (1.0 + ratio)).sqrt(), (2.0 / (1.0 + ratio)).sqrt()
    both = torch.cat([spectrum * turn * left, spectrum * turn.conj() * right])
    sound = torch.istft(both, config.window, config.hop, config.window, window, length=samples)
    return torch.stack(sound.chunk(2), dim=1)


def _between(values: Tensor, at: Tensor) -> Tensor:
    """(b, T') read at fractional places (n,), in straight lines, held beyond the ends: (b, n)."""
    at = at.clamp(0, values.shape[1] - 1)
    first = at.floor().long()
    last = (first + 1).clamp_max(values.shape[1] - 1)
    share = at - first
    return values[:, first] * (1.0 - share) + values[:, last] * share
