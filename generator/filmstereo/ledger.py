"""The manifest that a lawyer can read: a row a recording, who made it, on what terms, how that is known, what was done.

CSV as spreadsheets open it safely: UTF-8 with a byte-order mark, and an apostrophe before what would be a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from foleydesigner.files import write_bytes
from foleydesigner.generator.filmstereo.annotation import SourceRecording
from foleydesigner.generator.filmstereo.licences import licence_url
from foleydesigner.model import Line, Model
from foleydesigner.tools.delivery.cue_sheet import safe_cell

LEDGER = "manifest.csv"
COLUMNS = (
    "Collection", "File", "Title", "Author", "Licence", "Licence text", "How the licence was found", "Source",
    "SHA-256 of the file", "Cleaned file", "Family", "Seconds", "What was done to it",
)  # fmt: skip


class Provenance(Model):
    """What is known of a kept recording beyond the contract: for the ledger."""

    recording: SourceRecording
    sha256: Line
    licence_from: Line
    changes: tuple[Line, ...]
    similarity: float | None = None


def write_ledger(path: Path, rows: Iterable[Provenance]) -> None:
    """Write the rows as CSV, whole or not at all."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        told = row.recording
        cells = (
            told.collection, told.name, told.title, told.author or "not named", told.licence,
            licence_url(told.licence), row.licence_from, told.url, row.sha256, f"audio/{told.id}.flac", told.family,
            f"{told.duration_s:.3f}", "; ".join(row.changes),
        )  # fmt: skip
        table.writerow([safe_cell(cell) for cell in cells])
    write_bytes(path, text.getvalue().encode("utf-8-sig"))
