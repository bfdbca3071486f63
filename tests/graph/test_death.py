"""Jobs that die and are resumed, move, or are damaged between two runs."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langgraph.checkpoint.sqlite import SqliteSaver

from foleydesigner.config import Settings
from foleydesigner.errors import JobBusyError, JobError
from foleydesigner.evals.faults.death import digests, leftovers
from foleydesigner.evals.faults.tiny import write_tiny_film
from foleydesigner.graph import run
from foleydesigner.graph.review import ReviewAnswer
from foleydesigner.graph.stage import Progress
from foleydesigner.job import JobFolder

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")

SWEEP = """
import sys
from pathlib import Path
from foleydesigner.evals.faults import death
only = ("exit write (0)", "enter make_take (0)", "exit mix (0)")
report = death.run(Path(sys.argv[1]), random_kills=0, fresh_kills=0, writes=2, only=only)
print(report.model_dump_json())
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_tiny_film(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def finished(film: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "job"
    assert run.design(*film, folder, Settings()).finished
    return folder


@pytest.fixture(scope="module")
def waiting(film: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job that stopped at its script."""
    folder = tmp_path_factory.mktemp("waiting") / "job"
    assert not run.design(*film, folder, Settings(review=("script",))).finished
    return folder


def test_killed_jobs_are_resumed_to_the_same_bytes(tmp_path: Path) -> None:
    # In a process of its own, since it forks.
    ended = subprocess.run(
        [sys.executable, "-c", SWEEP, str(tmp_path)], check=True, capture_output=True, text=True, timeout=240
    )
    report = json.loads(ended.stdout.splitlines()[-1])
    assert report["failures"] == []
    assert report["deaths"] == report["survived"] == 5
    assert report["same_on_one_core"]
    assert report["nodes"] >= 20


@pytest.mark.parametrize("step", [1, 3, 7, 12])
def test_a_death_between_a_stage_and_its_checkpoint_is_survived(
    step: int, film: tuple[Path, Path], finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the stages of a step wrote is stored, the checkpoint that takes it up is not."""
    put = SqliteSaver.put

    def dying(self: SqliteSaver, config: Any, checkpoint: Any, metadata: Any, versions: Any) -> Any:
        if metadata["step"] == step:
            raise RuntimeError("the power went")
        return put(self, config, checkpoint, metadata, versions)

    folder = tmp_path / "job"
    with monkeypatch.context() as patched:
        patched.setattr(SqliteSaver, "put", dying)
        with pytest.raises(RuntimeError, match="the power went"):
            run.design(*film, folder, Settings())
    assert json.loads((folder / "job.json").read_text())["state"] == "running"
    assert run.resume(folder).finished
    assert digests(folder) == digests(finished)


def test_a_job_that_died_before_it_was_called_finished_is_not_done_again(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    shutil.copytree(finished, folder)
    record = json.loads((folder / "job.json").read_text())
    (folder / "job.json").write_text(json.dumps(record | {"state": "running"}))
    heard: list[Progress] = []
    assert run.resume(folder, heard.append).finished
    assert heard == []


def test_a_folder_called_like_an_address_keeps_its_own_checkpoints(
    film: tuple[Path, Path], finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run.design(*film, Path("file:"), Settings()).finished
    assert (tmp_path / "file:" / "checkpoints.sqlite").stat().st_size > 0
    assert digests(tmp_path / "file:") == digests(finished)


def test_a_copied_job_goes_on_in_its_copy(waiting: Path, finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere" / "copy"
    shutil.copytree(waiting, folder)
    before = {p: p.stat().st_mtime_ns for p in waiting.rglob("*")}
    (folder / "stems").mkdir(exist_ok=True)
    (folder / "stems" / ".half.abc.part.wav").write_bytes(b"RIFF")
    assert run.answer(folder, ReviewAnswer(action="approve")).finished
    assert {p: p.stat().st_mtime_ns for p in waiting.rglob("*")} == before
    assert digests(folder) == digests(finished)
    assert list(leftovers(folder)) == []


def test_a_clip_that_moved_is_asked_for_and_may_be_named_anew(
    film: tuple[Path, Path], waiting: Path, tmp_path: Path
) -> None:
    old, new, folder = tmp_path / "old.mp4", tmp_path / "new" / "old.mp4", tmp_path / "job"
    shutil.copy(film[0], old)
    run.design(old, film[1], folder, Settings(review=("script",)))
    new.parent.mkdir()
    old.rename(new)
    with pytest.raises(JobError, match="gone or has changed"):
        run.answer(folder, ReviewAnswer(action="approve"))
    assert not run.design(new, film[1], folder, Settings(review=("script",))).finished
    assert run.answer(folder, ReviewAnswer(action="approve")).finished


def _noise(data: bytes) -> bytes:
    rng = np.random.default_rng(1)
    flipped = np.frombuffer(data, np.uint8).copy()
    flipped[rng.integers(100, len(data), 4000)] ^= 0xFF
    return flipped.tobytes()


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"no database" * 100, _noise, lambda data: data[: len(data) // 2]],
    ids=["text", "bits", "cut"],
)
def test_damaged_checkpoints_are_one_line_and_can_be_begun_anew(
    damage: Callable[[bytes], bytes], waiting: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    shutil.copytree(waiting, folder)
    for log in folder.glob("checkpoints.sqlite-*"):
        log.unlink()
    database = folder / "checkpoints.sqlite"
    database.write_bytes(damage(database.read_bytes()))
    with pytest.raises(JobError, match=r"damaged.*remove the file") as caught:
        run.resume(folder)
    assert "\n" not in str(caught.value)
    database.unlink()
    for log in folder.glob("checkpoints.sqlite-*"):
        log.unlink()
    outcome = run.resume(folder)
    assert outcome.question is not None
    assert outcome.question.point == "script"


BAD_SETTINGS = {"job_id": "a", "state": "running", "settings": {"seed": -1}, "clip": 1, "created_on": 1}


@pytest.mark.parametrize("record", ["", "{", "[]", '{"job_id": "a"}', json.dumps(BAD_SETTINGS)])
def test_a_damaged_record_is_one_line(record: str, tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text(record)
    with pytest.raises(JobError, match=r"job\.json") as caught:
        run.resume(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_second_process_is_refused_and_changes_nothing(film: tuple[Path, Path], waiting: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in waiting.rglob("*")}
    with JobFolder(waiting).lock():
        command = [sys.executable, "-m", "foleydesigner.cli", "resume", str(waiting), "--quiet"]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert ended.stderr.count("\n") == 1
    assert "another process works in" in ended.stderr
    assert {p: p.stat().st_mtime_ns for p in waiting.rglob("*")} == before
    with JobFolder(waiting).lock(), pytest.raises(JobBusyError):
        run.design(*film, waiting, Settings(review=("script",)))


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_job_says_how_to_go_on(film: tuple[Path, Path], tmp_path: Path, number: int, code: int) -> None:
    command = [
        sys.executable,
        "-m",
        "foleydesigner.cli",
        "design",
        str(film[0]),
        "--out",
        str(tmp_path / "job"),
        "--quiet",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while not (tmp_path / "job" / "checkpoints.sqlite").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert said.strip().splitlines() == ["foley: stopped; `foley resume` goes on from the last finished stage"]
    assert run.resume(tmp_path / "job").finished
