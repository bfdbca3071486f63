"""A depth network that knows nothing and takes its time, so that what goes on beside it can be measured."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.learned_depth import DepthNetwork

NAME = "scripted-depth"
_WALL_M = 5.0


@dataclass(frozen=True)
class ScriptedDepth(DepthNetwork):
    """A wall five metres away, `latency_s` after it was asked for."""

    latency_s: float = 0.0

    def depth_map(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(h, w, 3) to (h, w), metres."""
        time.sleep(self.latency_s)
        return np.full(rgb.shape[:2], _WALL_M, dtype=np.float32)


@contextlib.contextmanager
def measuring(latency_s: float) -> Iterator[None]:
    """While the block lasts, any depth checkpoint that a job names is this one."""
    network = ScriptedDepth(NAME, True, None, None, latency_s)
    with mock.patch("foleydesigner.tools.learned_depth.load_depth_network", return_value=network):
        yield
