"""Text for nano: what all-MiniLM-L6-v2 says of each token, on the CPU, from the packages that the core has anyway."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foleydesigner.tools.embeddings import sentence_encoder

_LOUDNESS = 1.0 / 0.42
"""To about unit variance, as a denoiser wants it; 0.42 is the deviation of the states of "the dog" and its like."""


class MiniLMConditioner(nn.Module):
    """A conditioner of stable-audio-tools without weights of its own: texts to states and mask.

    Args:
        tokens: of a text; longer ones are cut, shorter ones padded with zeros.
    """

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.tokens = tokens

    def forward(self, texts: Sequence[str], device: Any) -> list[Tensor]:
        """States (b, tokens, 384), and which are no padding (b, tokens)."""
        states = torch.from_numpy(np.stack([_states(text, self.tokens) for text in texts])).to(device)
        return [_LOUDNESS * states, states.abs().sum(dim=-1) > 0.0]


@lru_cache(maxsize=8192)
def _states(text: str, tokens: int) -> NDArray[np.float32]:
    return sentence_encoder().states(text, tokens)
