"""Seconds of every stage, out of the progress that a run emits."""

from __future__ import annotations

import time
from collections.abc import Callable

from foleydesigner.graph.stage import Progress


class StageClock:
    """Wall seconds of every stage, as the union of its nodes' intervals: parallel nodes are not counted twice."""

    def __init__(self, seconds: dict[str, float], now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = dict(seconds)
        self._now = now
        self._open: dict[str, tuple[int, float]] = {}

    def __call__(self, progress: Progress) -> None:
        """Take one progress event into account."""
        count, since = self._open.get(progress.stage, (0, self._now()))
        if progress.state == "start":
            self._open[progress.stage] = (count + 1, since if count else self._now())
        elif progress.state == "end" and count:
            self._open[progress.stage] = (count - 1, since)
            if count == 1:
                spent = self._now() - since
                self.seconds[progress.stage] = round(self.seconds.get(progress.stage, 0.0) + spent, 3)
