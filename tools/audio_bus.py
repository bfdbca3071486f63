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

    The file is scratch: it is removed when the bus is closed.
    """

    def __init__(self, path: Path, channels: int, samples: int) -> None:
        self.channels, self.samples = channels, samples
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        # Sample-major, so that a block of all channels is one run on disk; a fresh file reads as zeros.
        self._data = np.memmap(path, dtype=np.float32, mode="w+", shape=(max(samples, 1), channels))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the contents."""
        del self._data
        self._path.unlink(missing_ok=True)

    def add(self, audio: NDArray[np.float32], start_sample: int, gain: float = 1.0) -> None:
        """Add `audio` (channels, n) at `start_sample`; what lies beyond the bus at either end is dropped."""
        first, last = max(start_sample, 0), min(start_sample + audio.shape[1], self.samples)
        if last > first:
            part = audio[:, first - start_sample : last - start_sample]
            self._data[first:last] += (part * np.float32(gain)).T

    def blocks(self, gain: float = 1.0) -> Iterator[NDArray[np.float32]]:
        """The contents in order, (channels, at most BLOCK) each."""
        for first in range(0, self.samples, BLOCK):
            yield np.ascontiguousarray(self._data[first : min(first + BLOCK, self.samples)].T) * np.float32(gain)

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """Samples [first, last) as (channels, n)."""
        return np.ascontiguousarray(self._data[first:last].T)
