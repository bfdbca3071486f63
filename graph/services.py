"""What nodes work with and a checkpoint must not hold: the roles' minds, the engine, the picture read ahead."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from foleydesigner.agents.cast import Cast, house_cast
from foleydesigner.config import Settings
from foleydesigner.evidence import PictureEvidence
from foleydesigner.job import JobFolder
from foleydesigner.stopwatch import Stopwatch, current, listening

if TYPE_CHECKING:
    from foleydesigner.generator.engine import Engine


class _StoppedError(Exception):
    """The job ended before the picture was read."""


class PictureAhead:
    """Perception started in a thread of its own while the framework is still being imported.

    Decoding and optical flow run in C without the interpreter lock, so the seconds that imports take are not lost.
    """

    def __init__(self, clip: Path, sha256: str, settings: Settings, job: JobFolder) -> None:
        self._result: PictureEvidence | None = None
        self._error: BaseException | None = None
        self._watch = Stopwatch()
        self._done: int = 0
        self._total: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._work, args=(clip, sha256, settings, job), name="perception", daemon=True
        )
        self._thread.start()

    def _work(self, clip: Path, sha256: str, settings: Settings, job: JobFolder) -> None:
        try:
            from foleydesigner.tools.perception import perceive

            with listening() as self._watch:
                self._result = perceive(clip, settings, job, self._step, sha256)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the result
            self._error = error

    def _step(self, done: int, total: int | None) -> None:
        if self._stop.is_set():
            raise _StoppedError
        self._done, self._total = done, total

    def give_up(self) -> None:
        """End the thread at its next frame; who waits for the picture gets an error."""
        self._stop.set()

    def stop(self) -> None:
        """Give up, and wait for the thread: a decoder may not outlive the interpreter."""
        self.give_up()
        self._thread.join()

    def result(self, step: Callable[[int, int | None], None]) -> PictureEvidence:
        """Wait for the evidence, once, passing progress on; raises what perception raised."""
        while self._thread.is_alive():
            self._thread.join(0.1)
            step(self._done, self._total)
        if self._error is not None:
            raise self._error
        counting = current()
        if counting is not None:
            counting.add(self._watch)
        assert self._result is not None  # noqa: S101 - the thread ended with one or the other
        # Given away: the evidence of a long film is large, and whoever needs it later reads it from the job folder.
        result, self._result = self._result, None
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Passed to the graph as its runtime context.

    Attributes:
        job: the folder that the job lives in now.
        clip: where the clip is now.
        screenplay: where the screenplay is now; None = there is none.
        engine: makes the takes.
        cast: who plays the agents' roles.
        ahead: the picture being read already, or None.
        run_ns: when this run of the graph began, Unix time in nanoseconds: its name in the trace.
    """

    job: JobFolder
    clip: Path
    screenplay: Path | None
    engine: Engine
    cast: Cast = field(default_factory=house_cast)
    ahead: PictureAhead | None = None
    run_ns: int = 0


def services() -> Services:
    """The services of the running graph."""
    from langgraph.runtime import get_runtime

    return get_runtime(Services).context
