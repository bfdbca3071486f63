"""What a training run is told; kept as JSON beside its checkpoints."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """One run.

    Attributes:
        steps: optimiser steps in all.
        batch: items a step and process.
        learning_rate: after the warm-up, constant.
        warmup_steps: linear rise of the learning rate.
        weight_decay: of AdamW.
        clip_norm: longest gradient.
        ema_decay: of the average of the weights that is shipped.
        drop_text: probability that an item's text is dropped.
        drop_position: probability that an item's position is dropped.
        train_base: whether the backbone is trained as well; else encoder and injections alone.
        checkpointing: whether blocks are recomputed in the backward pass, which takes time and saves memory.
        seconds: length that items are cut or padded to.
        save_every: steps between checkpoints.
        keep: checkpoints that stay.
        log_every: steps between log lines.
        seed: of times, noise, drops, and of the weights that do not start at zero.
    """

    steps: int = 10_000
    batch: int = 8
    learning_rate: float = 1e-4
    warmup_steps: int = 500
    weight_decay: float = 1e-3
    clip_norm: float = 1.0
    ema_decay: float = 0.999
    drop_text: float = 0.1
    drop_position: float = 0.1
    train_base: bool = False
    checkpointing: bool = False
    seconds: float = 10.0
    save_every: int = 500
    keep: int = 2
    log_every: int = 10
    seed: int = 0

    def learning_rate_at(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        return self.learning_rate * min(1.0, (step + 1) / max(1, self.warmup_steps))

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)
