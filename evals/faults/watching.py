"""What a job passes on its way, written into a log: nodes entered and left, writes before and after their rename.

At one of these places, a fault, the process may be told to kill itself.
"""

from __future__ import annotations

import functools
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

LOG = "nodes.log"
Passage = tuple[str, str, int]
"""Kind, name ("-" for writes) and superstep (-1 outside the graph)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """When a child kills itself.

    Attributes:
        kind: at a node's "enter" or "exit", or "before" or "after" the rename that ends a write.
        name: the node's name; empty for writes.
        occurrence: the how many-th of its kind and name, from 0.
    """

    kind: Literal["enter", "exit", "before", "after"]
    name: str
    occurrence: int

    def __str__(self) -> str:
        if self.name:
            return f"{self.kind} {self.name} ({self.occurrence})"
        return f"write {self.occurrence}, {self.kind} the rename"


def watch(log: Path, fault: Fault | None) -> None:
    """Log every node and write of this process from now on, and die at the fault."""
    from langgraph.graph import StateGraph

    counts: dict[tuple[str, str], int] = {}

    def passed(kind: str, name: str) -> None:
        occurrence = counts.get((kind, name), 0)
        counts[kind, name] = occurrence + 1
        if log.parent.is_dir():
            with log.open("a") as stream:
                stream.write(f"{kind} {name or '-'} {_step()}\n")
        if fault is not None and (fault.kind, fault.name, fault.occurrence) == (kind, name, occurrence):
            os.kill(os.getpid(), signal.SIGKILL)

    add_node, replace = StateGraph.add_node, Path.replace

    def watched_node(self: Any, name: str, action: Any, *rest: Any, **named: Any) -> Any:
        @functools.wraps(action)
        def watched(state: Any) -> Any:
            passed("enter", name)
            result = action(state)
            passed("exit", name)
            return result

        return add_node(self, name, watched, *rest, **named)

    def watched_replace(self: Path, target: Any) -> Path:
        passed("before", "")
        moved = replace(self, target)
        passed("after", "")
        return moved

    StateGraph.add_node = watched_node  # type: ignore[assignment, method-assign]
    Path.replace = watched_replace  # type: ignore[assignment, method-assign]


def _step() -> int:
    """The superstep that this node belongs to; -1 outside the graph and in a graph within a node."""
    from langgraph.config import get_config

    try:
        where = get_config()["metadata"]
        return -1 if "|" in where["langgraph_checkpoint_ns"] else int(where["langgraph_step"])
    except (RuntimeError, KeyError):
        return -1


def lines_of(folder: Path) -> list[Passage]:
    """(kind, name, superstep) of everything that was logged."""
    path = folder / LOG
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [(kind, name, int(step)) for kind, name, step in (line.split() for line in lines)]


def boundaries(folder: Path) -> list[Fault]:
    """Every start and end of a node in an undisturbed run; of takes the first and the last."""
    counts: dict[tuple[str, str], int] = {}
    for kind, name, _ in lines_of(folder):
        if kind in ("enter", "exit"):
            counts[kind, name] = counts.get((kind, name), 0) + 1
    faults = []
    for (kind, name), number in counts.items():
        faults += [Fault(kind, name, occurrence) for occurrence in sorted({0, number - 1})]  # type: ignore[arg-type]
    return faults


def count_writes(folder: Path) -> int:
    """Writes of an undisturbed run."""
    return sum(kind == "before" for kind, _, _ in lines_of(folder))


def redone(before: list[Passage], after: list[Passage]) -> list[str]:
    """Nodes of supersteps that were over before the death and were entered again after it."""
    reached = max((step for kind, _, step in before if kind == "enter"), default=-1)
    return sorted({name for kind, name, step in after if kind == "enter" and 0 <= step < reached})
