"""The training loop: one process or many by Accelerate, resumed exactly, logged to a file and to MLflow.

Everything random in a step comes from (seed, step, process), and item k of the stream is always the same: a run that
was stopped and resumed takes the same steps as one that was not.
"""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foleydesigner.errors import EngineError, MissingExtraError
from foleydesigner.generator.training import checkpoints
from foleydesigner.generator.training.average import WeightAverage
from foleydesigner.generator.training.items import ItemStream, TrainingItem
from foleydesigner.generator.training.settings import TrainingSettings
from foleydesigner.generator.training.step import diffusion_loss

if TYPE_CHECKING:
    from torch import Tensor

    from foleydesigner.generator.dit.model import InjectedDiT
    from foleydesigner.generator.training.log import TrainingLog


class Trainer:
    """Trains a model of stable-audio-tools whose denoiser is injected.

    Args:
        model: the whole model: denoiser (`InjectedDiT`), conditioners, autoencoder.
        stream: items.
        folder: of checkpoints.
        settings: of the run.
        log: told of losses; None = nobody.
    """

    def __init__(
        self, model: Any, stream: ItemStream, folder: Path, settings: TrainingSettings, log: TrainingLog | None = None
    ) -> None:
        import torch

        try:
            from accelerate import Accelerator
        except ImportError as error:
            raise MissingExtraError(
                "accelerate is not installed", "the `dit` extra", "`uv sync --extra dit`"
            ) from error
        self._accelerator = Accelerator()
        self._whole, self._stream, self._folder, self._settings = model, stream, folder, settings
        self._log = log if self._accelerator.is_main_process else None
        self.injected: InjectedDiT = model.model
        if settings.train_base:
            self.injected.requires_grad_(True)
        else:
            self.injected.freeze_base()
        model.to(self._accelerator.device)
        self.injected.train()
        wanted = [parameter for _, parameter in checkpoints.trained(self.injected)]
        self._optimiser = torch.optim.AdamW(
            wanted, settings.learning_rate, weight_decay=settings.weight_decay, betas=(0.9, 0.999)
        )
        self.average = WeightAverage(checkpoints.trained(self.injected), settings.ema_decay)
        self.step = self.items_read = 0
        last = checkpoints.newest(folder)
        if last is not None:
            state = checkpoints.load(last, self.injected, self._optimiser, self.average)
            self.step, self.items_read = int(state["step"]), int(state["items_read"])
        # Wrapped last: the checkpoint is of the bare module, and its optimiser stays the bare one.
        self._distributed = self._accelerator.prepare_model(_step_of(self._whole, settings))

    def run(self, until: int | None = None) -> list[float]:
        """Train up to step `until` (None = all); gives the losses of the steps taken, mean over processes."""
        last = self._settings.steps if until is None else min(until, self._settings.steps)
        processes, own = self._accelerator.num_processes, self._accelerator.process_index
        items = self._stream.items(self.items_read + own, processes)
        losses: list[float] = []
        began = time.monotonic()
        while self.step < last:
            loss = self._one(items)
            losses.append(float(self._accelerator.gather(loss.detach()[None]).mean()))
            self.step += 1
            self.items_read += self._settings.batch * processes
            if self._log and (self.step % self._settings.log_every == 0 or self.step == last):
                recent = losses[-self._settings.log_every :]
                rate = self._settings.learning_rate_at(self.step - 1)
                speed = (time.monotonic() - began) / len(losses)
                self._log.losses(self.step, loss=float(np.mean(recent)), learning_rate=rate, seconds_per_step=speed)
            if self.step % self._settings.save_every == 0 or self.step == last:
                self.save()
        return losses

    def save(self) -> Path | None:
        """Keep a checkpoint (the main process alone); gives its folder."""
        self._accelerator.wait_for_everyone()
        if not self._accelerator.is_main_process:
            return None
        state = {"step": self.step, "items_read": self.items_read, "settings": self._settings.to_json()}
        return checkpoints.save(self._folder, self.injected, self._optimiser, self.average, state, self._settings.keep)

    def averaged(self) -> InjectedDiT:
        """The denoiser with the averaged weights in place: what is shipped."""
        import torch

        with torch.no_grad():
            for name, parameter in checkpoints.trained(self.injected):
                parameter.copy_(self.average.values[name])
        return self.injected

    def _one(self, items: Iterator[TrainingItem]) -> Tensor:
        import torch

        settings = self._settings
        for group in self._optimiser.param_groups:
            group["lr"] = settings.learning_rate_at(self.step)
        batch = [next(items) for _ in range(settings.batch)]
        key = [settings.seed, self.step, self._accelerator.process_index]
        seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0]) >> 1
        loss: Tensor = self._distributed(batch, torch.Generator().manual_seed(seed))
        self._optimiser.zero_grad()
        self._accelerator.backward(loss)
        self._accelerator.clip_grad_norm_(self.injected.parameters(), settings.clip_norm)
        self._optimiser.step()
        self.average.update(checkpoints.trained(self.injected))
        return loss


