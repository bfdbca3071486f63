"""One request to a chat model, and what can come of it: an answer, a fault that a retry may mend, or one that not."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from foleydesigner.agents.served.endpoints import Endpoint
from foleydesigner.agents.served.transport import bounded_client

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

Outcome = Literal["answered", "truncated", "busy", "server_error", "timeout", "disconnected", "refused", "malformed"]
RETRIED: frozenset[Outcome] = frozenset({"busy", "server_error", "timeout", "disconnected", "malformed"})
"""What may be gone at the next try."""
_LONGEST_PLEA_S = 30.0
"""How long a server may ask us to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a model is to write: temperature, seed, and the longest answer in tokens."""

    temperature: float
    seed: int
    max_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What came of one request.

    Attributes:
        outcome: `answered` says that text came back, not that it is any good.
        text: what the model wrote, whole or cut off.
        detail: what went wrong, in words; other people's words.
        seconds: from sending to the last byte.
        began_s: when it was sent, on the monotonic clock.
        prompt_tokens, answer_tokens: as the server counts them; 0 where it does not.
        wait_s: what the server asked for before the next try.
    """

    outcome: Outcome
    text: str = ""
    detail: str = ""
    seconds: float = 0.0
    began_s: float = 0.0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    wait_s: float = 0.0


@dataclass(slots=True)
class ChatClient:
    """One model of one server, by langchain-openai."""

    endpoint: Endpoint
    timeout_s: float
    api_key: str = "none"
    _model: ChatOpenAI | None = field(default=None, init=False, repr=False)

    def model(self) -> ChatOpenAI:
        """The chat model, made at the first call; retries and the time limit are ours."""
        if self._model is None:
            from langchain_openai import ChatOpenAI
            from pydantic import SecretStr

            self._model = ChatOpenAI(
                base_url=self.endpoint.url,
                model=self.endpoint.model,
                api_key=SecretStr(self.api_key),
                max_retries=0,
                timeout=self.timeout_s,
                http_async_client=bounded_client(self.timeout_s),
                http_socket_options=(),
                use_responses_api=False,
            )
        return self._model

    async def ask(self, messages: list[BaseMessage], schema: dict[str, Any], sampling: Sampling) -> Exchange:
        """Send one request; nothing that a server does is raised, only cancellation is."""
        began_s = time.monotonic()
        try:
            structured = self.model().with_structured_output(
                schema,
                method="json_schema",
                include_raw=True,
                strict=True,
                temperature=sampling.temperature,
                seed=sampling.seed,
                max_tokens=sampling.max_tokens,
            )
            # The client's own limit is for each read: a server that drips would never end.
            async with asyncio.timeout(self.timeout_s):
                result: Any = await structured.ainvoke(messages)
            found = _answer_of(result["raw"])
        except Exception as error:  # noqa: BLE001 - whatever a broken server provokes in the client is an outcome
            found = _outcome_of(error)
        return Exchange(**found, seconds=time.monotonic() - began_s, began_s=began_s)

    async def close(self) -> None:
        """Close the connections."""
        if self._model is not None and self._model.http_async_client is not None:
            await self._model.http_async_client.aclose()


def _answer_of(message: Any) -> dict[str, Any]:
    content = message.content
    usage = message.usage_metadata or {}
    if not isinstance(content, str) or not content.strip():
        return {"outcome": "malformed", "detail": "the answer holds no text"}
    return {
        "outcome": "answered",
        "text": content,
        "prompt_tokens": _count(usage.get("input_tokens")),
        "answer_tokens": _count(usage.get("output_tokens")),
    }


def _outcome_of(error: Exception) -> dict[str, Any]:
    import openai

    detail = f"{type(error).__name__}: {error}"[:400]
    if isinstance(error, openai.LengthFinishReasonError):
        usage = error.completion.usage
        choices = error.completion.choices
        return {
            "outcome": "truncated",
            "text": (choices[0].message.content or "") if choices else "",
            "detail": "the answer was cut off at the longest allowed",
            "prompt_tokens": _count(getattr(usage, "prompt_tokens", 0)),
            "answer_tokens": _count(getattr(usage, "completion_tokens", 0)),
        }
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return {"outcome": "timeout", "detail": "no whole answer in time"}
    if isinstance(error, openai.RateLimitError):
        return {"outcome": "busy", "detail": detail, "wait_s": _plea_s(error)}
    if isinstance(error, openai.APIStatusError):
        again = error.status_code >= 500 or error.status_code in (408, 409)
        return {
            "outcome": "server_error" if again else "refused",
            "detail": detail,
            "wait_s": _plea_s(error) if again else 0.0,
        }
    if isinstance(error, openai.APIConnectionError):
        return {"outcome": "disconnected", "detail": detail}
    return {"outcome": "malformed", "detail": detail}


def _plea_s(error: Any) -> float:
    """`Retry-After` in seconds, bounded; 0 where there is none, or one that is no number."""
    try:
        asked_s = float(error.response.headers.get("retry-after", 0.0))
    except (AttributeError, TypeError, ValueError):
        return 0.0
    return min(asked_s, _LONGEST_PLEA_S) if asked_s > 0.0 else 0.0


def _count(value: Any) -> int:
    """A token count of a server, or 0 for what is none."""
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0
