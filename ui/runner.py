"""Runs jobs beside the app: one worker an engine, so that a browser that closes stops nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from foleydesigner.errors import FoleyError, JobBusyError, JobStoppedError
from foleydesigner.graph.stage import Progress
from foleydesigner.graph.stopping import Stopper
from foleydesigner.job import JobFolder
from foleydesigner.ui.library import Library
from foleydesigner.ui.words import without_folders

if TYPE_CHECKING:
    from foleydesigner.config import Settings
    from foleydesigner.graph.review import ReviewAnswer

_log = logging.getLogger(__name__)

Activity = Literal["idle", "queued", "running", "stopping"]


@dataclass(slots=True)
class StageCount:
    """How far one stage is.

    Attributes:
        open: nodes of it that run now.
        done: items made.
        total: items in all; None while that is not known.
        began_s: when it began in this run, monotonic seconds.
        spent_s: how long it took, once it has ended.
    """

    open: int = 0
    done: int = 0
    total: int | None = None
    began_s: float = 0.0
    spent_s: float | None = None

    @property
    def left_s(self) -> float | None:
        """Seconds that its remaining items will take at the pace so far."""
        if not self.open or not self.total or not self.done:
            return None
        spent = time.monotonic() - self.began_s
        return spent / self.done * max(0, self.total - self.done)


@dataclass(slots=True)
class Work:
    """What is being done to one job."""

    activity: Activity = "queued"
    stages: dict[str, StageCount] = field(default_factory=dict)
    stopper: Stopper = field(default_factory=Stopper)

    def listen(self, progress: Progress) -> None:
        """Take one progress event into account."""
        stage = self.stages.setdefault(progress.stage, StageCount())
        if progress.state == "start":
            if not stage.open:
                stage.began_s, stage.spent_s = time.monotonic(), None
            stage.open += 1
        elif progress.state == "end":
            stage.open = max(0, stage.open - 1)
            if not stage.open:
                stage.spent_s = time.monotonic() - stage.began_s
        else:
            stage.total = progress.total if progress.total is not None else stage.total
            stage.done = progress.done or stage.done + 1


class Runner:
    """Starts, answers, resumes and stops jobs of a library; asks nobody's permission: whoever calls has opened them."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._guard = threading.Lock()
        self._works: dict[Path, Work] = {}
        self._workers: dict[str, ThreadPoolExecutor] = {}

    def start(self, job: JobFolder, clip: Path, screenplay: Path | None, settings: Settings) -> None:
        """Begin a job that has only its inputs."""
        from foleydesigner.graph import run

        self._submit(
            job,
            settings.engine,
            lambda work: run.design(clip, screenplay, job.root, settings, work.listen, work.stopper),
        )

    def resume(self, job: JobFolder) -> None:
        """Go on with a job that was interrupted."""
        from foleydesigner.graph import run

        engine = str(job.read_record()["settings"].get("engine", "procedural"))
        self._submit(job, engine, lambda work: run.resume(job.root, work.listen, stopper=work.stopper))

    def answer(self, job: JobFolder, reply: ReviewAnswer) -> None:
        """Answer what a job waits for, and go on.

        Raises:
            FoleyError: the answer does not fit, and the job still waits.
        """
        from foleydesigner.graph import run

        run.check_answer(job.root, reply)
        engine = str(job.read_record()["settings"].get("engine", "procedural"))
        self._submit(job, engine, lambda work: run.answer(job.root, reply, work.listen, work.stopper))

    def stop(self, job: JobFolder) -> None:
        """Ask a job's work to end; what was finished is kept."""
        work = self._works.get(job.root)
        if work is not None and work.activity in ("queued", "running"):
            work.activity = "stopping"
            work.stopper.stop()

    def work(self, job: JobFolder) -> Work | None:
        """What is being done to a job, or was last."""
        return self._works.get(job.root)

    def activity(self, job: JobFolder) -> Activity:
        """Whether something is being done to it now."""
        work = self._works.get(job.root)
        return work.activity if work is not None else "idle"

    def close(self) -> None:
        """Stop everything and wait for it."""
        for work in self._works.values():
            work.stopper.stop()
        for worker in self._workers.values():
            worker.shutdown(wait=True, cancel_futures=True)

    def _submit(self, job: JobFolder, engine: str, do: Callable[[Work], Any]) -> None:
        with self._guard:
            if self.activity(job) != "idle":
                raise JobBusyError("this job is being worked on", "one thing at a time", "wait for it, or stop it")
            work = self._works[job.root] = Work()
            self._library.note(job, error="")
            worker = self._workers.setdefault(engine, ThreadPoolExecutor(1, thread_name_prefix=f"engine-{engine}"))
            worker.submit(self._run, job, work, do)

    def _run(self, job: JobFolder, work: Work, do: Callable[[Work], Any]) -> None:
        error = ""
        try:
            work.stopper.check()
            work.activity = "running"
            do(work)
        except JobStoppedError:
            pass
        except FoleyError as failed:
            error = without_folders(str(failed))
        except Exception as failed:  # noqa: BLE001 - a worker outlives every job
            _log.exception("job %s failed", job.root.name)
            error = f"the job failed ({type(failed).__name__}: {failed}); what was finished is kept; resume it"
        finally:
            if job.root.is_dir():
                self._library.note(job, error=error)
            work.activity = "idle"
