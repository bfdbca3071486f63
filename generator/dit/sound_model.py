"""Stable Audio Open, bare or with injections, as a `SoundModel`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.generator.dit.hub import LICENCE
from foleydesigner.generator.dit.sampling import SamplingPlan, drawn, generators, sample
from foleydesigner.generator.dit.stable_audio import conditions, quiet
from foleydesigner.generator.sound_model import SoundOrder

if TYPE_CHECKING:
    from torch import Tensor

    from foleydesigner.generator.dit.model import InjectedDiT
    from foleydesigner.generator.dit.weights import Base

Audio = NDArray[np.float32]


def compile_blocks(model: Any) -> None:
    """Compile the denoiser's blocks: they are alike, so that one compilation serves all, injections included."""
    from foleydesigner.generator.dit.backbones import stable_audio_backbone

    wrapper = model.model
    blocks = stable_audio_backbone(model).blocks if not hasattr(wrapper, "blocks") else wrapper.blocks
    for block in blocks:
        block.compile(dynamic=True)


class StableAudioModel:
    """A loaded backbone, its text encoder and autoencoder.

    On a GPU the denoiser and the decoder run in bfloat16 and the denoiser is compiled; on a CPU in single precision.

    Args:
        base: as loaded, on its device.
        injected: the denoiser with injections, where there are any.
        plan: how it is sampled; None = as its objective is published.
        licence: of the weights.
        half: whether it runs in bfloat16; None = on a GPU.
    """

    def __init__(
        self,
        base: Base,
        injected: InjectedDiT | None,
        plan: SamplingPlan | None = None,
        licence: str = LICENCE,
        *,
        half: bool | None = None,
    ) -> None:
        import torch

        self._base, self._injected = base, injected
        self._plan = plan or base.usual_plan
        self._device = next(base.model.model.parameters()).device
        on_gpu = self._device.type == "cuda"
        self._dtype = torch.bfloat16 if (on_gpu if half is None else half) else torch.float32
        if injected is None:
            base.model.model.to(self._dtype)
        else:
            injected.to_dtype(self._dtype)
        if not base.is_nano:  # Fourier transforms want single precision
            base.model.pretransform.to(self._dtype)
        if on_gpu:
            compile_blocks(base.model)
        self.name = base.source
        self.licence = licence
        self.sample_rate_hz = int(base.model.sample_rate)
        self.longest_s = base.longest_samples / self.sample_rate_hz
        self.follows_positions = injected is not None

    @property
    def parameters(self) -> dict[str, str | float | int]:
        """Steps and guidance."""
        plan = self._plan
        position = plan.text_scale if plan.position_scale is None else plan.position_scale
        scales: dict[str, str | float | int] = {"steps": plan.steps, "text_scale": plan.text_scale}
        return scales | ({"position_scale": position} if self.follows_positions else {})

    def make(self, orders: Sequence[SoundOrder], length_s: float) -> list[Audio]:
        """One stereo sound (2, samples) of `length_s` an order; positions are said for all of them or for none.

        Raises:
            EngineError: memory has run out.
        """
        import torch

        samples = round(length_s * self.sample_rate_hz)
        try:
            with torch.inference_mode(), quiet():
                latents = self.latents(orders, samples)
                decoder = self._base.model.pretransform
                audio = decoder.decode(latents.to(next(decoder.parameters()).dtype))
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"no memory left on {self._device} for {len(orders)} sounds of {length_s:.1f} s",
                "room for a batch",
                "set FOLEY_ENGINE_BATCH=1, or pass --engine sao-small",
            ) from error
        except RuntimeError as error:
            if "can't allocate memory" not in str(error):
                raise
            raise EngineError(
                f"no memory left for {len(orders)} sounds of {length_s:.1f} s",
                "room for a batch",
                "set FOLEY_ENGINE_BATCH=1, or close other programs",
            ) from error
        made = audio[:, :, :samples].float().cpu().numpy()
        return [np.ascontiguousarray(one) for one in made]

    def latents(self, orders: Sequence[SoundOrder], samples: int) -> Tensor:
        """Clean latents (b, c, T') of the orders; see `make`."""
        return made_latents(self._base.model, self._injected, orders, samples, self._plan, self._dtype)


def made_latents(
    model: Any, injected: InjectedDiT | None, orders: Sequence[SoundOrder], samples: int, plan: SamplingPlan, dtype: Any
) -> Tensor:
    """Clean latents (b, c, T') of the orders.

    Args:
        model: stable-audio-tools' whole model, on its device.
        injected: its denoiser, where positions are injected into it.
        orders: positions are said for all of them or for none.
        samples: length.
        plan: how they are sampled.
        dtype: that the denoiser runs in.
    """
    device = next(model.model.parameters()).device
    seeds = [order.seed for order in orders]
    token = int(model.min_input_length)  # samples of one token
    patch = token // int(model.pretransform.downsampling_ratio)
    frames = -(-samples // token) * patch
    told = conditions(model, [(order.prompt, order.length_s) for order in orders], device)
    told |= {"cfg_scale": plan.text_scale, "use_checkpointing": False}
    positions = [order.positions for order in orders if order.positions is not None]
    if injected is not None and positions:
        told["position"] = injected.encode(positions, frames)
        told["position_scale"] = plan.position_scale
    noise = drawn(generators(seeds), (int(model.io_channels), frames)).to(device)

    def denoise(latents: Tensor, time: Tensor, **said: Any) -> Tensor:
        out: Tensor = model.model(latents.to(dtype), time.to(dtype), **said)
        return out.float()

    return sample(denoise, str(model.diffusion_objective), noise, seeds, plan.steps, **told)
