"""The variational autoencoder of the log-mel: 1.5 million numbers, convolutions alone, so that any length will do.

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


class Block(nn.Module):
    """A residual block as ConvNeXt has it (Liu et al., 2022): each channel along time, then channels among each other.

    (b, channels, n) to the same.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.along = nn.Conv1d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.GroupNorm(1, channels)
        self.among = nn.Sequential(
            nn.Conv1d(channels, 2 * channels, 1), nn.GELU(), nn.Conv1d(2 * channels, channels, 1)
        )
        self.scale = nn.Parameter(torch.full((channels, 1), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        """As above."""
        return x + self.scale * self.among(self.norm(self.along(x)))


class ContentEncoder(nn.Module):
    """Log-mel (b, bands, frames) to mean and logarithm of the variance, (b, 2 content channels, T')."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        fine, coarse, step = config.fine_channels, config.coarse_channels, config.frames_per_latent // 2
        self.body = nn.Sequential(
            nn.Conv1d(config.bands, fine, 4, 2, padding=1),
            *(Block(fine) for _ in range(config.fine_blocks)),
            nn.Conv1d(fine, coarse, step, step),
            *(Block(coarse) for _ in range(config.coarse_blocks)),
            nn.Conv1d(coarse, 2 * config.content_channels, 1),
        )

    def forward(self, log_mel: Tensor) -> Tensor:
        """As above."""
        out: Tensor = self.body(log_mel)
        return out


class ContentDecoder(nn.Module):
    """Content latents (b, content channels, T') to a log-mel and its spread, (b, bands, frames) each.

    The spread is the mean absolute deviation that is expected of each cell: noise cannot be foretold, but how rough it
    is can be.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        fine, coarse, step = config.fine_channels, config.coarse_channels, config.frames_per_latent // 2
        self.body = nn.Sequential(
            nn.Conv1d(config.content_channels, coarse, 3, padding=1),
            *(Block(coarse) for _ in range(config.coarse_blocks)),
            nn.ConvTranspose1d(coarse, fine, step, step),
            *(Block(fine) for _ in range(config.fine_blocks)),
            nn.ConvTranspose1d(fine, 2 * config.bands, 4, 2, padding=1),
        )

    def forward(self, content: Tensor) -> tuple[Tensor, Tensor]:
        """As above."""
        log_mel, log_spread = self.body(content).chunk(2, dim=1)
        return log_mel, (log_spread - _SPREAD_OFFSET).clamp(_LEAST_LOG_SPREAD, 0.0).exp()


class ContentVAE(nn.Module):
    """Both, and the loss that they learn by."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.encoder, self.decoder = ContentEncoder(config), ContentDecoder(config)

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
