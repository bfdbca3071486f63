"""The learned onset detector's network; imports torch, so it is imported only where a checkpoint is loaded."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from foleydesigner.tools.learned_onsets import OnsetNetworkConfig

_GROUPS = 4


class FactoredConvolution(nn.Sequential):
    """(2+1)D convolution: 3 × 3 over the picture, then 3 over time.

    (b, c, t, h, w) to (b, c', t, ⌈h/stride⌉, ⌈w/stride⌉).
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__(
            nn.Conv3d(channels_in, channels_out, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.GroupNorm(_groups(channels_out), channels_out),
            nn.SiLU(),
            nn.Conv3d(channels_out, channels_out, (3, 1, 1), 1, (1, 0, 0), bias=False),
            nn.GroupNorm(_groups(channels_out), channels_out),
        )


class ResidualStage(nn.Module):
    """Two factored convolutions around a shortcut; the picture is halved, time stays."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.first = FactoredConvolution(channels_in, channels_out, stride=2)
        self.second = FactoredConvolution(channels_out, channels_out, stride=1)
        self.shortcut = nn.Conv3d(channels_in, channels_out, 1, (1, 2, 2), bias=False)
        self.activation = nn.SiLU()

    def forward(self, clip: Tensor) -> Tensor:
        """(b, c, t, h, w) to (b, c', t, ⌈h/2⌉, ⌈w/2⌉)."""
        changed = self.second(self.activation(self.first(clip)))
        activated: Tensor = self.activation(changed + self.shortcut(clip))
        return activated


class OnsetNet(nn.Module):
    """Residual stages, a mean over the picture, and a head over time: (b, 3, t, s, s) in [−1, 1] to logits (b, t)."""

    def __init__(self, channels: tuple[int, ...], temporal_channels: int) -> None:
        super().__init__()
        widths = (3, *channels)
        self.stages = nn.Sequential(*(ResidualStage(a, b) for a, b in pairwise(widths)))
        self.head = nn.Sequential(
            nn.Conv1d(channels[-1], temporal_channels, 5, padding=2),
            nn.SiLU(),
            nn.Conv1d(temporal_channels, 1, 5, padding=2),
        )

    def forward(self, clip: Tensor) -> Tensor:
        """(b, 3, t, s, s) to (b, t)."""
        features = self.stages(clip)  # (b, c, t, h, w)
        return torch.squeeze(self.head(features.mean(dim=(-2, -1))), 1)


def build_network(config: OnsetNetworkConfig) -> OnsetNet:
    """The untrained network of a configuration."""
    return OnsetNet(config.channels, config.temporal_channels)


def _groups(channels: int) -> int:
    return _GROUPS if channels % _GROUPS == 0 else 1
