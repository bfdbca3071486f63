"""Schemas that guide decoding: everything required, nothing unbounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from foleydesigner.agents.served import (
    equaliser,
    event_lines,
    expander,
    level,
    listener,
    localiser,
    planner,
    room,
    scorer,
    validator,
    writer,
)
from foleydesigner.agents.served.schema import Answer, Id, Text, strict_schema

ANSWERS = [
    writer.WriterAnswer,
    validator.ValidatorAnswer,
    expander.ExpanderAnswer,
    scorer.ScorerAnswer,
    localiser.LocaliserAnswer,
    listener.ListenerAnswer,
    planner.PlannerAnswer,
    room.ReverberationAnswer,
    equaliser.EqualisationAnswer,
    level.DynamicsAnswer,
]


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: a.__name__)
def test_nothing_in_an_answer_is_unbounded(answer: type[Answer]) -> None:
    schema = strict_schema(answer)
    assert schema["title"] == answer.__name__
    kinds = set()
    for node in nodes(schema):
        kind = node.get("type")
        if isinstance(kind, str):
            kinds.add(kind)
        if kind == "object" and "properties" in node:
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        elif kind in ("number", "integer"):
            assert {"minimum", "maximum"} <= node.keys(), node
        elif kind == "array":
            assert node["maxItems"] <= 32, node
        elif kind == "string":
            assert "enum" in node or node["pattern"].startswith("^"), node
            assert "maxLength" not in node  # grammars take a pattern or a length
    assert {"object", "array"} <= kinds


def test_a_field_that_is_called_title_is_kept() -> None:
    class Odd(Answer):
        title: Text
        default: Annotated[int, Field(ge=0, le=1)]

    schema = strict_schema(Odd)
    assert list(schema["properties"]) == ["title", "default"]
    assert schema["properties"]["title"]["type"] == "string"


@pytest.mark.parametrize("text", ["a\nb", 'a"b', "a\\b", "\x1b[2J", "é", "x" * 161, "a\u202eb"])
def test_texts_are_plain_and_short(text: str) -> None:
    class One(Answer):
        text: Text

    with pytest.raises(ValidationError):
        One(text=text)
    assert One(text="A door, heavy; it's 2 m wide.").text


@pytest.mark.parametrize("name", ["../x", "A", "", "a b", "a" * 49, "1a", "a;b"])
def test_ids_are_names(name: str) -> None:
    class One(Answer):
        name: Id

    with pytest.raises(ValidationError):
        One(name=name)


@pytest.mark.parametrize("number", ["1e999", "NaN", "Infinity", "-0.1", "1.1"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    text = f'{{"correspondence":{number},"separation":0.5,"tone":0.5,"findings":[]}}'
    with pytest.raises(ValidationError):
        scorer.ScorerAnswer.model_validate_json(text)


def test_an_event_line_knows_every_family_and_layer() -> None:
    schema = event_lines.EventLine.model_json_schema()
    assert len(schema["properties"]["family"]["enum"]) == 23
    assert len(schema["properties"]["layer"]["enum"]) == 5
