"""How well a sound fits its title, as CLAP has it: the cosine of their embeddings (Wu et al., ICASSP 2023).

Weights are a folder that `transformers` reads (`laion/clap-htsat-unfused` is the usual one), or a name on the hub.
Only safetensors are read: a pickle could run anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.script import Family

LEAST = 0.35
"""The paper's threshold."""
_PIECE_S = 10.0
Mono = NDArray[np.float32]


def load_clap(place: str) -> tuple[Any, Any]:
    """CLAP's network, and what makes its input of sound; safetensors only, no code but transformers' own.

    Raises what transformers does: ImportError without it, OSError, ValueError, KeyError or RuntimeError for bad files.
    """
    from transformers import AutoFeatureExtractor, ClapModel

    features = AutoFeatureExtractor.from_pretrained(place, trust_remote_code=False)
    return ClapModel.from_pretrained(place, use_safetensors=True, trust_remote_code=False).eval(), features


class ClapJudge:
    """CLAP, loaded once, asked of sounds and titles.

    Args:
        place: a folder, or a name on the hub.
        device: for torch; None chooses CUDA where there is one.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        CheckpointError: there are no such weights, or they are not CLAP's.
    """

    least = LEAST

    def __init__(self, place: str, device: str | None = None) -> None:
        try:
            import torch
            from transformers import AutoTokenizer
        except ImportError as error:
            raise MissingExtraError(
                f"CLAP cannot be loaded ({error})", "the dit extra", "pip install 'foleydesigner[dit]'"
            ) from error
        self.name = f"CLAP {Path(place).name}"
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            model, self._features = load_clap(place)
            self._model = model.to(self._device)
            self._tokens = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise CheckpointError(
                f"no CLAP weights in {place} ({str(error).splitlines()[0][:200]})",
                "a folder that transformers' ClapModel reads, with safetensors",
                "fetch laion/clap-htsat-unfused, or judge with yamnet",
            ) from error

    def __call__(self, title: str, family: Family, sound: Mono, rate_hz: int) -> float | None:
        """The cosine in [-1, 1]; of a long sound, the best of its pieces of ten seconds."""
        import soxr
        import torch

        asked_hz = int(self._features.sampling_rate)
        mono = np.asarray(soxr.resample(sound, rate_hz, asked_hz), dtype=np.float32)
        size = int(_PIECE_S * asked_hz)
        pieces = [mono[at : at + size] for at in range(0, max(len(mono) - size // 2, 1), size)]
        inputs = {
            **self._tokens([title], padding=True, truncation=True, return_tensors="pt"),
            **self._features(pieces, sampling_rate=asked_hz, return_tensors="pt"),
        }
        with torch.inference_mode():
            found = self._model(**{name: value.to(self._device) for name, value in inputs.items()})
        text = torch.nn.functional.normalize(found.text_embeds.float(), dim=-1)
        audio = torch.nn.functional.normalize(found.audio_embeds.float(), dim=-1)
        return float((audio @ text.T).max())
