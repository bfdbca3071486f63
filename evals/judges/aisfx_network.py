"""The network of aiSFX; imports torch, so it is imported only where it is loaded."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

_WIDTHS = (64, 128, 256, 512)


class Pair(nn.Module):
    """Two convolutions, each normalised: (n, c, h, w) to (n, c', h, w)."""

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve, normalise and rectify, twice."""
        return functional.relu(self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))


class Network(nn.Module):
    """(n, frames, bands) to (n, 512): four pairs, halved after each but the last, mean over bands, maximum over time.

    Names of its arrays are those of the package's checkpoint.
    """

    def __init__(self) -> None:
        super().__init__()
        for k, (before, width) in enumerate(zip((1, *_WIDTHS[:-1]), _WIDTHS, strict=True), start=1):
            setattr(self, f"conv_block{k}", Pair(before, width))

    def forward(self, x: Tensor) -> Tensor:
        """Embed blocks of spectrogram."""
        x = x[:, None]
        for k in range(1, len(_WIDTHS) + 1):
            x = getattr(self, f"conv_block{k}")(x)
            if k < len(_WIDTHS):
                x = functional.max_pool2d(x, 2)
        found: Tensor = x.mean(dim=3).amax(dim=2)
        return found
