"""The variational autoencoder of the log-mel: 1.9 million numbers, convolutions alone, so that any length will do.

Mel frames come in pairs: the networks work at half the mel rate, then at the latent rate.
"""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

import torch
from torch import Tensor, nn

from foleydesigner.generator.nano.config import CodecConfig

_LEAST_LOG_VARIANCE, _MOST_LOG_VARIANCE = -12.0, 4.0


_SPREAD_OFFSET, _LEAST_LOG_SPREAD = 3.0, -5.0
"""An untrained decoder expects 2.5 dB; less than 0.3 dB is never expected."""


_FIRST_LOG_VARIANCE = -4.0


class ChannelNorm(nn.Module):
    """Each moment by itself brought to mean 0 and variance 1 over its channels: (b, channels, n) to the same.

    Over time as well, what a sound becomes would depend on the silence around it.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels, 1))
        self.shift = nn.Parameter(torch.zeros(channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """As above."""
        variance, mean = torch.var_mean(x, dim=1, keepdim=True, correction=0)
        return (x - mean) * (variance + 1e-6).rsqrt() * self.gain + self.shift


class Block(nn.Module):
    """A residual block as ConvNeXt has it (Liu et al., 2022): each channel along time, then channels among each other.

    (b, channels, n) to the same.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.along = nn.Conv1d(channels, channels, 7, padding=3, groups=channels)
        self.norm = ChannelNorm(channels)
        self.among = nn.Sequential(
            nn.Conv1d(channels, 2 * channels, 1), nn.GELU(), nn.Conv1d(2 * channels, channels, 1)
        )
        self.scale = nn.Parameter(torch.full((channels, 1), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        """As above."""
        return x + self.scale * self.among(self.norm(self.along(x)))


class ContentEncoder(nn.Module):
    """Log-mel (b, bands, frames) to mean and logarithm of the variance, (b, 2 content channels, T').

    A straight line for each latent frame by itself, and what a network adds to it.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        fine, coarse, step = config.fine_channels, config.coarse_channels, config.frames_per_latent // 2
        self.straight = nn.Conv1d(config.bands, config.content_channels, 2 * step, 2 * step)
        self.body = nn.Sequential(
            nn.Conv1d(config.bands, fine, 4, 2, padding=1),
            *(Block(fine) for _ in range(config.fine_blocks)),
            nn.Conv1d(fine, coarse, step, step),
            *(Block(coarse) for _ in range(config.coarse_blocks)),
            soft(nn.Conv1d(coarse, 2 * config.content_channels, 1), _FIRST_LOG_VARIANCE),
        )

    def forward(self, log_mel: Tensor) -> Tensor:
        """As above."""
        mean, log_variance = self.body(log_mel).chunk(2, dim=1)
        return torch.cat([self.straight(log_mel) + mean, log_variance], dim=1)


class ContentDecoder(nn.Module):
    """Content latents (b, content channels, T') to a log-mel and its spread, (b, bands, frames) each.

    A straight line for each latent frame by itself, and what a network that sees it adds to it. The spread is the mean
    absolute deviation that is expected of each cell: noise cannot be foretold, but how rough it is can be.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        fine, coarse, step = config.fine_channels, config.coarse_channels, config.frames_per_latent // 2
        self.straight = nn.ConvTranspose1d(config.content_channels, config.bands, 2 * step, 2 * step)
        self.coarse = nn.Sequential(
            nn.Conv1d(config.content_channels, coarse, 3, padding=1),
            *(Block(coarse) for _ in range(config.coarse_blocks)),
            nn.ConvTranspose1d(coarse, fine, step, step),
        )
        self.seen = nn.Conv1d(config.bands, fine, 4, 2, padding=1)
        self.fine = nn.Sequential(
            *(Block(fine) for _ in range(config.fine_blocks)),
            soft(nn.ConvTranspose1d(fine, 2 * config.bands, 4, 2, padding=1), 0.0),
        )

    def forward(self, content: Tensor) -> tuple[Tensor, Tensor]:
        """As above."""
        straight = self.straight(content)
        added, log_spread = self.fine(self.coarse(content) + self.seen(straight)).chunk(2, dim=1)
        return straight + added, (log_spread - _SPREAD_OFFSET).clamp(_LEAST_LOG_SPREAD, 0.0).exp()


def soft(layer: nn.Conv1d | nn.ConvTranspose1d, second: float) -> nn.Conv1d | nn.ConvTranspose1d:
    """A last layer that begins by saying next to nothing, and `second` in the second half of its channels."""
    with torch.no_grad():
        layer.weight.mul_(0.1)
        bias = layer.bias
        if bias is not None:
            bias.zero_()
            bias[len(bias) // 2 :] = second
    return layer


class ContentVAE(nn.Module):
    """Both, and the loss that they learn by."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.encoder, self.decoder = ContentEncoder(config), ContentDecoder(config)

    def begin_with(self, log_mels: Tensor) -> None:
        """Set the straight lines to the principal components of patches, whitened.

        The network then learns what they leave; from random weights it takes hours to find a harmonic.

        Args:
            log_mels: (n, bands, frames of a latent frame), n well above bands * frames.
        """
        count, bands, frames = log_mels.shape
        patches = log_mels.reshape(count, -1).double()
        mean = patches.mean(dim=0)
        channels = self.encoder.straight.out_channels
        power, axes = torch.linalg.eigh(torch.cov((patches - mean).T))
        axes, deviation = axes[:, -channels:].flip(1), power[-channels:].flip(0).clamp_min(1e-8).sqrt()
        with torch.no_grad():
            for layer, weight, bias in (
                (self.encoder.straight, axes / deviation, -(mean @ axes) / deviation),
                (self.decoder.straight, axes * deviation, mean.reshape(bands, frames).mean(dim=1)),
            ):
                layer.weight.copy_(weight.T.reshape(channels, bands, frames))
                layer.bias.copy_(bias)

    def forward(self, log_mel: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """A reconstruction and its spread, and the mean divergence of a latent from a unit Gaussian, in nats."""
        mean, log_variance = split(self.encoder(log_mel))
        noise = torch.randn(mean.shape, generator=generator).to(mean.device)
        made, spread = self.decoder(mean + (0.5 * log_variance).exp() * noise)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
        return made, spread, divergence


def split(parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and bounded logarithm of the variance, of (b, 2 c, T')."""
    mean, log_variance = parameters.chunk(2, dim=1)
    return mean, log_variance.clamp(_LEAST_LOG_VARIANCE, _MOST_LOG_VARIANCE)
