"""Licences of single files, from the texts that lie beside them: READMEs, licence files, tags inside the files.

Credits are written as headings with lines under them ("Jane (CC BY 3.0):", then names of files), or as lines that name
a file and its licence at once; both are read, and nothing is guessed where a text does not name the file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from foleydesigner.generator.filmstereo.licences import UNKNOWN, licence_id, names_a_seller

TEXT_NAME = re.compile(
    r"(?:^|/)(?:readme|licen[cs]e|licen[cs]es|copying|credits|attribution|authors)[^/]*(?:\.(?:txt|md|rst|gz))?$",
    re.IGNORECASE,
)
MOST_TEXT = 1 << 20
_BY = re.compile(r"(?<!cc[ -])\bby:? +([^()\[\],;:]+?)(?= +(?:and|under|from|is|cc\b)|[()\[\],;:]|\s*$)", re.IGNORECASE)
_TERMS = re.compile(
    r"[(\[]|\W*\b(?:cc|gpl|lgpl|licen[cs]ed?|creative commons|public domain|mit|wtfpl)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Credit:
    """Who made a file and under which licence; `found_in` says where that stands."""

    author: str
    licence: str
    found_in: str
    url: str = ""


def from_tags(data: bytes) -> tuple[dict[str, str], Credit | None]:
    """The tags inside a sound file, and the credit that they give when they name a licence.

    A tag that names a seller of effects is a credit too: of a licence that is unknown, whatever else is said.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            tags = {name: value.strip() for name, value in file.copy_metadata().items() if value.strip()}
    except (soundfile.LibsndfileError, UnicodeDecodeError):
        return {}, None
    author = tags.get("artist", "")
    if names_a_seller(" ".join(tags.values())):
        return tags, Credit(author, UNKNOWN, "tags inside the file name a seller of effects")
    licence = licence_id(tags.get("license", "") or tags.get("copyright", ""))
    return tags, Credit(author, licence, "tag inside the file") if licence != UNKNOWN else None


def from_text(text: str, name: str, where: str) -> Credit | None:
    """What a text says of the file of that name; None when it does not name it with a licence.

    Args:
        text: the text.
        name: the file's path; its last part is looked for, with or without suffix and number.
        where: the text's own name, for the record.
    """
    named = _naming(name)
    for block in re.split(r"\n[ \t]*\n", text[:MOST_TEXT]):
        lines = block.splitlines()
        for at, line in enumerate(lines):
            if not named.search(line):
                continue
            said = _saying(lines, at)
            licences = list(dict.fromkeys(found for found in map(licence_id, said) if found != UNKNOWN))
            if licences:
                url = re.search(r"https?://[^\s>)]+", "\n".join(said))
                telling = [s for s in said if "http" in s or licence_id(s) != UNKNOWN]
                author = next((a for a in (_author(s, named) for s in telling) if a), "")
                return Credit(author, " and ".join(licences), f"{where} names the file", url.group() if url else "")
    return None


def _naming(name: str) -> re.Pattern[str]:
    """What names a file in a text: its name with or without suffix, or with a star or range for its number."""
    stem = re.escape(re.sub(r"\.\w{2,4}$", "", name.rsplit("/", 1)[-1]))
    group = re.sub(r"(?:\\[._-]|_)?\d+$", "", stem)
    suffix = r"(?:\.\w{2,4})?"
    return re.compile(rf"(?<![\w.-])(?:{stem}{suffix}|{group}[._-]?(?:\*|\[[\d,-]+\]){suffix})(?![\w-])")


def _saying(lines: list[str], at: int) -> list[str]:
    """The lines of a block that speak of the file named at one of them.

    Its own; those under it, when it is a heading; the last heading above it; or else whatever follows.
    """
    if licence_id(lines[at]) != UNKNOWN:
        return [lines[at]]
    under = []
    for line in lines[at + 1 :]:
        if not line[:1].isspace():
            break
        under.append(line)
    if lines[at].rstrip().endswith(":"):
        return under
    for back in range(at - 1, -1, -1):
        if not lines[back][:1].isspace() and licence_id(lines[back]) != UNKNOWN:
            return lines[back:at]
    return lines[at + 1 :]


def whole_licence(text: str) -> str:
    """The licence that a licence text as a whole is: asked of its first lines."""
    lines = [line for line in text[:MOST_TEXT].splitlines() if line.strip()][:6]
    return next((found for found in map(licence_id, [*lines, " ".join(lines)]) if found != UNKNOWN), UNKNOWN)


def best(credits_found: Iterable[Credit | None]) -> Credit | None:
    """The first that is there."""
    return next((credit for credit in credits_found if credit is not None), None)


def _author(line: str, named: re.Pattern[str]) -> str:
    """Whose a line says it is: "by Jane", the words before the licence, or whose page it gives."""
    words = named.sub("", line)
    if found := _BY.search(words):
        return found.group(1).strip(" .\"'")
    if found := re.search(r"freesound\.org/people/([^/\s]+)", words):
        return found.group(1).replace("%20", " ")
    return re.sub(r"^\W+|\W+$", "", _TERMS.split(words)[0])
