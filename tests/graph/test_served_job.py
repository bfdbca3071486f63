"""Whole jobs whose roles are played by a scripted model server over real HTTP."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from foleydesigner.agents.cast import ROLES
from foleydesigner.agents.served.records import all_records
from foleydesigner.config import Settings
from foleydesigner.evals.bench.minds import one_job
from foleydesigner.evals.faults.tiny import write_tiny_film
from foleydesigner.evals.puppets.answers import Puppet
from foleydesigner.evals.puppets.server import MODEL, ScriptedServer, serving
from foleydesigner.graph import run
from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_tiny_film(tmp_path_factory.mktemp("film"))


def settings(url: str, **changes: Any) -> Settings:
    return Settings(omni_url=url, omni_model=MODEL, call_timeout_s=2.0, answer_timeout_s=15.0, **changes)


@pytest.fixture(scope="module")
def served(film: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> JobFolder:
    job = JobFolder(tmp_path_factory.mktemp("served") / "job")
    with serving(ScriptedServer(Puppet(rejections=1))) as server:
        assert run.design(*film, job.root, settings(server.url)).finished
    return job


def test_every_role_is_played_by_the_model(served: JobFolder) -> None:
    records = list(all_records(served))
    assert {r.role for r in records} == set(ROLES)
    assert {r.answered_by for r in records} == {"served"}
    provenance = json.loads(served.provenance.read_text())
    assert provenance["minds"] == dict.fromkeys(ROLES, MODEL)
    assert provenance["calls"]["filmscribe_writer"]["images"] >= 6
    assert all(row["by_house"] == 0 for row in provenance["calls"].values())
    assert "Models asked" in served.report.read_text()


def test_the_validators_finding_made_the_writer_write_again(served: JobFolder) -> None:
    texts = json.loads(served.structured_text.read_text())
    assert [len(t["open_findings"]) for t in texts] == [len(texts[0]["open_findings"]), 0]
    assert texts[0]["open_findings"][0]["message"] == "say what it is"


def test_the_script_is_what_the_model_wrote(served: JobFolder) -> None:
    script = read_script(served)
    assert any("exp0" in event.label or "exp1" in event.label or "exp2" in event.label for event in script.events)
    assert all(event.material == "wood" for event in script.events)


def test_no_word_of_a_picture_or_key_is_kept_with_the_calls(served: JobFolder) -> None:
    text = "".join(path.read_text() for path in served.calls.glob("*/*.json"))
    assert "base64" not in text
    assert max(path.stat().st_size for path in served.calls.glob("*/*.json")) < 100_000


def test_a_job_that_is_run_again_asks_nothing_that_was_answered(
    served: JobFolder, film: tuple[Path, Path], tmp_path: Path
) -> None:
    again = JobFolder(tmp_path / "again")
    shutil.copytree(served.calls, again.calls)
    with serving(ScriptedServer(Puppet())) as server:
        assert run.design(*film, again.root, settings(server.url)).finished
        assert server.requests == []
    assert again.script.read_bytes() == served.script.read_bytes()
    assert again.stereo.read_bytes() == served.stereo.read_bytes()


def test_without_its_server_the_house_does_the_job_and_says_so(film: tuple[Path, Path], tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "job")
    outcome = run.design(*film, job.root, settings("http://127.0.0.1:9/v1"))
    assert outcome.finished
    (warning,) = outcome.warnings
    assert warning.startswith("the house mind answered ")
    assert "in a model's place" in warning
    house = JobFolder(tmp_path / "house")
    assert run.design(*film, house.root, Settings(minds="house")).finished
    assert read_script(job).events == read_script(house).events


@pytest.mark.parametrize("number", [3, 5])
def test_a_hostile_server_harms_nothing(number: int, tmp_path: Path) -> None:
    clip, screenplay = write_tiny_film(tmp_path / "film")
    wrong, records, met = one_job(tmp_path, clip, screenplay, number)
    assert wrong == []
    assert met.total() > 0
    assert records


def test_a_job_may_go_on_with_a_server_that_has_moved(film: tuple[Path, Path], tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "job")
    with serving(ScriptedServer(Puppet())) as first:
        outcome = run.design(*film, job.root, settings(first.url, review="script"))
        assert not outcome.finished
    with serving(ScriptedServer(Puppet())) as second:
        run.design(*film, job.root, settings(second.url, review="script"))
        assert job.read_record()["settings"]["omni_url"] == second.url


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals of another process")
def test_an_interrupt_does_not_wait_for_a_server_that_hangs(film: tuple[Path, Path], tmp_path: Path) -> None:
    clip, _ = film
    with serving(ScriptedServer(Puppet(), latency_s=30.0)) as server:
        command = [sys.executable, "-m", "foleydesigner.cli", "design", str(clip), "--out", str(tmp_path / "job")]
        environment = os.environ | {"FOLEY_OMNI_URL": server.url, "FOLEY_OMNI_MODEL": MODEL}
        process = subprocess.Popen([*command, "--quiet"], env=environment, stderr=subprocess.PIPE)
        deadline_s = time.monotonic() + 30.0
        while not (tmp_path / "job" / "perception" / "picture.json").exists() and time.monotonic() < deadline_s:
            time.sleep(0.05)
        time.sleep(1.5)  # its first question is under way
        began_s = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20.0)
        assert time.monotonic() - began_s < 5.0
        assert process.returncode == 128 + signal.SIGINT
        assert b"foley resume" in said
