"""A job's trace to MLflow: one run a job, one trace a run of the graph, all of one session; decisions as feedback.

It reads the job folder and nothing else, in a process of its own: neither a slow import nor a server that is away ever
costs the job a second. What was sent is noted, so that a trace is sent once.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from foleydesigner.errors import ConfigurationError, MissingExtraError
from foleydesigner.files import write_json
from foleydesigner.graph.trace_tree import Span, runs_of
from foleydesigner.job import JobFolder

EXPERIMENT = "foleydesigner"
_REQUEST_S, _MOST_TEXT = "5", 20_000
_MOST_ARTIFACT_BYTES = 200_000_000
"""What is larger stays in the job folder alone: the mix of a long film would be kept twice."""
_SPAN_TYPES = {"node": "CHAIN", "question": "AGENT", "request": "CHAT_MODEL"}
_ARTIFACTS = (
    "report.html",
    "script/foley_script.json",
    "script/search.json",
    "mix/stereo.wav",
    "delivery/provenance.json",
)


_senders: list[subprocess.Popen[bytes]] = []
"""Processes under way, kept so that they are collected when they have ended."""


@atexit.register
def _let_go() -> None:
    """They outlive this process on purpose; `Popen` need not complain."""
    for sender in _senders:
        if sender.poll() is None:
            sender.returncode = 0


def default_uri() -> str:
    """The local store: SQLite in the user's folder for data."""
    import click

    folder = Path(click.get_app_dir("foleydesigner"))
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'mlflow.db'}"


def send_in_background(job: JobFolder, uri: str | None) -> None:
    """Start a process that sends the job's trace and ends by itself; nobody waits for it."""
    if find_spec("mlflow") is None:
        return
    command = [sys.executable, "-m", "foleydesigner.cli", "trace", str(job.root), "--send"]
    command += ["--uri", uri] if uri else []
    _senders[:] = [sender for sender in _senders if sender.poll() is None]
    with contextlib.suppress(OSError):
        _senders.append(
            subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )


