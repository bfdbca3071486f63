"""What a training run is told; kept as JSON beside its checkpoints."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """One run of any training loop.

    Attributes:
        steps: optimiser steps in all.
        batch: items a step and process.
        learning_rate: after the warm-up, constant but for the cool-down.
        warmup_steps: linear rise of the learning rate.
        cooldown_steps: linear fall of the learning rate to nothing at the end.
        weight_decay: of AdamW.
        clip_norm: longest gradient.
        ema_decay: of the average of the weights that is shipped.
        save_every: steps between checkpoints.
        keep: checkpoints that stay.
        log_every: steps between log lines.
        seed: of whatever is drawn.
    """

    steps: int = 10_000
    batch: int = 8
    learning_rate: float = 1e-4
    warmup_steps: int = 500
    cooldown_steps: int = 0
    weight_decay: float = 1e-3
    clip_norm: float = 1.0
    ema_decay: float = 0.999
    save_every: int = 500
    keep: int = 2
    log_every: int = 10
    seed: int = 0

    def learning_rate_at(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        rise = (step + 1) / max(1, self.warmup_steps)
        fall = (self.steps - step) / max(1, self.cooldown_steps) if self.cooldown_steps else 1.0
        return self.learning_rate * max(0.0, min(1.0, rise, fall))

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def add_options(cls, parser: argparse.ArgumentParser) -> None:
        """One option a field, named after it."""
        for field in fields(cls):
            name = "--" + field.name.replace("_", "-")
            if isinstance(field.default, bool):
                parser.add_argument(name, action="store_true")
            else:
                parser.add_argument(name, type=type(field.default), default=field.default)

    @classmethod
    def of(cls, options: argparse.Namespace) -> Self:
        """Out of parsed options."""
        return cls(**{field.name: getattr(options, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings(LoopSettings):
    """A run of a denoiser.

    Attributes:
        drop_text: probability that an item's text is dropped.
        drop_position: probability that an item's position is dropped.
        train_base: whether the backbone is trained as well; else encoder and injections alone.
        checkpointing: whether blocks are recomputed in the backward pass, which takes time and saves memory.
        seconds: length that items are cut or padded to.
        attempts: sounds made at each checkpoint, of the first clips that it learns from; 0 = none.
    """

    drop_text: float = 0.1
    drop_position: float = 0.1
    train_base: bool = False
    checkpointing: bool = False
    seconds: float = 10.0
    attempts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecSettings(LoopSettings):
    """A run of the codec's autoencoder.

    Attributes:
        crop_latents: latent frames of an item.
        divergence: weight of the latents' divergence from a unit Gaussian against the error of the log-mel.
        slope: weight of the error of the log-mel's differences along time and along bands.
        softest_db: items are played at a level drawn between this and 0 dB.
    """

    steps: int = 2_500
    batch: int = 16
    learning_rate: float = 1e-3
    warmup_steps: int = 300
    cooldown_steps: int = 1_000
    save_every: int = 500
    log_every: int = 50
    crop_latents: int = 32
    divergence: float = 1e-4
    slope: float = 0.25
    softest_db: float = -24.0
