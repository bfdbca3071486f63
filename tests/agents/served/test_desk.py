"""The desk against a real HTTP server that does one thing wrong at a time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from foleydesigner.agents.served.client import ChatClient, Exchange, Sampling
from foleydesigner.agents.served.desk import TRIES, Desk
from foleydesigner.agents.served.listener import ListenerAnswer
from foleydesigner.agents.served.schema import strict_schema
from foleydesigner.config import Settings
from foleydesigner.evals.puppets.faults import FaultPlan, Kind
from foleydesigner.evals.puppets.server import MODEL, ScriptedServer
from foleydesigner.job import JobFolder

MESSAGES = [HumanMessage('DATA\n{"event":"a door"}')]
SAMPLING = Sampling(temperature=0.2, seed=7, max_tokens=100)


def ask(desk: Desk, within_s: float = 8.0) -> tuple[Exchange, ...]:
    return desk.ask(
        "text",
        MESSAGES,
        strict_schema(ListenerAnswer),
        SAMPLING,
        prompt_tokens=50,
        until_s=time.monotonic() + within_s,
    )


def test_a_right_answer_is_whole_and_counted(desk: Desk, server: ScriptedServer) -> None:
    (exchange,) = ask(desk)
    assert exchange.outcome == "answered"
    assert ListenerAnswer.model_validate_json(exchange.text).heard_as == "a door"
    assert exchange.prompt_tokens > 0
    assert desk.budget.calls == 1
    assert desk.budget.tokens == exchange.prompt_tokens + exchange.answer_tokens
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("kind", "outcome", "requests"),
    [
        ("slow", "answered", 1),
        ("truncated", "truncated", 1),
        ("prose", "answered", 1),
        ("busy", "busy", TRIES),
        ("server_error", "server_error", TRIES),
        ("bad_gateway", "server_error", TRIES),
        ("dropped", "disconnected", TRIES),
        ("hanging", "timeout", TRIES),
        ("not_json", "malformed", TRIES),
        ("no_choices", "malformed", TRIES),
        ("empty", "malformed", TRIES),
        ("endless", "disconnected", TRIES),
    ],
)
def test_each_fault_is_named_and_what_may_pass_is_tried_again(
    kind: Kind, outcome: str, requests: int, desk: Desk, server: ScriptedServer
) -> None:
    server.faults = FaultPlan(seed=1, share=1.0, kinds=(kind,))
    exchanges = ask(desk)
    assert [e.outcome for e in exchanges] == [outcome] * requests
    assert desk.budget.calls == requests


def test_a_server_that_is_not_there_opens_the_circuit(tmp_path: Path) -> None:
    desk = Desk(JobFolder(tmp_path / "job"), Settings(omni_url="http://127.0.0.1:9/v1", omni_model="x"))
    try:
        outcomes = [e.outcome for _ in range(3) for e in ask(desk)]
        assert outcomes[:TRIES] == ["disconnected"] * TRIES
        assert outcomes[-1] == "refused"
        assert desk.budget.calls == 4  # the circuit is open after four failures in a row
    finally:
        desk.close()


def test_nothing_is_waited_for_longer_than_the_question_may_take(desk: Desk, server: ScriptedServer) -> None:
    server.faults = FaultPlan(seed=1, share=1.0, kinds=("hanging",))
    began_s = time.monotonic()
    exchanges = ask(desk, within_s=0.5)
    assert exchanges[-1].outcome == "timeout"
    assert time.monotonic() - began_s < 1.0


def test_a_spent_budget_sends_nothing(server: ScriptedServer, tmp_path: Path) -> None:
    settings = Settings(omni_url=server.url, omni_model=MODEL, call_budget=1)
    desk = Desk(JobFolder(tmp_path / "job"), settings)
    try:
        assert ask(desk)[-1].outcome == "answered"
        refused = ask(desk)[-1]
        assert refused.outcome == "refused"
        assert "budget" in refused.detail
        assert len(server.requests) == 1
    finally:
        desk.close()


def test_questions_are_asked_at_once_but_not_more_than_allowed(server: ScriptedServer, tmp_path: Path) -> None:
    server.latency_s = 0.15
    settings = Settings(omni_url=server.url, omni_model=MODEL, calls_in_flight=4)
    desk = Desk(JobFolder(tmp_path / "job"), settings)
    try:
        threads = [threading.Thread(target=ask, args=(desk,)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        edges = sorted([(t, 1) for t, *_ in server.requests] + [(t, -1) for _, t, *_ in server.requests])
        most = under_way = 0
        for _, step in edges:
            under_way += step
            most = max(most, under_way)
        assert most == 4
    finally:
        desk.close()


def test_who_waits_is_let_go_when_the_job_is_stopped(desk: Desk, server: ScriptedServer) -> None:
    server.latency_s = 0.9
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            ask(desk)
        except BaseException as error:  # noqa: BLE001 - which one is what is tested
            ended.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    began_s = time.monotonic()
    desk.stop()
    thread.join(2.0)
    assert time.monotonic() - began_s < 0.5
    assert isinstance(ended[0], CancelledError)


def test_a_stop_while_the_client_is_imported_is_heard(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = ChatClient.model

    def slowly(client: ChatClient) -> object:
        monkeypatch.undo()
        desk.stop()
        time.sleep(0.3)  # the loop has cancelled what there was to cancel
        return make(client)

    monkeypatch.setattr(ChatClient, "model", slowly)
    with pytest.raises(CancelledError):
        ask(desk)
    assert not server.requests
