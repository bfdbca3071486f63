"""Stable Audio 3 (diffusers ≥ 0.42) as a `SoundModel`: text to stereo, for sound effects and small enough for a CPU.

It reads prompts and a duration; where its sounds stand in time and space is the work of the engine around it. Its
weights stand under the Stability AI Community Licence behind a gate on the hub.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import CheckpointError, EngineError
from foleydesigner.generator.dit.hub import LICENCE, fetched
from foleydesigner.generator.dit.memory import check_memory, safetensors_numbers
from foleydesigner.generator.dit.sampling import generators
from foleydesigner.generator.dit.stable_audio import quiet
from foleydesigner.generator.sound_model import SoundOrder

if TYPE_CHECKING:
    from foleydesigner.generator.learned import EngineOptions

Audio = NDArray[np.float32]

PIPELINE = "StableAudio3Pipeline"
INDEX = "model_index.json"
_BROKEN = (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, ImportError)
"""What diffusers and transformers raise for broken files; each means the same to the person."""
LONGEST_S = 30.0
"""Asked of it at once at most: longer beds are repeated with cross-fades, and memory stays small."""


class StableAudio3Model:
    """A loaded pipeline.

    Args:
        pipeline: diffusers' `StableAudio3Pipeline`, on its device.
        name: of the weights.
        steps: passes of the denoiser; None = as its scheduler is published (8 distilled, 100 base).
        text_scale: guidance; 1 = none, as the distilled weights want it.
    """

    follows_positions = False
    licence = LICENCE

    def __init__(self, pipeline: Any, name: str, *, steps: int | None = None, text_scale: float = 1.0) -> None:
        self._pipeline, self.name = pipeline, name
        stochastic = bool(pipeline.scheduler.config.stochastic_sampling)
        self._steps, self._text_scale = steps or (8 if stochastic else 100), text_scale
        self.sample_rate_hz = int(pipeline.vae.config.sampling_rate)
        self.longest_s = min(LONGEST_S, float(pipeline.duration_embedder.config.max_val))

    @property
    def parameters(self) -> dict[str, str | float | int]:
        """Steps and guidance."""
        return {"steps": self._steps, "text_scale": self._text_scale}

    def make(self, orders: Sequence[SoundOrder], length_s: float) -> list[Audio]:
        """One stereo sound (2, samples) of `length_s` an order.

        Raises:
            EngineError: memory has run out.
        """
        import torch

        try:
            with quiet():
                made = self._pipeline(
                    [order.prompt for order in orders],
                    duration=length_s,
                    num_inference_steps=self._steps,
                    guidance_scale=self._text_scale,
                    generator=generators([order.seed for order in orders]),
                    output_type="pt",
                ).audios
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"no memory left for {len(orders)} sounds of {length_s:.1f} s",
                "room for a batch",
                "set FOLEY_ENGINE_BATCH=1",
            ) from error
        stereo = made.float().cpu().numpy()
        if stereo.shape[1] == 1:
            stereo = np.repeat(stereo, 2, axis=1)
        return [np.ascontiguousarray(one[:2], dtype=np.float32) for one in stereo]


def load_stable_audio_3(source: str, options: EngineOptions, device: str) -> StableAudio3Model:
    """Load a pipeline from a folder or by its hub name; safetensors only, no remote code.

    Raises:
        CheckpointError: weights are missing, gated, broken, of another kind, or too large for this machine.
    """
    import torch
    from safetensors import SafetensorError

    local = Path(source).is_dir()
    index = Path(source) / INDEX if local else fetched(source, INDEX)
    _check_index(index, source)
    if local:
        numbers = sum(safetensors_numbers(path) for path in sorted(Path(source).rglob("*.safetensors")))
        check_memory(numbers, 2 if device == "cuda" else 4, device, source)
    try:
        with quiet():
            from diffusers import StableAudio3Pipeline

            pipeline = StableAudio3Pipeline.from_pretrained(
                source,
                torch_dtype=torch.bfloat16 if device == "cuda" else torch.float32,
                use_safetensors=True,
                local_files_only=local,
            ).to(device)
    except (*_BROKEN, SafetensorError) as error:
        raise CheckpointError(
            f"{source} cannot be loaded ({(str(error).splitlines() or [type(error).__name__])[0][:160]})",
            f"a {PIPELINE} of diffusers with all its parts as safetensors",
            "download the whole repository again: `hf download NAME --local-dir FOLDER`",
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    scale = 1.0 if options.text_scale is None else options.text_scale
    return StableAudio3Model(pipeline, source, steps=options.steps, text_scale=scale)


def _check_index(index: Path, source: str) -> None:
    try:
        kind = json.loads(index.read_text("utf-8")).get("_class_name")
    except (OSError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{index} cannot be read ({error})", "JSON as published", "download the repository again"
        ) from error
    if kind != PIPELINE:
        raise CheckpointError(f"{source} is a {kind}", f"a {PIPELINE}", "name another checkpoint")
