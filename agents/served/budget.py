"""What a job may spend on models: requests and tokens, reserved before they are spent."""

from __future__ import annotations

import threading


class CallBudget:
    """Counts requests and tokens of one job; safe to use from several threads.

    A request is allowed only if its most expensive outcome still fits, so no budget is ever exceeded.
    """

    def __init__(self, calls: int, tokens: int) -> None:
        self._lock = threading.Lock()
        self._most_calls, self._most_tokens = calls, tokens
        self.calls = 0
        self.tokens = 0
        self._reserved = 0

    def spend_before(self, calls: int, tokens: int) -> None:
        """Count what an earlier run of the same job has spent."""
        with self._lock:
            self.calls += calls
            self.tokens += tokens

    def reserve(self, tokens: int) -> bool:
        """Take one request of up to `tokens`; False, and nothing taken, when it does not fit."""
        with self._lock:
            if self.calls >= self._most_calls or self.tokens + self._reserved + tokens > self._most_tokens:
                return False
            self.calls += 1
            self._reserved += tokens
            return True

    def settle(self, reserved: int, used: int) -> None:
        """Give a reservation back against what was really used; no more than was reserved is counted."""
        with self._lock:
            self._reserved -= reserved
            self.tokens += min(used, reserved)
