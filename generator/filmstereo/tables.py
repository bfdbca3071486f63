"""Tables and places of other people: rows read as untrusted text, paths that stay inside their collection."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from foleydesigner.errors import DatasetError

MOST_TABLE = 256 * 1024 * 1024
_ALIASES = {
    "file": ("file", "filename", "fname", "path", "audio", "filepath"),
    "title": ("title", "caption", "description", "fxname", "name"),
    "author": ("author", "artist", "creator", "uploader", "recordist"),
    "licence": ("licence", "license"),
    "url": ("url", "source", "link"),
    "family": ("family", "subcategory"),
}


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a CSV by their column's name in lower case, with a comma, semicolon or tab between cells.

    Raises:
        DatasetError: it is not there, too large, or no text.
    """
    try:
        if path.stat().st_size > MOST_TABLE:
            raise DatasetError(f"{path} has {path.stat().st_size} bytes", f"{MOST_TABLE} at most", "part it")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read ({error})", "a table in UTF-8", "check the path") from error
    lines = text.splitlines()
    head = lines[0] if lines else ""
    delimiter = max((",", ";", "\t"), key=head.count)
    try:
        for row in csv.DictReader(lines, delimiter=delimiter):
            yield {name.strip().lower(): (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    except csv.Error as error:
        raise DatasetError(f"{path} cannot be read ({error})", "a CSV table", "mend it") from error


def cell(row: dict[str, str], meaning: str) -> str:
    """The cell of that meaning, whatever its column is called; "" where there is none."""
    return next((row[name] for name in _ALIASES[meaning] if row.get(name)), "")


def need_columns(path: Path, row: dict[str, str], meanings: Sequence[str]) -> None:
    """See that a table has the columns that it needs.

    Raises:
        DatasetError: one is missing.
    """
    for meaning in meanings:
        if not any(name in row for name in _ALIASES[meaning]):
            raise DatasetError(f"{path} has no column for the {meaning}", " or ".join(_ALIASES[meaning]), "add it")


def inside(root: Path, name: str) -> Path | None:
    """The path of that name under a folder; None when it, or a link on the way, leads out of it."""
    try:
        place = (root / name).resolve()
        return place if place.is_relative_to(root.resolve()) else None
    except (OSError, ValueError):
        return None


def folder_at(text: str) -> Path:
    """A folder that has to be there.

    Raises:
        DatasetError: it is not.
    """
    folder = Path(text)
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder", "the folder of the collection", "check the path")
    return folder
