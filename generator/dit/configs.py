"""Model configurations of the published backbones, as their `model_config.json` has them.

They are facts about files that are not ours to ship: a checkpoint is checked against them, and randomly initialised
models of the same shape are built from them for tests and for the measurement of cost. `lean` scales one down.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

SAO = "stabilityai/stable-audio-open-1.0"
SAO_SMALL = "stabilityai/stable-audio-open-small"

_AUTOENCODER: dict[str, Any] = {
    "type": "autoencoder",
    "iterate_batch": True,
    "config": {
        "encoder": {
            "type": "oobleck",
            "config": {
                "in_channels": 2,
                "channels": 128,
                "c_mults": [1, 2, 4, 8, 16],
                "strides": [2, 4, 4, 8, 8],
                "latent_dim": 128,
                "use_snake": True,
            },
        },
        "decoder": {
            "type": "oobleck",
            "config": {
                "out_channels": 2,
                "channels": 128,
                "c_mults": [1, 2, 4, 8, 16],
                "strides": [2, 4, 4, 8, 8],
                "latent_dim": 64,
                "use_snake": True,
                "final_tanh": False,
            },
        },
        "bottleneck": {"type": "vae"},
        "latent_dim": 64,
        "downsampling_ratio": 2048,
        "io_channels": 2,
    },
}


def _number(name: str, longest_s: int) -> dict[str, Any]:
    return {"id": name, "type": "number", "config": {"min_val": 0, "max_val": longest_s}}


def _prompt(tokens: int) -> dict[str, Any]:
    return {"id": "prompt", "type": "t5", "config": {"t5_model_name": "t5-base", "max_length": tokens}}


def stable_audio_open() -> dict[str, Any]:
    """Stable Audio Open 1.0: v objective, 24 blocks of width 1536, 47.6 s."""
    return {
        "model_type": "diffusion_cond",
        "sample_size": 2097152,
        "sample_rate": 44100,
        "audio_channels": 2,
        "model": {
            "pretransform": deepcopy(_AUTOENCODER),
            "conditioning": {
                "configs": [_prompt(128), _number("seconds_start", 512), _number("seconds_total", 512)],
                "cond_dim": 768,
            },
            "diffusion": {
                "cross_attention_cond_ids": ["prompt", "seconds_start", "seconds_total"],
                "global_cond_ids": ["seconds_start", "seconds_total"],
                "type": "dit",
                "config": {
                    "io_channels": 64,
                    "embed_dim": 1536,
                    "depth": 24,
                    "num_heads": 24,
                    "cond_token_dim": 768,
                    "global_cond_dim": 1536,
                    "project_cond_tokens": False,
                    "transformer_type": "continuous_transformer",
                },
            },
            "io_channels": 64,
        },
    }


def stable_audio_open_small() -> dict[str, Any]:
    """Stable Audio Open small: distilled rectified flow, 16 blocks of width 1024, 11.9 s, 8 steps."""
    return {
        "model_type": "diffusion_cond",
        "sample_size": 524288,
        "sample_rate": 44100,
        "audio_channels": 2,
        "model": {
            "pretransform": deepcopy(_AUTOENCODER),
            "conditioning": {"configs": [_prompt(64), _number("seconds_total", 256)], "cond_dim": 768},
            "diffusion": {
                "cross_attention_cond_ids": ["prompt", "seconds_total"],
                "global_cond_ids": ["seconds_total"],
                "diffusion_objective": "rf_denoiser",
                "type": "dit",
                "config": {
                    "io_channels": 64,
                    "embed_dim": 1024,
                    "depth": 16,
                    "num_heads": 8,
                    "cond_token_dim": 768,
                    "global_cond_dim": 768,
                    "transformer_type": "continuous_transformer",
                    "attn_kwargs": {"qk_norm": "ln"},
                },
            },
            "io_channels": 64,
        },
    }


def lean(
    config: dict[str, Any],
    *,
    width: int = 64,
    depth: int = 4,
    heads: int = 2,
    text_channels: int = 32,
    latents: int = 8,
    sample_size: int = 65536,
) -> dict[str, Any]:
    """The same architecture with few channels; rates, objective and conditions stay."""
    small = deepcopy(config)
    small["sample_size"] = sample_size
    model = small["model"]
    for side, channels in (("encoder", 2 * latents), ("decoder", latents)):
        model["pretransform"]["config"][side]["config"] |= {"channels": 4, "latent_dim": channels}
    model["pretransform"]["config"]["latent_dim"] = latents
    model["conditioning"]["cond_dim"] = text_channels
    model["io_channels"] = latents
    globals_ = len(model["diffusion"]["global_cond_ids"])
    model["diffusion"]["config"] |= {
        "io_channels": latents,
        "embed_dim": width,
        "depth": depth,
        "num_heads": heads,
        "cond_token_dim": text_channels,
        "global_cond_dim": text_channels * globals_,
    }
    return small
