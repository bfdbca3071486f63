"""FilmScribe, the closed loop of eq. 1: write, validate, write again, until valid or K_max.

```
write ─► validate ─► (valid, or K_max texts written) ─► end
  ▲          │ findings
  └──────────┘
```
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

from langchain_core.runnables import Runnable

from foleydesigner.agents.cast import Cast, house_cast
from foleydesigner.agents.filmscribe_validator import ValidatorReply, ValidatorRequest
from foleydesigner.agents.filmscribe_writer import WriterRequest
from foleydesigner.config import Settings
from foleydesigner.evidence import PictureEvidence
from foleydesigner.graph.inner import inner_config
from foleydesigner.text import StructuredText

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph


class FilmScribeState(TypedDict):
    """The picture, and every validated text so far; `draft` waits for its validation."""

    evidence: PictureEvidence
    draft: StructuredText | None
    texts: Annotated[tuple[StructuredText, ...], operator.add]


def build_filmscribe(
    writer: Runnable[WriterRequest, StructuredText],
    validator: Runnable[ValidatorRequest, ValidatorReply],
    max_rounds: int,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled loop; its final `texts` are T(0) ... T(K), each with the findings open against it."""
    from langgraph.graph import END, START, StateGraph

    def write(state: FilmScribeState) -> dict[str, Any]:
        last = state["texts"][-1] if state["texts"] else None
        findings = last.open_findings if last is not None else ()
        return {"draft": writer.invoke(WriterRequest(evidence=state["evidence"], previous=last, findings=findings))}

    def validate(state: FilmScribeState) -> dict[str, Any]:
        draft = state["draft"]
        if draft is None:
            return {"texts": ()}
        reply = validator.invoke(ValidatorRequest(evidence=state["evidence"], text=draft))
        judged = draft.model_copy(update={"open_findings": reply.findings})
        return {"draft": None, "texts": (judged,)}

    def again(state: FilmScribeState) -> Literal["write", "__end__"]:
        texts = state["texts"]
        return "__end__" if not texts[-1].open_findings or len(texts) >= max_rounds else "write"

    graph = StateGraph(FilmScribeState)
    graph.add_node("write", write)
    graph.add_node("validate", validate)
    graph.add_edge(START, "write")
    graph.add_edge("write", "validate")
    graph.add_conditional_edges("validate", again, {"write": "write", "__end__": END})
    return graph.compile(checkpointer=False, name="filmscribe")


def write_structured_text(
    evidence: PictureEvidence, settings: Settings, cast: Cast | None = None
) -> tuple[StructuredText, ...]:
    """T(0) ... T(K) by the cast, or the house; the last one is handed on, its open findings with it.

    Raises:
        AgentError: a reply failed its role's own checks.
    """
    cast = cast or house_cast()
    loop = build_filmscribe(cast.writer, cast.validator, settings.filmscribe_rounds)
    start: FilmScribeState = {"evidence": evidence, "draft": None, "texts": ()}
    final = loop.invoke(start, inner_config(4 * settings.filmscribe_rounds + 4))
    texts: tuple[StructuredText, ...] = final["texts"]
    return texts
