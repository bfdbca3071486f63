"""Cells of tables that people edit: what is not what a column takes is said with its row and column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from foleydesigner.errors import ReviewError

Row = list[Any]


def ticked(value: Any) -> bool:
    """Whether a tick box is ticked, in whatever way the table says so."""
    return str(value).strip().lower() not in ("false", "0", "", "no")


def plain(value: Any) -> Any:
    """A cell as a number rounded to what a table shows, or as text: to see whether somebody changed it."""
    text = str(value if value is not None else "").strip()
    try:
        return round(float(text), 3)
    except ValueError:
        return text


def optional(value: Any, row: str, column: str) -> float | None:
    """A number, or None for an empty cell.

    Raises:
        ReviewError: it is neither.
    """
    return None if value is None or not str(value).strip() else converted(float, value, row, column)


def converted(convert: Callable[[Any], Any], value: Any, row: str, column: str) -> Any:
    """What a cell says.

    Raises:
        ReviewError: it says nothing that the column takes.
    """
    try:
        return convert(value)
    except ValidationError as error:
        raise mistake(row, column, error) from error
    except (TypeError, ValueError) as error:
        said = str(error) if "could not convert" not in str(error) else f"{value!r} is no number"
        raise ReviewError(f"{row}, {column}: {said}", "a value that this column takes", "correct the cell") from error


def mistake(row: str, column: str, error: ValidationError) -> ReviewError:
    """The error of a row, in words."""
    first = error.errors(include_url=False)[0]
    where = ", ".join(filter(None, (row, column or ".".join(str(p) for p in first["loc"]))))
    said = str(first["msg"]).removeprefix("Value error, ").lower()
    return ReviewError(f"{where}: {said}", "a value that this column takes", "correct the cell")
