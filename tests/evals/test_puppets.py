"""The scripted server's own promises: the same request, the same fault; and how its bench reads intervals."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from foleydesigner.evals.bench.graph import covered_s, longest_chain
from foleydesigner.evals.puppets.faults import KINDS, FaultPlan, spoiled


def test_the_share_of_faults_is_what_was_asked_and_all_kinds_come() -> None:
    plan = FaultPlan(seed=1, share=0.3)
    faults = [plan.of(f"request {n}".encode()) for n in range(4000)]
    met = Counter(f.kind for f in faults if f)
    assert sum(met.values()) / 4000 == pytest.approx(0.3, abs=0.03)
    assert set(met) == set(KINDS)


def test_the_same_request_gets_the_same_fault_and_its_repeat_another_draw() -> None:
    first, second = FaultPlan(seed=2, share=0.5), FaultPlan(seed=2, share=0.5)
    requests = [f"r{n % 5}".encode() for n in range(40)]
    assert [first.of(r) for r in requests] == [second.of(r) for r in requests]
    assert len({FaultPlan(seed=s, share=1.0).of(b"x") for s in range(50)}) > 40


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_spoils_the_answer(kind: str) -> None:
    text = json.dumps(
        {"event_id": "a", "time_s": 1.0, "reason": "because", "tracks": [{"gain_db": 2.0, "reason": "x"}]}
    )
    whole = text.encode()
    for seed in range(20):
        plan = FaultPlan(seed=seed, share=1.0, kinds=(kind,))  # type: ignore[arg-type]
        fault = plan.of(b"request")
        assert fault is not None
        reply = spoiled(fault, text, lambda words, reason: f"{reason}|{words}".encode())
        plain = reply.body == b"stop|" + whole and reply.status == 200 and reply.cut_at is None and not reply.delay_s
        assert not plain or kind == "injected"  # which leaves half of the words alone


@pytest.mark.parametrize(
    ("spans", "covered", "chain"),
    [
        ([], 0.0, 0),
        ([(0.0, 1.0)], 1.0, 1),
        ([(0.0, 1.0), (0.0, 1.0), (0.2, 0.8)], 1.0, 1),
        ([(0.0, 1.0), (1.0, 2.0), (3.0, 4.0)], 3.0, 3),
        ([(0.0, 1.0), (0.5, 2.5), (1.0, 2.0), (2.0, 3.0)], 3.0, 3),
    ],
)
def test_union_and_chain_of_intervals(spans: list[tuple[float, float]], covered: float, chain: int) -> None:
    assert covered_s(spans) == pytest.approx(covered)
    assert longest_chain(spans) == chain
