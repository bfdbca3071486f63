"""A table of one's own beside the sounds that it lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from foleydesigner.generator.filmstereo.found import OUTSIDE, FoundSound
from foleydesigner.generator.filmstereo.licences import licence_id
from foleydesigner.generator.filmstereo.tables import cell, inside, need_columns, rows_of
from foleydesigner.script import FAMILIES


class CsvTable:
    """A table with columns file, title, licence and, where known, author, url and family; paths are from its folder."""

    def __init__(self, place: str) -> None:
        self._path = Path(place)
        self.collection = f"csv:{self._path.stem}"

    def find(self, cache: Path) -> Iterator[FoundSound]:
        """Its rows in their order; see `Source`."""
        for number, row in enumerate(rows_of(self._path)):
            if number == 0:
                need_columns(self._path, row, ("file", "title", "licence"))
            name, family = cell(row, "file"), cell(row, "family").lower().replace(" ", "_")
            place = inside(self._path.parent, name) if name else None
            yield FoundSound(
                collection=self.collection,
                name=name or f"row {number + 2}",
                title=cell(row, "title"),
                author=cell(row, "author"),
                licence=licence_id(cell(row, "licence")),
                url=cell(row, "url"),
                data=place or b"",
                licence_from=f"column of {self._path.name}",
                family=family if family in FAMILIES else None,
                words=name,
                fault=None if place else OUTSIDE,
            )
