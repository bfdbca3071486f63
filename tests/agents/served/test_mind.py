"""Ask, check, correct at most twice, else the house: over a real server whose answers are scripted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from foleydesigner.agents.served import records
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.mind import CORRECTIONS, MisreadError, Role, prompt_version, served_mind
from foleydesigner.agents.served.schema import Answer, Share
from foleydesigner.evals.puppets.faults import EVIL, FaultPlan
from foleydesigner.evals.puppets.server import ScriptedServer
from foleydesigner.model import Model
from foleydesigner.text import Finding


class Asked(Model):
    """A request."""

    wanted: float
    parts: int = 1


class Got(Model):
    """A reply."""

    values: tuple[float, ...]
    by: str = "model"


class Said(Answer):
    """An answer."""

    value: Share


class Scripted:
    """Stands in for the puppet: says one text after the other, and keeps what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.bodies = list(texts), list[dict[str, Any]]()

    def answer(self, body: dict[str, Any]) -> str:
        self.bodies.append(body)
        return self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]


def understand(request: Asked, said: Said, brief: Brief) -> Got:
    if said.value == 0.5:
        raise MisreadError("half is no answer")
    return Got(values=(said.value,))


def check(request: Asked, reply: Got) -> Sequence[Finding]:
    if abs(sum(reply.values) - request.wanted) < 1e-9:
        return []
    return [Finding(kind="incoherent", severity="fundamental", message=f"expected {request.wanted}")]


def role(**changes: Any) -> Role[Asked, Said, Got]:
    return Role(
        name="dynamics",
        capability="text",
        answer=Said,
        compose=lambda request, desk: Brief({"wanted": request.wanted, "parts": request.parts}),
        understand=understand,
        check=check,
        think=lambda request: Got(values=(request.wanted,), by="house"),
        **changes,
    )


def ask(desk: Desk, server: ScriptedServer, *texts: str, wanted: float = 1.0) -> tuple[Got, Scripted]:
    server.puppet = scripted = Scripted(*texts)  # type: ignore[assignment]
    return served_mind(role(), desk).invoke(Asked(wanted=wanted)), scripted


def kept(desk: Desk) -> records.CallRecord:
    (record,) = records.all_records(desk.job)
    return record


def test_a_right_answer_is_taken_and_kept_whole(desk: Desk, server: ScriptedServer) -> None:
    reply, scripted = ask(desk, server, '{"value": 1.0}')
    assert reply == Got(values=(1.0,))
    record = kept(desk)
    assert (record.answered_by, record.final_answer) == ("served", '{"value": 1.0}')
    assert record.prompt_version == prompt_version("dynamics")
    assert record.messages[1]["text"] == 'DATA\n{"wanted":1.0,"parts":1}'
    body = scripted.bodies[0]
    assert body["temperature"] == record.temperature == 0.2
    assert body["seed"] == record.seed
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["messages"][0]["content"].startswith("# Dynamics specialist")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('{"value": 2.0}', "value: Input should be less than or equal to 1"),
        ("no JSON", "Invalid JSON"),
        ('{"value": 0.5}', "half is no answer"),
        ('{"value": 0.25}', "expected 1.0"),
        ('{"value": 1.0, "extra": 1}', "extra: Extra inputs are not permitted"),
    ],
)
def test_the_model_is_told_what_is_wrong_and_may_mend_it(
    wrong: str, told: str, desk: Desk, server: ScriptedServer
) -> None:
    reply, scripted = ask(desk, server, wrong, '{"value": 1.0}')
    assert reply.by == "model"
    assert len(scripted.bodies) == 2
    last = scripted.bodies[1]["messages"]
    assert [m["role"] for m in last] == ["system", "user", "assistant", "user"]
    assert last[2]["content"] == wrong
    assert told in last[3]["content"]
    assert told in kept(desk).turns[0].findings[0]


def test_after_two_corrections_the_house_answers(desk: Desk, server: ScriptedServer) -> None:
    reply, scripted = ask(desk, server, '{"value": 0.25}')
    assert reply == Got(values=(1.0,), by="house")
    assert len(scripted.bodies) == 1 + CORRECTIONS
    record = kept(desk)
    assert record.answered_by == "house"
    assert "expected 1.0" in record.reason


def test_a_server_that_refuses_is_not_asked_again(desk: Desk, server: ScriptedServer) -> None:
    server.faults = FaultPlan(seed=0, share=1.0, kinds=("server_error",))
    reply, _ = ask(desk, server, '{"value": 1.0}')
    assert reply.by == "house"
    assert [turn.outcome for turn in kept(desk).turns] == ["server_error"] * 3


def test_the_same_question_is_answered_from_the_record(desk: Desk, server: ScriptedServer) -> None:
    ask(desk, server, '{"value": 1.0}')
    reply, scripted = ask(desk, server, '{"value": 0.75}')
    assert reply == Got(values=(1.0,))
    assert scripted.bodies == []


def test_a_question_that_the_house_answered_is_asked_again(desk: Desk, server: ScriptedServer) -> None:
    ask(desk, server, '{"value": 0.25}')
    reply, _ = ask(desk, server, '{"value": 1.0}')
    assert reply.by == "model"


def test_a_torn_or_forged_record_is_passed_over(desk: Desk, server: ScriptedServer) -> None:
    ask(desk, server, '{"value": 1.0}')
    path = records.record_path(desk.job, "dynamics", kept(desk).key)
    path.write_text(path.read_text().replace('{\\"value\\": 1.0}', '{\\"value\\": 0.1}'))
    reply, scripted = ask(desk, server, '{"value": 1.0}')
    assert reply == Got(values=(1.0,))
    assert len(scripted.bodies) == 1
    path.write_text(path.read_text()[:100])
    assert ask(desk, server, '{"value": 1.0}')[0].by == "model"


def test_parts_are_asked_at_once_and_joined(desk: Desk, server: ScriptedServer) -> None:
    server.puppet = scripted = Scripted('{"value": 0.25}')  # type: ignore[assignment]
    server.latency_s = 0.2
    parted = role(
        split=lambda request: [Asked(wanted=0.25, parts=n) for n in range(4)],
        join=lambda request, replies: Got(values=tuple(v for r in replies for v in r.values)),
    )
    reply = served_mind(parted, desk).invoke(Asked(wanted=1.0))
    assert reply == Got(values=(0.25,) * 4)
    assert len(scripted.bodies) == 4
    assert max(b for b, *_ in server.requests) - min(b for b, *_ in server.requests) < 0.2


def test_parts_that_contradict_each_other_are_answered_by_the_house(desk: Desk, server: ScriptedServer) -> None:
    server.puppet = Scripted('{"value": 0.25}')  # type: ignore[assignment]
    parted = role(
        split=lambda request: [Asked(wanted=0.25, parts=n) for n in range(3)],
        join=lambda request, replies: Got(values=tuple(v for r in replies for v in r.values)),
    )
    assert served_mind(parted, desk).invoke(Asked(wanted=1.0)).by == "house"


@pytest.mark.parametrize("evil", EVIL)
def test_no_answer_reaches_a_file_name(evil: str, desk: Desk, server: ScriptedServer) -> None:
    reply, _ = ask(desk, server, json.dumps({"value": evil}))
    assert reply.by == "house"
    names = {path.name for path in desk.job.root.rglob("*")}
    assert names == {"calls", "dynamics", f"{kept(desk).key}.json"}
