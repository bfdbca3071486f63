"""Which family a sound is of, whether it is hit or goes on, and how large its source is: from names and captions.

A collection with labels of its own has a table (`labels.json`), the Debian packages have rules on names
(`debian.json`); everything else is asked of the sound taxonomy. Kinds and sizes are by family, refined by words
(`sizes.json`).
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple, cast, get_args

from foleydesigner.generator.procedural.trial import is_hit
from foleydesigner.script import EventKind, Family, Size


class Nature(NamedTuple):
    """What a sound is."""

    family: Family
    kind: EventKind
    size: Size


@lru_cache(maxsize=8)
def table(name: str) -> dict[str, Any]:
    """One of the JSON tables beside this file, by its name without suffix."""
    text = resources.files("foleydesigner.generator.filmstereo").joinpath(f"{name}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def nature(title: str, family: Family | None = None, words: str = "") -> Nature | None:
    """What a sound of that title is; None when the words ask for no family that there is.

    Args:
        title: what it is, in words.
        family: where a table knows it already.
        words: more words that tell of kind and size, such as the file's name.
    """
    text = f"{title} {words}".lower()
    if family is not None:
        return Nature(family, kind_of(family, text), size_of(family, text))
    from foleydesigner.tools.taxonomy import taxonomy

    matches = taxonomy().match(title)
    if not matches:
        return None
    concept = matches[0].concept
    return Nature(concept.family, concept.kind, _named_size(concept.family, text) or concept.size)


def kind_of(family: Family, text: str) -> EventKind:
    """Hits or something that goes on: the family's own nature, unless a word says otherwise."""
    for kind, pattern in table("sizes")["kinds"].get(family, {}).items():
        if re.search(pattern, text):
            return cast(EventKind, kind)
    return "impulsive" if is_hit(family) else "steady"


def size_of(family: Family, text: str) -> Size:
    """How large the source is: the family's usual size, unless a word says otherwise."""
    return _named_size(family, text) or cast(Size, table("sizes")["sizes"][family][0])


def _named_size(family: Family, text: str) -> Size | None:
    """The largest size that a word names."""
    patterns = table("sizes")["sizes"][family][1]
    found = [size for size in get_args(Size) if size in patterns and re.search(patterns[size], text)]
    return found[-1] if found else None


def label_family(collection: str, label: str) -> Family | None:
    """The family of a label of ESC-50, FSD50K or UCS; None for one that has none here."""
    return cast("Family | None", table("labels")[collection].get(label))


def name_family(name: str, more: bool = True) -> Family | None:
    """The family that the name or title of a Debian package's sound speaks of.

    Args:
        name: path or title.
        more: by rules that are for collecting alone, before the others.
    """
    text, data = name.lower(), table("debian")
    for family, pattern in [*(data["more"] if more else ()), *data["rules"]]:
        if re.search(pattern, text):
            return cast("Family | None", family or None)
    return None


def name_title(name: str) -> str:
    """A caption for a file of a Debian package that has a name only: from the table, or the name's own words."""
    text = name.lower()
    for pattern, title in table("debian")["titles"]:
        found = re.search(pattern, text)
        if found:
            for number, group in enumerate(found.groups(), 1):
                title = title.replace(f"{{{number}}}", group or "")
            return str(title)
    return plain_words(name)


def plain_words(name: str) -> str:
    """The words of a file's name: no folder, no suffix, no numbers."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", name.rsplit("/", 1)[-1])
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem)
    return re.sub(r"\s+", " ", re.sub(r"[\d_.\-]+", " ", stem)).strip().lower()
