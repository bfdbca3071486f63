"""The desk where all questions of a job go out: in parallel, within budget, retried, and never for ever."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from foleydesigner.agents.served.breaker import CircuitBreaker
from foleydesigner.agents.served.budget import CallBudget
from foleydesigner.agents.served.client import RETRIED, ChatClient, Exchange, Sampling
from foleydesigner.agents.served.endpoints import Capability, Traits, endpoints_of, traits_of
from foleydesigner.agents.served.records import all_records
from foleydesigner.config import Secrets, Settings
from foleydesigner.job import JobFolder

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

TRIES = 3
"""Requests for one answer at most, where the server is at fault."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 8.0
_BLAMED = frozenset({"server_error", "timeout", "disconnected", "malformed"})
"""Outcomes that count against a server; a busy one only has to be given time."""


class Desk:
    """One event loop in a thread of its own; roles ask from any other thread and wait.

    Args:
        job: whose calls are kept and counted.
        settings: endpoints, limits, budgets.
    """

    def __init__(self, job: JobFolder, settings: Settings) -> None:
        self.job, self.settings = job, settings
        self.endpoints = endpoints_of(settings)
        secret = Secrets().api_key
        key = secret.get_secret_value() if secret is not None else "none"
        self._clients = {c: ChatClient(e, settings.call_timeout_s, key) for c, e in self.endpoints.items()}
        self._breakers = {e.url: CircuitBreaker() for e in self.endpoints.values()}
        self.budget = CallBudget(settings.call_budget, settings.token_budget)
        for record in all_records(job):
            self.budget.spend_before(len(record.turns), record.tokens)
        self._lock = threading.Lock()
        self._asking: dict[str, threading.Lock] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._gate: asyncio.Semaphore | None = None
        self._stopped = False

    def serves(self, capability: Capability) -> bool:
        """Whether there is a server for it."""
        return capability in self.endpoints

    def model(self, capability: Capability) -> str:
        """Name of the model that answers for a capability."""
        return self.endpoints[capability].model

    def traits(self, capability: Capability) -> Traits:
        """What that model expects."""
        return traits_of(self.model(capability))

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """While the block lasts, nobody else asks the same question: who waits finds its answer in the records."""
        with self._lock:
            lock = self._asking.setdefault(key, threading.Lock())
        with lock:
            yield

    def ask(
        self,
        capability: Capability,
        messages: Sequence[BaseMessage],
        schema: dict[str, Any],
        sampling: Sampling,
        *,
        prompt_tokens: int,
        until_s: float,
    ) -> tuple[Exchange, ...]:
        """Every request that one answer took, the last one first to be believed.

        Args:
            capability: which endpoint.
            messages: the conversation.
            schema: of the answer.
            sampling: how to write it.
            prompt_tokens: estimate of what the messages cost.
            until_s: on the monotonic clock; no request is begun or waited for after it.
        """
        loop = self._running()
        with self._lock:
            self._clients[capability].model()  # the first import takes seconds, which are not the server's
        asking = self._ask(capability, list(messages), schema, sampling, prompt_tokens, until_s)
        return asyncio.run_coroutine_threadsafe(asking, loop).result()

    async def _ask(
        self,
        capability: Capability,
        messages: list[BaseMessage],
        schema: dict[str, Any],
        sampling: Sampling,
        prompt_tokens: int,
        until_s: float,
    ) -> tuple[Exchange, ...]:
        if self._stopped:  # while the client was imported: `stop` found no task to cancel
            raise asyncio.CancelledError("the job is being stopped")
        made: list[Exchange] = []
        pauses = random.Random(sampling.seed)
        cost = prompt_tokens + sampling.max_tokens
        for attempt in range(TRIES):
            left_s = until_s - time.monotonic()
            if left_s <= 0.0:
                made.append(Exchange(outcome="timeout", detail="no time is left for this question"))
                break
            exchange = await self._once(capability, messages, schema, sampling, cost, prompt_tokens, left_s)
            made.append(exchange)
            if exchange.outcome not in RETRIED or attempt + 1 == TRIES:
                break
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0**attempt) * pauses.uniform(0.5, 1.0)
            await asyncio.sleep(min(max(pause_s, exchange.wait_s), max(until_s - time.monotonic(), 0.0)))
        return tuple(made)

    async def _once(
        self,
        capability: Capability,
        messages: list[BaseMessage],
        schema: dict[str, Any],
        sampling: Sampling,
        cost: int,
        prompt_tokens: int,
        left_s: float,
    ) -> Exchange:
        """One request, if server and budget allow it."""
        breaker = self._breakers[self.endpoints[capability].url]
        assert self._gate is not None  # noqa: S101 - made with the loop that this runs in
        async with self._gate:
            if not breaker.allows():
                return Exchange(outcome="refused", detail="the server failed several times and is left alone")
            if not self.budget.reserve(cost):
                breaker.withdrawn()
                return Exchange(outcome="refused", detail="the job's budget of calls or tokens is spent")
            used = prompt_tokens
            try:
                async with asyncio.timeout(left_s):
                    exchange = await self._clients[capability].ask(messages, schema, sampling)
                counted = exchange.prompt_tokens + exchange.answer_tokens
                used = counted or prompt_tokens + len(exchange.text) // 3
            except TimeoutError:
                exchange = Exchange(outcome="timeout", detail="no whole answer in time", seconds=left_s)
            except BaseException:
                breaker.withdrawn()
                raise
            finally:
                self.budget.settle(cost, used)
            if exchange.outcome in _BLAMED:
                breaker.failed()
            else:
                breaker.succeeded()
            return exchange

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._stopped:
                raise asyncio.CancelledError("the job is being stopped")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._gate = asyncio.Semaphore(self.settings.calls_in_flight)
                self._thread = threading.Thread(target=self._loop.run_forever, name="model calls", daemon=True)
                self._thread.start()
            return self._loop

    def stop(self) -> None:
        """Give up whatever is under way; who waits for it gets `CancelledError`. May be called from any thread."""
        self._stopped = True
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])

    def close(self) -> None:
        """Give up what is under way, close the connections, end the thread."""
        with self._lock:
            self._stopped = True
            loop, self._loop = self._loop, None
        if loop is None:
            return

        async def finish() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            for client in self._clients.values():
                with contextlib.suppress(Exception):
                    await client.close()

        with contextlib.suppress(TimeoutError):  # a connection that will not close ends with the process
            asyncio.run_coroutine_threadsafe(finish(), loop).result(timeout=10.0)
        loop.call_soon_threadsafe(loop.stop)
        if self._thread is not None:
            self._thread.join(timeout=10.0)
        loop.close()
