"""File names by the Universal Category System (UCS 8.2): `CatID_FXName_CreatorID_SourceID.wav`.

Labels and job names are other people's text: only ASCII letters, digits and hyphens of them reach a file name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_FX_NAME_CHARACTERS = 48
_OTHER_CHARACTERS = 24
# Letters that have no canonical decomposition into ASCII.
_LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
})  # fmt: skip


def fx_name(text: str, fallback: str = "Sound") -> str:
    """Words of `text` as `Hammer-On-Anvil`; `fallback` where no ASCII letter or digit is left."""
    words = re.findall(r"[A-Za-z0-9]+", ascii_text(text))
    name = ""
    for word in words:
        longer = f"{name}-{word[:1].upper()}{word[1:]}".lstrip("-")
        if len(longer) > _FX_NAME_CHARACTERS:
            break
        name = longer
    return name or (words[0][:_FX_NAME_CHARACTERS] if words else fallback)


def ascii_text(text: str) -> str:
    """`text` with accents taken off and a few letters spelt out; what ASCII cannot say becomes a space."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c if c.isascii() else " " for c in decomposed if not unicodedata.combining(c) and c not in "'\u2019")


def file_name(cat_id: str, label: str, creator_id: str, source_id: str, suffix: str = ".wav") -> str:
    """One name; `cat_id` is a UCS CatID, the rest is any text."""
    fields = (_field(cat_id, "DSGNMisc"), fx_name(label), _field(creator_id, "X"), _field(source_id, "Job"))
    return "_".join(fields) + suffix


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names with `-2`, `-3`, … put after the FXName of those already given; file systems fold letter case."""
    taken: set[str] = set()
    result = []
    for name in names:
        candidate, number = name, 1
        while candidate.casefold() in taken:
            number += 1
            head, separator, tail = name.partition("_")
            fx, rest_separator, rest = tail.partition("_")
            candidate = f"{head}{separator}{fx}-{number}{rest_separator}{rest}"
        taken.add(candidate.casefold())
        result.append(candidate)
    return tuple(result)


def _field(text: str, fallback: str) -> str:
    # Underscores separate the fields of a UCS name, so none may stay inside one.
    return re.sub(r"[^A-Za-z0-9]+", "-", ascii_text(text)).strip("-")[:_OTHER_CHARACTERS].strip("-") or fallback
