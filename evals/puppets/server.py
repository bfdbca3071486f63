"""A real HTTP server on this machine that speaks the OpenAI chat interface; latency and faults are scripted."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from foleydesigner.evals.puppets.answers import Puppet
from foleydesigner.evals.puppets.faults import Fault, FaultPlan, spoiled

MODEL = "scripted-omni"


@dataclass
class ScriptedServer:
    """What it does, and what it was asked.

    Attributes:
        puppet: makes the right answers.
        latency_s: that every answer takes.
        faults: when to do what wrong; None = never.
        url: where it listens.
        requests: (began, ended, schema name, fault) of each request, monotonic seconds.
    """

    puppet: Puppet
    latency_s: float = 0.0
    faults: FaultPlan | None = None
    url: str = ""
    requests: list[tuple[float, float, str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, began_s: float, name: str, fault: str) -> None:
        """One request more."""
        with self._lock:
            self.requests.append((began_s, time.monotonic(), name, fault))


@contextlib.contextmanager
def serving(server: ScriptedServer) -> Iterator[ScriptedServer]:
    """Serve on a free port of the loopback interface while the block lasts."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    http.block_on_close = False
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join(5.0)


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(200, json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}).encode())

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            began_s, body = time.monotonic(), json.loads(raw)
            name = body["response_format"]["json_schema"]["name"]
            fault = server.faults.of(raw) if server.faults is not None else None
            time.sleep(server.latency_s)
            if fault is None:
                # Before the reply: who has it may ask at once how many requests there were.
                server.note(began_s, name, "")
            with contextlib.suppress(OSError):  # who gave up waiting has closed the connection
                self._answer(body, fault)
            if fault is not None:
                server.note(began_s, name, fault.kind)

        def _answer(self, body: dict[str, Any], fault: Fault | None) -> None:
            text = server.puppet.answer(body)
            if fault is None:
                self._send(200, completion(text, body))
                return
            reply = spoiled(fault, text, lambda spoiled_text, reason: completion(spoiled_text, body, reason))
            time.sleep(reply.delay_s)
            self._send(reply.status, reply.body, reply.headers, reply.cut_at)

        def _send(
            self, status: int, data: bytes, headers: dict[str, str] | None = None, cut_at: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in ({"content-type": "application/json"} | (headers or {})).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:cut_at])
            if cut_at is not None:
                self.close_connection = True
                self.connection.close()

        def handle(self) -> None:
            with contextlib.suppress(OSError):  # who gave up waiting has closed the connection
                super().handle()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


def _tokens_of(body: dict[str, Any]) -> int:
    """Four characters a token, 500 tokens a picture, 25 a second of sound."""
    total = 0.0
    for message in body["messages"]:
        content = message["content"]
        parts: list[Any] = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for part in parts:
            if part["type"] == "text":
                total += len(part["text"]) / 4
            elif part["type"] == "image_url":
                total += 500
            else:
                total += 25 * len(part["input_audio"]["data"]) * 0.75 / 32000
    return int(total)


def completion(text: str, body: dict[str, Any], reason: str = "stop") -> bytes:
    """A chat completion as the interface has it; tokens counted by rule of thumb."""
    asked = _tokens_of(body)
    usage = {"prompt_tokens": asked, "completion_tokens": len(text) // 4, "total_tokens": asked + len(text) // 4}
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    data = {
        "id": "c", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice], "usage": usage,
    }  # fmt: skip
    return json.dumps(data).encode()
