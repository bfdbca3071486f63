"""The position encoder: continuous positions and activation to one vector a latent frame (eq. 4-6)."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.dit.positions import FramePositions, on_grid

_GROUPS = 8


class FourierFeatures(nn.Module):
    """Eq. 4: gamma(p) = [cos 2 pi B p; sin 2 pi B p] with B of shape (m, 2), drawn once from N(0, sigma^2) and kept."""

    def __init__(self, features: int, sigma: float, generator: torch.Generator) -> None:
        super().__init__()
        self.frequencies: Tensor
        self.register_buffer("frequencies", sigma * torch.randn(features, 2, generator=generator))

    def forward(self, points: Tensor) -> Tensor:
        """(b, n, 2) to (b, n, 2 m)."""
        angles = 2.0 * torch.pi * points @ self.frequencies.mT
        return torch.cat([angles.cos(), angles.sin()], dim=-1)


def masked(features: Tensor, activation: Tensor, epsilon: float) -> Tensor:
    """Eq. 5: features (b, n, c) of the unmasked position, times a + epsilon (1 - a) with activation a (b, n)."""
    return features * (activation + epsilon * (1.0 - activation))[..., None]


class PositionEncoder(nn.Module):
    """Eq. 6: strided convolutions with GroupNorm and SiLU from an oversampled grid down to the latent rate.

    Video and latent rate have no common divisor, so frames are first held on a grid of `config.oversampling` steps a
    latent frame. A kernel is twice its stride and centred: an output step stands in the middle of what it has read.
    """

    def __init__(self, config: InjectionConfig) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(config.seed)
        self.config = config
        self.fourier = FourierFeatures(config.features, config.sigma, generator)
        layers: list[nn.Module] = []
        channels = 2 * config.features
        for stride in config.strides:
            layers += [
                nn.Conv1d(channels, config.channels, 2 * stride, stride, padding=stride // 2),
                nn.GroupNorm(_GROUPS if config.channels % _GROUPS == 0 else 1, config.channels),
                nn.SiLU(),
            ]
            channels = config.channels
        self.down = nn.Sequential(*layers)
        self.out = nn.Conv1d(channels, config.channels, 1)

    def forward(self, points: Tensor, activation: Tensor) -> Tensor:
        """E of eq. 6.

        Args:
            points: normalised positions on the grid, (b, T' * oversampling, 2).
            activation: (b, T' * oversampling).

        Returns:
            (b, T', d_pos).
        """
        features = masked(self.fourier(points), activation, self.config.epsilon)
        down: Tensor = self.out(self.down(features.mT))
        return down.mT

    def encode(self, positions: Sequence[FramePositions], latent_frames: int, latent_rate_hz: float) -> Tensor:
        """E of b events, (b, latent_frames, d_pos), from clip-like frames that begin with the first latent frame."""
        factor = self.config.oversampling
        points, activation = on_grid(positions, latent_frames * factor, latent_rate_hz * factor)
        device = self.out.weight.device
        encoded: Tensor = self(torch.from_numpy(points).to(device), torch.from_numpy(activation).to(device))
        return encoded
