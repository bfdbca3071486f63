"""An interrupt that is heard at once.

LangGraph ends a run only when its running nodes have ended, and a node may wait for the picture to be read, or for a
server that hangs. Whoever can be told to give up is told by the signal itself.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from foleydesigner.errors import JobStoppedError


class Stopper:
    """Stops a run of the graph from another thread: whoever can give up is told at once, the rest end their node."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._give_up: tuple[Callable[[], None], ...] = ()

    def stop(self) -> None:
        """Ask for an end; what was finished is kept."""
        self._asked.set()
        for each in self._give_up:
            each()

    @property
    def asked(self) -> bool:
        """Whether somebody asked for an end."""
        return self._asked.is_set()

    def check(self) -> None:
        """Raise where an end was asked for.

        Raises:
            JobStoppedError: it was.
        """
        if self.asked:
            raise JobStoppedError("the job was stopped", "to be gone on with", "resume it")

    @contextlib.contextmanager
    def tells(self, *give_up: Callable[[], None]) -> Iterator[None]:
        """While the block lasts, a stop calls each of `give_up`; what they raise then means that it was stopped."""
        self._give_up = give_up
        try:
            self.check()
            yield
        except JobStoppedError:
            raise
        except Exception:
            self.check()
            raise
        finally:
            self._give_up = ()


@contextlib.contextmanager
def told_of_signals(*give_up: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, SIGINT and SIGTERM first call each of `give_up`, then do what they did before.

    Only the main thread may set signal handlers; in any other this does nothing, and its owner stops it otherwise.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former: dict[int, Any] = {}

    def heard(number: int, frame: Any) -> None:
        for each in give_up:
            each()
        before = former[number]
        if callable(before):
            before(number, frame)
        elif before != signal.SIG_IGN:
            raise KeyboardInterrupt

    for each_signal in (signal.SIGINT, signal.SIGTERM):
        former[each_signal] = signal.signal(each_signal, heard)
    try:
        yield
    finally:
        for kept, before in former.items():
            signal.signal(kept, before)
