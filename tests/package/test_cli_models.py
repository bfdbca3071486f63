"""`foley models serve` as a program: what it starts, says and stops, with a stub in vLLM's place."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foleydesigner.serve_process import free_port

STUB = """\
#!{python}
import http.server, sys
if "--fail" in "{flags}":
    sys.exit("RuntimeError: the model does not fit")
port = int(sys.argv[sys.argv.index("--port") + 1])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if "--ill" in "{flags}" else 200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stub is started by its first line")


def stub(tmp_path: Path, flags: str = "") -> Path:
    program = tmp_path / "python-with-vllm"
    program.write_text(STUB.format(python=sys.executable, flags=flags))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def command(tmp_path: Path, *arguments: object, flags: str = "") -> list[str]:
    line = [sys.executable, "-m", "foleydesigner.cli", "models", "serve", "--device", "cpu", "--logs", tmp_path]
    return [str(part) for part in [*line, "--vllm-python", stub(tmp_path, flags), "--port", free_port(), *arguments]]


def run(*line: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in line],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def test_a_dry_run_shows_the_command_and_the_lines_and_starts_nothing(tmp_path: Path) -> None:
    done = run(*command(tmp_path, "--dry-run", "--vision-model", "tiny", "--context", 4096, flags="--fail"))
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert "vllm.entrypoints.openai.api_server --model tiny" in first
    assert "--max-model-len 4096" in first
    assert [line.split("=")[0] for line in rest] == [
        "export FOLEY_VISION_URL",
        "export FOLEY_VISION_MODEL",
        "export FOLEY_TEXT_URL",
        "export FOLEY_TEXT_MODEL",
    ]
    assert not list(tmp_path.glob("*.log"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    said = tmp_path / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(command(tmp_path), stdout=output, stderr=subprocess.STDOUT)
    began = time.monotonic()
    while "ready" not in said.read_text() and time.monotonic() - began < 30 and process.poll() is None:
        time.sleep(0.05)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    child = int(children.read_text().split()[0]) if children.exists() else None
    process.send_signal(number)
    assert process.wait(30) == 0, said.read_text()
    text = said.read_text()
    assert "vision: healthy after" in text
    assert "export FOLEY_VISION_URL=http://127.0.0.1:" in text
    assert text.endswith("stopping\nstopped\n")
    assert child is None or not Path(f"/proc/{child}").exists()


def test_a_stop_before_it_is_healthy_stops_too(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(command(tmp_path, flags="--ill"), stdout=output, stderr=subprocess.STDOUT)
    began = time.monotonic()
    while "starts at" not in said.read_text() and time.monotonic() - began < 30:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, said.read_text()
    assert "export" not in said.read_text()


@pytest.mark.parametrize(
    ("arguments", "flags", "words"),
    [
        ((), "--fail", "the vision server ended with 1 (RuntimeError: the model does not fit)"),
        (("--wait", 1), "--ill", "did not answer /health within 1 s"),
        (("--audio-model", "x"), "", "--audio-model with profile small"),
        (("--vllm-python", "/nowhere/python"), "", "/nowhere/python is no program"),
        (("--profile", "huge"), "", "'huge' is not one of"),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, arguments: tuple[object, ...], flags: str, words: str) -> None:
    done = run(*command(tmp_path, *arguments, flags=flags))
    assert done.returncode not in (0, 1)
    assert done.stderr.startswith("foley: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_no_gpu_and_no_uv_are_said(tmp_path: Path) -> None:
    line = (sys.executable, "-m", "foleydesigner.cli", "models", "serve")
    nothing = str(tmp_path)
    no_gpu = run(*line, "--vllm-python", sys.executable, PATH=nothing)
    assert "no GPU was found" in no_gpu.stderr
    assert no_gpu.returncode == 11


def test_help_loads_nothing_heavy() -> None:
    heavy = "('numpy', 'pydantic', 'urllib.request')"
    code = f"import sys, foleydesigner.cli_models; print([m for m in {heavy} if m in sys.modules])"
    assert run(sys.executable, "-c", code).stdout.strip() == "[]"
