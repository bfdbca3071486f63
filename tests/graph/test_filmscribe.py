"""The loop of eq. 1: it ends when valid, it ends at K_max, it keeps every revision."""

from __future__ import annotations

from film_cases import blows, film
from langchain_core.runnables import RunnableLambda

from foleydesigner.agents.filmscribe_validator import ValidatorReply, ValidatorRequest
from foleydesigner.agents.filmscribe_writer import WriterRequest
from foleydesigner.config import Settings
from foleydesigner.graph.filmscribe import build_filmscribe, write_structured_text
from foleydesigner.text import Finding, StructuredText

FILM = film(5.0, impacts=blows([1.0, 2.0, 3.0], [1.0, 0.9, 0.35]))


def run(valid_at: int, rounds: int) -> tuple[tuple[StructuredText, ...], list[WriterRequest]]:
    asked: list[WriterRequest] = []

    def write(request: WriterRequest) -> StructuredText:
        asked.append(request)
        revision = 0 if request.previous is None else request.previous.revision + 1
        return StructuredText(revision=revision, shots=(), specs=())

    def validate(request: ValidatorRequest) -> ValidatorReply:
        if request.text.revision >= valid_at:
            return ValidatorReply()
        fault = Finding(kind="missing", severity="correctable", message=f"round {request.text.revision}")
        return ValidatorReply(findings=(fault,))

    loop = build_filmscribe(RunnableLambda(write), RunnableLambda(validate), rounds)
    return loop.invoke({"evidence": FILM, "draft": None, "texts": ()})["texts"], asked


def test_it_ends_as_soon_as_the_text_is_valid() -> None:
    texts, asked = run(valid_at=1, rounds=5)
    assert [t.revision for t in texts] == [0, 1]
    assert texts[-1].open_findings == ()
    assert asked[1].findings[0].message == "round 0"
    assert asked[1].previous == texts[0]


def test_it_ends_at_k_max_and_hands_on_what_is_open() -> None:
    texts, _ = run(valid_at=99, rounds=3)
    assert [t.revision for t in texts] == [0, 1, 2]
    assert texts[-1].open_findings[0].message == "round 2"


def test_the_house_minds_reach_a_valid_text_and_repeat_themselves() -> None:
    first = write_structured_text(FILM, Settings())
    assert first[0].open_findings
    assert first[-1].open_findings == ()
    assert {e for s in first[-1].specs for e in s.evidence_ids} == {"i0", "i1", "i2"}
    assert write_structured_text(FILM, Settings()) == first


def test_one_round_leaves_the_draft_with_its_findings() -> None:
    (only,) = write_structured_text(FILM, Settings(filmscribe_rounds=1))
    assert only.open_findings
