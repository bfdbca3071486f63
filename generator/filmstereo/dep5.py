"""The licence of each file of a Debian package, from its machine-readable copyright file (DEP-5).

https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/: paragraphs of fields; a `Files` paragraph names
patterns ("*" also stands for slashes), and the last paragraph that matches a file is the one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_NO_NAME = re.compile(r"\(c\)|no-copyright|copyright|©|<[^>]*>|(?:\b\d{4}\b(?:\s*[-–]\s*\d{4})?[,\s]*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stanza:
    """One `Files` paragraph: patterns, who holds the rights, and the licence's short name as it was written."""

    patterns: tuple[str, ...]
    holders: str
    licence: str

    def matches(self, path: str) -> bool:
        """Whether one of its patterns is that of the path."""
        return any(_compiled(pattern).fullmatch(path) for pattern in self.patterns)


def read_stanzas(text: str) -> tuple[Stanza, ...]:
    """The `Files` paragraphs in their order; empty when the text is not in this form."""
    if not re.match(r"\s*format(-specification)?:", text, re.IGNORECASE):
        return ()
    found = []
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields = dict(_fields(paragraph))
        if "files" in fields and "license" in fields:
            licence = fields["license"].strip().splitlines()[0].strip() if fields["license"].strip() else ""
            found.append(Stanza(tuple(fields["files"].split()), _holders(fields.get("copyright", "")), licence))
    return tuple(found)


def covering(stanzas: Sequence[Stanza], path: str) -> Stanza | None:
    """The paragraph that counts for a path of the source package."""
    return next((stanza for stanza in reversed(stanzas) if stanza.matches(path)), None)


def covering_tail(stanzas: Sequence[Stanza], path: str) -> Stanza | None:
    """The same for a path as it was installed: source folders are often moved, so its ends are tried, longest first."""
    parts = path.split("/")
    tails = ["/".join(parts[k:]) for k in range(len(parts))]
    return next((stanza for stanza in reversed(stanzas) if any(stanza.matches(tail) for tail in tails)), None)


def _fields(paragraph: str) -> Iterator[tuple[str, str]]:
    name, lines = "", list[str]()
    for line in paragraph.splitlines():
        opened = re.match(r"([A-Za-z][\w-]*):(.*)", line)
        if opened:
            if name:
                yield name, "\n".join(lines)
            name, lines = opened.group(1).lower(), [opened.group(2)]
        elif name and line[:1] in (" ", "\t"):
            lines.append(line)
    if name:
        yield name, "\n".join(lines)


def _holders(text: str) -> str:
    """Names without years and addresses, one line."""
    names = []
    for line in text.splitlines():
        bare = _NO_NAME.sub(" ", line)
        bare = re.sub(r"\s+", " ", bare).strip(" ,;")
        if bare and bare not in names:
            names.append(bare)
    return "; ".join(names)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Only "*", "?" and backslashes are special; "./" at the front is none."""
    out = []
    letters = iter(pattern.removeprefix("./"))
    for letter in letters:
        if letter == "\\":
            out.append(re.escape(next(letters, "")))
        else:
            out.append({"*": ".*", "?": "."}.get(letter) or re.escape(letter))
    return re.compile("".join(out), re.DOTALL)
