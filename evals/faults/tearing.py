"""What a power cut leaves behind beside a plain death: half-written files and torn logs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from foleydesigner.job import JobFolder


def _no_tear(job: JobFolder) -> None:
    """A plain death: what the operating system has taken is written."""


def _half_files(job: JobFolder) -> None:
    """Half-written files under the temporary names that atomic writes use, and foreign scratch."""
    for folder in (job.root, job.stems, job.root / "takes"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".half.x1y2z3.part.wav").write_bytes(b"RIFF\x00\x01")
    job.work.mkdir(exist_ok=True)
    (job.work / ".bus.torn").write_bytes(b"\0" * 100)


def _torn_log(job: JobFolder) -> None:
    """A write-ahead log whose last page did not reach the disk: SQLite has to fall back on the page before."""
    log = Path(f"{job.checkpoints}-wal")
    if log.exists() and log.stat().st_size > 64:
        with log.open("ab") as stream:
            stream.write(b"\x5a" * 1500)


TEARS: tuple[Callable[[JobFolder], None], ...] = (_no_tear, _half_files, _torn_log)
