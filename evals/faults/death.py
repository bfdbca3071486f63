"""Jobs that are killed: at every node's start and end, inside every kind of write, at random times; then resumed.

A parent that has imported everything forks one child a job, so that a death costs a second and no state is carried from
one to the next. A few deaths are of fresh processes, killed from outside at random times. After each, `foley resume`
has to give the bytes of the undisturbed run, leave nothing half-written, and do no finished stage again.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from foleydesigner.config import Settings
from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.faults.tearing import TEARS
from foleydesigner.evals.faults.tiny import write_tiny_film
from foleydesigner.evals.faults.watching import LOG, Fault, boundaries, count_writes, lines_of, redone, watch
from foleydesigner.job import JobFolder
from foleydesigner.model import Line, Model

COMPARED = ("script/foley_script.json", "cues/*.json", "takes/*.wav", "stems/*", "mix/*.wav", "mix/settings.json")
_ENDED_WITH_ERROR = 70
_IMPORTED = (
    "av", "cv2", "langgraph.checkpoint.sqlite", "langgraph.graph", "pedalboard", "scipy.fft", "scipy.ndimage",
    "scipy.signal", "soundfile", "soxr", "foleydesigner.graph.build", "foleydesigner.graph.run",
)  # fmt: skip
_FIRST_DAY, _LATER_DAY = "1700000000", "1800000000"
"""SOURCE_DATE_EPOCH of a job and of its resume: the dates in the files have to be the job's, not the day's."""


class Death(Model):
    """One job that was killed and resumed."""

    point: Line
    """Where it was killed: "enter mix", "write 17, before the rename", "after 1.3 s"."""
    died: bool
    """False where the job had ended before that point came."""
    same: bool = True
    redone: tuple[str, ...] = ()
    """Finished stages that were done again."""
    left: tuple[str, ...] = ()
    """Files that should not be there."""
    note: Line = ""

    @property
    def survived(self) -> bool:
        """Whether the resumed job is as if nothing had happened."""
        return self.same and not self.redone and not self.left and not self.note


class DeathReport(Model):
    """All deaths of a sweep."""

    nodes: int
    writes: int
    same_on_one_core: bool
    """Whether a run on one core with one worker gave the bytes of the run on all of them."""
    deaths: int
    survived: int
    failures: tuple[Death, ...] = ()
    wall_s: float = Field(ge=0.0)


class Bench:
    """A tiny film, the undisturbed job on it, and children that are killed on the way to the same.

    Args:
        work: folder for all of it.
        settings: of every job.

    Raises:
        ConfigurationError: the system cannot fork.
    """

    def __init__(self, work: Path, settings: Settings | None = None) -> None:
        if not hasattr(os, "fork"):
            raise ConfigurationError("a system without fork", "Linux or macOS", "run this part of the benchmark there")
        self.work, self.settings = work, settings or Settings()
        self.clip, self.screenplay = write_tiny_film(work)
        _import_everything()
        reference = work / "reference"
        self.in_child(functools.partial(self._design, reference, None))
        self.boundaries, self.writes = boundaries(reference), count_writes(reference)
        self.expected = digests(reference)

    def die(self, fault: Fault, folder: Path, tear: Callable[[JobFolder], None] | None = None) -> Death:
        """One job killed at `fault`, torn by `tear`, resumed and compared."""
        status = self.in_child(functools.partial(self._design, folder, fault), may_die=True)
        return self._resumed(str(fault), folder, died=status == -signal.SIGKILL, tear=tear)

    def die_fresh(self, after_s: float, folder: Path) -> Death:
        """A process of its own killed from outside after some seconds, resumed by another one."""
        command = [sys.executable, "-m", "foleydesigner.cli", "design", str(self.clip), "--quiet"]
        command += ["--script", str(self.screenplay), "--out", str(folder)]
        first, later = ({**os.environ, "SOURCE_DATE_EPOCH": day} for day in (_FIRST_DAY, _LATER_DAY))
        silent: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=first, **silent)  # noqa: S603 - our own interpreter and module
        try:
            process.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            process.kill()
        died = process.wait() == -signal.SIGKILL
        if not (folder / "job.json").exists():
            # Nothing had begun: the same command begins it.
            subprocess.run(command, check=True, capture_output=True, env=first)  # noqa: S603 - as above
            return Death(point=f"after {after_s:.2f} s", died=died, same=digests(folder) == self.expected)
        resume = [sys.executable, "-m", "foleydesigner.cli", "resume", str(folder), "--quiet"]
        ended = subprocess.run(resume, check=False, capture_output=True, text=True, env=later)  # noqa: S603 - as above
        note = f"resume ended with {ended.returncode}: {ended.stderr[-200:]}" if ended.returncode else ""
        return Death(
            point=f"after {after_s:.2f} s",
            died=died,
            same=digests(folder) == self.expected,
            left=tuple(leftovers(folder)),
            note=note,
        )

    def in_child(self, work: Callable[[], None], *, may_die: bool = False) -> int:
        """Run `work` in a fork; its exit code, negative for the signal that killed it.

        Raises:
            ConfigurationError: it failed, and was not expected to.
        """
        child = os.fork()
        if child == 0:
            code = 0
            try:
                work()
            except BaseException:  # noqa: BLE001 - a child may never return into its parent's code
                (self.work / "child.log").write_text(traceback.format_exc(), "utf-8")
                code = _ENDED_WITH_ERROR
            os._exit(code)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code and not may_die:
            said = (self.work / "child.log").read_text("utf-8")[-400:] if code == _ENDED_WITH_ERROR else ""
            raise ConfigurationError(f"a child that ended with {code}: {said}", "a finished job", "see child.log")
        return code

    def _design(self, folder: Path, fault: Fault | None) -> None:
        from foleydesigner.graph import run

        watch(folder / LOG, fault)
        os.environ["SOURCE_DATE_EPOCH"] = _FIRST_DAY
        run.design(self.clip, self.screenplay, folder, self.settings)

    def _resume(self, folder: Path) -> None:
        from foleydesigner.graph import run

        watch(folder / LOG, None)
        os.environ["SOURCE_DATE_EPOCH"] = _LATER_DAY
        run.resume(folder)

    def _resumed(self, point: str, folder: Path, *, died: bool, tear: Callable[[JobFolder], None] | None) -> Death:
        if not (folder / "job.json").exists():
            self.in_child(functools.partial(self._design, folder, None))
            return Death(point=point, died=died, same=digests(folder) == self.expected, left=tuple(leftovers(folder)))
        if tear is not None:
            tear(JobFolder(folder))
        before = lines_of(folder)
        code = self.in_child(functools.partial(self._resume, folder), may_die=True)
        if code:
            said = (self.work / "child.log").read_text("utf-8")[-200:] if code == _ENDED_WITH_ERROR else f"code {code}"
            return Death(point=point, died=died, same=False, note=said)
        return Death(
            point=point,
            died=died,
            same=digests(folder) == self.expected,
            redone=tuple(redone(before, lines_of(folder)[len(before) :])),
            left=tuple(leftovers(folder)),
        )


def run(
    work: Path,
    *,
    random_kills: int = 20,
    fresh_kills: int = 4,
    writes: int = 24,
    seed: int = 0,
    only: Sequence[str] | None = None,
) -> DeathReport:
    """Kill a job at every node's start and end, at some of its writes, and at random times; resume each.

    Args:
        work: folder for all of it; what failed stays there.
        random_kills: forked jobs killed from outside.
        fresh_kills: jobs of their own process killed from outside.
        writes: how many of the job's writes are died in.
        seed: of what is random.
        only: nodes' boundaries to die at ("exit mix (0)"); None = all.
    """
    began = time.monotonic()
    bench, rng = Bench(work), np.random.default_rng(seed)
    chosen = sorted(rng.choice(bench.writes, size=min(writes, bench.writes), replace=False).tolist())
    faults = [fault for fault in bench.boundaries if only is None or str(fault) in only]
    faults += [Fault("before" if index % 2 else "after", "", number) for index, number in enumerate(chosen)]
    deaths = []
    for number, fault in enumerate(faults):
        deaths.append(bench.die(fault, work / f"death_{number}", TEARS[number % len(TEARS)]))
        _forget(work / f"death_{number}", deaths[-1])
    whole_s = _timed(functools.partial(bench.in_child, functools.partial(bench._design, work / "timed", None)))
    for number, share in enumerate(rng.uniform(0.0, 1.0, random_kills)):
        folder = work / f"random_{number}"
        deaths.append(_killed_at(bench, float(share) * whole_s, folder))
        _forget(folder, deaths[-1])
    for number, after_s in enumerate(rng.uniform(1.0, 2.0 + 2.0 * whole_s, fresh_kills)):
        deaths.append(bench.die_fresh(float(after_s), work / f"fresh_{number}"))
        _forget(work / f"fresh_{number}", deaths[-1])
    return DeathReport(
        nodes=len({fault.name for fault in bench.boundaries}),
        writes=bench.writes,
        same_on_one_core=_same_on_one_core(bench),
        deaths=sum(death.died for death in deaths),
        survived=sum(death.died and death.survived for death in deaths),
        failures=tuple(death for death in deaths if not death.survived),
        wall_s=round(time.monotonic() - began, 1),
    )


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of everything whose bytes may not depend on a death, by its path in the job."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in COMPARED
        for path in sorted(folder.glob(pattern))
    }


def leftovers(folder: Path) -> Iterator[str]:
    """Temporary names and scratch that a finished job may not hold."""
    for path in folder.rglob("*"):
        if ".part" in path.name or path.name.startswith(".bus.") or path.name == "work":
            yield str(path.relative_to(folder))


def _killed_at(bench: Bench, after_s: float, folder: Path) -> Death:
    """A forked child killed from outside after some seconds."""
    child = os.fork()
    if child == 0:
        try:
            bench._design(folder, None)
        finally:
            os._exit(0)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    died = os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    return bench._resumed(f"after {after_s:.2f} s", folder, died=died, tear=None)


def _same_on_one_core(bench: Bench) -> bool:
    """Whether one worker on one core makes the bytes that two workers on all cores made."""
    folder = bench.work / "one_core"

    def alone() -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        bench.settings = bench.settings.model_copy(update={"workers": 1})
        bench._design(folder, None)

    bench.in_child(alone)
    return digests(folder) == bench.expected


def _timed(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _forget(folder: Path, death: Death) -> None:
    """Keep only the folders of failures."""
    if death.survived:
        shutil.rmtree(folder, ignore_errors=True)


def _import_everything() -> None:
    """What a job imports, without starting a thread: a fork may not inherit one."""
    for name in _IMPORTED:
        importlib.import_module(name)
