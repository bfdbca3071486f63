"""Stages: every node says when it starts, how far it is and when it ends; the terminal, app and tracer draw that."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from foleydesigner.graph.trace_log import span
from foleydesigner.memory import give_back

STAGES: tuple[tuple[str, str], ...] = (
    ("perceive", "Reading the picture"),
    ("depth", "Measuring distances"),
    ("filmscribe", "Describing what is seen"),
    ("script", "Writing the Foley script"),
    ("cues", "Placing events"),
    ("takes", "Making sounds"),
    ("analyse", "Listening"),
    ("plan", "Planning the mix"),
    ("specialists", "Reverb, EQ, dynamics"),
    ("mix", "Mixing"),
    ("print", "Printing stems, stereo and 5.1"),
    ("deliver", "Delivering"),
)
"""Stage names and what a person reads, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One progress event.

    Attributes:
        stage: a name in `STAGES`.
        state: "start", "step" or "end".
        done: items finished; 0 in a step of an item that was made beside others: one more.
        total: items in all; None while that is not known.
    """

    stage: str
    state: Literal["start", "step", "end"]
    done: int = 0
    total: int | None = None


Listener = Callable[[Progress], None]


def emitter(stage: str) -> Callable[[int, int | None], None]:
    """A function (done, total) that reports steps of `stage` to whoever streams the graph."""
    from langgraph.config import get_stream_writer

    write = get_stream_writer()

    def step(done: int, total: int | None) -> None:
        write(Progress(stage=stage, state="step", done=done, total=total))

    return step


@contextlib.contextmanager
def traced(name: str, stage: str, state: dict[str, Any]) -> Iterator[None]:
    """Note a node in the job's trace, with the events that it works on where it has its own."""
    from foleydesigner.graph.services import services

    own = services()
    pending = state.get("pending_takes") if stage == "takes" else None
    attributes = {"events": " ".join(pending)} if pending else {}
    with span(own.job, own.run_ns, name, stage, **attributes):
        yield


def staged(stage: str, node: Callable[..., Any]) -> Callable[..., Any]:
    """`node`, announcing its start and end. The end is announced only when it ended well."""
    from langgraph.config import get_stream_writer

    def run(state: dict[str, Any]) -> Any:
        write = get_stream_writer()
        write(Progress(stage=stage, state="start"))
        with traced(node.__name__, stage, state):
            result = node(state)
        give_back()
        write(Progress(stage=stage, state="end"))
        return result

    run.__name__ = node.__name__
    run.__doc__ = node.__doc__
    return run
