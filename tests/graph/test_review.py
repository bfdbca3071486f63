"""What a reviewer may answer, and where it sends a job."""

from __future__ import annotations

from pathlib import Path

import pytest

from foleydesigner.errors import ReviewError
from foleydesigner.evidence import PictureEvidence
from foleydesigner.graph import routing
from foleydesigner.graph.review import check_edit, parse_answer
from foleydesigner.graph.stage import Progress
from foleydesigner.graph.stage_clock import StageClock
from foleydesigner.job import JobFolder
from foleydesigner.script import FoleyScript

MIX = {"dynamics": [{"event_id": "ev_1", "gain_db": -3.0}]}


def job_of() -> tuple[FoleyScript, PictureEvidence]:
    """A script of one event in one scene, and its evidence."""
    clip = {
        "name": "film.mp4", "sha256": "0" * 64, "width_px": 64, "height_px": 36, "rate_num": 25, "rate_den": 1,
        "frame_count": 50, "duration_s": 2.0,
    }  # fmt: skip
    shots = [{"id": "shot_1", "start_frame": 0, "end_frame": 50, "start_s": 0.0, "end_s": 2.0}]
    space = {"scene_id": "scene_1", "start_s": 0.0, "end_s": 2.0, "interior": True, "target_rt60_s": 0.5}
    event = {
        "id": "ev_1", "label": "knock", "prompt": "knock", "family": "impact", "layer": "hard_fx", "kind": "impulsive",
        "onsets_s": [1.0], "strengths": [1.0], "placement": {"kind": "screen", "x": 0.5}, "origin": "both",
    }  # fmt: skip
    script = FoleyScript.model_validate({"clip": clip, "shots": shots, "spaces": [space], "events": [event]})
    return script, PictureEvidence.model_validate({"clip": clip, "shots": shots})


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


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ({"dynamics": [{"event_id": "ev_9", "gain_db": -3.0}]}, "unknown events ev_9"),
        ({"equalisers": [{"event_id": "ev_9"}]}, "unknown events ev_9"),
        (
            {
                "reverbs": [
                    {"event_id": "ev_1", "scene_id": "scene_9", "send_db": -9.0, "room_size": 0.5, "damping": 0.5,
                     "target_rt60_s": 0.5}
                ]
            },
            "unknown scenes scene_9",
        ),
    ],
)  # fmt: skip
def test_mix_settings_of_what_the_script_does_not_hold_are_refused(
    tmp_path: Path, mix: dict[str, object], said: str
) -> None:
    script, evidence = job_of()
    answer = parse_answer("mix", {"action": "edit", "mix": mix}, set())
    with pytest.raises(ReviewError, match=said):
        check_edit(answer, JobFolder(tmp_path), script, evidence)
    check_edit(parse_answer("mix", {"action": "edit", "mix": MIX}, set()), JobFolder(tmp_path), script, evidence)
