"""What a reviewer may answer, and where it sends a job."""

from __future__ import annotations

import pytest

from foleydesigner.errors import ReviewError
from foleydesigner.graph import routing
from foleydesigner.graph.review import parse_answer
from foleydesigner.graph.run import StageClock
from foleydesigner.graph.stage import Progress

MIX = {"dynamics": [{"event_id": "ev_1", "gain_db": -3.0}]}


@pytest.mark.parametrize(
    "data",
    [
        None,
        "approve",
        {},
        {"action": "maybe"},
        {"action": "approve", "shell": "rm"},
        {"action": "edit"},
        {"action": "edit", "mix": {"dynamics": [{"event_id": "ev_1", "gain_db": 400.0}]}},
        {"action": "reject", "event_ids": ["ev_99"]},
        {"action": "reject", "event_ids": ["../../etc"]},
        {"action": "reject", "note": "x" * 5000},
    ],
)
def test_a_bad_answer_is_refused_and_the_job_still_waits(data: object) -> None:
    with pytest.raises(ReviewError, match="still waits"):
        parse_answer("mix", data, {"ev_1"})


def test_an_edit_has_to_fit_the_point() -> None:
    assert parse_answer("mix", {"action": "edit", "mix": MIX}, {"ev_1"}).mix is not None
    with pytest.raises(ReviewError, match="brings no script"):
        parse_answer("script", {"action": "edit", "mix": MIX}, {"ev_1"})
    with pytest.raises(ReviewError, match="brings no takes"):
        parse_answer("takes", {"action": "edit", "mix": MIX}, {"ev_1"})


def test_routes() -> None:
    assert routing.after_script_review({"route": "on"}) == "make_cues"
    assert routing.after_script_review({"route": "back"}) == "write_script"
    assert routing.after_takes_review({"route": "back"}) == "dispatch_takes"
    assert routing.after_plan({"route": "on"}) == list(routing.SPECIALISTS)
    assert routing.after_mix_review({"route": "edited"}) == ["mix"]
    assert routing.after_mix_review({"route": "on"}) == ["print_mixes"]
    assert routing.after_mix_review({"route": "back"}) == list(routing.SPECIALISTS)


def test_the_stage_clock_counts_parallel_nodes_once() -> None:
    now = [0.0]
    clock = StageClock({"takes": 1.0}, now=lambda: now[0])
    for at, state in ((10.0, "start"), (11.0, "start"), (12.0, "end"), (14.0, "end")):
        now[0] = at
        clock(Progress(stage="takes", state=state))
    assert clock.seconds == {"takes": 5.0}
