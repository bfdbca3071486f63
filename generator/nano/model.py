"""The whole of nano as stable-audio-tools has it: a DiT over the stereo codec's latents, told by MiniLM."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from foleydesigner.errors import CheckpointError
from foleydesigner.generator.dit.sampling import SamplingPlan
from foleydesigner.generator.dit.stable_audio import quiet
from foleydesigner.generator.dit.weights import NANO, Base
from foleydesigner.generator.nano.config import CodecConfig
from foleydesigner.tools.embeddings import DIMENSIONS

if TYPE_CHECKING:
    from foleydesigner.generator.nano.codec import StereoCodec

MINILM = "minilm"
LONGEST_S = 10.0
PLAN = SamplingPlan(steps=8, text_scale=1.0)
"""Few enough steps for a laptop, and no second pass for guidance; what model.md has was measured so."""


def nano_config(codec: CodecConfig, *, width: int = 192, depth: int = 6, heads: int = 3, tokens: int = 16) -> Any:
    """Its model_config.json: rectified flow, the prompt by cross-attention, ten seconds at once."""
    return {
        "model_type": "diffusion_cond",
        "sample_size": codec.latent_frames(round(LONGEST_S * codec.sample_rate_hz)) * codec.ratio,
        "sample_rate": codec.sample_rate_hz,
        "audio_channels": 2,
        "model": {
            "pretransform": {"type": NANO, "config": codec.to_json()},
            "conditioning": {
                "configs": [{"id": "prompt", "type": MINILM, "config": {"max_length": tokens}}],
                "cond_dim": DIMENSIONS,
            },
            "diffusion": {
                "cross_attention_cond_ids": ["prompt"],
                "global_cond_ids": [],
                "diffusion_objective": "rectified_flow",
                "type": "dit",
                "config": {
                    "io_channels": codec.latent_channels,
                    "embed_dim": width,
                    "depth": depth,
                    "num_heads": heads,
                    "cond_token_dim": DIMENSIONS,
                    "global_cond_dim": 0,
                    "transformer_type": "continuous_transformer",
                    "attn_kwargs": {"qk_norm": "ln"},
                },
            },
            "io_channels": codec.latent_channels,
        },
    }


def build_nano(config: dict[str, Any], codec: StereoCodec | None = None) -> Any:
    """The model of such a configuration, its denoiser at random.

    Args:
        config: of `nano_config`.
        codec: its autoencoder; None = one of the configuration, at random.

    Raises:
        CheckpointError: the codec's settings are out of range, or there are other conditions than a prompt.
    """
    from foleydesigner.generator.nano.codec import StereoCodec, audio_autoencoder
    from foleydesigner.generator.nano.text import MiniLMConditioner

    plain = copy.deepcopy(config)
    said = plain["model"].pop("pretransform")
    (prompt,) = plain["model"]["conditioning"]["configs"]
    if prompt["type"] != MINILM:
        raise CheckpointError(f"nano's text encoder is {prompt['type']}", MINILM, "name another checkpoint")
    plain["model"]["conditioning"]["configs"] = []
    if codec is None:
        codec = StereoCodec(CodecConfig.from_json(said["config"], "model_config.json"))
    with quiet():
        from stable_audio_tools.models.factory import create_model_from_config
        from stable_audio_tools.models.pretransforms import AutoencoderPretransform

        model = create_model_from_config(plain)
        model.pretransform = AutoencoderPretransform(audio_autoencoder(codec))
    model.conditioner.conditioners[prompt["id"]] = MiniLMConditioner(int(prompt["config"]["max_length"]))
    model.min_input_length *= codec.config.ratio
    return model


def untrained(codec: StereoCodec, seed: int, **sizes: int) -> Base:
    """Nano around a trained codec, its denoiser at random; `sizes` are those of `nano_config`."""
    import torch

    config = nano_config(codec.config, **sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_nano(config, codec)
    return Base(source="nano", config=config, model=model.eval().requires_grad_(False))
