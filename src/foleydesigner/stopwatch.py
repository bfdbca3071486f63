"""How long instruments take inside a stage: counted where somebody listens, free where nobody does."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Lap:
    """One instrument's work in a stage, all its calls together.

    Attributes:
        start_ns: when it was first used, Unix time in nanoseconds.
        seconds: how long it worked in all.
        calls: how often.
    """

    start_ns: int
    seconds: float = 0.0
    calls: int = 0


@dataclass(slots=True)
class Stopwatch:
    """Laps by the instrument's name, in the order of their first use."""

    laps: dict[str, Lap] = field(default_factory=dict)

    def add(self, other: Stopwatch) -> None:
        """Take over what another one counted, in another thread."""
        for name, lap in other.laps.items():
            own = self.laps.setdefault(name, Lap(lap.start_ns))
            own.seconds += lap.seconds
            own.calls += lap.calls


_listening: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextlib.contextmanager
def listening() -> Iterator[Stopwatch]:
    """Count what is timed in this thread while the block lasts."""
    watch = Stopwatch()
    token = _listening.set(watch)
    try:
        yield watch
    finally:
        _listening.reset(token)


def current() -> Stopwatch | None:
    """The one that counts in this thread now."""
    return _listening.get()


@contextlib.contextmanager
def timed(name: str) -> Iterator[None]:
    """Time the block as one call of that instrument."""
    watch = _listening.get()
    if watch is None:
        yield
        return
    lap = watch.laps.setdefault(name, Lap(time.time_ns()))
    began = time.perf_counter()
    try:
        yield
    finally:
        lap.seconds += time.perf_counter() - began
        lap.calls += 1
