"""The encoder of StereoCRW; imports torch, so it is imported only where a checkpoint is loaded."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

DIMENSIONS = 128
_WIDTHS = (64, 128, 256, 512)


class BasicBlock(nn.Module):
    """Two convolutions beside a short cut (K. He et al., "Deep Residual Learning", CVPR 2016)."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample: Any = None
        if stride != 1 or before != width:
            self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) to (n, c', h / stride, w / stride)."""
        inner = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(inner + (x if self.downsample is None else self.downsample(x)))


class ResNet9(nn.Module):
    """(n, 2, 128, 128), real and imaginary parts, to (n, 128): stem, four stages of one block, mean, projection.

    Names of its arrays are those of torchvision's ResNet, which the published code builds on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(2, _WIDTHS[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(_WIDTHS[0])
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        before = _WIDTHS[0]
        for k, width in enumerate(_WIDTHS, start=1):
            setattr(self, f"layer{k}", nn.Sequential(BasicBlock(before, width, 1 if k == 1 else 2)))
            before = width
        self.fc = nn.Linear(before, DIMENSIONS)

    def forward(self, x: Tensor) -> Tensor:
        """Embed spectrograms."""
        x = self.maxpool(functional.relu(self.bn1(self.conv1(x))))
        for k in range(1, len(_WIDTHS) + 1):
            x = getattr(self, f"layer{k}")(x)
        found: Tensor = self.fc(x.mean(dim=(2, 3)))
        return found
