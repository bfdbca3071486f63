"""Budget and circuit breaker: closed forms over hand-made histories."""

from __future__ import annotations

import threading

from foleydesigner.agents.served.breaker import CircuitBreaker
from foleydesigner.agents.served.budget import CallBudget


def test_no_more_calls_than_allowed_whoever_asks() -> None:
    budget, taken = CallBudget(calls=50, tokens=10**9), []
    threads = [threading.Thread(target=lambda: taken.extend(budget.reserve(10) for _ in range(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 50 == budget.calls


def test_tokens_are_reserved_at_their_worst_and_settled_at_what_they_were() -> None:
    budget = CallBudget(calls=100, tokens=1000)
    assert budget.reserve(600)
    assert not budget.reserve(600)  # both could cost 600
    budget.settle(600, 150)
    assert budget.tokens == 150
    assert budget.reserve(600)
    budget.settle(600, 10**9)  # a server that lies about its tokens is believed as far as was reserved
    assert budget.tokens == 750
    assert budget.calls == 2


def test_an_earlier_run_counts() -> None:
    budget = CallBudget(calls=3, tokens=100)
    budget.spend_before(2, 60)
    assert budget.reserve(40)
    budget.settle(40, 40)
    assert not budget.reserve(1)


def test_a_circuit_opens_after_failures_in_a_row_and_lets_one_try() -> None:
    now = [0.0]
    breaker = CircuitBreaker(failures=3, cool_down_s=10.0, now=lambda: now[0])
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    assert not breaker.allows()
    now[0] = 9.9
    assert not breaker.allows()
    now[0] = 10.0
    assert breaker.allows()
    assert not breaker.allows()  # one at a time
    breaker.failed()
    now[0] = 19.9
    assert not breaker.allows()
    now[0] = 20.0
    assert breaker.allows()
    breaker.withdrawn()
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()
