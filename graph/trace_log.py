"""What ran when: one line a node and one a run in the job's `trace.jsonl`, from which traces are drawn and sent.

Lines are appended as nodes end; a death loses the line of the node that it stands in, nothing else, and a torn last
line is passed over.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

from foleydesigner.job import JobFolder
from foleydesigner.stopwatch import Stopwatch, listening


def note(job: JobFolder, line: dict[str, Any]) -> None:
    """Append one line. A trace that cannot be written hurts nobody: the stages say what is wrong with the place."""
    with contextlib.suppress(OSError), job.trace.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")


@contextlib.contextmanager
def span(job: JobFolder, run_ns: int, name: str, stage: str, **attributes: Any) -> Iterator[None]:
    """Note a node of a run when it ends, well or not, with the time that its instruments took.

    Args:
        job: whose trace.
        run_ns: when the run began, which is its name.
        name: of the node.
        stage: that it belongs to.
        attributes: plain data that tells one from another.
    """
    from langgraph.errors import GraphBubbleUp

    start_ns, outcome, watch = time.time_ns(), "ok", Stopwatch()
    try:
        with listening() as watch:
            yield
    except GraphBubbleUp:
        outcome = "waits for a reviewer"
        raise
    except BaseException as error:
        outcome = f"{type(error).__name__}: {error}"[:300]
        raise
    finally:
        line = {"kind": "node", "run": run_ns, "name": name, "stage": stage, "start_ns": start_ns}
        tools = [
            {"name": n, "start_ns": lap.start_ns, "seconds": round(lap.seconds, 6), "calls": lap.calls}
            for n, lap in watch.laps.items()
        ]
        end = {"end_ns": time.time_ns(), "outcome": outcome, "attributes": attributes}
        note(job, line | end | ({"tools": tools} if tools else {}))


@contextlib.contextmanager
def run_span(job: JobFolder, run_ns: int, why: str) -> Iterator[dict[str, Any]]:
    """Note a run of the graph when it ends; put its outcome into what is yielded."""
    told: dict[str, Any] = {"outcome": "interrupted"}
    try:
        yield told
    except BaseException as error:
        told["outcome"] = f"{type(error).__name__}: {error}"[:300]
        raise
    finally:
        note(job, {"kind": "run", "run": run_ns, "start_ns": run_ns, "end_ns": time.time_ns(), "why": why} | told)


def lines_of(job: JobFolder) -> list[dict[str, Any]]:
    """All whole lines of a job's trace, in the order in which they were written."""
    try:
        text = job.trace.read_text("utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            data = json.loads(line)
            if isinstance(data, dict) and isinstance(data.get("run"), int):
                found.append(data)
    return found
