"""Audio that is read where it is needed: an array, a file of the job, or a part of either.

Tracks may be as long as the film. Whoever works on one asks for samples by position and never for all of them, so that
memory does not grow with the film's length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError, JobError

Audio = NDArray[np.float32]

BLOCK_SAMPLES = 1 << 15


class AudioSource(Protocol):
    """float32 audio of known shape, read in any order."""

    @property
    def channels(self) -> int:
        """Rows of what `read` gives."""
        ...

    @property
    def samples(self) -> int:
        """Length."""
        ...

    def read(self, first: int, last: int) -> Audio:
        """Samples [first, last), 0 <= first <= last <= samples, as (channels, last - first)."""
        ...


class ArraySource:
    """An array (channels, samples) as a source."""

    def __init__(self, audio: Audio) -> None:
        if audio.ndim != 2:
            raise EngineError(f"audio of shape {audio.shape}", "(channels, samples)", "pass two dimensions")
        self._audio = audio

    @property
    def channels(self) -> int:
        """Rows of the array."""
        return int(self._audio.shape[0])

    @property
    def samples(self) -> int:
        """Columns of the array."""
        return int(self._audio.shape[1])

    def read(self, first: int, last: int) -> Audio:
        """A view of samples [first, last)."""
        return self._audio[:, first:last]


class FileSource:
    """A sound file as a source; it stays open until it is forgotten or closed.

    Raises:
        JobError: the file is missing or not a sound file.
    """

    def __init__(self, path: Path) -> None:
        import soundfile

        try:
            self._file = soundfile.SoundFile(path)
        except (OSError, soundfile.LibsndfileError) as error:
            raise _unreadable(path, error) from error
        self._path = path
        self._at = 0

    @property
    def channels(self) -> int:
        """Channels of the file."""
        return int(self._file.channels)

    @property
    def samples(self) -> int:
        """Frames of the file, as its header says."""
        return int(self._file.frames)

    @property
    def sample_rate_hz(self) -> int:
        """Samples per second."""
        return int(self._file.samplerate)

    def read(self, first: int, last: int) -> Audio:
        """Samples [first, last).

        Raises:
            JobError: the file ends before its header says.
        """
        import soundfile

        try:
            if first != self._at:
                self._file.seek(first)
            block = self._file.read(last - first, dtype="float32", always_2d=True)
        except (OSError, soundfile.LibsndfileError) as error:
            raise _unreadable(self._path, error) from error
        if len(block) != last - first:
            raise _unreadable(self._path, JobError("it ends early", f"{self.samples} samples", ""))
        self._at = last
        return np.ascontiguousarray(block.T)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


class PartOf:
    """Samples [first, last) of another source."""

    def __init__(self, source: AudioSource, first: int, last: int | None = None) -> None:
        self._source, self._first = source, first
        self._samples = (source.samples if last is None else last) - first

    @property
    def channels(self) -> int:
        """As the source's."""
        return self._source.channels

    @property
    def samples(self) -> int:
        """Length of the part."""
        return self._samples

    def read(self, first: int, last: int) -> Audio:
        """Samples [first, last) of the part."""
        return self._source.read(self._first + first, self._first + last)


class AfterSilence:
    """Another source with so many silent samples before it: a detector needs to hear what an attack rises from."""

    def __init__(self, source: AudioSource, silent_samples: int) -> None:
        self._source, self._silent = source, silent_samples

    @property
    def channels(self) -> int:
        """As the source's."""
        return self._source.channels

    @property
    def samples(self) -> int:
        """Silence and source."""
        return self._silent + self._source.samples

    def read(self, first: int, last: int) -> Audio:
        """Samples [first, last), the silence counted."""
        return read_padded(self._source, first - self._silent, last - self._silent)


class Stacked:
    """Several sources of one length as the channels of one."""

    def __init__(self, sources: Iterable[AudioSource]) -> None:
        self._sources = tuple(sources)

    @property
    def channels(self) -> int:
        """Channels of all together."""
        return sum(source.channels for source in self._sources)

    @property
    def samples(self) -> int:
        """Length of the first."""
        return self._sources[0].samples

    def read(self, first: int, last: int) -> Audio:
        """Samples [first, last) of all."""
        if len(self._sources) == 1:
            return self._sources[0].read(first, last)
        return np.concatenate([source.read(first, last) for source in self._sources])


class Folded:
    """One channel of the mean power of the source's channels, whatever their correlation (at most +6 dB)."""

    channels = 1

    def __init__(self, source: AudioSource) -> None:
        self._source = source
        power = folded = 0.0
        for block in blocks_of(source):
            power += float(np.sum(np.square(block, dtype=np.float64))) / source.channels
            folded += float(np.sum(np.square(block.mean(axis=0, dtype=np.float64))))
        self._gain = np.float32(min(np.sqrt(power / folded), 2.0) if folded > 0.0 else 1.0)

    @property
    def samples(self) -> int:
        """As the source's."""
        return self._source.samples

    def read(self, first: int, last: int) -> Audio:
        """Samples [first, last)."""
        middle = self._source.read(first, last).mean(axis=0, dtype=np.float64).astype(np.float32)[None, :]
        return np.asarray(middle * self._gain)


def as_source(audio: Audio | AudioSource) -> AudioSource:
    """An array as a source; a source as it is."""
    return ArraySource(audio) if isinstance(audio, np.ndarray) else audio


def folded(source: AudioSource) -> AudioSource:
    """The source as one channel; as it is when it has one."""
    return source if source.channels == 1 else Folded(source)


def blocks_of(source: AudioSource, block_samples: int = BLOCK_SAMPLES) -> Iterator[Audio]:
    """All of a source in order, (channels, at most `block_samples`) each."""
    for first in range(0, source.samples, block_samples):
        yield source.read(first, min(first + block_samples, source.samples))


def whole(source: AudioSource) -> Audio:
    """All of a source in one array (channels, samples): for what is known to be short."""
    return source.read(0, source.samples)


def read_padded(source: AudioSource, first: int, last: int) -> Audio:
    """Samples [first, last) of a source, (channels, last - first), zeros where it has none."""
    padded = np.zeros((source.channels, last - first), dtype=np.float32)
    low, high = max(first, 0), min(last, source.samples)
    if high > low:
        padded[:, low - first : high - first] = source.read(low, high)
    return padded


def _unreadable(path: Path, error: Exception) -> JobError:
    return JobError(
        f"{path} cannot be read ({error})",
        "a sound file of this job",
        "remove checkpoints.sqlite from the job folder; `foley resume` then makes everything anew",
    )
