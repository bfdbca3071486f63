"""Start a job, go on with it, answer its questions. The command line and the app both come through here."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foleydesigner import __version__
from foleydesigner.config import Settings
from foleydesigner.errors import JobError, ReviewError
from foleydesigner.files import write_json
from foleydesigner.graph.identity import SERVERS, check_inputs, created_on, identity_of, mismatch
from foleydesigner.graph.review import ReviewAnswer, ReviewQuestion
from foleydesigner.graph.services import PictureAhead, Services
from foleydesigner.graph.stage import Listener
from foleydesigner.graph.stage_clock import StageClock
from foleydesigner.graph.stopping import Stopper, told_of_signals
from foleydesigner.graph.trace_log import run_span
from foleydesigner.job import JobFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a run of the graph ended.

    Attributes:
        finished: True when everything has been delivered.
        question: what a reviewer has to answer first, when not.
        warnings: what could not be delivered, though the job is done.
    """

    finished: bool
    question: ReviewQuestion | None = None
    warnings: tuple[str, ...] = ()


def design(
    clip: Path,
    screenplay: Path | None,
    folder: Path,
    settings: Settings,
    listen: Listener | None = None,
    stopper: Stopper | None = None,
) -> Outcome:
    """Run a job from the start; one that was begun with the same inputs and settings is gone on with.

    Args:
        clip: the film.
        screenplay: its pages, where there are any.
        folder: the job.
        settings: of the job; of one that was begun, only where its servers are counts.
        listen: told of progress.
        stopper: stops the job from another thread.

    Raises:
        ClipError, ScreenplayError: an input cannot be used; nothing has been written.
        JobMismatchError: the folder holds another job.
        JobBusyError: another process works in it.
        JobStoppedError: `stopper` stopped it.
        FoleyError: whatever a stage raises; what was finished is kept.
    """
    from foleydesigner.generator.engine import check_engine, get_engine
    from foleydesigner.tools.screenplay import check_readable
    from foleydesigner.tools.video import check_film

    check_engine(settings.engine)
    check_film(clip)
    if screenplay is not None:
        check_readable(screenplay)
    job, identity = JobFolder(folder), identity_of(clip, screenplay, settings)
    if job.begun:
        record = job.read_record()
        if record["job_id"] != identity["job_id"]:
            raise mismatch(record, identity, folder)
        moved = {name: identity[name] for name in ("clip", "screenplay") if name in identity}
        servers = {name: value for name, value in settings.model_dump(mode="json").items() if name in SERVERS}
        return resume(folder, listen, moved | {"settings": record["settings"] | servers}, stopper)
    get_engine(settings.engine, settings)  # weights that cannot be used leave no job behind; what is loaded is kept
    with job.lock():
        record = {
            **identity,
            "version": __version__,
            "created_on": created_on(),
            "settings": settings.model_dump(mode="json"),
            "state": "running",
            "seconds": {},
        }
        write_json(job.record, record)
        ahead = PictureAhead(clip, identity["clip"]["sha256"], settings, job)
        try:
            return _run(job, settings, listen, ahead, stopper=stopper)
        finally:
            ahead.stop()


def resume(
    folder: Path,
    listen: Listener | None = None,
    inputs: dict[str, Any] | None = None,
    stopper: Stopper | None = None,
) -> Outcome:
    """Go on with a job from its last checkpoint; a finished or waiting one only says so.

    Args:
        folder: the job.
        listen: told of progress.
        inputs: where clip, screenplay and servers are now, when they have moved, as in job.json.
        stopper: stops the job from another thread.

    Raises:
        JobError: there is no job, or its inputs have changed.
        JobBusyError: another process works in it.
    """
    job = JobFolder(folder)
    record = job.read_record()
    with job.lock():
        if record["state"] == "finished":
            return Outcome(finished=True, warnings=tuple(record.get("warnings", [])))
        if inputs:
            record.update(inputs)
            write_json(job.record, record)
        settings = _settings(record, job)
        check_inputs(record)
        job.remove_leftovers()
        return _run(job, settings, listen, None, stopper=stopper)


def answer(
    folder: Path, reply: ReviewAnswer, listen: Listener | None = None, stopper: Stopper | None = None
) -> Outcome:
    """Answer the question that a job waits with, and go on.

    Raises:
        ReviewError: the job does not wait, or the answer does not fit; the job still waits.
    """
    job = JobFolder(folder)
    record = job.read_record()
    with job.lock():
        if record["state"] != "waiting":
            raise _not_waiting(folder, record["state"])
        settings = _settings(record, job)
        check_inputs(record)
        job.remove_leftovers()
        return _run(job, settings, listen, None, reply, stopper)


def check_answer(folder: Path, reply: ReviewAnswer) -> None:
    """Refuse an answer that the job would refuse, without beginning to work on it.

    Raises:
        ReviewError: the job does not wait, or the answer does not fit.
        EngineError: an engine is asked for that nobody offers.
    """
    from foleydesigner.graph.perception import read_evidence
    from foleydesigner.graph.review import check_edit, parse_answer
    from foleydesigner.graph.scripting import read_script

    pending = question(folder)
    if pending is None:
        raise _not_waiting(folder, JobFolder(folder).read_record()["state"])
    job = JobFolder(folder)
    answered = parse_answer(pending.point, reply.model_dump(mode="json"), _script_ids(job))
    if answered.action == "edit":
        check_edit(answered, job, read_script(job), read_evidence(job))


def _not_waiting(folder: Path, state: str) -> ReviewError:
    return ReviewError(
        f"the job in {folder} waits for no answer, it is {state}",
        "a job that stopped at a review",
        "`foley resume` goes on with an interrupted one",
    )


