"""AudioCaps: Kim et al., "AudioCaps: Generating Captions for Audios in The Wild", NAACL 2019."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.found import OUTSIDE, FoundSound
from foleydesigner.generator.filmstereo.licences import UNKNOWN, licence_id
from foleydesigner.generator.filmstereo.reading import SUFFIXES
from foleydesigner.generator.filmstereo.tables import cell, folder_at, inside, rows_of


class AudioCaps:
    """Captions of YouTube clips; `*.csv` beside sounds named by clip or by video.

    No licence comes with the sounds: they are "unknown" unless a column says otherwise.
    """

    collection = "audiocaps"

    def __init__(self, place: str) -> None:
        self._root = folder_at(place)

    def find(self, cache: Path) -> Iterator[FoundSound]:
        """Its clips in the order of the tables, the first caption of each sound; see `Source`."""
        tables = sorted(self._root.glob("*.csv"))
        if not tables:
            raise DatasetError(f"{self._root} holds no table", "train.csv, val.csv or test.csv", "check the path")
        sounds = {path.stem: path for path in sorted(self._root.rglob("*")) if path.suffix.lower() in SUFFIXES}
        seen = set[Path]()
        for path in tables:
            for row in rows_of(path):
                held = next((sounds[name] for name in _names(row) if name in sounds), None)
                if held not in seen:
                    yield self._found(row, held, path)
                if held:
                    seen.add(held)

    def _found(self, row: dict[str, str], held: Path | None, listed: Path) -> FoundSound:
        clip, video, start = (row.get(name, "") for name in ("audiocap_id", "youtube_id", "start_time"))
        name = held.relative_to(self._root).as_posix() if held else f"{listed.stem}/{video or clip}"
        safe = inside(self._root, name) if held else None
        told = licence_id(cell(row, "licence"))
        return FoundSound(
            collection=self.collection,
            name=name,
            title=row.get("caption", ""),
            author=cell(row, "author"),
            licence=told,
            url=f"https://www.youtube.com/watch?v={video}&t={start}s" if video else "",
            data=safe or b"",
            licence_from=f"column of {listed.name}" if told != UNKNOWN else "the collection gives none",
            fault=None if safe else OUTSIDE if held else ("missing", "no sound of that clip"),
        )


def _names(row: dict[str, str]) -> tuple[str, ...]:
    """What downloaders call a clip's file: by video and start in seconds or milliseconds, by video, by clip."""
    clip, video, start = (row.get(name, "") for name in ("audiocap_id", "youtube_id", "start_time"))
    return f"{video}_{start}", f"{video}_{start}000", video, f"Y{video}", clip
