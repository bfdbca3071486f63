"""Magnitudes to sound: an excitation by noise, and the fast algorithm of Griffin and Lim.

N. Perraudin, P. Balazs and P. Søndergaard, "A fast Griffin-Lim algorithm", WASPAA 2013. What a network has smoothed has
lost the grain of noise, and would buzz: it begins with the phases of a white noise, and takes over as much of that
noise's own ups and downs as the texture says (cf. noise substitution in audio coders: J. Herre and D. Schulz,
"Extending the MPEG-4 AAC codec by perceptual noise substitution", AES 104, 1998).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from foleydesigner.generator.nano.config import CodecConfig

_SEED = 1
_MIDDLE = math.sqrt(math.pi) / 2.0
"""Mean of the magnitudes of noise, against their root mean square (Rayleigh)."""


def white(samples: int) -> Tensor:
    """The noise that every sound begins with, of unit variance, (1, samples): one latent is one sound."""
    return torch.randn(1, samples, generator=torch.Generator().manual_seed(_SEED))


def rebuilt(magnitudes: Tensor, texture: Tensor, config: CodecConfig) -> Tensor:
    """A sound whose short-time spectrum has about these magnitudes.

    Args:
        magnitudes: (b, window / 2 + 1, frames), frame k around sample (k + 1/2) hop.
        texture: as many, in [0, 1]: 0 where they are to be met as they are, 1 where they are the middle of a noise's.
        config: of the codec.

    Returns:
        (b, frames hop).
    """
    # The library's frames stand around multiples of the hop: one more on either side, half a hop cut from each end.
    wanted = torch.nn.functional.pad(magnitudes, (1, 1))
    rough = torch.nn.functional.pad(texture, (1, 1), mode="replicate")
    length = (wanted.shape[-1] - 1) * config.hop
    window = torch.hann_window(config.window, device=wanted.device)

    def spectrum_of(sound: Tensor) -> Tensor:
        return torch.stft(sound, config.window, config.hop, config.window, window, return_complex=True)

    def sound_of(spectrum: Tensor) -> Tensor:
        return torch.istft(spectrum, config.window, config.hop, config.window, window, length=length)

    noise = spectrum_of(white(length).to(wanted.device))
    grain = noise.abs() / (_MIDDLE * float(window.square().sum().sqrt()))
    wanted = wanted * grain.clamp_min(1e-3) ** rough
    spectrum = torch.polar(wanted, noise.angle().expand_as(wanted))
    before = torch.zeros_like(spectrum)
    for number in range(config.phase_iterations):
        consistent = spectrum_of(sound_of(spectrum))
        ahead = consistent + (config.momentum * (consistent - before) if number else 0.0)
        spectrum = wanted * ahead / ahead.abs().clamp_min(1e-12)
        before = consistent
    half = config.hop // 2
    return sound_of(spectrum)[:, half : half + magnitudes.shape[-1] * config.hop]
