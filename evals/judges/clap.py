"""CLAP, joint embeddings of sound and words, through transformers.

Y. Wu et al., "Large-Scale Contrastive Language-Audio Pretraining with Feature Fusion and Keyword-to-Caption
Augmentation", ICASSP 2023; `laion/clap-htsat-unfused` (Apache-2.0) or a folder that holds it. safetensors only, no
remote code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import CheckpointError
from foleydesigner.evals.judges.optional import torch_missing, unusable
from foleydesigner.generator.filmstereo.similarity import load_clap

WHAT = "CLAP"
HUB_NAME = "laion/clap-htsat-unfused"
RATE_HZ, PIECE_S = 48_000, 10.0
Mono = NDArray[np.float32]


class Clap:
    """The ear, loaded once.

    Args:
        name: a folder, or a name on the hub.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        CheckpointError: there is none, or it is of another model.
    """

    rate_hz = RATE_HZ

    def __init__(self, name: str = HUB_NAME) -> None:
        try:
            import torch  # noqa: F401
            import transformers  # noqa: F401
        except ImportError as error:
            raise torch_missing(WHAT, error) from error
        local = Path(name)
        if local.is_absolute() or name.startswith(".") or local.exists():
            self._check_folder(local)
        try:
            self._model, self._extractor = load_clap(name)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise unusable(name, WHAT, error) from error
        self.embedding = f"CLAP, {local.name if local.is_dir() else name}"

    @staticmethod
    def _check_folder(folder: Path) -> None:
        absent = [n for n in ("config.json", "preprocessor_config.json") if not (folder / n).is_file()]
        if absent:
            raise CheckpointError(
                f"{folder} holds no {', '.join(absent)}", f"a checkpoint of {WHAT}", "pass its folder"
            )

    def embeddings(self, sound: Mono) -> NDArray[np.float32]:
        """Of (samples,) at 48 kHz, one every ten seconds: (pieces, dimensions), each of unit length."""
        import torch

        length = round(PIECE_S * RATE_HZ)
        # Longer pieces would be cut at a random place by the extractor.
        pieces = [sound[first : first + length] for first in range(0, max(len(sound), 1), length)]
        kept = [piece for piece in pieces if len(piece) >= RATE_HZ] or [sound]
        inputs: Any = self._extractor(kept, sampling_rate=RATE_HZ, return_tensors="pt")
        with torch.inference_mode():
            found = self._model.get_audio_features(**inputs)
            # Newer versions wrap the embedding.
            vectors = torch.nn.functional.normalize(getattr(found, "pooler_output", found), dim=-1)
        return np.asarray(vectors.numpy(), dtype=np.float32)
