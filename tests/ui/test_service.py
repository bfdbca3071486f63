"""The documented API: the example runs and reviews a job; another person's job stays shut."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import soundfile
from gradio_client import Client

EXAMPLE = Path(__file__).parents[2] / "scripts" / "examples" / "review_a_job.py"


def test_the_example_runs_and_reviews_a_job(guarded: Any, film: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "mix.wav"
    arguments = [str(a) for a in (guarded.url, *film, target, "ada", "secret-1")]
    done = subprocess.run(
        [sys.executable, EXAMPLE, *arguments], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "script: score" in done.stdout
    assert soundfile.info(target).channels == 6
    job_id = next(word for word in done.stdout.split() if word.startswith("job-")).rstrip(":")

    bob = Client(guarded.url, auth=("bob", "secret-2"), verbose=False)
    assert bob.predict(api_name="/jobs") == []
    for call in (
        lambda: bob.predict(job_id, api_name="/status"),
        lambda: bob.predict(job_id, api_name="/script"),
        lambda: bob.predict(job_id, api_name="/files"),
        lambda: bob.predict(job_id, {"action": "approve"}, api_name="/answer"),
        lambda: bob.predict("../" + job_id, api_name="/status"),
    ):
        with pytest.raises(Exception, match="no such job"):
            call()


def test_nobody_comes_in_without_a_password(guarded: Any) -> None:
    assert httpx.get(f"{guarded.url}/config").status_code == 401
    assert httpx.get(f"{guarded.url}/gradio_api/info").status_code == 401
    assert httpx.get(f"{guarded.url}/media/job-x/report.html").status_code == 401
    assert httpx.get(f"{guarded.url}/gradio_api/mcp/schema").status_code in (401, 404)


@pytest.mark.parametrize("path", ["/etc/hostname", "../../etc/hostname", __file__])
def test_no_path_is_taken_from_a_client(app: Any, path: str) -> None:
    client, jobs = Client(app.url, verbose=False), set(app.jobs.iterdir())
    named = {"path": path, "meta": {"_type": "gradio.FileData"}}
    told = httpx.post(
        f"{app.url}/gradio_api/call/start",
        json={"data": [named, "", None, "procedural", "house", "stem", [], 0]},
    )
    if told.status_code == 200:
        answer = httpx.get(f"{app.url}/gradio_api/call/start/{told.json()['event_id']}", timeout=20).text
        assert "event: error" in answer
    assert set(app.jobs.iterdir()) == jobs
    client.close()


@pytest.mark.parametrize("name", ["/etc/passwd", "pyproject.toml", "../app.json"])
def test_gradios_own_file_route_serves_nothing_of_ours(app: Any, name: str) -> None:
    assert httpx.get(f"{app.url}/gradio_api/file={name}").status_code in (403, 404)