def clean_latents(model: Any, items: Sequence[TrainingItem], frames: int, generator: Any) -> Tensor:
    """Latents (b, c, frames) of items, cut or padded with silence at the end; audio is encoded now.

    Raises:
        EngineError: latents of another width.
    """
    import torch

    device = next(model.model.parameters()).device
    ratio = int(model.pretransform.downsampling_ratio) if model.pretransform is not None else 1
    rows = []
    for item in items:
        if item.latents is not None:
            row = torch.from_numpy(item.latents)
            if row.shape[0] != int(model.io_channels):
                raise EngineError(
                    f"latents of {row.shape[0]} channels", f"{model.io_channels}", "encode them with this autoencoder"
                )
            rows.append(torch.nn.functional.pad(row[:, :frames], (0, max(0, frames - row.shape[1]))).to(device))
            continue
        audio = torch.from_numpy(np.ascontiguousarray(item.audio))[:, : frames * ratio]
        audio = torch.nn.functional.pad(audio, (0, frames * ratio - audio.shape[1])).to(device)
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            # The VAE's own draw is from the global generator; it has to be the same in a resumed run.
            torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
            rows.append(audio if model.pretransform is None else model.pretransform.encode(audio[None])[0])
    return torch.stack(rows)


def _step_of(whole: Any, settings: TrainingSettings) -> Any:
    """Items to loss as one module: what a distributed run wraps."""
    from torch import nn

    class Step(nn.Module):
        """Holds the denoiser alone: conditioners and autoencoder are not trained, and not to be wrapped."""

        def __init__(self) -> None:
            super().__init__()
            self.injected = whole.model

        def forward(self, items: Sequence[TrainingItem], generator: Any) -> Tensor:
            """Loss, a scalar."""
            shape = self.injected.shape
            frames = shape.latent_frames(round(settings.seconds * shape.sample_rate_hz))
            clean = clean_latents(whole, items, frames, generator)
            embedding = self.injected.encode([item.positions for item in items], frames)
            loss: Tensor = diffusion_loss(
                self.injected,
                clean,
                embedding,
                _conditions(whole, items, settings) | {"use_checkpointing": settings.checkpointing},
                objective=whole.diffusion_objective,
                generator=generator,
                drop_text=settings.drop_text,
                drop_position=settings.drop_position,
            )
            return loss

    return Step()


def _conditions(whole: Any, items: Sequence[TrainingItem], settings: TrainingSettings) -> dict[str, Any]:
    """What the backbone is told of each item: caption and duration."""
    import torch

    from foleydesigner.generator.dit.stable_audio import conditions, quiet

    told = [(item.caption, item.duration_s or settings.seconds) for item in items]
    with torch.no_grad(), quiet():
        return conditions(whole, told, next(whole.model.parameters()).device)