def send(job: JobFolder, uri: str | None = None) -> tuple[str, int]:
    """Send what has not been sent; (run id, traces sent).

    Raises:
        MissingExtraError: MLflow is not installed.
        ConfigurationError: the tracking server does not take it.
    """
    if find_spec("mlflow") is None:
        raise MissingExtraError("mlflow is not installed", "the `trace` extra", "pip install 'foleydesigner[trace]'")
    for name, value in (
        ("MLFLOW_DISABLE_TELEMETRY", "true"),
        ("DO_NOT_TRACK", "true"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", _REQUEST_S),
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1"),
        ("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false"),
    ):
        os.environ.setdefault(name, value)
    target = uri or default_uri()
    try:
        return _send(job, target)
    except Exception as error:
        raise ConfigurationError(
            f"the tracking server {target} did not take the trace ({type(error).__name__}: {error})"[:400],
            "an MLflow server or store that answers",
            "check it, then `foley trace JOB --send --uri URI`; the job itself is unharmed",
        ) from error


def _send(job: JobFolder, uri: str) -> tuple[str, int]:
    import mlflow
    from mlflow import MlflowClient

    mlflow.set_tracking_uri(uri)
    client = MlflowClient(tracking_uri=uri)
    known = client.get_experiment_by_name(EXPERIMENT)
    experiment = known.experiment_id if known else client.create_experiment(EXPERIMENT, _artifact_place(uri))
    mlflow.set_experiment(experiment_id=experiment)
    record, kept = job.read_record(), _sent(job)
    run_id = kept.get("run_id") if kept.get("uri") == uri else None
    if run_id is None:
        run_id = client.create_run(experiment, run_name=f"{record['clip']['name']} {record['job_id']}").info.run_id
        kept = {"uri": uri, "run_id": run_id, "traces": {}}
    _log_run(client, run_id, job, record)
    fresh = 0
    for run in runs_of(job):
        key = str(run.start_ns)
        if key not in kept["traces"]:
            kept["traces"][key] = _log_trace(mlflow, experiment, record["job_id"], run)
            fresh += 1
    _log_decisions(mlflow, record, kept)
    write_json(job.sent_trace, kept)
    return run_id, fresh


def _artifact_place(uri: str) -> str | None:
    """Where a store in a file keeps artifacts: beside itself, not wherever the command was started."""
    path = uri.removeprefix("sqlite:///")
    return (Path(path).resolve().parent / "mlartifacts").as_uri() if path != uri else None


def _sent(job: JobFolder) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(job.sent_trace.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data


def _log_run(client: Any, run_id: str, job: JobFolder, record: dict[str, Any]) -> None:
    """Parameters, scores, counts, seconds a stage, artifacts."""
    from mlflow.entities import Metric, Param, RunTag

    now_ms = max((run.end_ns for run in runs_of(job)), default=0) // 10**6
    params = [Param(name, str(value)[:500]) for name, value in record["settings"].items()]
    metrics = [Metric(f"seconds/{name}", float(s), now_ms, 0) for name, s in record.get("seconds", {}).items()]
    if job.script.exists():
        script = json.loads(job.script.read_text("utf-8"))
        metrics += [
            Metric("script/score", float(script["score"]), now_ms, 0),
            Metric("script/events", float(len(script["events"])), now_ms, 0),
            Metric("script/open_findings", float(len(script["open_findings"])), now_ms, 0),
        ]
    tags = [RunTag("job_id", record["job_id"]), RunTag("state", record["state"]), RunTag("folder", str(job.root))]
    fresh = {p.key for p in params} - set(client.get_run(run_id).data.params)
    client.log_batch(run_id, metrics=metrics, params=[p for p in params if p.key in fresh], tags=tags)
    for name in _ARTIFACTS:
        path = job.root / name
        if path.exists() and path.stat().st_size <= _MOST_ARTIFACT_BYTES:
            client.log_artifact(run_id, str(path), str(Path(name).parent) if "/" in name else None)
    for picture in sorted((job.root / "analysis").glob("*.png"))[:40]:
        client.log_artifact(run_id, str(picture), "spectrograms")
    if record["state"] == "finished":
        client.set_terminated(run_id)


def _log_trace(mlflow: Any, experiment: str, job_id: str, run: Span) -> str:
    """One trace with all its spans; its id."""
    root = mlflow.start_span_no_context(
        run.name,
        inputs={"job": job_id},
        attributes={"outcome": run.outcome},
        metadata={"mlflow.trace.session": job_id},
        experiment_id=experiment,
        start_time_ns=run.start_ns,
    )
    _log_children(mlflow, root, run.children)
    root.end(outputs={"outcome": run.outcome}, end_time_ns=max(run.end_ns, run.start_ns + 1))
    return str(root.trace_id)


def _log_children(mlflow: Any, parent: Any, spans: Sequence[Span]) -> None:
    for span in spans:
        child = mlflow.start_span_no_context(
            span.name,
            span_type=_SPAN_TYPES.get(span.kind, "TOOL"),
            parent_span=parent,
            inputs=_short(span.inputs),
            attributes=span.attributes,
            start_time_ns=span.start_ns,
        )
        _log_children(mlflow, child, span.children)
        # What waits for a reviewer, or was answered by the house, has not failed.
        failed = span.kind in ("node", "request") and span.outcome.split(",")[0] not in _WELL
        child.end(
            outputs=_short({"outcome": span.outcome, "answer": span.outputs}),
            status="ERROR" if failed else "OK",
            end_time_ns=max(span.end_ns, span.start_ns + 1),
        )


_WELL = frozenset({"ok", "answered", "waits for a reviewer"})


def _short(value: Any) -> Any:
    """Plain data whose texts are not longer than a person reads."""
    if isinstance(value, str):
        return value[:_MOST_TEXT]
    if isinstance(value, dict):
        return {str(name): _short(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_short(entry) for entry in value]
    return value


def _log_decisions(mlflow: Any, record: dict[str, Any], kept: dict[str, Any]) -> None:
    """Reviewers' decisions and notes, as feedback on the last trace; each once."""
    from mlflow.entities import AssessmentSource

    decisions, done = record.get("decisions", []), int(kept.get("decisions", 0))
    if not kept["traces"]:
        return
    trace_id = kept["traces"][max(kept["traces"], key=int)]
    for decision in decisions[done:]:
        mlflow.log_feedback(
            trace_id=trace_id,
            name=f"review of the {decision['point']}",
            value=decision["verdict"],
            rationale=decision.get("note") or None,
            source=AssessmentSource(source_type="HUMAN", source_id=decision.get("decided_by") or "reviewer"),
        )
    kept["decisions"] = len(decisions)
