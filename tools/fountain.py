"""Fountain and plain text to headed blocks of action (fountain.io/syntax, 1.1), in one pass and linear time.

Only what sound design needs is kept: scene headings, action, and the parentheticals of dialogue (what a speaker does).
A reader of our own, because a clip's screenplay is untrusted text: the known parser backtracks cubically on long lines,
loses everything after an unclosed comment and a first line that holds a colon, and knows Latin headings only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

MAX_LINE = 4000
"""Longer lines are cut into lines of this length, which bounds every pattern's time."""

_HEADING = re.compile(r"^(?:INT\.?/EXT|EXT\.?/INT|I/E|INT|EXT|EST)(?:[.\s]|$)", re.IGNORECASE)
_FORCED_HEADING = re.compile(r"^\.(?=[^\W_])")
_SCENE_NUMBER = re.compile(r"\s*#[\w.-]{1,16}#$")
_TITLE_KEY = re.compile(
    r"^(title|credit|authors?|source|notes|draft date|date|contact|copyright|revision|font|watermark)\s*:(.*)$",
    re.IGNORECASE,
)
_TRANSITION = re.compile(
    r"^(?:[^a-z]* TO:|FADE (?:IN|OUT)[.:]?|FADE TO BLACK[.:]?|CUT TO BLACK[.:]?|THE END\.?|SMASH CUT[.:]?)$"
)
_EXTENSION = re.compile(r"\([^)]{0,80}\)\s*\^?$|\^$")


@dataclass(slots=True)
class Block:
    """A scene: its heading ("" before the first) and its action lines."""

    heading: str = ""
    action: list[str] = field(default_factory=list)


def parse_fountain(text: str) -> tuple[str, list[Block]]:
    """Title and scenes of a screenplay; text without any heading is one block with heading ""."""
    lines = _without_comments(text).split("\n")
    title, start = _title_page(lines)
    blocks = [Block()]
    in_dialogue, speaker = False, ""
    for index in range(start, len(lines)):
        line = lines[index].strip()
        if not line:
            in_dialogue = False
            continue
        after_blank = index == start or not lines[index - 1].strip()
        before_text = index + 1 < len(lines) and bool(lines[index + 1].strip())
        heading = _heading(line)
        if heading is not None and (after_blank or line.startswith(".") or _is_upper(heading)):
            blocks.append(Block(heading))
            in_dialogue = False
        elif line.startswith("!"):
            blocks[-1].action.append(line[1:].strip())
            in_dialogue = False
        elif in_dialogue:
            if line.startswith("(") and line.endswith(")"):
                blocks[-1].action.append(f"{speaker} {line.strip('()').strip()}.")
        elif line.startswith("@") or (after_blank and before_text and _is_cue(line)):
            in_dialogue, speaker = True, _EXTENSION.sub("", line.lstrip("@")).strip().title()
        elif not _is_apparatus(line):
            blocks[-1].action.append(line.replace("*", "").replace("_", " ").strip())
    return title, [b for b in blocks if b.heading or any(b.action)] or [Block()]


def _heading(line: str) -> str | None:
    if _FORCED_HEADING.match(line):
        return _SCENE_NUMBER.sub("", line[1:]).strip()
    return _SCENE_NUMBER.sub("", line).strip() if _HEADING.match(line) else None


def _is_upper(text: str) -> bool:
    return any(c.isalpha() for c in text) and text == text.upper()


def _is_cue(line: str) -> bool:
    """A character's name above dialogue: capitals, at most a few words, no sentence."""
    name = _EXTENSION.sub("", line).strip()
    cased = any(unicodedata.category(c) == "Lu" for c in name)
    return cased and _is_upper(name) and len(name) <= 40 and name[-1] not in ".!?:;," and not _TRANSITION.match(line)


def _is_apparatus(line: str) -> bool:
    """Transitions, sections, synopses, lyrics, page breaks."""
    if line.startswith(">") and line.endswith("<"):
        return True
    return line.startswith((">", "#", "=", "~")) or bool(_TRANSITION.match(line))


def _title_page(lines: list[str]) -> tuple[str, int]:
    """Title, and the index of the first line after the title page (0 without one)."""
    first = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    if first == len(lines) or not _TITLE_KEY.match(lines[first].strip()):
        return "", 0
    title: list[str] = []
    key = ""
    for index in range(first, len(lines)):
        line = lines[index]
        if not line.strip():
            return _plain_title(title), index
        entry = _TITLE_KEY.match(line.strip())
        if entry:
            key = entry.group(1).lower()
        value = entry.group(2) if entry else line
        if key == "title" and value.strip():
            title.append(value.strip())
    return _plain_title(title), len(lines)


def _plain_title(parts: list[str]) -> str:
    return " ".join(parts).replace("*", "").replace("_", "").strip()[:400]


def _without_comments(text: str) -> str:
    """Without boneyard /* */ and notes [[ ]]; one that is never closed is taken as ordinary text."""
    for opening, closing in (("/*", "*/"), ("[[", "]]")):
        kept: list[str] = []
        position = 0
        while True:
            start = text.find(opening, position)
            end = text.find(closing, start + 2) if start >= 0 else -1
            if end < 0:
                break
            kept.append(text[position:start])
            position = end + 2
        text = "".join([*kept, text[position:]]).replace(opening, " ").replace(closing, " ")
    return text


def clean_text(text: str) -> str:
    """The text with one kind of newline, no control, bidi-override or zero-width characters, no over-long line."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
        .replace("\f", "\n")
    )
    text = text.replace("\t", " ")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    text = re.sub(r"[^\S\n]{2,}", "  ", text)
    return "\n".join(line[i : i + MAX_LINE] for line in text.split("\n") for i in range(0, max(len(line), 1), MAX_LINE))
