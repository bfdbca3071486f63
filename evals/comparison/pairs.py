"""Made clips beside the clips of a dataset that bear the same number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Split
from foleydesigner.generator.filmstereo.shards import Clip, FilmStereo
from foleydesigner.tools.audio_file import read_wav
from foleydesigner.tools.resampling import at_rate

StereoSignal = Literal["wet", "direct"]
SIGNALS: tuple[StereoSignal, ...] = ("direct", "wet")
_NAME = re.compile(r"^(clip_[0-9]{6,9})\.(wav|flac)$")
Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A made clip and its reference, both (2, samples) at the reference's rate and of its length."""

    annotation: ClipAnnotation
    made: Audio
    reference: Audio

    @property
    def sample_rate_hz(self) -> int:
        """Of both."""
        return self.annotation.sample_rate_hz

    @property
    def same(self) -> bool:
        """Whether the reference is held against itself."""
        return self.made is self.reference


@dataclass(slots=True)
class Comparison:
    """Two folders, read clip by clip.

    Attributes:
        made: a FilmStereo dataset, or a folder of `clip_000123.wav` or `.flac`.
        reference: a FilmStereo dataset.
        split: which of its clips.
        limit: so many of them at most; 0 = all.
        missing: names of clips of the reference that were not made, filled as pairs are read.
    """

    made: Path
    reference: Path
    split: Split = "test"
    limit: int = 0
    missing: list[str] = field(default_factory=list)

    def signals(self, wanted: Sequence[StereoSignal] = ()) -> tuple[StereoSignal, ...]:
        """Which signals can be compared: all that both hold, or those `wanted`; files stand for `wet` unless asked.

        Raises:
            DatasetError: the reference, or a made dataset, does not hold a signal that is wanted.
        """
        first = next(FilmStereo(self.reference).annotations(self.split), None)
        if first is None:
            raise DatasetError(f"{self.reference} holds no {self.split} clip", "at least one", "pass another --split")
        held = [set(first.signals)]
        if self.made_is_dataset:
            held.append({s for a in _first(FilmStereo(self.made).annotations()) for s in a.signals})
        possible = tuple(s for s in SIGNALS if all(s in signals for signals in held))
        chosen = tuple(wanted) or (possible if self.made_is_dataset else ("wet",))
        absent = [signal for signal in chosen if signal not in possible]
        if absent or not chosen:
            raise DatasetError(
                f"no signal {', '.join(absent) or 'in common'}",
                f"one of {', '.join(possible) or 'none'}",
                "see --signal",
            )
        return chosen

    @property
    def made_is_dataset(self) -> bool:
        """Whether the made clips stand in shards."""
        return any(self.made.glob("shard-*.tar"))

    def pairs(self, signal: StereoSignal) -> Iterator[Pair]:
        """Clips of the split in the order of their numbers, each with what was made for it.

        Raises:
            DatasetError: nothing was made for any of them, or a clip does not match its reference.
            JobError: a made file is no sound file.
        """
        self.missing.clear()
        found = count = 0
        source = self._made_clips(signal)
        for clip in FilmStereo(self.reference).clips(self.split, (signal,)):
            if self.limit and count >= self.limit:
                break
            count += 1
            reference = clip.audio[signal]
            sound = source.of(clip.annotation)
            if sound is None:
                self.missing.append(clip.annotation.id)
                continue
            found += 1
            made = reference if self._itself else _fitted(*sound, clip.annotation, reference.shape[1])
            yield Pair(clip.annotation, made, reference)
        if not found:
            raise DatasetError(
                f"{self.made} holds none of {count} clips", "clips named as in the reference", "name them by clip id"
            )

    @property
    def _itself(self) -> bool:
        return self.made.resolve() == self.reference.resolve()

    def _made_clips(self, signal: StereoSignal) -> _Shards | _Files:
        if self.made_is_dataset:
            return _Shards(FilmStereo(self.made).clips(None, (signal,)), signal)
        return _Files(self.made)


def _first(annotations: Iterator[ClipAnnotation]) -> list[ClipAnnotation]:
    return [annotation for annotation, _ in zip(annotations, range(1), strict=False)]


class _Shards:
    """Made clips out of shards, which are asked for in the order of their numbers."""

    def __init__(self, clips: Iterator[Clip], signal: StereoSignal) -> None:
        self._clips, self._signal = clips, signal
        self._next = next(clips, None)

    def of(self, annotation: ClipAnnotation) -> tuple[Audio, int] | None:
        """Sound and rate of the clip of that name; None where there is none."""
        while self._next is not None and _number(self._next.annotation) < _number(annotation):
            self._next = next(self._clips, None)
        if self._next is None or self._next.annotation.id != annotation.id or self._signal not in self._next.audio:
            return None
        return self._next.audio[self._signal], self._next.annotation.sample_rate_hz


def _number(annotation: ClipAnnotation) -> int:
    return int(annotation.id.removeprefix("clip_"))


class _Files:
    """Made clips as files of their name."""

    def __init__(self, folder: Path) -> None:
        names = ((_NAME.match(path.name), path) for path in sorted(folder.iterdir()))
        self._paths = {match[1]: path for match, path in names if match}

    def of(self, annotation: ClipAnnotation) -> tuple[Audio, int] | None:
        """Sound and rate of the file of that name; None where there is none."""
        path = self._paths.get(annotation.id)
        return read_wav(path) if path else None


def _fitted(sound: Audio, rate_hz: int, annotation: ClipAnnotation, samples: int) -> Audio:
    """Two channels at the reference's rate and length: mono on both, silence behind what is too short."""
    if sound.shape[0] not in (1, 2) or not np.isfinite(sound).all():
        raise DatasetError(
            f"{annotation.id} of shape {sound.shape}", "one or two finite channels", "fold it, or make it again"
        )
    sound = at_rate(sound, rate_hz, annotation.sample_rate_hz)
    sound = np.pad(sound[:, :samples], ((0, 0), (0, max(0, samples - sound.shape[1]))))
    return sound if sound.shape[0] == 2 else np.repeat(sound, 2, axis=0)
