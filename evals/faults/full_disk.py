"""An output place that fills up in the middle of a job, and is given room again.

A small tmpfs is mounted where that is allowed; elsewhere a limit on the size of single files (RLIMIT_FSIZE) stands for
it, which a job meets in its longer files only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from foleydesigner.evals.faults.broken import Verdict
from foleydesigner.evals.faults.death import digests
from foleydesigner.evals.faults.sandbox import Outcome, Sandbox, job_leftovers
from foleydesigner.evals.faults.tiny import write_tiny_film

SIZES_MB = (0.1, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0)
"""Of the disk; the job on the tiny film needs about nine."""
FILE_SIZES_MB = (0.02, 0.1, 0.4, 0.7)
"""Of the longest file, where no disk can be mounted."""
_ROOMY = "256m"
_FULL_CODE = 5


@contextmanager
def small_disk(folder: Path, size_mb: float) -> Iterator[bool]:
    """A disk of `size_mb` at `folder` for a while; False where none may be mounted."""
    folder.mkdir(parents=True)
    options = f"size={round(size_mb * 1024)}k,mode=777"
    mounted = sys.platform == "linux" and _mount("-t", "tmpfs", "-o", options, "foley-bench", str(folder))
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False, capture_output=True)  # noqa: S603, S607 - by name
        shutil.rmtree(folder, ignore_errors=True)


def run(work: Path, sandbox: Sandbox, sizes_mb: Sequence[float] | None = None) -> tuple[Verdict, ...]:
    """Fill disks of several sizes; each job has to stop in one line, and to go on to the same bytes once there is room.

    Args:
        work: folder for all of it.
        sandbox: where jobs run.
        sizes_mb: of the disks, or of the longest file where none may be mounted; None = the usual ones.
    """
    work.mkdir(parents=True, exist_ok=True)
    clip, screenplay = write_tiny_film(work)
    whole = work / "whole"
    first = sandbox.foley("design", clip, "--script", screenplay, "--out", whole, "--quiet", limit_s=120.0)
    if first.code != 0:
        return (Verdict(name="undisturbed job", said=first.stderr[:300], faults=(first.fault or "not finished",)),)
    expected = digests(whole)
    with small_disk(work / "probe", 1.0) as mounts:
        pass
    verdicts = []
    for size_mb in sizes_mb or (SIZES_MB if mounts else FILE_SIZES_MB):
        name = f"disk of {size_mb:g} MB" if mounts else f"files of at most {size_mb:g} MB"
        with small_disk(work / f"disk_{size_mb:g}", size_mb) as mounted:
            folder = work / f"disk_{size_mb:g}" / "job"
            limits: dict[str, object] = {} if mounted else {"file_mb": size_mb}
            design = ("design", clip, "--script", screenplay, "--out", folder, "--quiet")
            full = sandbox.foley(*design, limit_s=120.0, **limits)  # type: ignore[arg-type]
            faults = _met(full, folder)
            if mounted:
                _mount("-o", f"remount,size={_ROOMY}", str(folder.parent))
            again = ("resume", folder, "--quiet") if (folder / "job.json").exists() else design
            faults += _gone_on(sandbox.foley(*again, limit_s=120.0), folder, expected)
        verdicts.append(Verdict(name=name, said=full.stderr.strip()[:300], faults=tuple(faults), wall_s=full.wall_s))
    return tuple(verdicts)


def _met(full: Outcome, folder: Path) -> list[str]:
    """What is wrong with how a full disk was met."""
    faults = [full.fault] if full.fault else []
    if full.code == 0:
        return [*faults, "the job fitted: nothing was tried"]
    if not full.refused or full.code != _FULL_CODE:
        faults.append(f"no single line with exit code {_FULL_CODE}: {full.code}, {full.stderr[:200]!r}")
    return faults + [f"half-written: {name}" for name in job_leftovers(folder)]


def _gone_on(ended: Outcome, folder: Path, expected: dict[str, str]) -> list[str]:
    """What is wrong with the job once there is room."""
    if ended.code != 0:
        return [f"with room again: exit code {ended.code}, {ended.stderr[:200]!r}"]
    found = digests(folder)
    other = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
    return [f"other bytes than undisturbed: {other[:3]}"] if other else []


def _mount(*arguments: str) -> bool:
    try:
        ended = subprocess.run(["mount", *arguments], check=False, capture_output=True)  # noqa: S603, S607 - by name
    except OSError:
        return False
    return ended.returncode == 0
