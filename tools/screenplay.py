"""Reads a screenplay (Fountain or plain text) into scenes, and the sounds that its action asks for."""

from __future__ import annotations

import codecs
import hashlib
import re
from pathlib import Path

from foleydesigner.errors import ScreenplayError
from foleydesigner.screenplay import Scene, Screenplay, SoundMention
from foleydesigner.tools.clauses import SoundClause, read_actions
from foleydesigner.tools.facts import ground_of
from foleydesigner.tools.fountain import Block, clean_text, parse_fountain
from foleydesigner.tools.mood import read_mood
from foleydesigner.tools.pdf_text import pdf_text
from foleydesigner.tools.taxonomy import taxonomy

MAX_BYTES = 2_000_000
"""Largest screenplay taken; a feature film has about 300 kB."""
MAX_SCENES = 2000

_TIMES = (
    "midnight", "night", "dusk", "dawn", "sunset", "sunrise", "twilight", "evening", "afternoon", "morning", "noon",
    "midday",
    "day", "continuous", "later", "moments later", "same",
)  # fmt: skip
_OUTSIDE = re.compile(r"^outside\b,?\s+(?!the\b|of\b)|\boutside$", re.IGNORECASE)
"""Of an interior: "Outside, an engine is running", "A dog barks outside"."""
_PREFIX = re.compile(r"^(INT\.?/EXT|EXT\.?/INT|I/E|INT|EXT|EST)[.\s]*", re.IGNORECASE)


def read_screenplay(source: Path | None, *, text: str | None = None) -> Screenplay:
    """The screenplay as scenes with their sound mentions.

    Args:
        source: a Fountain or plain text file, UTF-8 or UTF-16 with a byte order mark, or a PDF with text in it; None
            with no `text` for a clip without a screenplay, which is one empty scene.
        text: the screenplay itself, in place of a file.

    Raises:
        ScreenplayError: the file cannot be read, is empty or over `MAX_BYTES`, is not text, or is in another encoding.
    """
    if source is None and text is None:
        return Screenplay(scenes=(Scene(id="scene_1"),))
    data = _read_bytes(source) if source is not None else (text or "").encode("utf-8", errors="replace")
    cleaned = _cleaned(data)
    title, blocks = parse_fountain(cleaned)
    if len(blocks) > MAX_SCENES:
        raise ScreenplayError(
            f"the screenplay has {len(blocks)} scenes",
            f"at most {MAX_SCENES}",
            "pass the pages that belong to this clip",
        )
    return _build(hashlib.sha256(data).hexdigest(), title, blocks)


def check_readable(source: Path) -> None:
    """Refuse a screenplay that cannot be used, before any work is begun.

    Raises:
        ScreenplayError: as `read_screenplay`.
    """
    _cleaned(_read_bytes(source))


def _cleaned(data: bytes) -> str:
    """The text without what no screenplay needs; refused when there is too much or none of it."""
    if len(data) > MAX_BYTES:
        raise ScreenplayError(
            "the screenplay is a whole book",
            f"at most {MAX_BYTES}",
            "pass the pages that belong to this clip",
        )
    cleaned = clean_text(_decode(data))
    if not cleaned.strip():
        raise ScreenplayError(
            "the screenplay is empty", "at least one line of action", "leave the screenplay out instead"
        )
    return cleaned


def _read_bytes(source: Path) -> bytes:
    try:
        if source.is_file():
            with source.open("rb") as file:
                # One byte over the limit is enough to know that it is too large.
                return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScreenplayError(
            f"the screenplay {source.name!r} cannot be read ({error.strerror})",
            "a readable text file",
            "check its permissions",
        ) from error
    raise ScreenplayError(f"there is no file {source.name!r}", "a Fountain or plain text file", "check the path")


