"""What was said: one file a question in the job folder, `calls/<role>/<key>.json`, with every request and answer.

A question that was answered is answered from its record when the same job asks it again: a node that runs twice, after
a crash, gets the same reply from a model that would not give it twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from foleydesigner.files import write_json
from foleydesigner.job import JobFolder
from foleydesigner.model import Model


class Turn(Model):
    """One request of a question and what came of it."""

    outcome: str
    detail: str = ""
    answer: str = ""
    findings: tuple[str, ...] = ()
    """What our checks held against the answer, as it was told to the model."""
    seconds: float = 0.0
    began_s: float = 0.0
    """On the monotonic clock of the process that asked."""
    at_ns: int = 0
    """The same moment as Unix time, nanoseconds; 0 for what was not sent."""
    prompt_tokens: int = 0
    answer_tokens: int = 0


class CallRecord(Model):
    """One question: who asked which model what, how, and what came of it."""

    version: Literal[1] = 1
    role: str
    key: str
    capability: str
    model: str
    prompt_version: str
    """First 12 hexadecimal digits of the SHA-256 of the role's prompt."""
    temperature: float
    seed: int
    max_tokens: int
    messages: tuple[dict[str, Any], ...]
    """As sent at first; pictures and sounds by name and SHA-256 instead of their bytes."""
    images: Annotated[int, Field(ge=0)] = 0
    turns: tuple[Turn, ...] = ()
    answered_by: Literal["served", "house"]
    reason: str = ""
    """Why the house mind answered."""

    @property
    def tokens(self) -> int:
        """Tokens read and written over all turns."""
        return sum(turn.prompt_tokens + turn.answer_tokens for turn in self.turns)

    @property
    def final_answer(self) -> str:
        """The answer that was taken; empty where none was."""
        return self.turns[-1].answer if self.answered_by == "served" and self.turns else ""


def record_path(job: JobFolder, role: str, key: str) -> Path:
    """Where a question is kept; role and key are ours, no word of a model is in them."""
    return job.calls / role / f"{key}.json"


def keep(job: JobFolder, record: CallRecord) -> None:
    """Write a question's record."""
    write_json(record_path(job, record.role, record.key), record)


def kept_answer(job: JobFolder, role: str, key: str) -> str | None:
    """The answer that a model gave to this question in an earlier run of the job; None where there is none."""
    try:
        record = CallRecord.model_validate_json(record_path(job, role, key).read_bytes())
    except (OSError, ValidationError):
        return None
    return record.final_answer or None


def all_records(job: JobFolder) -> Iterator[CallRecord]:
    """The records of a job, by role and key; what cannot be read is passed over."""
    for path in sorted(job.calls.glob("*/*.json")):
        try:
            yield CallRecord.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
