"""Working audio on disk: float WAV, whole or in blocks, written atomically and the same bytes every time."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import JobError, OutputError
from foleydesigner.files import atomic_path

Audio = NDArray[np.float32]

BLOCK_SAMPLES = 1 << 16
_RIFF_LIMIT = (1 << 32) - (1 << 20)


class WavWriter:
    """Takes blocks (channels, m) into an open sound file; made by `writing_wav`."""

    def __init__(self, file: object, channels: int) -> None:
        self._file = file
        self._channels = channels
        self.samples = 0

    def write(self, block: Audio) -> None:
        """Append (channels, m)."""
        if block.ndim != 2 or block.shape[0] != self._channels:
            raise OutputError(f"a block of shape {block.shape}", f"({self._channels}, samples)", "fix the caller")
        self._file.write(np.ascontiguousarray(block.T, dtype=np.float32))  # type: ignore[attr-defined]
        self.samples += block.shape[1]


@contextlib.contextmanager
def writing_wav(path: Path, sample_rate_hz: int, channels: int, *, samples: int | None = None) -> Iterator[WavWriter]:
    """Write a 32-bit float WAV in blocks; it appears under its name when the block ends well.

    `samples`, when it is known beforehand, makes files beyond 4 GB RF64 (EBU Tech 3306).

    Raises:
        OutputError: the file cannot be written.
    """
    import soundfile

    large = samples is not None and samples * channels * 4 > _RIFF_LIMIT
    with atomic_path(path) as temporary:
        try:
            with soundfile.SoundFile(
                temporary,
                "w",
                samplerate=sample_rate_hz,
                channels=channels,
                subtype="FLOAT",
                format="RF64" if large else "WAV",
            ) as file:
                yield WavWriter(file, channels)
        except soundfile.LibsndfileError as error:
            raise OutputError(f"{path} cannot be written ({error})", "room on the disk", "free some space") from error
        with temporary.open("r+b") as stream:
            _clear_peak_time(stream)


def write_wav(path: Path, audio: Audio, sample_rate_hz: int) -> Path:
    """Write (channels, samples) as 32-bit float WAV, whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    with writing_wav(path, sample_rate_hz, audio.shape[0], samples=audio.shape[1]) as writer:
        writer.write(audio)
    return path


def read_wav(path: Path) -> tuple[Audio, int]:
    """All of a sound file as float32 (channels, samples), and its sample rate in Hz.

    Raises:
        JobError: the file is missing or not a sound file.
    """
    import soundfile

    try:
        audio, sample_rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise _unreadable(path, error) from error
    return np.ascontiguousarray(audio.T), int(sample_rate_hz)


def read_blocks(path: Path, block_samples: int = BLOCK_SAMPLES, *, channels: int | None = None) -> Iterator[Audio]:
    """Blocks (channels, m) of a sound file in order; memory does not grow with its length.

    `channels` is the channel count that the file must have; None = any.

    Raises:
        JobError: the file is missing, not a sound file, or has another channel count.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            if channels is not None and file.channels != channels:
                raise JobError(
                    f"{path} has {file.channels} channels", f"{channels} channels", "check which file was passed"
                )
            while (block := file.read(block_samples, dtype="float32", always_2d=True)).size:
                yield np.ascontiguousarray(block.T)
    except (OSError, soundfile.LibsndfileError) as error:
        raise _unreadable(path, error) from error


def wav_shape(path: Path) -> tuple[int, int, int]:
    """Channels, samples and sample rate in Hz of a sound file, from its header.

    Raises:
        JobError: the file is missing or not a sound file.
    """
    import soundfile

    try:
        info = soundfile.info(path)
    except (OSError, soundfile.LibsndfileError) as error:
        raise _unreadable(path, error) from error
    return int(info.channels), int(info.frames), int(info.samplerate)


def _unreadable(path: Path, error: Exception) -> JobError:
    return JobError(
        f"{path} cannot be read ({error})",
        "a sound file of this job",
        "remove checkpoints.sqlite from the job folder; `foley resume` then makes everything anew",
    )


def _clear_peak_time(stream: BinaryIO) -> None:
    """Zero the time stamp that libsndfile leaves in a float WAV's PEAK chunk: same sound, same bytes."""
    if stream.read(12)[:4] != b"RIFF":
        return
    while len(header := stream.read(8)) == 8:
        name, size = struct.unpack("<4sI", header)
        if name == b"PEAK":
            stream.seek(4, 1)  # chunk version; the time stamp follows it
            stream.write(b"\0\0\0\0")
            return
        if name == b"data":
            return
        stream.seek(size + size % 2, 1)
