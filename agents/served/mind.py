"""A served mind: ask the model, check its answer, tell it what is wrong at most twice, else let the house mind answer.

Nothing that a model says is believed before the role's own procedural checks have passed over it, the same that run
over a house mind's reply.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Generic, TypeVar

from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel, ValidationError

from foleydesigner.agents.served import records
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.client import Exchange, Sampling
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.endpoints import Capability
from foleydesigner.agents.served.schema import Answer, strict_schema
from foleydesigner.job import event_seed
from foleydesigner.plain import one_line
from foleydesigner.text import Finding

Request = TypeVar("Request", bound=BaseModel)
Reply = TypeVar("Reply", bound=BaseModel)
Said = TypeVar("Said", bound=Answer)

CORRECTIONS = 2
"""How often a model is told what is wrong with its answer."""
_TOLD = 6
"""Findings that it is told at once."""


class MisreadError(Exception):
    """An answer that cannot be made a reply of; the findings are for the model."""

    def __init__(self, *findings: str) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Generic[Request, Said, Reply]):
    """How one role is played by a model.

    Attributes:
        name: of the role; its prompt is `agents/<name>.md`.
        capability: what the model has to be able to take.
        answer: what it is to answer.
        compose: request to question.
        understand: answer, and the question that it answers, to reply; raises `MisreadError`, or pydantic's
            `ValidationError`.
        check: the role's procedural checks.
        think: the house mind, which answers when the model does not.
        temperature: of the sampling.
        max_tokens: of one answer.
        split: a request that is too much for one question, as several that are asked at once.
        join: their replies as one.
    """

    name: str
    capability: Capability
    answer: type[Said]
    compose: Callable[[Request, Desk], Brief]
    understand: Callable[[Request, Said, Brief], Reply]
    check: Callable[[Request, Reply], Sequence[Finding]]
    think: Callable[[Request], Reply]
    temperature: float = 0.2
    max_tokens: int = 1024
    split: Callable[[Request], Sequence[Request]] | None = None
    join: Callable[[Request, Sequence[Reply]], Reply] | None = None


@cache
def prompt_of(role: str) -> str:
    """The prompt of a role."""
    return resources.files("foleydesigner.agents").joinpath(f"{role}.md").read_text("utf-8")


def prompt_version(role: str) -> str:
    """What identifies the wording of a role's prompt."""
    return hashlib.sha256(prompt_of(role).encode()).hexdigest()[:12]


def served_mind(role: Role[Request, Said, Reply], desk: Desk) -> Runnable[Request, Reply]:
    """The role as a runnable that always replies: by the model, else by the house."""

    def answer(request: Request) -> Reply:
        parts = role.split(request) if role.split is not None else [request]
        if role.join is None or (len(parts) == 1 and parts[0] is request):
            return _ask(role, parts[0], desk) if parts else role.think(request)
        if not parts:
            return role.think(request)
        with ThreadPoolExecutor(len(parts), thread_name_prefix=role.name) as pool:
            replies = list(pool.map(lambda part: _ask(role, part, desk), parts))
        joined = role.join(request, replies)
        return role.think(request) if role.check(request, joined) else joined

    return RunnableLambda(answer, name=role.name).with_config(run_name=role.name)


def _ask(role: Role[Request, Said, Reply], request: Request, desk: Desk) -> Reply:
    """One question and what is made of the answers to it."""
    brief, model = role.compose(request, desk), desk.model(role.capability)
    named = "\x1f".join((role.name, prompt_version(role.name), model, str(desk.settings.seed), brief.digest()))
    key = hashlib.sha256(named.encode()).hexdigest()[:24]
    with desk.alone(key):
        kept = records.kept_answer(desk.job, role.name, key)
        if kept is not None:
            reply, findings = _read(role, request, kept, brief)
            if reply is not None and not findings:
                return reply
        return _ask_anew(role, request, desk, brief, key)


