"""A circuit breaker for one server: after failures in a row it is left alone for a while, then tried with one request.

Nygard, "Release It!", ch. 5.
"""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES = 4
COOL_DOWN_S = 20.0


class CircuitBreaker:
    """Used from one thread: the one of the event loop."""

    def __init__(
        self, failures: int = FAILURES, cool_down_s: float = COOL_DOWN_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures, self._cool_down_s, self._now = failures, cool_down_s, now
        self._in_a_row = 0
        self._opened_s: float | None = None
        self._trying = False

    def allows(self) -> bool:
        """Whether a request may be sent now; of an open circuit whose time is over, one is let through."""
        if self._opened_s is None:
            return True
        if self._trying or self._now() - self._opened_s < self._cool_down_s:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """The server answered."""
        self._in_a_row, self._opened_s, self._trying = 0, None, False

    def failed(self) -> None:
        """The server did not answer, or not as a server should."""
        self._in_a_row += 1
        if self._trying or self._in_a_row >= self._failures:
            self._opened_s = self._now()
        self._trying = False

    def withdrawn(self) -> None:
        """The request that was let through was given up by us: it says nothing."""
        self._trying = False
