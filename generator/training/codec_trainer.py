"""Training of the codec's autoencoder: its loss, what is looked at on the way, and the codec that comes of it."""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foleydesigner.generator.nano.codec import StereoCodec
from foleydesigner.generator.nano.config import CodecConfig
from foleydesigner.generator.nano.vae import ContentVAE, split
from foleydesigner.generator.training.loop import Loop, Stream, accelerator
from foleydesigner.generator.training.settings import CodecSettings

if TYPE_CHECKING:
    from foleydesigner.generator.training.log import TrainingLog

_QUIET_WEIGHT = 0.2
_HEARD = 1.2
"""Of the normalised logarithms: 60 dB."""
_USUAL_SPREAD = 0.05
"""Of the normalised logarithms: 2.5 dB."""
Crop = NDArray[np.float32]


def hearing(log_mel: Tensor) -> Tensor:
    """Weight of each cell (b, bands, frames): 1 within 60 dB of the loudest one, and far less below."""
    loudest = log_mel.amax(dim=(1, 2), keepdim=True)
    return _QUIET_WEIGHT + (1.0 - _QUIET_WEIGHT) * torch.sigmoid((log_mel - loudest + _HEARD) / 0.05)


def content_loss(made: Tensor, spread: Tensor, wanted: Tensor, slope: float) -> Tensor:
    """Error of the log-mel, and how badly its spread was foretold.

    The mean absolute error; weighed by `slope`, that of the differences along time and along bands; and the negative
    log-likelihood of a Laplace distribution whose mean deviation is the spread, at twice the scale of the others.
    """
    weight = hearing(wanted)
    error = made - wanted
    along = (weight[..., 1:] * error.diff(dim=-1).abs()).mean() + (weight[:, 1:] * error.diff(dim=1).abs()).mean()
    unlikely = (weight * (error.abs() / spread + spread.log())).mean()
    return 0.5 * (weight * error.abs()).mean() + 0.5 * slope * along + 2.0 * _USUAL_SPREAD * unlikely


class CodecStep(nn.Module):
    """Crops to loss, as one module: what a distributed run wraps."""

    def __init__(self, vae: ContentVAE, settings: CodecSettings) -> None:
        super().__init__()
        self.vae, self.settings = vae, settings

    def forward(self, crops: Sequence[Crop], generator: torch.Generator) -> Tensor:
        """Loss, a scalar."""
        wanted = torch.from_numpy(np.stack(crops)).to(next(self.vae.parameters()).device)
        made, spread, divergence = self.vae(wanted, generator)
        return content_loss(made, spread, wanted, self.settings.slope) + self.settings.divergence * divergence


class CodecTrainer(Loop[Crop]):
    """Trains the autoencoder of a codec.

    Args:
        config: of the codec.
        stream: crops of log-mel spectrograms.
        folder: of the run.
        settings: of the run.
        log: told of losses; None = nobody.
        held_out: crops that are looked at with each checkpoint.
        patches: (n, bands, frames of a latent frame), whose principal components training begins with.
    """

    def __init__(
        self,
        config: CodecConfig,
        stream: Stream[Crop],
        folder: Path,
        settings: CodecSettings,
        log: TrainingLog | None = None,
        held_out: Sequence[Crop] = (),
        patches: NDArray[np.float32] | None = None,
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self.vae = ContentVAE(config)
        if patches is not None:
            self.vae.begin_with(torch.from_numpy(patches))
        self.vae.to(accelerator().device)
        self.config, self._held_out = config, held_out
        super().__init__(self.vae, CodecStep(self.vae, settings), stream, folder, settings, log)

    def look(self, log: TrainingLog) -> None:
        """Error on held-out crops with the averaged weights, and a picture and a sound of the first of them."""
        if not self._held_out:
            return
        from foleydesigner.generator.training.samples import write_samples

        codec = self.codec()
        wanted = torch.from_numpy(np.stack(self._held_out))
        with torch.no_grad():
            mean, log_variance = split(codec.encoder.content(wanted))
            made, spread = codec.decoder.content(mean)
            error = (hearing(wanted) * (made - wanted).abs()).mean() * codec.decoder.mel.half * 20.0 / np.log(10.0)
            divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
        log.losses(self.step, held_out_db=float(error), held_out_divergence=float(divergence))
        log.files(*write_samples(self._folder / "samples", self.step, codec, wanted[:1], made[:1], spread[:1]))

    def codec(self) -> StereoCodec:
        """The codec with the averaged weights, on the CPU; its latents are as the VAE has them."""
        codec = StereoCodec(self.config)
        state = codec.state_dict()
        for name, value in self.average.values.items():
            side, rest = name.split(".", 1)
            state[f"{side}.content.{rest}"].copy_(value.cpu())
        codec.eval().requires_grad_(False)
        return codec
