"""Effects from Debian packages, each with the licence that the package gives for that very file.

Asked in this order: tags inside the file, what a catalogue says of it, READMEs of the folders it lies in, and the
package's machine-readable copyright file (`dep5.py`). `debian.json` maps installed paths back to those of the source
package, which the copyright file speaks of.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from foleydesigner.generator.filmstereo import credits as crediting
from foleydesigner.generator.filmstereo.credits import Credit
from foleydesigner.generator.filmstereo.dep5 import Stanza, covering, covering_tail, read_stanzas
from foleydesigner.generator.filmstereo.families import name_family, name_title, table
from foleydesigner.generator.filmstereo.found import FoundSound
from foleydesigner.generator.filmstereo.licences import UNKNOWN, licence_id
from foleydesigner.generator.filmstereo.packages import INSIDE, fetch_package, package_files, sounds_in

_CATALOGUED = re.compile(r'"(?P<title>.+?)"\.? ?(?P<credit>.*?)\.? ?Licen[cs]e: (?P<licence>.+)$', re.DOTALL)
_URL_CREDIT = re.compile(r'^ +\*? *"?(?P<name>[^"\n]+?)"?\n +(?P<url>https?://\S+)$', re.MULTILINE)


class DebianPackage:
    """The sounds of one package, by its name."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.collection = f"debian:{package}"
        known = table("debian")["packages"].get(package)
        self._roots: Mapping[str, str] | None = known["roots"] if known else None

    def find(self, cache: Path) -> Iterator[FoundSound]:
        """Its sounds in the order of their paths; see `Source`."""
        place = fetch_package(self.package, cache / "debian")
        texts = _Texts.of(place, self.package)
        for path, data in sorted(_sounds(place), key=lambda entry: entry[0]):
            yield self._found(path, data, texts)

    def _found(self, path: str, data: bytes, texts: _Texts) -> FoundSound:
        name = self._source_path(path)
        tags, tagged = crediting.from_tags(data)
        entry = _CATALOGUED.match(path.partition(INSIDE)[2])
        listed = Credit(_one_line(entry["credit"]), licence_id(entry["licence"]), "catalogue entry") if entry else None
        credit = crediting.best((tagged, listed, texts.beside(path), texts.stanza(name, self._roots is not None)))
        family = name_family(entry["title"].join('""') if entry else name)
        return FoundSound(
            collection=self.collection,
            name=f"{name.partition('/wav/')[0]}/wav/{entry['title']}" if entry else name,
            title=entry["title"] if entry else name_title(name),
            author=_author(credit, tags.get("artist", "")),
            licence=credit.licence if credit else UNKNOWN,
            url=(credit.url if credit else "") or texts.url_of(entry["credit"] if entry else "", self.package),
            data=data,
            licence_from=credit.found_in if credit else "nothing in the package tells",
            family=family,
            words=name,
            fault=None if family else ("family", "no rule names it, or one leaves it out"),
        )

    def _source_path(self, path: str) -> str:
        for root, source in (self._roots or {}).items():
            if path.startswith(root):
                return source + path[len(root) :]
        return path


def _sounds(place: Path) -> Iterator[tuple[str, bytes]]:
    for path, data in package_files(place):
        yield from sounds_in(path, data)


@dataclass(frozen=True, slots=True)
class _Texts:
    """What a package says of licences: its copyright file, and READMEs by their paths."""

    stanzas: tuple[Stanza, ...]
    homepage: str
    readmes: Mapping[str, str]

    @classmethod
    def of(cls, place: Path, package: str) -> _Texts:
        copyright_text, readmes = "", {}
        for path, data in package_files(place):
            if path == f"usr/share/doc/{package}/copyright":
                copyright_text = data.decode("utf-8", "replace")
            elif crediting.TEXT_NAME.search(path):
                readmes[path] = _text(path, data)
        source = re.search(r"^Source: *\n? *(https?://\S+)", copyright_text, re.MULTILINE)
        return cls(read_stanzas(copyright_text), source.group(1) if source else "", readmes)

    def stanza(self, name: str, mapped: bool) -> Credit | None:
        """What the copyright file says of a file, by its path in the source package, or by the end of that path."""
        found = (covering if mapped else covering_tail)(self.stanzas, name)
        if found is None:
            return None
        return Credit(found.holders, licence_id(found.licence), f"copyright file, {_shown(found, name)}")

    def beside(self, path: str) -> Credit | None:
        """What a text in the file's folder, or one above it, says of the file."""
        folder = path.partition(INSIDE)[0].rpartition("/")[0]
        while folder.count("/") >= 3:
            for where in sorted(self.readmes):
                if where.rpartition("/")[0] == folder:
                    credit = crediting.from_text(self.readmes[where], path, where)
                    if credit:
                        return credit
            folder = folder.rpartition("/")[0]
        return None

    def url_of(self, credit: str, package: str) -> str:
        """The address of the original that a catalogue's credit names, else the package's home."""
        for readme in self.readmes.values() if credit else ():
            for found in _URL_CREDIT.finditer(readme):
                if f'"{found["name"].strip()}"' in credit:
                    return found["url"]
        return self.homepage or f"https://packages.debian.org/{package}"


def _shown(stanza: Stanza, name: str) -> str:
    """The patterns of a paragraph that name the file, for the record."""
    return " ".join(p for p in stanza.patterns if Stanza((p,), "", "").matches(name))[:120] or stanza.patterns[0]


def _author(credit: Credit | None, artist: str) -> str:
    """Whom the credit names; the file's own tag before the many holders of a whole folder."""
    if credit is None or (artist and (not credit.author or credit.found_in.startswith("copyright file"))):
        return artist
    return credit.author


def _text(path: str, data: bytes) -> str:
    if path.endswith(".gz"):
        try:
            # Bounded, since a small file may unpack to anything.
            data = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, crediting.MOST_TEXT)
        except zlib.error:
            return ""
    return data[: crediting.MOST_TEXT].decode("utf-8", "replace")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" .")