def question(folder: Path) -> ReviewQuestion | None:
    """What a job waits for; None when it does not wait."""
    record = JobFolder(folder).read_record()
    pending = record.get("question")
    return ReviewQuestion.model_validate(pending) if record["state"] == "waiting" and pending else None


def _settings(record: dict[str, Any], job: JobFolder) -> Settings:
    """The job's settings; environment variables change nothing in a job that has begun."""
    from pydantic import ValidationError

    try:
        return Settings.model_validate(record["settings"])
    except ValidationError as error:
        raise JobError(
            f"the settings in {job.record} cannot be used ({error.errors()[0]['msg'].lower()})",
            "those that FoleyDesigner wrote",
            "start the job anew in another folder",
        ) from error


def _run(
    job: JobFolder,
    settings: Settings,
    listen: Listener | None,
    ahead: PictureAhead | None,
    reply: ReviewAnswer | None = None,
    stopper: Stopper | None = None,
) -> Outcome:
    """Stream the graph to its end or to an interrupt, keeping job.json true all the while."""
    from langgraph.types import Command

    from foleydesigner.agents.cast import cast_of
    from foleydesigner.generator.engine import get_engine
    from foleydesigner.graph.build import build_graph
    from foleydesigner.graph.checkpoints import sqlite_checkpoints, state_of
    from foleydesigner.graph.perception import read_evidence
    from foleydesigner.graph.review import check_edit, parse_answer
    from foleydesigner.graph.routing import SPECIALISTS
    from foleydesigner.graph.scripting import read_script
    from foleydesigner.graph.trace_mlflow import send_in_background

    record = job.read_record()
    cast = cast_of(settings, job)
    clock = StageClock(record.get("seconds", {}))
    config: Any = {
        "configurable": {"thread_id": record["job_id"]},
        # LangGraph waits for streamed progress in a thread of the same pool: with one thread no node would ever run.
        # Where specialists only wait for a server, all of them may.
        "max_concurrency": max(settings.workers, 1 if cast.desk is None else len(SPECIALISTS)) + 1,
        "recursion_limit": 500,
    }
    with sqlite_checkpoints(job.checkpoints) as saver:
        graph = build_graph(saver)
        snapshot = state_of(graph, config, job.checkpoints)
        begun = snapshot.created_at is not None
        # Not `next`: it leaves out tasks whose writes are stored, and a death may come before the checkpoint that takes
        # those up.
        if begun and not snapshot.tasks:
            # It died between its last stage and the word that it is finished.
            return _stopped(job, record, clock, snapshot)
        entry: Any = None if begun else {"settings": record["settings"]}
        if reply is not None:
            pending = ReviewQuestion.model_validate(record["question"])
            known = set(snapshot.values.get("event_ids", [])) or _script_ids(job)
            answered = parse_answer(pending.point, reply.model_dump(mode="json"), known)
            if answered.action == "edit":
                check_edit(answered, job, read_script(job), read_evidence(job))
            entry = Command(resume=reply.model_dump(mode="json"))
        elif snapshot.interrupts:
            return _stopped(job, record, clock, snapshot)
        _save(job, record, clock, state="running")
        # Nodes run side by side, and SciPy's lazy imports do not bear being begun in two threads at once.
        import scipy.fft
        import scipy.ndimage
        import scipy.signal  # noqa: F401

        words = record.get("screenplay")
        context = Services(
            job=job,
            clip=Path(record["clip"]["path"]),
            screenplay=Path(words["path"]) if words else None,
            engine=get_engine(settings.engine, settings),
            cast=cast,
            ahead=ahead,
            run_ns=time.time_ns(),
        )
        stopper = stopper or Stopper()
        give_up = (cast.stop, *([ahead.give_up] if ahead else []))
        why = "review" if reply is not None else "resume" if begun else "design"
        with (
            contextlib.closing(cast),
            told_of_signals(*give_up),
            stopper.tells(*give_up),
            run_span(job, context.run_ns, why) as told,
        ):
            # "sync": a finished stage is on disk before the next one starts.
            stream: Any = graph.stream(entry, config, context=context, stream_mode="custom", durability="sync")
            for progress in stream:
                stopper.check()
                clock(progress)
                if progress.state == "end":
                    _save(job, record, clock, state="running")
                if listen is not None:
                    listen(progress)
            outcome = _stopped(job, record, clock, state_of(graph, config, job.checkpoints))
            told["outcome"] = "finished" if outcome.finished else "waits for a reviewer"
    if settings.trace == "auto":
        send_in_background(job, settings.tracking_uri)
    return outcome


def _script_ids(job: JobFolder) -> set[str]:
    from foleydesigner.graph.scripting import read_script

    return {event.id for event in read_script(job).events}


def _stopped(job: JobFolder, record: dict[str, Any], clock: StageClock, snapshot: Any) -> Outcome:
    """Note in job.json whether the job is finished or waits for somebody."""
    decisions = snapshot.values.get("decisions", [])
    if snapshot.interrupts:
        pending = ReviewQuestion.model_validate(snapshot.interrupts[0].value)
        _save(job, record, clock, state="waiting", question=pending.model_dump(mode="json"), decisions=decisions)
        return Outcome(finished=False, question=pending)
    warnings = snapshot.values.get("warnings", [])
    _save(job, record, clock, state="finished", question=None, decisions=decisions, warnings=warnings)
    return Outcome(finished=True, warnings=tuple(warnings))


def _save(job: JobFolder, record: dict[str, Any], clock: StageClock, **changes: Any) -> None:
    record.update(changes)
    record["seconds"] = clock.seconds
    write_json(job.record, record)
