"""Records: what was asked, what was reached, and whether it held."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from foleydesigner.evals.bench.record import BenchRecord, Check, summary, write_record
from foleydesigner.evals.metrics.figure import Figure

RECALL = Check(name="event recall", value=0.96, limit=0.95, sense="at least")
DELAY = Check(name="delay", value=31.5, limit=25.0, sense="at most", unit="us", note="three films")
UNMEASURED = Check(name="azimuth", value=None, limit=3.0, sense="at most")


@pytest.mark.parametrize(
    ("value", "sense", "held"),
    [
        (1.0, "at least", True),
        (0.999, "at least", False),
        (1.0, "at most", True),
        (1.001, "at most", False),
        (None, "at least", False),
        (None, "at most", False),
    ],
)
def test_a_check_holds_at_its_limit_and_not_unmeasured(value: float | None, sense: str, held: bool) -> None:
    assert Check(name="x", value=value, limit=1.0, sense=sense).held is held  # type: ignore[arg-type]


def test_a_record_holds_when_every_check_does() -> None:
    assert BenchRecord(part="scenes", command="x", checks=(RECALL,)).held
    assert not BenchRecord(part="scenes", command="x", checks=(RECALL, DELAY)).held
    assert not BenchRecord(part="scenes", command="x", checks=(RECALL, UNMEASURED)).held
    assert BenchRecord(part="scenes", command="x").held


def test_the_file_says_of_each_check_whether_it_held_and_reads_back(tmp_path: Path) -> None:
    figure = Figure(metric="event_recall/1", value=0.96, floor=0.0, ceiling=1.0, count=25)
    record = BenchRecord(
        part="scenes", command="foley bench scenes", checks=(RECALL, DELAY), figures={"a/0": (figure,)}
    )
    data = json.loads(write_record(tmp_path / "new" / "scenes.json", record).read_text("utf-8"))
    assert [check.pop("held") for check in data["checks"]] == [True, False]
    assert BenchRecord.model_validate(data) == record
    assert data["version"]
    assert data["machine"]


def test_not_a_number_is_no_figure() -> None:
    with pytest.raises(ValidationError):
        Check(name="x", value=float("nan"), limit=1.0, sense="at most")
    with pytest.raises(ValidationError):
        Figure(metric="x", value=float("inf"))


def test_the_summary_is_a_line_a_check_even_of_other_people_s_names() -> None:
    named = Check(name="onsets of \x1b[2Jclip\nheld   all", value=0.5, limit=0.6, sense="at least")
    lines = summary(BenchRecord(part="clips", command="x", checks=(RECALL, DELAY, UNMEASURED, named))).splitlines()
    assert lines[0] == "held   event recall: 0.96, asked at least 0.95"
    assert lines[1] == "MISSED delay: 31.5 us, asked at most 25 (three films)"
    assert lines[2] == "MISSED azimuth: not measured, asked at most 3"
    assert lines[3] == "MISSED onsets of  [2Jclip held   all: 0.5, asked at least 0.6"
    assert len(lines) == 4


def test_skill_is_what_is_left_of_the_floor_s_error() -> None:
    assert Figure(metric="x", value=25.0, floor=100.0, ceiling=0.0).skill == pytest.approx(0.75)
    assert Figure(metric="x", value=25.0, floor=100.0).skill is None
    assert Figure(metric="x", value=None, floor=100.0, ceiling=0.0).skill is None
