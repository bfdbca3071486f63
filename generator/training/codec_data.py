"""What the codec's autoencoder reads: log-mel spectrograms of a dataset's recordings, kept on disk.

The sound of a clip is its recording at another level, so recordings are read instead of clips: none is seen twice, and
none of another split. Each is also kept a little slower and faster, as other sounds of its kind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError
from foleydesigner.files import atomic_path
from foleydesigner.generator.filmstereo.annotation import Split
from foleydesigner.generator.filmstereo.building import read_built
from foleydesigner.generator.filmstereo.dealing import split_of
from foleydesigner.generator.filmstereo.recordings import RECORDINGS, RecordingStore
from foleydesigner.generator.nano.config import CodecConfig
from foleydesigner.tools.resampling import at_rate

SPEEDS = (1.0, 0.71, 0.8, 0.9, 1.12, 1.25, 1.4)
_GAP_FRAMES = (4, 60)
"""Of silence between repetitions of what is shorter than a crop."""
LogMels = NDArray[np.float16]


def recordings_of(data: Path, split: Split) -> list[Path]:
    """Sound files of a split's recordings, in the order of their ids.

    Raises:
        DatasetError: the folder is no dataset, or holds none of the split.
    """
    store = RecordingStore(data / RECORDINGS)
    splits = split_of(store.recordings, read_built(data).recipe)
    found = sorted(store.audio_path(r.id) for r in store if splits[r.id] == split)
    if not found:
        raise DatasetError(f"{data} holds no {split} recording", "one at least", "build a larger dataset")
    return found


def log_mels(
    paths: list[Path],
    config: CodecConfig,
    cache: Path,
    speeds: tuple[float, ...] = SPEEDS,
) -> list[LogMels]:
    """Log-mel spectrograms (bands, frames) of sounds, each at each speed: `len(paths) * len(speeds)` of them.

    One file a sound, in a folder of `cache` named after all that they depend on.
    """
    told = config.to_json()
    names = ("sample_rate_hz", "hop", "window", "bands", "lowest_hz", "floor", "frames_per_latent")
    key = json.dumps([speeds, {name: told[name] for name in names}])
    folder = cache / hashlib.sha256(key.encode()).hexdigest()[:16]
    found: list[LogMels] = []
    for path in paths:
        kept = folder / f"{path.stem}.npz"
        if not kept.is_file():
            made: dict[str, Any] = {f"speed_{index}": one for index, one in enumerate(_measured(path, config, speeds))}
            with atomic_path(kept) as temporary:
                np.savez(temporary, **made)
        with np.load(kept, allow_pickle=False) as held:
            found += [held[f"speed_{index}"] for index in range(len(speeds))]
    return found


def _measured(path: Path, config: CodecConfig, speeds: tuple[float, ...]) -> list[LogMels]:
    import torch

    from foleydesigner.generator.nano.mel import LogMel
    from foleydesigner.tools.audio_file import read_wav

    sound, rate_hz = read_wav(path)
    mel = LogMel(config)
    made = []
    for speed in speeds:
        # Faster by so much is, at the same rate, so many samples fewer.
        heard = at_rate(sound[0], round(rate_hz * speed), config.sample_rate_hz)
        heard = np.pad(heard, (0, -len(heard) % config.ratio))
        made.append(mel(torch.from_numpy(heard)[None, None])[0].numpy().astype(np.float16))
    return made


class CropStream:
    """Crops of log-mel spectrograms at drawn levels; what is shorter is repeated, with silence between.

    Args:
        spectrograms: of `log_mels`.
        speeds: how many of them in a row are one sound.
        frames: of a crop.
        softest: lowest level, added to the normalised logarithms (0 or less).
        seed: of the order and of what is drawn.
    """

    def __init__(self, spectrograms: list[LogMels], speeds: int, frames: int, softest: float, seed: int) -> None:
        self._spectrograms, self._speeds, self._frames = spectrograms, speeds, frames
        self._softest, self._seed = softest, seed

    def __len__(self) -> int:
        return len(self._spectrograms) // self._speeds

    def items(self, first: int, step: int = 1) -> Iterator[NDArray[np.float32]]:
        """Crops number first, first + step … without end, (bands, frames) each."""
        sounds = len(self)
        number, round_ = first, -1
        order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        while True:
            if number // sounds != round_:
                round_ = number // sounds
                order = np.random.default_rng([self._seed, round_]).permutation(sounds)
            yield self.crop(int(order[number % sounds]), np.random.default_rng([self._seed, 1, number]))
            number += step

    def crop(self, sound: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """A crop of a sound, at one of its speeds, from wherever it may begin, silence before it included."""
        whole = self._spectrograms[sound * self._speeds + int(rng.integers(self._speeds))]
        pieces = []
        length = 0
        while length < 2 * self._frames:
            silence = np.full((len(whole), int(rng.integers(*_GAP_FRAMES))), -1.0, dtype=np.float32)
            pieces += [silence, whole.astype(np.float32)]
            length += silence.shape[1] + whole.shape[1]
        first = int(rng.integers(length - self._frames + 1))
        cut = np.concatenate(pieces, axis=1)[:, first : first + self._frames]
        return np.maximum(cut + np.float32(self._softest * rng.uniform()), np.float32(-1.0))

    def patches(self, frames: int, most: int, seed: int) -> NDArray[np.float32]:
        """Pieces of all sounds at all speeds, `most` of each and levels drawn: (n, bands, frames)."""
        rng = np.random.default_rng(seed)
        found = []
        for whole in self._spectrograms:
            starts = frames * rng.permutation(whole.shape[1] // frames)[:most]
            for first in starts:
                piece = whole[:, first : first + frames].astype(np.float32)
                found.append(np.maximum(piece + np.float32(self._softest * rng.uniform()), np.float32(-1.0)))
        return np.stack(found)
