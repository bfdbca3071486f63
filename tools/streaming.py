"""Filtering in blocks: the same samples as in one piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]


class StreamingFir:
    """A finite impulse response over a stream of blocks, with the state between them.

    Args:
        taps: shape (taps,).
        centred: the taps are symmetric and their middle is time zero: output comes `latency` samples later in the
            stream but belongs to the input's own time; `flush` gives the last of it.
    """

    def __init__(self, taps: NDArray[np.float64], *, centred: bool = False) -> None:
        self._taps = taps
        self.latency = (taps.size - 1) // 2 if centred else 0
        self._skip = self.latency
        self._past: NDArray[np.float32] | None = None

    def push(self, block: Audio) -> Audio:
        """(channels, m) in; as many out, less the first `latency` samples of the stream."""
        from scipy.signal import oaconvolve

        if self._past is None:
            self._past = np.zeros((block.shape[0], self._taps.size - 1), dtype=np.float32)
        joined = np.concatenate([self._past, block], axis=1)
        self._past = joined[:, joined.shape[1] - (self._taps.size - 1) :]
        if block.shape[1] == 0:
            return block
        out = oaconvolve(joined.astype(np.float64), self._taps[None, :], mode="valid", axes=1).astype(np.float32)
        skipped = min(self._skip, out.shape[1])
        self._skip -= skipped
        return np.asarray(out[:, skipped:])

    def flush(self) -> Audio:
        """The samples still owed, so that as many came out as went in (none for a causal filter)."""
        if self._past is None or self.latency == 0:
            return np.zeros((0 if self._past is None else self._past.shape[0], 0), dtype=np.float32)
        return self.push(np.zeros((self._past.shape[0], self.latency), dtype=np.float32))


class AlignedDelay:
    """Holds back samples of a stream until a look-ahead filter beside it has answered for them."""

    def __init__(self) -> None:
        self._held: Audio | None = None

    def push(self, block: Audio, ready: int) -> Audio:
        """Take in `block`, give out the oldest `ready` samples."""
        joined = block if self._held is None else np.concatenate([self._held, block], axis=1)
        self._held = joined[:, ready:]
        return joined[:, :ready]
