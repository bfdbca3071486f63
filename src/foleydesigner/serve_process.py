"""A model server as a child process: started with a log, waited for until it is healthy, stopped with all its children.

A server such as vLLM starts workers of its own. The family is one process group and is ended as one: nobody stays.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from foleydesigner.errors import ServingError

_POLL_S = 0.2
_ANSWER_S = 5.0
"""How long one question for its health may take."""
_TAIL_BYTES = 100_000
_NAMED_ERROR = re.compile(r"\b\w*(Error|Exception): ")
_LOG_PREFIX = re.compile(r"^(\(\w+ pid=\d+\) )?(ERROR [\d-]+ [\d:]+ \[[^\]]*\] )?")
"""What vLLM begins its lines with: `(EngineCore pid=7) ERROR 01-31 12:00:00 [core.py:1] `."""
_UNPROXIED = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A server on this machine is asked directly, whatever proxy the machine uses for others."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What to start, and where it will answer."""

    name: str
    """For messages and for the log: `vision`."""
    command: Sequence[str]
    host: str = "127.0.0.1"
    port: int
    log: Path
    """Where its output goes."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to this process's own."""
    health: str = "/health"

    @property
    def url(self) -> str:
        """Root of the server, without `/v1`; a server on every interface is asked on the loopback."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}"


class Server:
    """One running server. As a context manager it is started on entry and stopped on exit, whatever happens between."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process_id(self) -> int | None:
        """Number of the first process of the family; None before the start."""
        return self._process.pid if self._process else None

    @property
    def ended(self) -> int | None:
        """Exit code of the first process; None while it runs or was never started."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the family.

        Raises:
            ServingError: the port is taken, or the command cannot be run.
        """
        launch = self.launch
        require_free_port(launch.host, launch.port)
        launch.log.parent.mkdir(parents=True, exist_ok=True)
        with launch.log.open("wb") as log:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the command is ours, its arguments are not run by a shell
                    list(launch.command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **launch.environment},
                    start_new_session=True,
                )
            except OSError as error:
                raise ServingError(
                    f"{launch.command[0]} cannot be run ({error.strerror})",
                    "a program that starts the server",
                    "install it, or name another",
                ) from error

    def wait(self, limit_s: float, stop: threading.Event | None = None) -> float | None:
        """Seconds until the server was healthy, from now; None when `stop` was set before.

        Raises:
            ServingError: the server ended, or was not healthy after `limit_s` seconds.
        """
        began = time.monotonic()
        while time.monotonic() - began < limit_s:
            if stop is not None and stop.is_set():
                return None
            self.require_alive()
            if answers(self.launch.url + self.launch.health):
                return time.monotonic() - began
            (stop or threading.Event()).wait(_POLL_S)
        raise ServingError(
            f"the {self.launch.name} server did not answer {self.launch.health} within {limit_s:g} s",
            "a healthy server",
            f"see {self.launch.log}, or allow more time",
        )

    def require_alive(self) -> None:
        """Pass while the server runs.

        Raises:
            ServingError: it ended.
        """
        code = self.ended
        if code is not None:
            said = last_error(self.launch.log)
            raise ServingError(
                f"the {self.launch.name} server ended with {code}" + (f" ({said})" if said else ""),
                "a server that stays up",
                f"see {self.launch.log}",
            )

    def stop(self, grace_s: float = 30.0) -> None:
        """Ask the family to end, and end by force what is left after `grace_s` seconds."""
        process = self._process
        if process is None:
            return
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
        # The first process is gone or deaf; workers may outlive it.
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()
        self._process = None

    def resident_mb(self) -> float | None:
        """Resident memory of the family in MB, where pages that two share count twice; None without psutil."""
        try:
            import psutil
        except ImportError:
            return None
        total = 0.0
        with contextlib.suppress(psutil.Error):
            first = psutil.Process(self.process_id)
            for one in [first, *first.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += one.memory_info().rss / 2**20
        return total

    def _signal(self, number: int) -> None:
        """Send a signal to the family; where there are no groups, to its first process."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)


def require_free_port(host: str, port: int) -> None:
    """Pass when `port` can be listened on.

    Raises:
        ServingError: another program listens there, or the address is not this machine's.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServingError(
                f"port {port} on {host} cannot be used ({error.strerror})",
                "a free port of this machine",
                "pass another --port, or stop what listens there",
            ) from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether a GET of `url` is answered with 200 within five seconds."""
    try:
        with _UNPROXIED.open(url, timeout=_ANSWER_S) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def last_error(log: Path, limit: int = 200) -> str:
    """The last line of a log that names an error, else its last one; at most `limit` characters."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines()]
    except OSError:
        return ""
    lines = [line for line in lines if line]
    named = [line for line in lines if _NAMED_ERROR.search(line) and "root cause above" not in line]
    return _LOG_PREFIX.sub("", (named or lines or [""])[-1])[:limit]