def _ask_anew(role: Role[Request, Said, Reply], request: Request, desk: Desk, brief: Brief, key: str) -> Reply:
    """Ask the model, keep what was said, and reply by the house where that came to nothing."""
    sampling = Sampling(
        temperature=role.temperature,
        seed=event_seed(desk.settings.seed, role.name, key) % 2**31,
        max_tokens=role.max_tokens,
    )
    reply, turns, reason = _converse(role, request, desk, brief, sampling)
    record = records.CallRecord(
        role=role.name,
        key=key,
        capability=role.capability,
        model=desk.model(role.capability),
        prompt_version=prompt_version(role.name),
        temperature=sampling.temperature,
        seed=sampling.seed,
        max_tokens=sampling.max_tokens,
        messages=brief.kept_messages(prompt_of(role.name)),
        images=len(brief.pictures),
        turns=tuple(turns),
        answered_by="house" if reply is None else "served",
        reason=reason,
    )
    records.keep(desk.job, record)
    return role.think(request) if reply is None else reply


def _converse(
    role: Role[Request, Said, Reply], request: Request, desk: Desk, brief: Brief, sampling: Sampling
) -> tuple[Reply | None, list[records.Turn], str]:
    """Ask, check, tell, ask again. The reply or None, all that was said, and why there is none."""
    from langchain_core.messages import AIMessage, HumanMessage

    prompt, schema = prompt_of(role.name), strict_schema(role.answer)
    messages = brief.messages(prompt)
    tokens = brief.tokens(prompt, desk.traits(role.capability)) + len(str(schema)) // 3
    until_s = time.monotonic() + desk.settings.answer_timeout_s
    turns: list[records.Turn] = []
    reason = ""
    for _ in range(1 + CORRECTIONS):
        exchanges = desk.ask(role.capability, messages, schema, sampling, prompt_tokens=tokens, until_s=until_s)
        *failed, last = exchanges
        turns += [_turn(exchange) for exchange in failed]
        if last.outcome not in ("answered", "truncated"):
            turns.append(_turn(last))
            return None, turns, f"{last.outcome}: {last.detail}"[:300]
        if last.outcome == "truncated":
            reply, findings = None, ["the answer was cut off: it is too long; answer with fewer and shorter entries"]
        else:
            reply, findings = _read(role, request, last.text, brief)
        turns.append(_turn(last, findings))
        if not findings:
            return reply, turns, ""
        reason = findings[0]
        if last.outcome == "answered":
            messages = [*messages, AIMessage(last.text)]
        told = "\n".join(f"- {finding}" for finding in findings[:_TOLD])
        messages = [*messages, HumanMessage(f"Not accepted:\n{told}\nAnswer again, whole, with these faults mended.")]
        tokens += (len(last.text) + len(told)) // 3
    return None, turns, f"faults after {CORRECTIONS} corrections, first: {reason}"[:300]


def _read(
    role: Role[Request, Said, Reply], request: Request, text: str, brief: Brief
) -> tuple[Reply | None, list[str]]:
    """The reply that an answer makes, and what is wrong with it."""
    try:
        said = role.answer.model_validate_json(text)
        reply = role.understand(request, said, brief)
    except MisreadError as error:
        return None, [one_line(finding)[:300] for finding in error.findings]
    except ValidationError as error:
        return None, [
            _in_words(e["loc"], e["msg"]) for e in error.errors(include_input=False, include_url=False)[:_TOLD]
        ]
    findings = [one_line(finding.message) for finding in role.check(request, reply)]
    return (None if findings else reply), findings


def _in_words(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) for part in place)
    return one_line(f"{where}: {message}" if where else message)[:300]


def _turn(exchange: Exchange, findings: Sequence[str] = ()) -> records.Turn:
    return records.Turn(
        outcome=exchange.outcome,
        detail=one_line(exchange.detail),
        answer=exchange.text,
        findings=tuple(findings),
        seconds=round(exchange.seconds, 3),
        began_s=round(exchange.began_s, 3),
        at_ns=time.time_ns() - round((time.monotonic() - exchange.began_s) * 1e9) if exchange.began_s else 0,
        prompt_tokens=exchange.prompt_tokens,
        answer_tokens=exchange.answer_tokens,
    )
