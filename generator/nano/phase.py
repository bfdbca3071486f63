"""Magnitudes to sound: the fast algorithm of Griffin and Lim.

N. Perraudin, P. Balazs and P. Søndergaard, "A fast Griffin-Lim algorithm", WASPAA 2013. torchaudio's begins with phases
of one quadrant that depend on the batch around a sound; here a sound is the same in every batch.
"""

from __future__ import annotations

import torch
from torch import Tensor

from foleydesigner.generator.nano.config import CodecConfig


def rebuilt(magnitudes: Tensor, config: CodecConfig, seed: int = 0) -> Tensor:
    """A sound whose short-time spectrum has about these magnitudes.

    Args:
        magnitudes: (b, window / 2 + 1, frames), frame k around sample (k + 1/2) hop.
        config: of the codec.
        seed: of the phases that it begins with; the same every time, so that one latent is one sound.

    Returns:
        (b, frames hop).
    """
    # The library's frames stand around multiples of the hop: one more on either side, half a hop cut from each end.
    wanted = torch.nn.functional.pad(magnitudes, (1, 1))
    length = (wanted.shape[-1] - 1) * config.hop
    window = torch.hann_window(config.window, device=wanted.device)

    def sound_of(spectrum: Tensor) -> Tensor:
        return torch.istft(spectrum, config.window, config.hop, config.window, window, length=length)

    turns = torch.rand(wanted.shape[1:], generator=torch.Generator().manual_seed(seed)).to(wanted.device)
    spectrum = torch.polar(wanted, (2.0 * torch.pi * turns).expand_as(wanted))
    before = torch.zeros_like(spectrum)
    for _ in range(config.phase_iterations):
        consistent = torch.stft(
            sound_of(spectrum), config.window, config.hop, config.window, window, return_complex=True
        )
        ahead = consistent + config.momentum * (consistent - before)
        spectrum = wanted * ahead / ahead.abs().clamp_min(1e-12)
        before = consistent
    half = config.hop // 2
    return sound_of(spectrum)[:, half : half + magnitudes.shape[-1] * config.hop]
