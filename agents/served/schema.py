"""The types that a served model's answer is made of, and the strict JSON schema that guides its decoding.

Everything is bounded: numbers, for a decoder writes 1e999 where it may; texts by a pattern of plain characters, for
grammars that only bound the length let control characters through; lists by their length.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_PLAIN = r"[ !#-\[\]-~]"
"""Printable ASCII without quotation mark and backslash: the same in JSON as outside of it."""

Text = Annotated[str, Field(pattern=rf"^{_PLAIN}{{0,160}}$", max_length=160)]
ShortText = Annotated[str, Field(pattern=rf"^{_PLAIN}{{0,48}}$", max_length=48)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$", max_length=48)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
TimeS = Annotated[float, Field(ge=0.0, le=360_000.0)]


class Answer(BaseModel):
    """Base of all answers: unknown fields and numbers that are none are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def strict_schema(answer: type[Answer]) -> dict[str, Any]:
    """JSON schema of an answer as `with_structured_output` takes it: every field required, no other one allowed."""
    schema = _strict(answer.model_json_schema())
    return {"title": answer.__name__, **schema}


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _strict(value) for name, value in node.items() if name not in ("title", "default", "description")}
    if isinstance(properties := node.get("properties"), dict):
        # Names of fields are no keywords, even one that is called "title".
        kept["properties"] = {name: _strict(value) for name, value in properties.items()}
        kept["required"] = list(properties)
        kept["additionalProperties"] = False
    if "pattern" in kept:
        kept.pop("maxLength", None)  # the pattern bounds the length, and grammars take one or the other
    return kept
