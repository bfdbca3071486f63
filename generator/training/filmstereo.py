"""A FilmStereo dataset as a stream of training items: clips encoded once by the model's autoencoder, kept on disk.

An item is named by the title of its recording, which says what it is; where it is, its positions say. Every other time
a clip comes, left and right are exchanged, where the autoencoder can do that to its latents.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError
from foleydesigner.files import atomic_path
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Split
from foleydesigner.generator.filmstereo.building import RECIPE
from foleydesigner.generator.filmstereo.shards import Clip, FilmStereo, read_shard
from foleydesigner.generator.training.items import TrainingItem
from foleydesigner.tools.resampling import at_rate

Latents = NDArray[np.float32]
Signal = Literal["wet", "direct"]


def is_filmstereo(folder: Path) -> bool:
    """Whether a folder is a built dataset, rather than a folder of clips."""
    return (folder / RECIPE).is_file()


def positions_of(annotation: ClipAnnotation) -> FramePositions:
    """What a model is told of a clip: its trajectory, and when it sounds."""
    return FramePositions(
        azimuth_deg=np.asarray(annotation.azimuth_deg, dtype=np.float32),
        depth_m=np.asarray(annotation.depth_m, dtype=np.float32),
        activation=annotation.activation().astype(np.float32),
        frame_rate_hz=float(annotation.frame_rate),
    )


def prompt_of(annotation: ClipAnnotation) -> str:
    """In which words: what it is, the title of its recording; the caption would say where as well."""
    return annotation.recording.title


@dataclass(frozen=True, slots=True)
class _Encoded:
    annotation: ClipAnnotation
    latents: Latents


class FilmStereoStream:
    """The clips of a split, shuffled anew each time round; item k is the same in every run of a seed.

    Args:
        data: folder of the dataset.
        model: of stable-audio-tools, with its autoencoder.
        cache: folder for latents.
        split: of the dataset.
        signal: which of a clip's signals.
        seed: of the order, and of the side that a clip begins on.

    Raises:
        DatasetError: the dataset holds no clip of the split with that signal.
    """

    def __init__(
        self, data: Path, model: Any, cache: Path, split: Split = "train", signal: Signal = "direct", seed: int = 0
    ) -> None:
        self._seed = seed
        kept = cache / _key(model, signal)
        self._clips = [
            clip
            for shard in FilmStereo(data).shards
            for clip in _encoded(shard, model, signal, kept / f"{shard.stem}.npz")
            if clip.annotation.split == split
        ]
        if not self._clips:
            raise DatasetError(f"{data} holds no {split} clip", f"some with {signal} sound", "build a larger dataset")
        bottleneck = model.pretransform.model.bottleneck
        self._mirror: Callable[[Any], Any] | None = getattr(bottleneck, "mirrored", None)

    def __len__(self) -> int:
        return len(self._clips)

    def items(self, first: int, step: int = 1) -> Iterator[TrainingItem]:
        """Items number first, first + step … without end."""
        number, count, round_ = first, len(self._clips), -1
        order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        sides: NDArray[np.int64] = order
        first_sides = np.random.default_rng([self._seed, 1]).integers(2, size=count)
        while True:
            if number // count != round_:
                round_ = number // count
                order = np.random.default_rng([self._seed, 0, round_]).permutation(count)
                sides = (first_sides + round_) % 2
            index = int(order[number % count])
            yield self._item(self._clips[index], bool(sides[index]) and self._mirror is not None)
            number += step

    def _item(self, clip: _Encoded, mirrored: bool) -> TrainingItem:
        said = clip.annotation
        positions = positions_of(said)
        latents = clip.latents
        if mirrored and self._mirror is not None:
            import torch

            positions = positions.mirrored()
            latents = self._mirror(torch.from_numpy(latents)).numpy()
        return TrainingItem(caption=prompt_of(said), positions=positions, latents=latents, duration_s=said.duration_s)


def _key(model: Any, signal: Signal) -> str:
    """A name for what latents depend on: the autoencoder's own numbers, and the signal."""
    digest = hashlib.sha256(json.dumps([signal, int(model.sample_rate)]).encode())
    for name, value in sorted(model.pretransform.state_dict().items()):
        digest.update(name.encode() + value.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:16]


def _encoded(shard: Path, model: Any, signal: Signal, kept: Path) -> list[_Encoded]:
    """The clips of a shard with their latents, out of the file that keeps them, or into it."""
    if not kept.is_file():
        made: dict[str, Any] = {}
        for clip in read_shard(shard, (signal,)):
            if signal in clip.audio:
                made[clip.annotation.id] = _latents(clip, model, signal)
        with atomic_path(kept) as temporary:
            np.savez(temporary, **made)
    with np.load(kept, allow_pickle=False) as held:
        return [
            _Encoded(clip.annotation, held[clip.annotation.id].astype(np.float32))
            for clip in read_shard(shard, ())
            if clip.annotation.id in held
        ]


def _latents(clip: Clip, model: Any, signal: Signal) -> NDArray[np.float16]:
    import torch

    heard = at_rate(clip.audio[signal], clip.annotation.sample_rate_hz, int(model.sample_rate))
    device = next(model.pretransform.parameters()).device
    with torch.inference_mode():
        latents = model.pretransform.encode(torch.from_numpy(np.ascontiguousarray(heard))[None].to(device))[0]
    return np.asarray(latents.float().cpu().numpy(), dtype=np.float16)
