"""The loop of every training: one process or many by Accelerate, resumed exactly, logged to a file and to MLflow.

Everything random in a step comes from (seed, step, process), and item k of the stream is always the same: a run that
was stopped and resumed takes the same steps as one that was not.
"""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

import time
from collections.abc import Iterator, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.generator.training import checkpoints
from foleydesigner.generator.training.average import WeightAverage
from foleydesigner.generator.training.settings import LoopSettings

if TYPE_CHECKING:
    from torch import Tensor, nn

    from foleydesigner.generator.training.log import TrainingLog

Item = TypeVar("Item")
Out_co = TypeVar("Out_co", covariant=True)


class Stream(Protocol[Out_co]):
    """An endless, repeatable sequence of items: the same number always names the same item."""

    def items(self, first: int, step: int = 1) -> Iterator[Out_co]:
        """Items number first, first + step, first + 2 step … without end."""
        ...


def accelerator() -> Any:
    """Accelerate's view of this process and its device.

    Raises:
        MissingExtraError: the `dit` extra is not installed.
    """
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise MissingExtraError("accelerate is not installed", "the `dit` extra", "`uv sync --extra dit`") from error
    return Accelerator()


class Loop(Generic[Item]):
    """Trains a module by the loss that a step of it gives.

    Args:
        module: what is trained: its parameters that ask for a gradient, on their device.
        step: holds `module`; called with a list of items and a generator it gives their loss, a scalar.
        stream: items.
        folder: of checkpoints; a run is gone on with where it holds one.
        settings: of the run.
        log: told of losses; None = nobody.

    Raises:
        MissingExtraError: the `dit` extra is not installed.
        CheckpointError: the newest checkpoint is broken, or of another model or other data.
    """

    def __init__(
        self,
        module: nn.Module,
        step: nn.Module,
        stream: Stream[Item],
        folder: Path,
        settings: LoopSettings,
        log: TrainingLog | None = None,
    ) -> None:
        import torch

        self._accelerator = accelerator()
        self._stream, self._folder, self.settings = stream, folder, settings
        self._clips = len(stream) if isinstance(stream, Sized) else None
        self._log = log if self._accelerator.is_main_process else None
        self.module = module
        module.train()
        wanted = [parameter for _, parameter in checkpoints.trained(module)]
        self._optimiser = torch.optim.AdamW(
            wanted, settings.learning_rate, weight_decay=settings.weight_decay, betas=(0.9, 0.999)
        )
        self.average = WeightAverage(checkpoints.trained(module), settings.ema_decay)
        self.step = self.items_read = 0
        last = checkpoints.newest(folder)
        if last is not None:
            state = checkpoints.load(last, module, self._optimiser, self.average)
            self.step, self.items_read = int(state["step"]), int(state["items_read"])
            _check_stream(state.get("clips"), self._clips, last)
        # Wrapped last: the checkpoint is of the bare module, and its optimiser stays the bare one.
        self._distributed = self._accelerator.prepare_model(step)

    def run(self, until: int | None = None) -> list[float]:
        """Train up to step `until` (None = all); gives the losses of the steps taken, mean over processes."""
        settings = self.settings
        last = settings.steps if until is None else min(until, settings.steps)
        processes, own = self._accelerator.num_processes, self._accelerator.process_index
        items = self._stream.items(self.items_read + own, processes)
        losses: list[float] = []
        began = time.monotonic()
        while self.step < last:
            loss = self._one(items)
            losses.append(float(self._accelerator.gather(loss.detach()[None]).mean()))
            self.step += 1
            self.items_read += settings.batch * processes
            if self._log and (self.step % settings.log_every == 0 or self.step == last):
                recent = losses[-settings.log_every :]
                rate = settings.learning_rate_at(self.step - 1)
                speed = (time.monotonic() - began) / len(losses)
                self._log.losses(self.step, loss=float(np.mean(recent)), learning_rate=rate, seconds_per_step=speed)
            if self.step % settings.save_every == 0 or self.step == last:
                self.save()
        return losses

    def save(self) -> Path | None:
        """Keep a checkpoint (the main process alone); gives its folder."""
        self._accelerator.wait_for_everyone()
        if not self._accelerator.is_main_process:
            return None
        state = {"step": self.step, "items_read": self.items_read, "settings": self.settings.to_json()}
        state["clips"] = self._clips
        place = checkpoints.save(self._folder, self.module, self._optimiser, self.average, state, self.settings.keep)
        if self._log:
            self.look(self._log)
        return place

    def look(self, log: TrainingLog) -> None:
        """What else is measured and kept at each checkpoint; nothing, unless a training says otherwise."""

    def load_average(self) -> None:
        """Put the averaged weights in place: what is shipped."""
        import torch

        with torch.no_grad():
            for name, parameter in checkpoints.trained(self.module):
                parameter.copy_(self.average.values[name])

    def _one(self, items: Iterator[Item]) -> Tensor:
        import torch

        settings = self.settings
        for group in self._optimiser.param_groups:
            group["lr"] = settings.learning_rate_at(self.step)
        batch = [next(items) for _ in range(settings.batch)]
        key = [settings.seed, self.step, self._accelerator.process_index]
        seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0]) >> 1
        loss: Tensor = self._distributed(batch, torch.Generator().manual_seed(seed))
        self._optimiser.zero_grad()
        self._accelerator.backward(loss)
        self._accelerator.clip_grad_norm_(self.module.parameters(), settings.clip_norm)
        self._optimiser.step()
        self.average.update(checkpoints.trained(self.module))
        return loss


def _check_stream(before: object, now: int | None, place: Path) -> None:
    """Refuse to go on with other data: the numbers of items would name others than before."""
    if before is not None and now is not None and before != now:
        raise CheckpointError(
            f"{place} was trained on {before} clips, and there are {now} now",
            "the data that the run began with",
            "take the same data, or another --out to begin anew",
        )
