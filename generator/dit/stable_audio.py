"""stable-audio-tools without its chatter."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from foleydesigner.errors import MissingExtraError


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Neither its prints (seeds, missing flash attention) nor its deprecations reach the terminal."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def require() -> None:
    """Import what the diffusion engine needs.

    Raises:
        MissingExtraError: the `dit` extra is not installed.
    """
    try:
        with quiet():
            for name in ("torch", "transformers", "safetensors.torch", "stable_audio_tools.models.diffusion"):
                import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f"the diffusion engine needs {error.name or 'torch and stable-audio-tools'}, which is not installed",
            "the `dit` extra",
            "run `uv sync --extra dit`, or use --engine procedural",
        ) from error


def conditions(model: Any, told: Iterable[tuple[str, float]], device: Any) -> dict[str, Any]:
    """What a `ConditionedDiffusionModelWrapper` tells its denoiser of sounds, each a prompt and its seconds.

    Without masks: its attention ignores them.
    """
    said = [{"prompt": prompt, "seconds_start": 0, "seconds_total": seconds} for prompt, seconds in told]
    found = model.get_conditioning_inputs(model.conditioner(said, device))
    return {name: value for name, value in found.items() if value is not None and not name.endswith("mask")}
