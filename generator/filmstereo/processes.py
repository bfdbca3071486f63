"""Processes that work beside this one: spawned, given up when it is stopped, ended when it is killed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor


def _die_with_parent() -> None:
    """End this process when the one that started it is killed; it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def spawned(workers: int) -> Iterator[ProcessPoolExecutor | None]:
    """A pool of them; none for one worker. What still waits is given up when the block ends."""
    if workers <= 1:
        yield None
        return
    # Spawned, not forked: threads of numerical libraries do not survive a fork.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_die_with_parent)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
