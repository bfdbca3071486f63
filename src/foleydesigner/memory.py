"""Keeping a job's memory small: one heap for all threads, and freed memory given back to the system."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable

_ARENA_MAX = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""


@functools.lru_cache(maxsize=2)
def _of_malloc(name: str) -> Callable[..., int] | None:
    """A function of the C library beside `malloc`; None where there is none (musl, macOS, Windows)."""
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
    return found


def share_one_heap() -> bool:
    """Let all threads that begin from now on take memory from one heap; True where the C library can (glibc).

    Otherwise each thread, up to eight a core, has an arena of its own, whose freed top neither another thread takes nor
    `malloc_trim` returns: the stages of a job run in threads of a pool, and left their largest buffers behind, 60 MB by
    the end. Threads seldom wait for the heap: a film takes no longer with one.
    """
    mallopt = _of_malloc("mallopt")
    return mallopt is not None and bool(mallopt(_ARENA_MAX, 1))


def give_back() -> bool:
    """Return pages that hold nothing any more; True where some were returned.

    glibc keeps what has been freed: what perception leaves behind would lie there until the job has ended, beside what
    mixing needs. It takes a millisecond.
    """
    trim = _of_malloc("malloc_trim")
    return trim is not None and bool(trim(0))
