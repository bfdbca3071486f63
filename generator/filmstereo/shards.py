"""FilmStereo on disk: WebDataset shards, which any loader of that format reads, and a plain reader of our own.

A shard is a tar file (`shard-00012.tar`) whose members share a clip's name: `clip_000300.json` (the annotation),
`clip_000300.wet.flac`, and `clip_000300.direct.flac` and `clip_000300.dry.flac` where they were kept. Members carry no
clock and no owner, so the same clips are the same bytes.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Signal, Split

Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip: what is known of it, and its signals, (2, samples) or for `dry` (1, samples)."""

    annotation: ClipAnnotation
    audio: Mapping[Signal, Audio] = field(default_factory=dict)


def shard_name(index: int) -> str:
    """File name of the shard of that number."""
    return f"shard-{index:05d}.tar"


def shard_bytes(clips: Iterable[Clip]) -> bytes:
    """The clips as one tar file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for clip in clips:
            _add(archive, f"{clip.annotation.id}.json", clip.annotation.model_dump_json().encode())
            for signal in clip.annotation.signals:
                data = flac_bytes(clip.audio[signal], clip.annotation.sample_rate_hz)
                _add(archive, f"{clip.annotation.id}.{signal}.flac", data)
    return packed.getvalue()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o644
    archive.addfile(member, io.BytesIO(data))


def flac_bytes(audio: Audio, sample_rate_hz: int, subtype: str = "PCM_16") -> bytes:
    """(channels, samples) as FLAC; what is over full scale is clipped."""
    import soundfile

    packed = io.BytesIO()
    soundfile.write(packed, np.clip(audio, -1.0, 1.0).T, sample_rate_hz, format="FLAC", subtype=subtype)
    return packed.getvalue()


def read_shard(path: Path, signals: Iterable[Signal] = ("wet",)) -> Iterator[Clip]:
    """The clips of a shard with those of `signals` that it holds; no signals: annotations alone.

    Raises:
        DatasetError: the file is no shard, or is damaged.
    """
    wanted = frozenset(signals)
    annotation: ClipAnnotation | None = None
    audio: dict[Signal, Audio] = {}
    try:
        with tarfile.open(path, mode="r:") as archive:
            for member in archive:
                stream = archive.extractfile(member)
                name, _, kind = member.name.partition(".")
                if stream is None:
                    raise ValueError(f"{member.name} is no file")
                if kind == "json":
                    if annotation is not None:
                        yield Clip(annotation, audio)
                    annotation, audio = ClipAnnotation.model_validate_json(stream.read()), {}
                elif annotation is None or annotation.id != name:
                    raise ValueError(f"{member.name} comes before its annotation")
                else:
                    for signal in wanted.intersection(annotation.signals):
                        if kind == f"{signal}.flac":
                            audio[signal] = flac_audio(stream.read())
    except (OSError, tarfile.TarError, ValidationError, ValueError, EOFError, RuntimeError) as error:
        raise DatasetError(f"{path} cannot be read ({error})", "a whole shard", "build the dataset again") from error
    if annotation is not None:
        yield Clip(annotation, audio)


def flac_audio(data: bytes) -> Audio:
    """What `flac_bytes` packed, (channels, samples)."""
    import soundfile

    sound, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    return np.ascontiguousarray(sound.T)


class FilmStereo:
    """A built dataset, read in order.

    Raises:
        DatasetError: the folder holds no shard.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shards = tuple(sorted(folder.glob("shard-*.tar")))
        if not self.shards:
            raise DatasetError(f"{folder} holds no shard", "a dataset", "make one: foley dataset build --out DIR")

    def clips(self, split: Split | None = None, signals: Iterable[Signal] = ("wet",)) -> Iterator[Clip]:
        """Clips in the order of their numbers, all or those of one split, with their sound."""
        wanted = tuple(signals)
        for path in self.shards:
            for clip in read_shard(path, wanted):
                if split is None or clip.annotation.split == split:
                    yield clip

    def annotations(self, split: Split | None = None) -> Iterator[ClipAnnotation]:
        """What is known of each clip, without its sound."""
        return (clip.annotation for clip in self.clips(split, signals=()))
