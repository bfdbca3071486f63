"""Giving freed memory back to the system."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


@functools.lru_cache(maxsize=1)
def _trim() -> Callable[[int], int] | None:
    """The C library's `malloc_trim` (glibc); None where the C library has none (musl, macOS, Windows)."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return found


def give_back() -> bool:
    """Return pages that hold nothing any more; True where some were returned.

    glibc keeps what a thread has freed in that thread's arena, where no other thread takes from it: what perception
    leaves behind would lie there until the job has ended, beside what mixing needs. It takes a millisecond.
    """
    trim = _trim()
    return trim is not None and bool(trim(0))
