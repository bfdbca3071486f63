"""A whole job with every mind served, and the command that serves them: against real vLLM servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from foleydesigner.agents.served.records import all_records
from foleydesigner.evals.faults.tiny import write_tiny_film
from foleydesigner.evals.serving import chat, environments
from foleydesigner.evals.serving.servers import Endpoint
from foleydesigner.job import JobFolder
from foleydesigner.serve_process import answers, free_port

pytestmark = pytest.mark.serving
FOLEY = (sys.executable, "-m", "foleydesigner.cli")


def answered(endpoint: Endpoint) -> int:
    """Requests that the server has ended, as its own counters tell it."""
    with urllib.request.urlopen(endpoint.url.removesuffix("/v1") + "/metrics", timeout=10) as reply:  # noqa: S310
        lines = reply.read().decode().splitlines()
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("vllm:request_success_total{")))


def minds_known() -> bool:
    shown = subprocess.run([*FOLEY, "demo", "--help"], capture_output=True, text=True, check=True).stdout
    return "served" in shown


def test_a_job_with_served_minds_ends_with_a_deliverable(
    vision: Endpoint, audio: Endpoint, text: Endpoint, tmp_path: Path
) -> None:
    if not minds_known():
        pytest.skip("this build has no served minds (foley demo --minds served)")
    before = {endpoint.model: answered(endpoint) for endpoint in (vision, text)}
    environment = {
        **os.environ,
        "FOLEY_VISION_URL": vision.url,
        "FOLEY_VISION_MODEL": vision.model,
        "FOLEY_AUDIO_URL": audio.url,
        "FOLEY_AUDIO_MODEL": audio.model,
        "FOLEY_TEXT_URL": text.url,
        "FOLEY_TEXT_MODEL": text.model,
        "FOLEY_API_KEY": "none-needed",
    }
    folder = tmp_path / "job"
    command = [*FOLEY, "demo", "--out", str(folder), "--minds", "served", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "done: " in done.stdout
    for made in ("report.html", "job.json", "script/foley_script.json", "mix/stereo.wav", "mix/surround_51.wav"):
        assert (folder / made).stat().st_size > 0, made
    assert list((folder / "stems").glob("*.wav"))
    assert list((folder / "delivery").iterdir())
    assert json.loads((folder / "script" / "foley_script.json").read_text("utf-8"))["events"]
    assert answered(vision) > before[vision.model], "no picture was asked about"
    assert answered(text) > before[text.model], "no text was asked for"


def wait_for(line: str, log: Path, process: subprocess.Popen[bytes], limit_s: float) -> str:
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        said = log.read_text("utf-8")
        if line in said:
            return said
        assert process.poll() is None, said
        time.sleep(0.2)
    raise AssertionError(f"{line!r} was not said in {limit_s} s: {log.read_text('utf-8')}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_models_serve_starts_real_servers_and_leaves_nobody(
    cache: Path, tmp_path: Path, number: signal.Signals
) -> None:
    psutil = pytest.importorskip("psutil")
    port = free_port()
    model = str(cache / "models" / "tiny-qwen2.5-vl")
    command = [*FOLEY, "models", "serve", "--profile", "small", "--device", "cpu", "--context", "4096"]
    command += ["--vllm-python", str(environments.python(cache / "vllm")), "--vision-model", model]
    command += ["--port", str(port), "--wait", "300", "--logs", str(tmp_path / "logs")]
    log = tmp_path / "said.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        said = wait_for("ready", log, process, 300)
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) > 1, "vLLM runs its engine in a process of its own"
        assert f"export FOLEY_VISION_URL=http://127.0.0.1:{port}/v1" in said
        assert "GB resident" in said
        assert chat.fetch(f"http://127.0.0.1:{port}/v1/models")["data"][0]["id"] == model
        process.send_signal(number)
        assert process.wait(60) == 0
    assert log.read_text("utf-8").rstrip().endswith("stopped")
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert not answers(f"http://127.0.0.1:{port}/health")


def test_a_job_with_a_real_small_model_ends_with_a_deliverable(smollm2: Endpoint, tmp_path: Path) -> None:
    clip, screenplay = write_tiny_film(tmp_path)
    environment = {
        **os.environ,
        "FOLEY_TEXT_URL": smollm2.url,
        "FOLEY_TEXT_MODEL": smollm2.model,
        "FOLEY_CALLS_IN_FLIGHT": "1",
        "FOLEY_CALL_TIMEOUT_S": "300",
        "FOLEY_ANSWER_TIMEOUT_S": "900",
    }
    folder = tmp_path / "job"
    command = [*FOLEY, "design", str(clip), "--script", str(screenplay), "--out", str(folder), "--minds", "served"]
    done = subprocess.run([*command, "--quiet"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    records = list(all_records(JobFolder(folder)))
    assert {r.role for r in records} >= {"script_expander", "script_scorer", "mixing_planner", "dynamics"}
    assert any(turn.outcome == "answered" for r in records for turn in r.turns)
    assert json.loads((folder / "script" / "foley_script.json").read_text("utf-8"))["events"]
    assert (folder / "mix" / "surround_51.wav").stat().st_size > 0
