"""A folder of sounds: named by the Universal Category System, or by words.

UCS (universalcategorysystem.com): `CatID[-UserCategory]_FXName_CreatorID_SourceID[_UserData].wav`; the CatID
("DOORWood") begins with its category's short name, which has a family (`labels.json`), the FXName says what it is.
Licences come from tags inside the files, from texts in the folders that name the file, or from a licence text that
lies in its folder or above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from foleydesigner.generator.filmstereo import credits as crediting
from foleydesigner.generator.filmstereo.credits import Credit
from foleydesigner.generator.filmstereo.dep5 import covering, read_stanzas
from foleydesigner.generator.filmstereo.families import plain_words, table
from foleydesigner.generator.filmstereo.found import OUTSIDE, FoundSound
from foleydesigner.generator.filmstereo.licences import UNKNOWN, licence_id
from foleydesigner.generator.filmstereo.reading import SUFFIXES, UnusableError, read_bytes
from foleydesigner.generator.filmstereo.tables import folder_at, inside
from foleydesigner.script import Family

_UCS = re.compile(
    r"(?P<category>[A-Z]{2,6}[A-Za-z]{0,10})(?:-(?P<user>[^_]*))?_(?P<title>[^_]+)(?:_(?P<creator>[^_]*))?(?:_.*)?$"
)


class SoundFolder:
    """Every sound file under a folder."""

    def __init__(self, place: str) -> None:
        self._root = folder_at(place)
        self.collection = f"folder:{self._root.resolve().name}"
        self._texts: dict[Path, tuple[tuple[str, str], ...]] = {}

    def find(self, cache: Path) -> Iterator[FoundSound]:
        """Its sounds in the order of their paths; see `Source`."""
        for path in sorted(self._root.rglob("*")):
            if path.suffix.lower() in SUFFIXES and not path.is_dir():
                yield self._found(path)

    def _found(self, path: Path) -> FoundSound:
        name = path.relative_to(self._root).as_posix()
        family, title, creator = read_name(path.stem)
        tags, credit = self._credit(path, name)
        safe = inside(self._root, name)
        return FoundSound(
            collection=self.collection,
            name=name,
            title=title or tags.get("title", ""),
            author=(credit.author if credit else "") or tags.get("artist", "") or creator,
            licence=credit.licence if credit else UNKNOWN,
            url=credit.url if credit else "",
            data=safe or b"",
            licence_from=credit.found_in if credit else "no tag and no text tells",
            family=family,
            words=name,
            fault=None if safe else OUTSIDE,
        )

    def _credit(self, path: Path, name: str) -> tuple[dict[str, str], Credit | None]:
        try:
            tags, tagged = crediting.from_tags(read_bytes(path))
        except UnusableError:
            tags, tagged = {}, None
        if tagged:
            return tags, tagged
        folders = [folder for folder in path.parents if folder == self._root or self._root in folder.parents]
        texts = [entry for folder in folders for entry in self._texts_of(folder)]
        named = crediting.best(crediting.from_text(text, name, where) for where, text in texts)
        return tags, named or crediting.best(_covering(text, name, where) for where, text in texts)

    def _texts_of(self, folder: Path) -> tuple[tuple[str, str], ...]:
        if folder not in self._texts:
            self._texts[folder] = tuple(
                (path.relative_to(self._root).as_posix(), _head(path))
                for path in sorted(folder.iterdir())
                if path.is_file() and (crediting.TEXT_NAME.search(path.name) or path.name == "copyright")
            )
        return self._texts[folder]


def read_name(stem: str) -> tuple[Family | None, str, str]:
    """Family, title and creator that a file's name tells; a name that is not UCS's has its words as title."""
    found = _UCS.match(stem)
    categories = table("labels")["ucs"]
    if found:
        category = found["category"]
        prefix = next((category[:k] for k in range(len(category), 1, -1) if category[:k] in categories), None)
        if prefix is not None:
            title = " ".join(filter(None, (found["title"].strip(), (found["user"] or "").strip().lower())))
            return categories[prefix] or None, title, (found["creator"] or "").strip()
    return None, plain_words(stem), ""


def _covering(text: str, name: str, where: str) -> Credit | None:
    """What a licence text as a whole says of the files in its folder; a README that names other files says nothing."""
    stanzas = read_stanzas(text)
    if stanzas:
        found = covering(stanzas, name)
        return Credit(found.holders, licence_id(found.licence), where) if found else None
    if not re.search(r"licen[cs]e|copying", where, re.IGNORECASE):
        return None
    licence = crediting.whole_licence(text)
    return Credit("", licence, f"{where}, for the whole folder") if licence != UNKNOWN else None


def _head(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(crediting.MOST_TEXT).decode("utf-8", "replace")
    except OSError:
        return ""
