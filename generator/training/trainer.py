"""Training of an injected denoiser: what the loop needs to know of it."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foleydesigner.errors import EngineError
from foleydesigner.generator.dit.sampling import SamplingPlan, usual_plan
from foleydesigner.generator.training import checkpoints
from foleydesigner.generator.training.items import ItemStream, TrainingItem
from foleydesigner.generator.training.loop import Loop, accelerator
from foleydesigner.generator.training.settings import TrainingSettings
from foleydesigner.generator.training.step import diffusion_loss

if TYPE_CHECKING:
    from torch import Tensor

    from foleydesigner.generator.dit.model import InjectedDiT
    from foleydesigner.generator.training.log import TrainingLog


class Trainer(Loop[TrainingItem]):
    """Trains a model of stable-audio-tools whose denoiser is injected.

    Args:
        model: the whole model: denoiser (`InjectedDiT`), conditioners, autoencoder.
        stream: items.
        folder: of checkpoints.
        settings: of the run.
        log: told of losses; None = nobody.
        plan: how sounds are sampled on the way; None = as models of that objective are.
    """

    def __init__(
        self,
        model: Any,
        stream: ItemStream,
        folder: Path,
        settings: TrainingSettings,
        log: TrainingLog | None = None,
        plan: SamplingPlan | None = None,
    ) -> None:
        self._whole, self._plan = model, plan or usual_plan(str(model.diffusion_objective))
        self.injected: InjectedDiT = model.model
        if settings.train_base:
            self.injected.requires_grad_(True)
        else:
            self.injected.freeze_base()
        model.to(accelerator().device)
        super().__init__(self.injected, _step_of(model, settings), stream, folder, settings, log)

    def look(self, log: TrainingLog) -> None:
        """Sounds of the first clips by the averaged weights, and their spectrograms under the clips' own."""
        from foleydesigner.generator.training.listening import write_attempt

        settings = self.settings
        assert isinstance(settings, TrainingSettings)  # noqa: S101 - as it was made with
        self.injected.eval()
        with self.average.in_place(checkpoints.trained(self.injected)):
            for number, item in enumerate(islice(self._stream.items(0), settings.attempts)):
                folder = self._folder / "samples" / f"clip-{number}"
                log.files(*write_attempt(folder, self.step, self._whole, item, self._plan, settings.seconds))
        self.injected.train()

    def averaged(self) -> InjectedDiT:
        """The denoiser with the averaged weights in place: what is shipped."""
        self.load_average()
        return self.injected


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


def full_precision(device: Any) -> AbstractContextManager[None]:
    """Where mixed precision does not reach: 16 bits would round an azimuth to half a degree before its features."""
    import torch

    precision: AbstractContextManager[None] = torch.autocast(device.type, enabled=False)
    return precision


def quick_attention(device: Any, settings: TrainingSettings) -> AbstractContextManager[None]:
    """The attention to train with.

    On a CPU torch's fused kernel takes half of a step's time going backward; plain products take a third of that in
    bf16. They are not for recomputed blocks, which run again outside, nor for a GPU.
    """
    from torch.nn.attention import SDPBackend, sdpa_kernel

    if device.type != "cpu" or settings.checkpointing:
        return nullcontext()
    kernel: AbstractContextManager[None] = sdpa_kernel(SDPBackend.MATH)
    return kernel


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
            with full_precision(clean.device):
                embedding = self.injected.encode([item.positions for item in items], frames)
            with quick_attention(clean.device, settings):
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
