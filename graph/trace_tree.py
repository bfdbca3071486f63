"""A job's trace as a tree: runs, the nodes in them, what the nodes asked of models and did with instruments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from foleydesigner.agents.served.records import CallRecord
from foleydesigner.agents.served.summary import records_of
from foleydesigner.graph.trace_log import lines_of
from foleydesigner.job import JobFolder

_ASKED_IN: dict[str, str] = {
    "filmscribe_writer": "describe",
    "filmscribe_validator": "describe",
    "script_expander": "write_script",
    "script_scorer": "write_script",
    "source_localiser": "make_cues",
    "track_listener": "analyse",
    "reverberation": "specialise_reverberation",
    "equalisation": "specialise_equalisation",
    "dynamics": "specialise_dynamics",
}


@dataclass(slots=True)
class Span:
    """Something that took time.

    Attributes:
        name: of the run, node, question or request.
        kind: what it is.
        start_ns, end_ns: Unix time in nanoseconds.
        outcome: how it ended, in words.
        attributes: plain data.
        inputs, outputs: what a model was asked, and said.
        children: what happened in it, by time.
    """

    name: str
    kind: str
    start_ns: int
    end_ns: int
    outcome: str = "ok"
    attributes: dict[str, Any] = field(default_factory=dict)
    inputs: Any = None
    outputs: Any = None
    children: list[Span] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return max(self.end_ns - self.start_ns, 0) / 1e9


def runs_of(job: JobFolder) -> list[Span]:
    """The runs of a job, oldest first; one that died has no line of its own and ends with its last node."""
    lines = lines_of(job)
    runs: dict[int, Span] = {}
    for line in lines:
        run = runs.setdefault(line["run"], Span("run", "run", line["run"], line["run"], "died"))
        if line.get("kind") == "run":
            run.name, run.outcome = str(line.get("why", "run")), str(line.get("outcome", ""))
            run.end_ns = max(run.end_ns, int(line.get("end_ns", 0)))
        elif line.get("kind") == "node":
            node = Span(str(line.get("name")), "node", int(line.get("start_ns", 0)), int(line.get("end_ns", 0)))
            node.outcome, node.attributes = str(line.get("outcome", "")), dict(line.get("attributes") or {})
            node.children = _tools(line.get("tools"))
            run.children.append(node)
            run.end_ns = max(run.end_ns, node.end_ns)
    ordered = [runs[number] for number in sorted(runs)]
    for run in ordered:
        run.children.sort(key=lambda span: (span.start_ns, span.name))
    for record in records_of(job):
        _hang(record, ordered)
    return ordered


def _tools(laps: Any) -> list[Span]:
    """The instruments of a node: each from its first use, as long as all its calls took together."""
    found = []
    for lap in laps if isinstance(laps, list) else []:
        start_ns, seconds = int(lap.get("start_ns", 0)), float(lap.get("seconds", 0.0))
        name, calls = str(lap.get("name")), int(lap.get("calls", 0))
        found.append(Span(name, "tool", start_ns, start_ns + round(seconds * 1e9), attributes={"calls": calls}))
    return found


def _hang(record: CallRecord, runs: Sequence[Span]) -> None:
    """Put a question under the node that asked it: the role's node that was running then, else whatever was."""
    question = _question(record)
    if question is None:
        return
    for run in runs:
        around = [n for n in run.children if n.start_ns <= question.start_ns and question.end_ns <= n.end_ns + 10**9]
        own = [n for n in around if n.name == _ASKED_IN.get(record.role)]
        if own or around:
            host = (own or around)[-1]
            host.children.append(question)
            host.children.sort(key=lambda span: (span.start_ns, span.name))
            return


def _question(record: CallRecord) -> Span | None:
    """A question and its requests; None where nothing was sent."""
    requests = [
        Span(
            f"{record.model}",
            "request",
            turn.at_ns,
            turn.at_ns + round(turn.seconds * 1e9),
            turn.outcome if not turn.findings else f"{turn.outcome}, {len(turn.findings)} findings",
            {"prompt_tokens": turn.prompt_tokens, "answer_tokens": turn.answer_tokens, "findings": list(turn.findings)},
            outputs=turn.answer,
        )
        for turn in record.turns
        if turn.at_ns
    ]
    if not requests:
        return None
    attributes = {
        "prompt_version": record.prompt_version,
        "model": record.model,
        "temperature": record.temperature,
        "seed": record.seed,
        "tokens": record.tokens,
        "images": record.images,
        "record": f"calls/{record.role}/{record.key}.json",
    }
    outcome = "ok" if record.answered_by == "served" else f"by the house: {record.reason}"
    end_ns = max(r.end_ns for r in requests)
    return Span(
        record.role, "question", requests[0].start_ns, end_ns, outcome, attributes, list(record.messages),
        record.final_answer, requests,
    )  # fmt: skip


def in_words(runs: Sequence[Span]) -> Iterator[str]:
    """The tree for a terminal."""
    for number, run in enumerate(runs, 1):
        yield f"run {number}, {run.name}: {run.seconds:.1f} s, {run.outcome}"
        yield from _branches(run.children, "")


def _branches(spans: Sequence[Span], indent: str) -> Iterator[str]:
    for number, span in enumerate(spans):
        last = number == len(spans) - 1
        more = ", ".join(
            str(span.attributes[name]) if name == "events" else f"{span.attributes[name]} {name.replace('_', ' ')}"
            for name in ("events", "tokens", "images", "answer_tokens", "calls")
            if span.attributes.get(name) and (name, span.attributes[name]) != ("calls", 1)
        )
        outcome = "" if span.outcome in ("ok", "answered") else f"  {span.outcome}"
        branch = f"{indent}{'└─' if last else '├─'} {span.name}  {span.seconds:.2f} s"
        yield f"{branch}{'  ' + more if more else ''}{outcome}"
        yield from _branches(span.children, indent + ("   " if last else "│  "))
