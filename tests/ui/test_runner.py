"""Jobs beside the app: one at a time an engine, stopped while they wait, told when they fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from foleydesigner.config import Settings
from foleydesigner.errors import ClipError, JobBusyError
from foleydesigner.graph import run
from foleydesigner.graph.stage import Progress
from foleydesigner.job import JobFolder
from foleydesigner.ui.library import Library
from foleydesigner.ui.runner import Runner, Work


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def jobs(tmp_path: Path) -> tuple[Runner, list[JobFolder]]:
    library = Library(tmp_path)
    return Runner(library), [library.open(library.create("", title=name), "") for name in ("one", "two")]


def test_two_jobs_of_an_engine_take_turns_and_a_queued_one_can_be_stopped(
    jobs: tuple[Runner, list[JobFolder]], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, (one, two) = jobs
    go, begun = threading.Event(), []

    def design(clip: Path, screenplay: Path | None, folder: Path, settings: Settings, *rest: Any) -> None:
        begun.append(folder)
        go.wait(10)

    monkeypatch.setattr(run, "design", design)
    runner.start(one, Path("a"), None, Settings())
    runner.start(two, Path("a"), None, Settings())
    wait_until(lambda: runner.activity(one) == "running")
    assert runner.activity(two) == "queued"
    with pytest.raises(JobBusyError):
        runner.start(one, Path("a"), None, Settings())
    runner.stop(two)
    go.set()
    wait_until(lambda: runner.activity(one) == runner.activity(two) == "idle")
    assert begun == [one.root]
    runner.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [(ClipError("/a/b/c.mp4 is cut off", "a film", "send another"), "c.mp4 is cut off"), (KeyError("x"), "KeyError")],
)  # fmt: skip
def test_what_stops_a_job_is_told_without_telling_where_it_lies(
    jobs: tuple[Runner, list[JobFolder]], monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    runner, (job, _) = jobs

    def design(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr(run, "design", design)
    runner.start(job, Path("a"), None, Settings())
    wait_until(lambda: runner.activity(job) == "idle")
    card = Library(job.root.parent).card(job)
    assert card.state == "failed"
    assert told in card.error
    assert "/a/b" not in card.error
    runner.close()


def test_time_left_follows_the_pace() -> None:
    work = Work()
    work.listen(Progress(stage="takes", state="start"))
    assert work.stages["takes"].left_s is None
    work.stages["takes"].began_s -= 6.0
    for _ in range(3):
        work.listen(Progress(stage="takes", state="step", done=0, total=9))
    assert work.stages["takes"].left_s == pytest.approx(12.0, abs=0.5)
    work.listen(Progress(stage="takes", state="end"))
    assert work.stages["takes"].left_s is None
    assert work.stages["takes"].spent_s == pytest.approx(6.0, abs=0.5)
