"""What a part of the benchmark leaves: its figures, what was reached against what is asked, and the command."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from foleydesigner import __version__
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.files import write_json
from foleydesigner.model import Line, Model


class Check(Model):
    """One line of what is asked, held against what was measured."""

    name: Line
    """What is asked, in words: "event recall"."""
    value: float | None
    limit: float
    sense: Literal["at least", "at most"]
    unit: str = ""
    note: str = ""

    @property
    def held(self) -> bool:
        """Whether the figure keeps the limit; an unmeasured one does not."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.sense == "at least" else self.value <= self.limit


class BenchRecord(Model):
    """evals/results/<part>.json."""

    part: Literal[
        "scenes",
        "clips",
        "cost",
        "faults",
        "graph",
        "minds",
        "agents",
        "sounds",
        "recordings",
        "filmstereo",
        "metrics",
        "ablation",
        "codec",
    ]
    command: Line
    """What made this file."""
    version: str = __version__
    machine: str = Field(default_factory=lambda: f"{platform.machine()}, Python {platform.python_version()}")
    checks: tuple[Check, ...] = ()
    figures: dict[str, tuple[Figure, ...]] = Field(default_factory=dict)
    """Metric figures by scene, clip or case."""
    details: dict[str, Any] = Field(default_factory=dict)
    """Anything else that was counted or timed, by name."""
    wall_s: float = 0.0

    @property
    def held(self) -> bool:
        """Whether every check holds."""
        return all(check.held for check in self.checks)


def write_record(path: Path, record: BenchRecord) -> Path:
    """Keep a record as JSON, whether each check held beside it."""
    data = record.model_dump(mode="json")
    for entry, check in zip(data["checks"], record.checks, strict=True):
        entry["held"] = check.held
    return write_json(path, data)


def summary(record: BenchRecord) -> str:
    """The checks as lines for a terminal."""
    lines = []
    for check in record.checks:
        value = "not measured" if check.value is None else f"{check.value:g}{' ' + check.unit if check.unit else ''}"
        verdict = "held" if check.held else "MISSED"
        note = f" ({check.note})" if check.note else ""
        lines.append(f"{verdict:6} {check.name}: {value}, asked {check.sense} {check.limit:g}{note}")
    return "\n".join(lines)
