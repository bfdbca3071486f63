"""A server as a child process: health, time limit, death, ports, and nobody left behind."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from foleydesigner.errors import ServingError
from foleydesigner.serve_process import Launch, Server, answers, free_port, last_error

STUB = """\
import http.server, os, subprocess, sys, time
port, ready_s, stubborn = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:] == ["stubborn"]
if stubborn:
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
began = time.monotonic()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if time.monotonic() - began > ready_s else 503)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests talk to a stub on the loopback, and to nobody else."""
    connect = socket.socket.connect

    def loopback_only(self: socket.socket, address: Any, *rest: Any) -> None:
        assert address[0] == "127.0.0.1", address
        connect(self, address, *rest)

    monkeypatch.setattr(socket.socket, "connect", loopback_only)


def stub(tmp_path: Path, *arguments: str, port: int | None = None) -> Launch:
    port = port or free_port()
    command = [sys.executable, "-c", STUB, str(port), *(arguments or ("0",))]
    return Launch(name="stub", command=command, port=port, log=tmp_path / "logs" / "stub.log")


def alive(process_id: int) -> bool:
    """Whether a process runs; one that ended and that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def child_of(launch: Launch) -> int:
    return int(launch.log.read_text().split()[1])


def gone_within(process_id: int, limit_s: float) -> bool:
    began = time.monotonic()
    while alive(process_id) and time.monotonic() - began < limit_s:
        time.sleep(0.02)
    return not alive(process_id)


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def test_it_waits_until_the_server_is_healthy(tmp_path: Path) -> None:
    with Server(stub(tmp_path, "0.6")) as server:
        assert server.ended is None
        took_s = server.wait(20.0)
        assert took_s is not None
        assert took_s > 0.3
        assert answers(server.launch.url + "/health")
    assert not answers(server.launch.url + "/health")


@needs_proc
def test_stopping_ends_the_whole_family(tmp_path: Path) -> None:
    with Server(stub(tmp_path)) as server:
        server.wait(20.0)
        first, child = server.process_id, child_of(server.launch)
        assert first is not None
        assert alive(first)
        assert alive(child)
    assert gone_within(first, 5.0)
    assert gone_within(child, 5.0)
    assert server.process_id is None


@needs_proc
def test_one_that_does_not_listen_is_ended_by_force(tmp_path: Path) -> None:
    server = Server(stub(tmp_path, "0", "stubborn"))
    server.start()
    server.wait(20.0)
    first, child = server.process_id, child_of(server.launch)
    assert first is not None
    began = time.monotonic()
    server.stop(grace_s=0.3)
    assert time.monotonic() - began < 5.0
    assert gone_within(first, 5.0)
    assert gone_within(child, 5.0)


@needs_proc
def test_workers_of_a_server_that_died_are_ended_too(tmp_path: Path) -> None:
    with Server(stub(tmp_path)) as server:
        server.wait(20.0)
        child = child_of(server.launch)
        assert server.process_id is not None
        os.kill(server.process_id, signal.SIGKILL)
        while server.ended is None:
            time.sleep(0.02)
        assert alive(child)
    assert gone_within(child, 5.0)


def test_a_server_that_is_never_healthy_runs_into_the_limit(tmp_path: Path) -> None:
    with (
        Server(stub(tmp_path, "600")) as server,
        pytest.raises(ServingError, match=r"did not answer /health within 1 s"),
    ):
        server.wait(1.0)


def test_a_server_that_dies_says_its_last_error(tmp_path: Path) -> None:
    code = "print('starting'); raise SystemExit('ValueError: no such model')"
    launch = Launch(name="vision", command=[sys.executable, "-c", code], port=free_port(), log=tmp_path / "v.log")
    with Server(launch) as server, pytest.raises(ServingError) as caught:
        server.wait(20.0)
    assert "the vision server ended with 1 (ValueError: no such model)" in str(caught.value)
    assert "v.log" in str(caught.value)


def test_waiting_ends_when_it_is_told_to(tmp_path: Path) -> None:
    stop = threading.Event()
    with Server(stub(tmp_path, "600")) as server:
        threading.Timer(0.3, stop.set).start()
        assert server.wait(30.0, stop) is None


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServingError, match=f"port {port} on 127.0.0.1 cannot be used"):
            Server(stub(tmp_path, port=port)).start()


def test_a_missing_program_is_one_clear_line(tmp_path: Path) -> None:
    launch = Launch(name="x", command=["/nowhere/vllm"], port=free_port(), log=tmp_path / "x.log")
    with pytest.raises(ServingError, match="/nowhere/vllm cannot be run"):
        Server(launch).start()


def test_memory_of_the_family_is_counted(tmp_path: Path) -> None:
    pytest.importorskip("psutil")
    with Server(stub(tmp_path)) as server:
        server.wait(20.0)
        resident_mb = server.resident_mb()
    assert resident_mb is not None
    assert 10.0 < resident_mb < 500.0  # two small interpreters


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "(Worker pid=7) ERROR 01-31 12:00:00 [a.py:95] ValueError: no weight\nError: See root cause above.\n",
            "ValueError: no weight",
        ),
        ("", ""),
        ("one\ntwo\n\n", "two"),
        ("a\nOSError: full\nbye\n", "OSError: full"),
        ("x" * 999, "x" * 200),
    ],
)
def test_the_line_that_tells_why(tmp_path: Path, text: str, said: str) -> None:
    log = tmp_path / "log"
    log.write_text(text)
    assert last_error(log) == said


def test_without_a_log_nothing_is_said(tmp_path: Path) -> None:
    assert last_error(tmp_path / "none") == ""
