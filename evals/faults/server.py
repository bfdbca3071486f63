"""The warm side of `sandbox.Sandbox`: reads requests from standard input, forks for each, replies with how it ended."""

from __future__ import annotations

import faulthandler
import importlib
import os
import resource
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

from foleydesigner.evals.faults.sandbox import Reply, Request

_IMPORTED = (
    "av", "cv2", "foleydesigner.cli", "foleydesigner.graph.build", "foleydesigner.graph.delivering",
    "foleydesigner.graph.run", "foleydesigner.tools.perception", "foleydesigner.tools.report.page",
    "foleydesigner.tools.screenplay", "langgraph.checkpoint.sqlite", "langgraph.graph", "pedalboard", "scipy.fft",
    "scipy.ndimage", "scipy.signal", "scenedetect.detectors.content_detector", "soundfile", "soxr",
)  # fmt: skip
_TRACEBACK_CODE = 70
_NOBODY = 65534
_POLL_S = 0.005


def main() -> None:
    """Serve until standard input ends."""
    for name in _IMPORTED:
        importlib.import_module(name)
    for line in sys.stdin:
        reply = run(Request.model_validate_json(line))
        print(reply.model_dump_json(), flush=True)  # noqa: T201 - the protocol


def run(request: Request) -> Reply:
    """Fork, wait at most the request's limit, and count what it took."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _be_child(request)
    timed_out = False
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            break
        if not timed_out and time.monotonic() - began > request.limit_s:
            timed_out = True
            # Its whole session: a command may have started others.
            os.killpg(child, signal.SIGKILL)
        time.sleep(_POLL_S)
    unit = 1 if sys.platform == "darwin" else 1024
    return Reply(
        code=os.waitstatus_to_exitcode(status),
        timed_out=timed_out,
        wall_s=round(time.monotonic() - began, 3),
        peak_mb=round(usage.ru_maxrss * unit / 1e6, 1),
    )


def _be_child(request: Request) -> None:
    """Become the command; never returns."""
    code = _TRACEBACK_CODE
    try:
        os.setsid()
        _redirect(request)
        _limit(request)
        os.chdir(request.cwd)
        os.environ.update(request.environment)
        _forget_temporary_folder()
        code = _work(request)
        for thread in threading.enumerate():
            # As an interpreter does when it ends: a thread that never ends is a hang.
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    except BaseException:  # noqa: BLE001 - a child may never return into the server's loop
        traceback.print_exc()
        code = _TRACEBACK_CODE
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _work(request: Request) -> int:
    if request.kind == "foley":
        from foleydesigner.cli import main as foley

        sys.argv = ["foley", *request.arguments]
        try:
            foley()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0
    from foleydesigner.errors import FoleyError
    from foleydesigner.evals.faults import looking

    try:
        if request.kind == "look":
            print(looking.look(Path(request.arguments[0]), Path(request.arguments[1])))  # noqa: T201 - its reply
        else:
            print(looking.read(Path(request.arguments[0])))  # noqa: T201 - its reply
    except FoleyError as error:
        print(f"foley: {error}", file=sys.stderr)  # noqa: T201 - as the command line does
        return error.exit_code
    return 0


def _redirect(request: Request) -> None:
    """Standard streams into files; Python's own wrappers are made anew so that nothing of the server's is in them."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    for number, end in ((1, "out"), (2, "err")):
        file = os.open(f"{request.log}.{end}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, number)
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    faulthandler.enable(file=sys.__stderr__ or sys.stderr)


def _limit(request: Request) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    size = request.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    if request.file_mb is not None:
        # Python ignores SIGXFSZ, so that writing on gives EFBIG, as a full disk gives ENOSPC.
        most = round(request.file_mb * (1 << 20))
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    if request.nobody and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def _forget_temporary_folder() -> None:
    """The server may have looked up its own already."""
    import tempfile

    tempfile.tempdir = None


if __name__ == "__main__":
    main()
