"""Runs commands where they can do no harm: each in a process of its own, with limits, forked by a server that is warm.

The server (`python -m foleydesigner.evals.faults.server`) imports everything once and starts no thread; a command costs
a fork, not an interpreter. What the command leaves behind, on the disk and on standard error, is its outcome.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import Field

from foleydesigner.errors import ConfigurationError
from foleydesigner.model import Model

LIMIT_S = 30.0
MEMORY_MB = 4096
"""Of address space: libraries and threads claim over a gigabyte that they never touch."""
WAITING = 20
"""Exit code of a job that waits for a review."""
Kind = Literal["foley", "look", "read"]


class Request(Model):
    """What the server shall run.

    `foley`: the command line with `arguments`. `look`: perception alone of the clip `arguments[0]` into the job folder
    `arguments[1]`. `read`: the screenplay `arguments[0]` alone.
    """

    kind: Kind
    arguments: tuple[str, ...]
    cwd: str
    log: str
    """Standard output and error go to files of this name with `.out` and `.err` behind it."""
    environment: dict[str, str] = Field(default_factory=dict)
    limit_s: float = LIMIT_S
    memory_mb: int = MEMORY_MB
    file_mb: float | None = None
    """Largest file that may be written (RLIMIT_FSIZE): a disk that is full for everything over it."""
    nobody: bool = False
    """Run without root's rights, as user 65534."""


class Reply(Model):
    """How it ended."""

    code: int
    """Exit code, negative for the signal that ended it."""
    timed_out: bool
    wall_s: float
    peak_mb: float


class Outcome(Model):
    """Everything that can be said of one command."""

    code: int
    timed_out: bool
    wall_s: float
    peak_mb: float
    stdout: str
    stderr: str
    left: tuple[str, ...] = ()
    """Temporary files that are still there."""

    @property
    def crashed(self) -> bool:
        """Ended by a signal that nobody sent."""
        return self.code < 0 and not self.timed_out

    @property
    def traceback(self) -> bool:
        """A Python error reached the person."""
        return "Traceback (most recent call last)" in self.stderr or "Traceback (most recent call last)" in self.stdout

    @property
    def refused(self) -> bool:
        """Ended with one clear line on standard error and nothing else there."""
        return (
            self.code > 0
            and self.code != WAITING
            and self.stderr.startswith("foley: ")
            and self.stderr.count("\n") == 1
            and self.stderr.endswith("\n")
        )

    @property
    def fault(self) -> str:
        """What is wrong with it in any case, whatever it was asked; "" = nothing."""
        if self.timed_out:
            return f"still running after {self.wall_s:.0f} s"
        if self.crashed:
            return f"killed by signal {-self.code}"
        if self.traceback:
            return "traceback: " + (self.stderr.strip().splitlines() or ["?"])[-1][:200]
        if self.left:
            return f"left behind: {', '.join(self.left)[:200]}"
        if self.code and self.code != WAITING and not self.refused:
            return f"exit code {self.code} with {self.stderr.count(chr(10))} lines: {self.stderr[:200]!r}"
        return ""


class Sandbox:
    """A warm server and its scratch folder; use it as a context.

    Args:
        scratch: folder for logs and temporary files.

    Raises:
        ConfigurationError: the system cannot fork.
    """

    def __init__(self, scratch: Path) -> None:
        if sys.platform == "win32":
            raise ConfigurationError("a system without fork", "Linux or macOS", "run this part of the benchmark there")
        self._scratch, self._count = scratch.absolute(), 0
        self._scratch.mkdir(parents=True, exist_ok=True)
        # Other users may have to reach it: a job is also run without root's rights.
        self._scratch.chmod(0o755)
        command = [sys.executable, "-X", "faulthandler", "-m", "foleydesigner.evals.faults.server"]
        with (self._scratch / "server.err").open("wb") as log:
            self._server = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server."""
        if self._server.stdin is not None:
            self._server.stdin.close()
        if self._server.stdout is not None:
            self._server.stdout.close()
        self._server.wait(timeout=60)

    def foley(self, *arguments: str | Path, cwd: Path | None = None, **limits: object) -> Outcome:
        """The command line as a person would call it."""
        return self.run("foley", *arguments, cwd=cwd, **limits)

    def run(self, kind: Kind, *arguments: str | Path, cwd: Path | None = None, **limits: object) -> Outcome:
        """Run one command and look at what it left.

        Args:
            kind: see `Request`.
            arguments: of the command.
            cwd: where it runs; the scratch folder otherwise.
            limits: fields of `Request`.

        Raises:
            ConfigurationError: the server itself has died.
        """
        self._count += 1
        log = self._scratch / f"run_{self._count}"
        with tempfile.TemporaryDirectory(prefix="tmp_", dir=self._scratch) as temporary:
            Path(temporary).chmod(0o777)
            request = Request.model_validate(
                {
                    "kind": kind,
                    "arguments": tuple(str(argument) for argument in arguments),
                    "cwd": str(cwd or self._scratch),
                    "log": str(log),
                    **limits,
                    "environment": {"TMPDIR": temporary, **dict(limits.get("environment") or {})},  # type: ignore[call-overload]
                }
            )
            reply = self._ask(request)
            left = tuple(str(path.relative_to(temporary)) for path in Path(temporary).rglob("*"))
        out, err = (Path(f"{log}.{end}") for end in ("out", "err"))
        outcome = Outcome(
            **reply.model_dump(),
            stdout=out.read_text("utf-8", errors="replace"),
            stderr=err.read_text("utf-8", errors="replace"),
            left=left,
        )
        out.unlink()
        err.unlink()
        return outcome

    def _ask(self, request: Request) -> Reply:
        server = self._server
        try:
            assert server.stdin is not None  # noqa: S101 - both are pipes by construction
            assert server.stdout is not None  # noqa: S101
            server.stdin.write(request.model_dump_json() + "\n")
            server.stdin.flush()
            line = server.stdout.readline()
        except OSError:
            line = ""
        if not line:
            said = (self._scratch / "server.err").read_text("utf-8", errors="replace")[-400:]
            raise ConfigurationError(f"the fork server has died: {said}", "a running one", "see server.err")
        return Reply.model_validate_json(line)


def job_leftovers(folder: Path) -> list[str]:
    """Temporary names and scratch in a job folder, and deliverables that are not whole."""
    if not folder.exists():
        return []
    left = [str(p.relative_to(folder)) for p in folder.rglob("*") if ".part" in p.name or p.name.startswith(".bus.")]
    return [*left, *(name for name in _half_written(folder))]


def _half_written(folder: Path) -> list[str]:
    """Printed sound whose header promises more than there is, JSON that breaks off, previews without an index."""
    import json

    import soundfile

    broken = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        try:
            if path.suffix == ".wav":
                with soundfile.SoundFile(str(path)) as sound:
                    sound.seek(max(0, sound.frames - 1))
                    if sound.frames and len(sound.read(1)) != 1:
                        broken.append(str(path.relative_to(folder)))
            elif path.suffix == ".json":
                json.loads(path.read_text("utf-8"))
        except (soundfile.LibsndfileError, ValueError):
            broken.append(str(path.relative_to(folder)))
    return broken
