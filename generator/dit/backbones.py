"""Backbones that injections know: one function a kind."""

from __future__ import annotations

from typing import Any

from foleydesigner.errors import CheckpointError
from foleydesigner.generator.dit.config import BackboneShape, InjectionConfig
from foleydesigner.generator.dit.model import Backbone, InjectedDiT


def stable_audio_backbone(model: Any) -> Backbone:
    """The DiT of stable-audio-tools' `ConditionedDiffusionModelWrapper` (Stable Audio Open 1.0 and small).

    Raises:
        CheckpointError: its denoiser is of another kind.
    """
    wrapper = model.model
    transformer = getattr(getattr(wrapper, "model", None), "transformer", None)
    if transformer is None or not hasattr(transformer, "layers"):
        raise CheckpointError(
            f"a denoiser of class {type(wrapper).__name__}", "a DiT of stable-audio-tools", "name another checkpoint"
        )
    pretransform = model.pretransform
    shape = BackboneShape(
        width=int(transformer.dim),
        depth=len(transformer.layers),
        latent_channels=int(model.io_channels),
        sample_rate_hz=int(model.sample_rate),
        downsampling_ratio=int(pretransform.downsampling_ratio) if pretransform is not None else 1,
        patch_size=int(wrapper.model.patch_size),
    )
    return Backbone(module=wrapper, blocks=list(transformer.layers), shape=shape, passes_keywords=True)


def inject_stable_audio(model: Any, config: InjectionConfig) -> InjectedDiT:
    """Put injections into a stable-audio-tools model in place: its `model.model` becomes the injected one.

    `generate_diffusion_cond(model, …, position=E)` then works as before, since it hands unknown keywords to the
    denoiser.
    """
    injected = InjectedDiT(stable_audio_backbone(model), config)
    model.model = injected
    return injected
