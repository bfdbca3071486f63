"""aiSFX, embeddings made for sound effects, from the PyPI package that carries their weights.

A. B. Ma and A. Lerch, "Representation Learning for the Automatic Indexing of Sound Effects Libraries", ISMIR 2022;
weights under CC BY 4.0: `pip install --no-deps aisfx==0.1.2` (its own pins are not needed). The network of the dit
extra's torch is written out here, and so is the spectrogram that the paper took from Essentia: 44.1 kHz, Hann windows
of 2048 every 1024, 96 triangles on the HTK mel scale whose weights sum to one, log10(10 000 power + 1); white noise
came out within 3e-6 of Essentia's own. For evaluation only.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.evals.judges.optional import load_state, read_checkpoint, torch_missing

WHAT = "aiSFX"
RATE_HZ, FRAME, HOP, BANDS = 44_100, 2048, 1024, 96
BLOCK = 100
DIMENSIONS = 512
_TOP = 9.457798957824707
"""The highest value in the paper's training spectrograms; they are divided by it."""
_SHA256 = "499ea75909c932a2f94c35fa722fa4fabc5bcb7e84917209cc5f7402627b7eb5"
Mono = NDArray[np.float32]


def mel_spectrogram(sound: Mono) -> NDArray[np.float32]:
    """What the network sees of (samples,) at 44.1 kHz, scaled, (frames, 96); the first frame centres on the start."""
    count = max(-(-(len(sound) + FRAME // 2) // HOP), 1)
    padded = np.pad(sound.astype(np.float32), (FRAME // 2, max(0, count * HOP + FRAME // 2 - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[: count * HOP : HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME), axis=1)) ** 2
    return np.asarray(np.log10(1e4 * power @ _mel_weights() + 1.0) / _TOP, dtype=np.float32)


@lru_cache(maxsize=1)
def _mel_weights() -> NDArray[np.float64]:
    """Triangles with equal sides in mel, each of sum one, (1025, 96)."""
    mel = 2595.0 * np.log10(1.0 + np.arange(FRAME // 2 + 1) * RATE_HZ / FRAME / 700.0)
    edges = np.linspace(0.0, mel[-1], BANDS + 2)
    rising = (mel[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel[:, None]) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(weights / np.maximum(weights.sum(axis=0), 1e-12))


def blocks(spectrogram: NDArray[np.float32]) -> NDArray[np.float32]:
    """(frames, 96) as blocks of 100 frames (2.3 s) with half overlap; what is shorter is padded by silence."""
    count = max((len(spectrogram) - BLOCK) // (BLOCK // 2) + 1, 1)
    padded = np.pad(spectrogram, ((0, max(0, BLOCK - len(spectrogram))), (0, 0)))
    return np.stack([padded[k * BLOCK // 2 : k * BLOCK // 2 + BLOCK] for k in range(count)])


def _checkpoint() -> Path:
    spec = find_spec("aisfx")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(
            "aisfx is not installed", "aiSFX as it carries it", "pip install --no-deps aisfx==0.1.2"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "models" / "checkpoint.pth"


class AiSfx:
    """The ear, loaded once.

    Raises:
        MissingExtraError: the package or torch is not installed.
        CheckpointError: the package holds other weights.
    """

    embedding, rate_hz = "aiSFX, 512 (aisfx 0.1.2)", RATE_HZ

    def __init__(self) -> None:
        path = _checkpoint()
        try:
            from foleydesigner.evals.judges.aisfx_network import Network
        except ImportError as error:
            raise torch_missing(WHAT, error) from error
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256:
            raise CheckpointError("aisfx holds other weights", "those of 0.1.2", "pip install --no-deps aisfx==0.1.2")
        # Beside the weights stand sizes of label sets, as numpy's integers.
        number = type(np.dtype(np.int64))
        plain = [(np.int64(0).__reduce__()[0], "numpy.core.multiarray.scalar"), np.dtype, number]
        weights = read_checkpoint(path, WHAT, plain)[0]
        prefix = "embedding_net."
        state = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        self._network = load_state(Network(), state, path, WHAT)

    def embeddings(self, sound: Mono) -> NDArray[np.float32]:
        """Of (samples,) at 44.1 kHz, one a block of 2.3 s with half overlap: (blocks, 512)."""
        import torch

        with torch.inference_mode():
            return np.asarray(self._network(torch.from_numpy(blocks(mel_spectrogram(sound)))).numpy(), dtype=np.float32)
