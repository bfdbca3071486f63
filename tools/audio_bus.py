"""A summing bus as long as the clip, on disk: memory does not grow with the film's length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 19
"""Samples a block: about 11 s at 48 kHz."""


class AudioBus:
    """float32 (channels, samples), zero at the start; tracks are added where they belong.

    A plain file, read and written in blocks, and not a memory map: pages of a map count as the process's own. The file
    is scratch and is removed when the bus is closed.
    """

    def __init__(self, path: Path, channels: int, samples: int) -> None:
        self.channels, self.samples = channels, samples
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        # Sample-major, so that a block of all channels is one run on disk; a hole in the file reads as zeros.
        self._file = path.open("w+b")
        self._file.truncate(4 * channels * samples)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the contents."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def add(self, audio: NDArray[np.float32], start_sample: int, gain: float = 1.0) -> None:
        """Add `audio` (channels, n) at `start_sample`; what lies beyond the bus at either end is dropped."""
        first, last = max(start_sample, 0), min(start_sample + audio.shape[1], self.samples)
        for begin in range(first, last, BLOCK):
            end = min(begin + BLOCK, last)
            part = audio[:, begin - start_sample : end - start_sample] * np.float32(gain)
            total = self._rows(begin, end) + part.T
            self._file.seek(4 * self.channels * begin)
            self._file.write(total.tobytes())

    def blocks(self, gain: float = 1.0) -> Iterator[NDArray[np.float32]]:
        """The contents in order, (channels, at most BLOCK) each."""
        for first in range(0, self.samples, BLOCK):
            yield self.read(first, min(first + BLOCK, self.samples)) * np.float32(gain)

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """Samples [first, last) as (channels, n)."""
        return np.ascontiguousarray(self._rows(first, last).T)

    def _rows(self, first: int, last: int) -> NDArray[np.float32]:
        self._file.seek(4 * self.channels * first)
        data = self._file.read(4 * self.channels * (last - first))
        return np.frombuffer(data, dtype=np.float32).reshape(-1, self.channels)
