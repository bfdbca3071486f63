"""The mind behind a role: a LangChain runnable from a request model to a reply model, checked after every reply.

A *house* mind is deterministic craft rules over the request: no model, no network. It is the embedded default, the
reference in tests, and what a job falls back to. Whatever mind answers, the role's procedural checks run over the
reply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel

from foleydesigner.errors import AgentError
from foleydesigner.text import Finding

Request = TypeVar("Request", bound=BaseModel)
Reply = TypeVar("Reply", bound=BaseModel)


def house_mind(
    role: str,
    think: Callable[[Request], Reply],
    check: Callable[[Request, Reply], Sequence[Finding]],
) -> Runnable[Request, Reply]:
    """A role's house mind as a named runnable.

    Args:
        role: name of the role, as traces show it.
        think: the craft rules.
        check: what is wrong with a reply to a request; an empty sequence when nothing is.

    The runnable raises:
        AgentError: the reply fails its checks. For a house mind that is a defect of ours, and nothing is behind it to
            fall back to, so the job stops rather than going on with an illegal reply.
    """

    def answer(request: Request) -> Reply:
        reply = think(request)
        findings = check(request, reply)
        if findings:
            raise AgentError(
                f"the {role} answered with {len(findings)} faults, first: {findings[0].message}",
                "a reply that keeps the role's own rules",
                "report this with the job folder; another --seed may pass",
            )
        return reply

    return RunnableLambda(answer, name=role).with_config(run_name=role)
