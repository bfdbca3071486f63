"""What has been decided of each sound, a line each as soon as it is decided: a run that is stopped loses none."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Self

from pydantic import Field, ValidationError

from foleydesigner.errors import OutputError
from foleydesigner.model import Line, Model

PROGRESS = "progress.jsonl"


class Outcome(Model):
    """What came of one sound: its length and what was done to it, or the reason for which it was left out."""

    key: Line
    reason: Line = ""
    detail: Line = ""
    duration_s: Annotated[float, Field(ge=0.0)] = 0.0
    changes: tuple[Line, ...] = ()
    similarity: float | None = None


class _Header(Model):
    settings: Line


class Progress:
    """The file of a folder. What was noted under other settings is not believed; a torn last line is cut off.

    Raises:
        OutputError: the folder cannot be written.
    """

    def __init__(self, folder: Path, settings: str) -> None:
        self._path, self._settings = folder / PROGRESS, settings
        self._known: dict[str, Outcome] = {}

    def __enter__(self) -> Self:
        whole = self._read()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not whole:
                self._path.write_text(_Header(settings=self._settings).model_dump_json() + "\n", encoding="utf-8")
            else:
                os.truncate(self._path, whole)
            self._stream: IO[str] = self._path.open("a", encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"{self._path} cannot be written ({error.strerror})", "room and permission", "pass another --out"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._stream.close()

    def known(self, key: str, audio: Path) -> Outcome | None:
        """What was decided of a sound; None when it was not, or when its audio is gone."""
        outcome = self._known.get(key)
        return outcome if outcome and (outcome.reason or audio.is_file()) else None

    def note(self, outcome: Outcome) -> None:
        """Write a decision down; it is with the system when this returns."""
        self._known[outcome.key] = outcome
        self._stream.write(outcome.model_dump_json() + "\n")
        self._stream.flush()

    def _read(self) -> int:
        """Take in what stands in the file; gives the length in bytes of what can be believed, 0 for none."""
        try:
            lines = self._path.read_bytes().splitlines(keepends=True)
        except OSError:
            return 0
        try:
            if not lines or _Header.model_validate_json(lines[0]).settings != self._settings:
                return 0
        except ValidationError:
            return 0
        whole = len(lines[0])
        for line in lines[1:]:
            try:
                outcome = Outcome.model_validate_json(line)
            except ValidationError:
                break
            if not line.endswith(b"\n"):
                break
            self._known[outcome.key] = outcome
            whole += len(line)
        return whole
