"""Licences as other people write them, made into one word each that a filter and a lawyer can read.

Words follow the SPDX licence list in lower case ("cc-by-sa-3.0", "gpl-2.0-or-later"), with "public-domain" for what was
given up, "generated" for what no one recorded, and "unknown" for what nothing tells. `licences.json` is the table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Any

from foleydesigner.errors import ConfigurationError

GENERATED, UNKNOWN = "generated", "unknown"
_VERSION = re.compile(r"(?<![\d.])v?([1-4])(?:\.(\d))?(?![\d.]\d)")
_LATER = re.compile(r"\+|\bor[- ](?:\(at your option\) )?(?:any )?later\b|\bor newer\b")
_CC_LEAST = "unversioned"


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = resources.files("foleydesigner.generator.filmstereo").joinpath("licences.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def licence_id(text: str) -> str:
    """The licence that a short name, a sentence or an address speaks of; "unknown" for none.

    Two with "or" between them are a choice and stay one ("gpl-2.0-or-later or cddl-1.1"); with "and", both bind.
    """
    plain = re.sub(r"\s+", " ", text.strip().lower()).replace("_", "-")
    parts = re.split(r"\s+(or|and)\s+(?!later|newer|any later|\(at)", plain)
    if len(parts) > 1:
        names = [_one(part) for part in parts[::2]]
        if UNKNOWN not in names:
            return " ".join(word for pair in zip(names, [*parts[1::2], ""], strict=True) for word in pair if word)
    return _one(plain)


def _one(plain: str) -> str:
    if plain in (GENERATED, UNKNOWN):
        return plain
    for pattern, name, version in _table()["names"]:
        found = re.search(pattern, plain)
        if found:
            rest = plain[found.end() :]
            return str(name.format(version=_version(name, rest, version), later=_later(rest)))
    return UNKNOWN


def _version(name: str, rest: str, usual: str) -> str:
    if name.startswith("bsd"):
        clauses = re.search(r"([234])[- ]clause", rest)
        return f"{clauses.group(1)}-clause" if clauses else usual
    found = _VERSION.search(rest)
    return f"{found.group(1)}.{found.group(2) or 0}" if found else usual or _CC_LEAST


def _later(rest: str) -> str:
    return "-or-later" if _LATER.search(rest) else "-only"


def licence_url(licence: str) -> str:
    """Where the text of a licence is to be read; "" for none known."""
    first = licence.split(" or ", maxsplit=1)[0].split(" and ", maxsplit=1)[0]
    if known := _table()["urls"].get(first):
        return str(known)
    if found := re.fullmatch(r"cc-(by(?:-nc)?(?:-sa|-nd)?)-(\d\.\d)", first):
        return f"https://creativecommons.org/licenses/{found.group(1)}/{found.group(2)}/"
    if first in (GENERATED, UNKNOWN) or _CC_LEAST in first:
        return ""
    return f"https://spdx.org/licenses/{_spdx(first)}.html"


def _spdx(licence: str) -> str:
    words = {"mit": "MIT", "isc": "ISC", "zlib": "Zlib", "apache-2.0": "Apache-2.0", "0bsd": "0BSD"}
    return words.get(licence) or re.sub(
        r"^(a?l?gpl|bsd|cddl)", lambda m: m.group().upper(), licence.replace("clause", "Clause")
    )


def permitted(licence: str, allowed: Iterable[str]) -> bool:
    """Whether a licence is one of those allowed: groups ("cc-by"), or exact words ("cc-by-3.0").

    What was generated is nobody's work and always is.
    """
    if licence == GENERATED:
        return True
    wanted = frozenset(allowed)

    def one(name: str) -> bool:
        return name in wanted or any(re.search(_table()["groups"][g], name) for g in wanted if g in _table()["groups"])

    return any(all(one(part) for part in choice.split(" and ")) for choice in licence.split(" or "))


def parse_allowed(text: str) -> frozenset[str]:
    """What "--licences cc0,cc-by" allows.

    Raises:
        ConfigurationError: a word is neither a group nor a licence that is known.
    """
    words = frozenset(word.strip().lower() for word in text.split(",") if word.strip())
    groups = _table()["groups"]
    for word in sorted(words):
        if word not in groups and not any(re.search(pattern, word) for pattern in groups.values()):
            raise ConfigurationError(f"no licence is called {word!r}", f"some of {', '.join(groups)}", "correct it")
    if not words:
        raise ConfigurationError("no licence is allowed", f"some of {', '.join(groups)}", "name them")
    return words


def usual_licences() -> frozenset[str]:
    """Groups that let everybody pass on what is made of them: no non-commercial, no no-derivatives, no unknown ones."""
    return frozenset(_table()["usual"])


def names_a_seller(text: str) -> bool:
    """Whether text that lies inside a file names a commercial library, whatever the package says of it."""
    return re.search(_table()["sellers"], text.lower()) is not None
