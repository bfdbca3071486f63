"""VGGish embeddings, from a local file of the PyTorch port of its weights.

S. Hershey et al., "CNN Architectures for Large-Scale Audio Classification", ICASSP 2017. The file is
`vggish-10086976.pth` of github.com/harritaylor/torchvggish (Apache-2.0). As Fréchet audio distance takes them: 128
values before the last rectifier, without the later PCA and rounding, of every 0.96 s.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.judges import yamnet
from foleydesigner.evals.judges.optional import load_state, read_checkpoint, torch_missing

if TYPE_CHECKING:
    from torch import nn

WHAT = "VGGish"
OFFSET = 0.01
_WIDTHS = (64, 0, 128, 0, 256, 256, 0, 512, 512, 0)
"""Widths of the convolutions; 0 is a halving of the picture."""
_PATCH = 96
_LINEAR = 512 * 4 * 6
Mono = NDArray[np.float32]


def build_network() -> nn.ModuleDict:
    """`features` and `embeddings`, whose arrays have the names of the port.

    Raises:
        MissingExtraError: torch is not installed.
    """
    try:
        from torch import nn
    except ImportError as error:
        raise torch_missing(WHAT, error) from error
    layers: list[Any] = []
    before = 1
    for width in _WIDTHS:
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()] if width else [nn.MaxPool2d(2)]
        before = width or before
    dense = [nn.Linear(_LINEAR, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 128)]
    return nn.ModuleDict({"features": nn.Sequential(*layers), "embeddings": nn.Sequential(*dense)})


def patches(sound: Mono) -> NDArray[np.float32]:
    """Log-mel patches of 0.96 s of (samples,) at 16 kHz, without overlap, (n, 96, 64): YAMNet's with another offset."""
    logs = yamnet.log_mel(sound, OFFSET)
    count = max(len(logs) // _PATCH, 1)
    return np.asarray(logs[: count * _PATCH].reshape(count, _PATCH, -1), dtype=np.float32)


class Vggish:
    """The ear, loaded once.

    Raises:
        MissingExtraError: torch is not installed.
        CheckpointError: there is no such file, or it holds something else.
    """

    rate_hz = yamnet.RATE_HZ

    def __init__(self, path: Path) -> None:
        self._network = load_state(build_network(), read_checkpoint(path, WHAT), path, WHAT)
        self.embedding = f"VGGish, 128 before the last rectifier ({path.name})"

    def embeddings(self, sound: Mono) -> NDArray[np.float32]:
        """Of (samples,) at 16 kHz, one every 0.96 s: (n, 128)."""
        import torch

        with torch.inference_mode():
            seen = self._network["features"](torch.from_numpy(patches(sound))[:, None])  # (n, 512, 6, 4)
            # The weights were made for the channels last.
            found = self._network["embeddings"](seen.permute(0, 2, 3, 1).flatten(1))
        return np.asarray(found.numpy(), dtype=np.float32)
