"""Stereo sound to one normalised log-mel spectrogram, and back to the magnitudes of one channel.

Both channels of a point source hold the same sound at other times and levels; the root of their mean power has neither
in it, so that nothing has to be aligned before it is learned.
"""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from foleydesigner.generator.nano.config import CodecConfig
from foleydesigner.generator.nano.phase import white

_NOISE_FRAMES = 2000
"""Of noise, from which its deviation in each band is taken."""
_FITTING = 30
"""Multiplicative updates from bands to bins."""


class LogMel(nn.Module):
    """Frame k of the spectrogram stands around sample (k + 1/2) hop: each latent frame has whole frames of its own."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.window: Tensor
        self.bank: Tensor
        self.register_buffer("window", torch.hann_window(config.window), persistent=False)
        self.register_buffer("bank", mel_bank(config), persistent=False)
        # Normalised so that silence is -1 and full scale 1.
        self.middle = 0.5 * math.log(config.floor)
        self.half = -self.middle
        self.of_noise: Tensor
        logs = self(0.1 * white(_NOISE_FRAMES * config.hop)[:, None])[0]
        off = (logs - logs.median(dim=1, keepdim=True).values).abs()
        self.register_buffer("of_noise", off.mean(dim=1), persistent=False)

    def forward(self, stereo: Tensor) -> Tensor:
        """(b, 2, samples), samples a multiple of the hop, to (b, bands, frames) in about [-1, 1]."""
        config, (items, channels, samples) = self.config, stereo.shape
        margin = (config.window - config.hop) // 2
        padded = nn.functional.pad(stereo.reshape(items * channels, samples), (margin, margin))
        spectrum = torch.stft(
            padded, config.window, config.hop, config.window, self.window, center=False, return_complex=True
        )
        power = spectrum.abs().square().reshape(items, channels, *spectrum.shape[1:]).mean(dim=1)
        # A sine of amplitude a has |X| = a sum(w) / 2 in its bin.
        amplitude = power.sqrt() * (2.0 / float(self.window.sum()))
        return self.normalised(self.bank @ amplitude)

    def texture(self, spread: Tensor) -> Tensor:
        """How much of a noise's ups and downs there is, in [0, 1], bin by bin.

        Args:
            spread: mean absolute deviation of normalised logarithms from their middle, (b, bands, frames).

        Returns:
            (b, window / 2 + 1, frames): 1 where a band varies as noise does in it, or more.
        """
        share = (spread / self.of_noise[:, None]).clamp(0.0, 1.0)
        return self._to_bins() @ share

    def _to_bins(self) -> Tensor:
        """What spreads bands over their bins, (window / 2 + 1, bands)."""
        return self.bank.mT / self.bank.sum(dim=0).clamp_min(1e-8)[:, None]

    def normalised(self, bands: Tensor) -> Tensor:
        """Amplitudes of bands to logarithms in about [-1, 1]."""
        return (bands.clamp_min(self.config.floor).log() - self.middle) / self.half

    def magnitudes(self, log_mel: Tensor) -> Tensor:
        """(b, bands, frames) back to magnitudes of the short-time spectrum, (b, window / 2 + 1, frames).

        What is not negative and fits the bands best in the sense of Kullback and Leibler (Lee and Seung, 2001,
        multiplicative updates), from the bands spread over their bins. What is no louder than silence becomes zero.
        """
        amplitude = (log_mel * self.half + self.middle).clamp_max(math.log(4.0)).exp()
        bands = (amplitude - 1.001 * self.config.floor).clamp_min(0.0)
        spread = self._to_bins()
        bins = spread @ bands
        for _ in range(_FITTING):
            bins = bins * (spread @ (bands / (self.bank @ bins).clamp_min(1e-12)))
        return bins * (0.5 * float(self.window.sum()))


def mel_bank(config: CodecConfig) -> Tensor:
    """Triangles on Slaney's mel scale (linear to 1 kHz), each of sum 1: (bands, window / 2 + 1)."""
    import torchaudio

    triangles: Tensor = torchaudio.functional.melscale_fbanks(
        config.window // 2 + 1,
        config.lowest_hz,
        0.5 * config.sample_rate_hz,
        config.bands,
        config.sample_rate_hz,
        mel_scale="slaney",
    )
    return (triangles / triangles.sum(dim=0).clamp_min(1e-8)).mT.contiguous()
