"""Which keywords of JSON Schema a server really holds a model to: each is tried alone, and the reply is judged here.

python -m foleydesigner.evals.serving.keywords http://127.0.0.1:8010/v1 MODEL

A keyword is `kept`, `refused` (the request fails, which a client sees at once), or `ignored` (the reply breaks it,
which only a client sees that checks replies itself). `cut` replies ran into the token limit and say nothing.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from foleydesigner.errors import ServingError
from foleydesigner.evals.serving.chat import ask

TRIES = 4
LIMIT = 300


@dataclass(frozen=True)
class Case:
    """A keyword, a schema that has it, and whether a value keeps it."""

    keyword: str
    schema: dict[str, Any]
    keeps: Callable[[Any], bool]


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_LETTER = {"enum": ["a", "b", "c"]}
CASES = (
    Case("number minimum/maximum", {"type": "number", "minimum": 0, "maximum": 1}, lambda v: 0 <= v <= 1),
    Case("number exclusive…", {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, lambda v: 0 < v < 1),
    Case("integer minimum/maximum", {"type": "integer", "minimum": -5, "maximum": 5}, lambda v: -5 <= v <= 5),
    Case("multipleOf", {"type": "number", "multipleOf": 0.5}, lambda v: v * 2 == int(v * 2)),
    Case("minLength/maxLength", {"type": "string", "minLength": 3, "maxLength": 10}, lambda v: 3 <= len(v) <= 10),
    Case(
        "pattern",
        {"type": "string", "pattern": "^[a-z]{1,8}_[0-9]{1,3}$"},
        lambda v: bool(re.fullmatch("[a-z]{1,8}_[0-9]{1,3}", v)),
    ),
    Case("const", {"const": "x"}, lambda v: bool(v == "x")),
    Case("enum", {"enum": ["a", 1, None]}, lambda v: v in ("a", 1, None)),
    Case("anyOf with null", {"anyOf": [{"type": "boolean"}, {"type": "null"}]}, lambda v: v in (True, False, None)),
    Case(
        "oneOf",
        {"oneOf": [closed({"kind": {"const": "a"}}), closed({"kind": {"const": "b"}, "v": {"type": "boolean"}})]},
        lambda v: set(v) == ({"kind"} if v["kind"] == "a" else {"kind", "v"}),
    ),
    Case(
        "allOf",
        {"allOf": [{"type": "integer", "minimum": 1}, {"type": "integer", "maximum": 3}]},
        lambda v: v in (1, 2, 3),
    ),
    Case("not", {"type": "string", "maxLength": 1, "not": {"maxLength": 0}}, lambda v: len(v) == 1),
    Case(
        "prefixItems",
        {"type": "array", "prefixItems": [{"type": "boolean"}, _LETTER], "minItems": 2, "maxItems": 2},
        lambda v: len(v) == 2 and isinstance(v[0], bool) and v[1] in "abc",
    ),
    Case(
        "minItems/maxItems",
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 4},
        lambda v: 2 <= len(v) <= 4,
    ),
    Case(
        "uniqueItems",
        {"type": "array", "items": _LETTER, "uniqueItems": True, "minItems": 3, "maxItems": 3},
        lambda v: len(set(v)) == 3,
    ),
    Case(
        "contains",
        {"type": "array", "items": _LETTER, "contains": {"const": "a"}, "minItems": 1, "maxItems": 2},
        lambda v: "a" in v,
    ),
    Case(
        "maxProperties",
        {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1, "maxProperties": 2},
        lambda v: 1 <= len(v) <= 2,
    ),
    Case(
        "propertyNames",
        {"type": "object", "propertyNames": {"pattern": "^e[0-9]$"}, "additionalProperties": {"type": "boolean"}},
        lambda v: all(re.fullmatch("e[0-9]", name) for name in v),
    ),
    Case(
        "title, default, description", {"type": "boolean", "title": "T", "default": True}, lambda v: v in (True, False)
    ),
    Case("if/then", {"type": "integer", "if": {"type": "integer"}, "then": {"maximum": 1}}, lambda v: v <= 1),
    Case(
        "dependentRequired",
        {
            **closed({"a": {"type": "boolean"}, "b": {"type": "boolean"}}),
            "required": [],
            "dependentRequired": {"a": ["b"]},
        },
        lambda v: "b" in v or "a" not in v,
    ),
)


def judge(url: str, model: str, case: Case, tries: int = TRIES) -> str:
    """`kept`, `refused`, `ignored`, or `cut` when no reply was whole."""
    verdicts = set()
    for seed in range(tries):
        try:
            reply = ask(
                url, model, "Answer in JSON.", closed({"v": case.schema}), limit=LIMIT, seed=seed, temperature=1.2
            )
        except ServingError:
            return "refused"
        if reply.finish_reason != "stop":
            continue
        try:
            verdicts.add("kept" if case.keeps(json.loads(reply.text)["v"]) else "ignored")
        except (ValueError, TypeError, KeyError):
            verdicts.add("ignored")
    return "ignored" if "ignored" in verdicts else "kept" if verdicts else "cut"


def table(url: str, model: str) -> Iterator[tuple[str, str]]:
    """(keyword, verdict) for every case."""
    for case in CASES:
        yield case.keyword, judge(url, model, case)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("model")
    options = parser.parse_args()
    for keyword, verdict in table(options.url, options.model):
        print(f"{keyword:30} {verdict}", flush=True)  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main()
