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
