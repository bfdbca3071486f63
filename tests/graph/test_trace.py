"""What ran when: the job's own trace as a tree, and the same in MLflow."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foleydesigner.agents.served.records import CallRecord, Turn, keep
from foleydesigner.config import Settings
from foleydesigner.evals.faults.tiny import write_tiny_film
from foleydesigner.graph import run
from foleydesigner.graph.perception import read_evidence
from foleydesigner.graph.review import ReviewAnswer
from foleydesigner.graph.trace_log import note, run_span, span
from foleydesigner.graph.trace_tree import in_words, runs_of
from foleydesigner.job import JobFolder

S = 10**9


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> JobFolder:
    """A job that stopped at the script, was approved and ended."""
    folder = tmp_path_factory.mktemp("traced")
    job = JobFolder(folder / "job")
    run.design(*write_tiny_film(folder), job.root, Settings(minds="house", review="script", trace="off"))
    answer = ReviewAnswer(action="approve", reviewer="Ada", note="fine as it is")
    assert run.answer(job.root, answer).finished
    return job


def test_every_run_and_node_is_there_in_order(reviewed: JobFolder) -> None:
    first, second = runs_of(reviewed)
    assert (first.name, first.outcome) == ("design", "waits for a reviewer")
    assert (second.name, second.outcome) == ("review", "finished")
    assert {n.name for n in first.children} == {"perceive", "describe", "measure_depth", "write_script"}
    assert (first.children[0].name, first.children[-1].name) == ("perceive", "write_script")
    names = [n.name for n in second.children]
    assert names[0] == "make_cues"
    assert names[-2:] == ["print_mixes", "deliver"]
    assert names.count("make_take") == len(list(reviewed.root.glob("takes/*.json")))
    assert all(n.outcome == "ok" and run_.start_ns <= n.start_ns <= n.end_ns <= run_.end_ns
               for run_ in (first, second) for n in run_.children)  # fmt: skip
    tools = {
        n.name: [(t.name, t.kind, t.attributes["calls"]) for t in n.children]
        for n in (*first.children, *second.children)
    }
    assert ("find shots", "tool", read_evidence(reviewed).clip.frame_count) in tools["perceive"]
    assert [name for name, _, _ in tools["make_take"]] == ["render sound", "detect onsets"][: len(tools["make_take"])]
    assert "equalise, compress, level" in {name for name, _, _ in tools["mix"]}
    assert all(sum(t.seconds for t in n.children) <= n.seconds + 0.5 for n in second.children)
    takes = [n for n in second.children if n.name == "make_take"]
    assert len({n.attributes["events"] for n in takes}) == len(takes)


def test_what_failed_says_so_and_what_died_is_still_shown(tmp_path: Path) -> None:
    job = JobFolder(tmp_path)
    with pytest.raises(ValueError, match="no"), run_span(job, 1 * S, "design"), span(job, 1 * S, "mix", "mix"):
        raise ValueError("no")
    note(job, {"kind": "node", "run": 5 * S, "name": "perceive", "start_ns": 5 * S, "end_ns": 7 * S, "outcome": "ok"})
    with job.trace.open("a") as file:
        file.write('{"kind": "node", "run": 5000')  # torn
    first, second = runs_of(job)
    assert first.outcome == "ValueError: no"
    assert first.children[0].outcome == "ValueError: no"
    assert (second.outcome, second.seconds) == ("died", 2.0)


def test_questions_hang_under_the_node_that_asked_them(tmp_path: Path) -> None:
    job = JobFolder(tmp_path)
    for name, start, end in (("describe", 0, 10), ("write_script", 10, 20)):
        note(job, {"kind": "node", "run": 1, "name": name, "start_ns": start * S, "end_ns": end * S, "outcome": "ok"})
    turns = (
        Turn(outcome="busy", at_ns=12 * S, seconds=1.0),
        Turn(outcome="answered", at_ns=14 * S, seconds=2.0, prompt_tokens=30, answer_tokens=4, answer="{}"),
    )
    record = CallRecord(
        role="script_scorer", key="k", capability="text", model="m", prompt_version="v", temperature=0.2, seed=1,
        max_tokens=9, messages=(), turns=turns, answered_by="served",
    )  # fmt: skip
    keep(job, record)
    keep(job, record.model_copy(update={"key": "never_sent", "turns": (Turn(outcome="refused"),)}))
    (only,) = runs_of(job)
    assert only.children[0].children == []
    (question,) = only.children[1].children
    assert (question.name, question.seconds, question.attributes["tokens"]) == ("script_scorer", 4.0, 34)
    assert [r.outcome for r in question.children] == ["busy", "answered"]
    lines = list(in_words(runs_of(job)))
    assert lines[2:] == [
        "└─ write_script  10.00 s",
        "   └─ script_scorer  4.00 s  34 tokens",
        "      ├─ m  1.00 s  busy",
        "      └─ m  2.00 s  4 answer tokens",
    ]


def _cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "foleydesigner.cli", *arguments], capture_output=True, text=True, check=False
    )


def test_mlflow_has_the_runs_once_of_one_session_and_with_their_decision(reviewed: JobFolder, tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    uri = f"sqlite:///{tmp_path / 'store.db'}"
    sent = _cli("trace", str(reviewed.root), "--send", "--uri", uri)
    assert sent.returncode == 0, sent.stderr
    assert "sent 2 traces" in sent.stdout
    assert "sent 0 traces" in _cli("trace", str(reviewed.root), "--send", "--uri", uri).stdout
    asked = """
import json, sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
experiment = mlflow.get_experiment_by_name("foleydesigner").experiment_id
traces = mlflow.search_traces(locations=[experiment], return_type="list")
runs = mlflow.search_runs([experiment], output_format="list")
print(json.dumps({
    "sessions": [t.info.trace_metadata.get("mlflow.trace.session") for t in traces],
    "spans": sorted(len(t.data.spans) for t in traces),
    "feedback": [
        (a.name, a.feedback.value, a.rationale, a.source.source_id) for t in traces for a in t.info.assessments
    ],
    "runs": len(runs), "metrics": sorted(runs[0].data.metrics), "params": runs[0].data.params["minds"],
    "artifacts": runs[0].info.artifact_uri,
}))
"""
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked, uri], capture_output=True, text=True, check=True
    )
    found = json.loads(told.stdout.splitlines()[-1])
    assert found["sessions"] == [reviewed.read_record()["job_id"]] * 2
    first, second = runs_of(reviewed)
    assert found["spans"] == sorted(1 + sum(1 + len(n.children) for n in r.children) for r in (first, second))
    assert found["feedback"] == [["review of the script", "approve", "fine as it is", "Ada"]]
    assert found["runs"] == 1
    assert {"script/score", "script/events", "seconds/perceive"} <= set(found["metrics"])
    assert found["params"] == "house"
    assert found["artifacts"].startswith((tmp_path / "mlartifacts").as_uri())


def test_a_tracking_server_that_is_away_hurts_nobody(reviewed: JobFolder, tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    began_s = time.monotonic()
    refused = _cli("trace", str(reviewed.root), "--send", "--uri", "http://127.0.0.1:9")
    assert refused.returncode == 2
    assert "did not take the trace" in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr
    assert time.monotonic() - began_s < 60.0
    clip, _ = write_tiny_film(tmp_path)
    settings = Settings(minds="house", trace="auto", tracking_uri="http://127.0.0.1:9")
    assert run.design(clip, None, tmp_path / "job", settings).finished
    assert json.loads((tmp_path / "job" / "job.json").read_text())["state"] == "finished"
