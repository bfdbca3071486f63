"""The app as people meet it: a server process, the demo's film, a browser where there is one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from foleydesigner.tools.demo_scene import write_demo_scene

WAIT_MS = 60_000


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demo's clip and screenplay."""
    return write_demo_scene(tmp_path_factory.mktemp("film"))


@dataclass
class App:
    """A server of the app in a process of its own."""

    jobs: Path
    auth: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> App:
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "foleydesigner.cli", "ui", "--port", str(self.port), "--jobs", str(self.jobs)]
        for person in self.auth:
            command += ["--auth", person]
        with (self.jobs.parent / "app.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "FOLEY_TRACE": "off"})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                httpx.get(self.url, timeout=2)
                return self
            except httpx.TransportError:
                assert self.process.poll() is None, (self.jobs.parent / "app.log").read_text()
                time.sleep(0.2)
        self.kill()
        raise AssertionError("the app did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that asks nobody who they are."""
    running = App(tmp_path_factory.mktemp("app") / "jobs").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app of two people."""
    running = App(tmp_path_factory.mktemp("guarded") / "jobs", auth=("ada:secret-1", "bob:secret-2")).start()
    yield running
    running.stop()


def chromium() -> str | None:
    """The browser, where there is one."""
    return os.environ.get("FOLEY_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless chromium under Playwright."""
    path = chromium()
    if path is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


def is_complaint(message: Any) -> bool:
    """Whether the console was told of an error; of a request that a reload cut off it is told as well."""
    cut_off = ("signal is aborted", "Connection errored out")
    return message.type == "error" and not any(words in message.text for words in cut_off)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh window whose console has to stay clean."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True)
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if is_complaint(message) else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.set_default_timeout(WAIT_MS)
    yield opened
    context.close()
    assert not said, said


def _begin(page: Any, url: str, film: tuple[Path, Path], stops: tuple[str, ...] = ("script", "takes", "mix")) -> str:
    """Upload, choose where to stop, start; returns the job's id."""
    page.goto(url)
    page.set_input_files("#clip-file input[type=file]", str(film[0]))
    page.fill("#screenplay textarea", film[1].read_text("utf-8"))
    page.wait_for_function("document.querySelector('#clip-facts :is(textarea, input)').value.includes('2 shots')")
    for stop in {"script", "takes", "mix"} - set(stops):
        page.get_by_label(stop, exact=True).uncheck()
    page.click("#start")
    page.wait_for_function("document.querySelector('#job-id :is(textarea, input)').value.startsWith('job-')")
    return str(page.input_value("#job-id :is(textarea, input)"))


@pytest.fixture
def begin() -> Any:
    """Upload, choose where to stop, start: a function that returns the job's id."""
    return _begin