def _decode(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return pdf_text(data)
    encoding = "utf-8-sig"
    # Its mark begins like that of UTF-16.
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise ScreenplayError("the screenplay is UTF-32", "UTF-8, or UTF-16 with a byte order mark", "save it as UTF-8")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in data[:4096]:
        raise ScreenplayError(
            f"the screenplay holds a zero byte at position {data.index(0)}", "UTF-8, or UTF-16 with a mark",
            "save it as plain text (UTF-8)",
        )  # fmt: skip
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ScreenplayError(
            f"the screenplay is not {encoding.removesuffix('-sig').upper()} (byte position {error.start})",
            "UTF-8, or UTF-16 with a byte order mark",
            "save it as UTF-8 in your editor",
        ) from None


def parse_heading(heading: str) -> tuple[bool | None, str, str]:
    """(interior, place, time of day) of a scene heading, lower case; None and "" where it does not say.

    INT./EXT. (both) counts as neither.
    """
    prefix = _PREFIX.match(heading)
    interior = None
    if prefix:
        kind = prefix.group(1).upper()
        interior = True if kind == "INT" else False if kind in ("EXT", "EST") else None
    rest = heading[prefix.end() :] if prefix else heading
    pieces = [p.strip(" .,").lower() for p in re.split(r"\s+[-–—]+\s*|\s*[–—]+\s*", rest) if p.strip(" .,")]
    time_of_day = ""
    if len(pieces) > 1:
        named = next((t for t in _TIMES if re.search(rf"\b{t}\b", pieces[-1])), None)
        time_of_day = named or pieces[-1]
        pieces = pieces[:-1]
    return interior, ", ".join(pieces), time_of_day[:100]


def _build(sha256: str, title: str, blocks: list[Block]) -> Screenplay:
    read = read_actions([block.action for block in blocks])
    scenes: list[Scene] = []
    ignored: list[str] = []
    number = 0
    for index, (block, (clauses, passed_over)) in enumerate(zip(blocks, read, strict=True), start=1):
        scene_id = f"scene_{index}"
        interior, place, time_of_day = parse_heading(block.heading)
        merged = merge_clauses(clauses)
        ground = ground_of(interior, place)
        inside = interior is True
        mentions = tuple(
            _mention(c, f"m{number + i}", scene_id, i - 1, ground, inside) for i, c in enumerate(merged, start=1)
        )
        number += len(mentions)
        ignored.extend(line[:400] for line in passed_over)
        scenes.append(
            Scene(
                id=scene_id,
                heading=block.heading[:400],
                interior=interior,
                place=place[:400],
                time_of_day=time_of_day,
                action=tuple(line[i : i + 400] for line in block.action for i in range(0, len(line), 400)),
                mood=read_mood(block.action, time_of_day),
                mentions=mentions,
            )
        )
    return Screenplay(sha256=sha256, title=title, scenes=tuple(scenes), ignored=tuple(ignored))


def merge_clauses(clauses: list[SoundClause]) -> list[SoundClause]:
    """Clauses of one scene that name the same sound of the same source become one, with the facts of all."""
    merged: list[SoundClause] = []
    for clause in clauses:
        for index, earlier in enumerate(merged):
            if _same_sound(earlier, clause):
                better = max(earlier, clause, key=lambda c: c.match.evidence)
                merged[index] = SoundClause(
                    text=earlier.text if clause.text in earlier.text else f"{earlier.text}; {clause.text}",
                    subject=earlier.subject or clause.subject,
                    match=better.match,
                    facts=earlier.facts.joined(clause.facts),
                    after=earlier.after,
                )
                break
        else:
            merged.append(clause)
    return merged


def _same_sound(a: SoundClause, b: SoundClause) -> bool:
    one, other = a.match.concept, b.match.concept
    if (one.family, one.variant) != (other.family, other.variant):
        return False
    if _contrasted(a.facts.direction, b.facts.direction) or _contrasted(a.facts.size, b.facts.size):
        return False
    # A man's steps and a woman's are two sounds; the ring of the iron and the hammer's fall on it are one.
    personal = one.trigger in ("gait", "gesture", "vehicle") and one.name == other.name
    return not (personal and a.subject and b.subject and a.subject != b.subject)


def _contrasted(first: str | None, second: str | None) -> bool:
    """True for two things told apart: one on the left and one on the right, a big one and a small one."""
    return first is not None and second is not None and first != second


def _mention(
    clause: SoundClause, mention_id: str, scene_id: str, sequence: int, ground: str, inside: bool
) -> SoundMention:
    concept, facts = clause.match.concept, clause.facts
    if concept.name == "footsteps_wood" and not facts.surface:
        # The default surface of "he walks": the scene heading knows better.
        concept = taxonomy().concept(f"footsteps_{ground}")
    return SoundMention(
        id=mention_id,
        scene_id=scene_id,
        clause=clause.text[:400],
        subject=clause.subject[:80],
        concept=concept.name,
        family=concept.family,
        variant=concept.variant,
        confidence=clause.match.confidence,
        layer=concept.layer,
        kind=concept.kind,
        count=facts.count if concept.kind == "impulsive" else None,
        repeated=facts.repeated,
        direction=facts.direction,
        distant=facts.distant,
        approaching=facts.approaching,
        receding=facts.receding,
        # What is far away and needs no picture (thunder, a bell) is heard, not seen; so is what is outside a room, but
        # for who walks there.
        offscreen=facts.offscreen
        or (facts.distant and not concept.needs_picture)
        or (inside and concept.trigger != "gait" and _OUTSIDE.search(clause.text) is not None),
        sequence=sequence,
        after=clause.after,
        later_s=facts.later_s,
        material=(facts.material if concept.trigger in ("strike", "gesture") else "") or concept.material,
        surface=(facts.surface if concept.trigger == "gait" or concept.family == "rain" else "") or concept.surface,
        size=facts.size or concept.size,
        intensity=facts.intensity if facts.intensity is not None else 0.5,
        speed=facts.speed if facts.speed is not None else 0.5,
    )
