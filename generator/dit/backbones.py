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


def stable_audio_3_backbone(transformer: Any, sample_rate_hz: int, downsampling_ratio: int) -> Backbone:
    """The DiT of diffusers' `StableAudio3Pipeline`: memory tokens first, blocks that take no further keywords.

    Args:
        transformer: a `StableAudio3DiTModel`.
        sample_rate_hz: of the pipeline's autoencoder.
        downsampling_ratio: audio samples a latent frame.
    """
    shape = BackboneShape(
        width=int(transformer.config.embed_dim),
        depth=len(transformer.transformer_blocks),
        latent_channels=int(transformer.config.io_channels),
        sample_rate_hz=sample_rate_hz,
        downsampling_ratio=downsampling_ratio,
        patch_size=int(transformer.config.patch_size),
    )
    blocks = list(transformer.transformer_blocks)
    return Backbone(module=transformer, blocks=blocks, shape=shape, passes_keywords=False)
