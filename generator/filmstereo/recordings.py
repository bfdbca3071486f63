"""The cleaned recordings of a dataset, as files: sound, and whose it is.

`manifest.jsonl` holds one `SourceRecording` a line, in the order of their ids; `dropped.jsonl` what was left out, and
why; `audio/<id>.flac` one channel at the dataset's rate, 24 bits, with its peak at -1 dBFS.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from foleydesigner.errors import DatasetError
from foleydesigner.files import write_text
from foleydesigner.generator.filmstereo.annotation import SourceRecording
from foleydesigner.model import Line, Model
from foleydesigner.tools.audio_file import read_wav

RECORDINGS = "recordings"
"""Their folder inside a dataset's."""
MANIFEST, DROPPED, AUDIO = "manifest.jsonl", "dropped.jsonl", "audio"
Mono = NDArray[np.float32]


class Dropped(Model):
    """A file that was left out, and why."""

    collection: Line
    name: Line
    reason: Line
    """One of a few words that can be counted: "silent", "unreadable", "licence"."""
    detail: Line = ""


class RecordingStore:
    """Reads what cleaning left in a folder.

    Raises:
        DatasetError: there is no manifest, or it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            lines = (folder / MANIFEST).read_text("utf-8").splitlines()
            self.recordings = tuple(SourceRecording.model_validate_json(line) for line in lines if line)
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise DatasetError(
                f"{folder / MANIFEST} cannot be read ({error})", "cleaned recordings", "build the dataset again"
            ) from error

    def __iter__(self) -> Iterator[SourceRecording]:
        return iter(self.recordings)

    def __len__(self) -> int:
        return len(self.recordings)

    def audio(self, recording: SourceRecording) -> tuple[Mono, int]:
        """The cleaned sound (samples,) and its rate in Hz.

        Raises:
            JobError: the file is missing, or not a sound file.
        """
        sound, rate_hz = read_wav(self.audio_path(recording.id))
        return sound[0], rate_hz

    def audio_path(self, recording_id: str) -> Path:
        """Where the sound of a recording lies."""
        return self.folder / AUDIO / f"{recording_id}.flac"

    def dropped(self) -> Counter[str]:
        """How many files were left out, by reason."""
        return Counter(d.reason for d in self.left_out())

    def left_out(self) -> tuple[Dropped, ...]:
        """Every file that was left out, in the order in which they were met."""
        try:
            lines = (self.folder / DROPPED).read_text("utf-8").splitlines()
        except OSError:
            return ()
        return tuple(Dropped.model_validate_json(line) for line in lines if line)


def write_lines(path: Path, models: Iterable[Model]) -> None:
    """Models as JSON lines, whole or not at all."""
    write_text(path, "".join(json.dumps(m.model_dump(mode="json"), ensure_ascii=False) + "\n" for m in models))
