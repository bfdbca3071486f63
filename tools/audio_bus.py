"""A summing bus: what is made piece by piece is added where it belongs, then read, changed or measured in blocks.

A short one lives in memory, a long one in a file without a name beside the job, so that memory does not grow with the
film's length and nothing is left behind, however the process ends.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]

BLOCK = 1 << 18
"""Samples a block: about 5 s at 48 kHz."""

IN_MEMORY = 1 << 22
"""Values (samples times channels) up to which a bus stays in memory: 16 MB."""


class AudioBus:
    """float32 (channels, samples), zero at the start; it grows where something is added beyond its end.

    Args:
        folder: where the scratch file of a long bus lives; None = the system's place for temporary files.
        channels: rows.
        samples: length at the start.
        grows: lengthen the bus for what is added beyond its end, instead of dropping that.
    """

    def __init__(self, folder: Path | None, channels: int, samples: int, *, grows: bool = False) -> None:
        self._channels, self._samples, self._grows = channels, samples, grows
        self._folder = folder
        self._rows: _Rows = _InMemory(channels, samples)
        if channels * samples > IN_MEMORY:
            self._rows = _OnDisk(folder, channels)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def channels(self) -> int:
        """Rows."""
        return self._channels

    @property
    def samples(self) -> int:
        """Length."""
        return self._samples

    def close(self) -> None:
        """Forget the contents."""
        self._rows.close()

    def extend(self, samples: int) -> None:
        """Be at least that long, silent beyond what is there."""
        if samples <= self._samples:
            return
        if isinstance(self._rows, _InMemory) and samples * self._channels > IN_MEMORY:
            held, self._rows = self._rows, _OnDisk(self._folder, self._channels)
            for first in range(0, self._samples, BLOCK):
                self._rows.put(first, held.get(first, min(first + BLOCK, self._samples)))
        self._rows.extend(samples)
        self._samples = samples

    def trim(self, samples: int) -> None:
        """Be at most that long."""
        self._samples = min(self._samples, max(samples, 0))

    def add(self, audio: Audio, start_sample: int, gain: float = 1.0) -> None:
        """Add `audio` (channels, n) at `start_sample`; what lies before the bus, or beyond a fixed one, is lost."""
        if self._grows:
            self.extend(start_sample + audio.shape[1])
        first, last = max(start_sample, 0), min(start_sample + audio.shape[1], self._samples)
        for begin in range(first, last, BLOCK):
            end = min(begin + BLOCK, last)
            part = audio[:, begin - start_sample : end - start_sample] * np.float32(gain)
            self._rows.put(begin, self._rows.get(begin, end) + part)

    def change(self, change: Callable[[int, Audio], Audio], first: int = 0, last: int | None = None) -> None:
        """Replace samples [first, last) by what `change` (position, block) makes of each block in turn, same shape."""
        end = self._samples if last is None else min(last, self._samples)
        for begin in range(max(first, 0), end, BLOCK):
            self._rows.put(begin, change(begin, self._rows.get(begin, min(begin + BLOCK, end))))

    def scale(self, gain: float) -> None:
        """Multiply everything by a linear gain."""
        self.change(lambda _, block: block * np.float32(gain))

    def peak(self) -> float:
        """Highest magnitude of any sample."""
        return max((float(np.abs(block).max(initial=0.0)) for block in self.blocks()), default=0.0)

    def blocks(self, gain: float = 1.0) -> Iterator[Audio]:
        """The contents in order, (channels, at most BLOCK) each."""
        for first in range(0, self._samples, BLOCK):
            yield self.read(first, min(first + BLOCK, self._samples)) * np.float32(gain)

    def read(self, first: int, last: int) -> Audio:
        """Samples [first, last) as (channels, n)."""
        return self._rows.get(first, last)


class _Rows(Protocol):
    """Where a bus keeps its samples."""

    def get(self, first: int, last: int) -> Audio: ...

    def put(self, first: int, block: Audio) -> None: ...

    def extend(self, samples: int) -> None: ...

    def close(self) -> None: ...


class _InMemory:
    def __init__(self, channels: int, samples: int) -> None:
        # Empty for a bus that will live on disk: nothing is read from it then.
        self._audio = np.zeros((channels, samples if channels * samples <= IN_MEMORY else 0), dtype=np.float32)

    def get(self, first: int, last: int) -> Audio:
        return self._audio[:, first:last].copy()

    def put(self, first: int, block: Audio) -> None:
        self._audio[:, first : first + block.shape[1]] = block

    def extend(self, samples: int) -> None:
        # Grows by half, so that many small additions do not copy everything each time; `AudioBus` knows the length.
        if samples > self._audio.shape[1]:
            room = max(samples, self._audio.shape[1] * 3 // 2)
            self._audio = np.pad(self._audio, ((0, 0), (0, room - self._audio.shape[1])))

    def close(self) -> None:
        self._audio = self._audio[:, :0]


class _OnDisk:
    """A plain file, read and written in blocks, and not a memory map: pages of a map count as the process's own."""

    def __init__(self, folder: Path | None, channels: int) -> None:
        self._channels = channels
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder, prefix=".bus.")  # noqa: SIM115 - lives as long as the bus
        self._closer = weakref.finalize(self, self._file.close)

    def get(self, first: int, last: int) -> Audio:
        # Sample-major, so that a block of all channels is one run on disk.
        self._file.seek(4 * self._channels * first)
        data = self._file.read(4 * self._channels * (last - first))
        rows = np.zeros((last - first, self._channels), dtype=np.float32)
        held = np.frombuffer(data, dtype=np.float32)
        rows.reshape(-1)[: held.size] = held  # Beyond the end of the file there is silence.
        return np.ascontiguousarray(rows.T)

    def put(self, first: int, block: Audio) -> None:
        self._file.seek(4 * self._channels * first)
        self._file.write(np.ascontiguousarray(block.T, dtype=np.float32).tobytes())

    def extend(self, samples: int) -> None:
        """Nothing to do: what has not been written reads as silence."""

    def close(self) -> None:
        self._closer()
