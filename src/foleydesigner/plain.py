"""Text of other people, made harmless for one line: no control, no escape sequence, no turned-around reading order."""

from __future__ import annotations

import os
import re
from pathlib import Path

_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
"""C0, C1, the two separators that break lines, and halves of surrogate pairs, which no encoding can write."""
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks that change the reading order of what stands around them (Unicode UAX 9, "Trojan Source")."""
_HIDDEN = re.compile(f"[{_CONTROLS}{_BIDI}]")
_BREAKING = re.compile(f"[{_CONTROLS}]")
_TURNING = re.compile(f"[{_BIDI}]")


def one_line(text: str) -> str:
    """The text with a space for every control character, without marks that turn the reading order."""
    return _BREAKING.sub(" ", _TURNING.sub("", text))


def visible(text: str) -> str:
    r"""The text with what would act on a terminal, or hide, written out: `\x1b`, `\n`, `\u202e`."""
    return _HIDDEN.sub(lambda found: found.group().encode("unicode_escape", "surrogatepass").decode(), text)


def file_name(path: Path) -> str:
    """A file's name as text that can be kept anywhere; bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(path.name).decode("utf-8", "replace")
