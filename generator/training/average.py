"""An exponential moving average of weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class WeightAverage:
    """The average of named parameters, in single precision: a ← d a + (1 - d) w, d = min(decay, (1 + n) / (10 + n)).

    The ramp of d over the first updates n keeps the first weights from lingering.
    """

    def __init__(self, parameters: Iterable[tuple[str, Tensor]], decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.values: dict[str, Tensor] = {name: p.detach().float().clone() for name, p in parameters}

    def update(self, parameters: Iterable[tuple[str, Tensor]]) -> None:
        """Take the weights of one more step in."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, parameter in parameters:
            self.values[name].lerp_(parameter.detach().float(), 1.0 - decay)
        self.updates += 1

    @contextmanager
    def in_place(self, parameters: Iterable[tuple[str, Tensor]]) -> Iterator[None]:
        """Put the average where the weights are while the block lasts."""
        import torch

        held = [(parameter, self.values[name], parameter.detach().clone()) for name, parameter in parameters]
        with torch.no_grad():
            for parameter, value, _ in held:
                parameter.copy_(value)
            try:
                yield
            finally:
                for parameter, _, own in held:
                    parameter.copy_(own)

    def load(self, values: Mapping[str, Tensor], updates: int) -> None:
        """Go on from a kept average."""
        for name, value in self.values.items():
            value.copy_(values[name])
        self.updates = updates
