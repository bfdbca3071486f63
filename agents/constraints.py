"""Conditions that a script has to keep: what a scorer learned from a failed candidate, and what a reviewer wrote.

A reviewer's note is read by simple words ("no footsteps", "without the cloth", "thunder louder", "less rain"). A note
that cannot be read that way is kept and stays an open finding; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from foleydesigner.screenplay import SoundMention
from foleydesigner.script import SoundEvent
from foleydesigner.search import Constraint

Wish = Literal["drop", "louder", "softer"]
_WORDS: dict[str, Wish] = {
    "no": "drop", "without": "drop", "remove": "drop", "drop": "drop", "delete": "drop", "mute": "drop", "cut": "drop",
    "louder": "louder", "more": "louder", "stronger": "louder", "raise": "louder", "up": "louder",
    "softer": "softer", "less": "softer", "quieter": "softer", "lower": "softer", "down": "softer", "weaker": "softer",
}  # fmt: skip
_FILLER = frozenset(
    [
        "the",
        "a",
        "an",
        "any",
        "of",
        "to",
        "in",
        "it",
        "is",
        "be",
        "should",
        "make",
        "sound",
        "sounds",
        "please",
        "and",
        "too",
        "much",
        "so",
        "on",
        "at",
        "for",
        "this",
        "that",
        "are",
        "all",
        "turn",
        "bring",
    ]
)
_STEP = 0.2
"""How much intensity "louder" adds and "softer" takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One readable part of a note: a wish about the things that `words` name."""

    wish: Wish
    words: frozenset[str]


def _stem(word: str) -> str:
    """Plural and gerund endings off, so that "barking" and "barks" meet "bark"."""
    for ending in ("ing", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word.rstrip("e") if len(word) > 4 else word


def read_note(note: str) -> tuple[Instruction, ...]:
    """The instructions of a note, clause by clause; empty when it holds none that is known."""
    found = []
    for clause in re.split(r"[,;.]|\band\b|\bbut\b", note.lower()):
        tokens = re.findall(r"[a-z]+", clause)
        wishes = [_WORDS[token] for token in tokens if token in _WORDS]
        words = frozenset(_stem(t) for t in tokens if t not in _WORDS and t not in _FILLER)
        if wishes and words:
            found.append(Instruction(wish=wishes[0], words=words))
    return tuple(found)


def _names(*texts: str) -> set[str]:
    return {_stem(token) for text in texts for token in re.findall(r"[a-z]+", text.lower())}


def _event_names(event: SoundEvent) -> set[str]:
    return _names(event.label, event.family, event.variant, event.id)


def drops_mention(mention: SoundMention, constraints: Sequence[Constraint]) -> bool:
    """True when a reviewer asked for a mentioned sound to be left out."""
    names = _names(mention.concept, mention.family, mention.variant, mention.subject)
    return any(
        i.wish == "drop" and i.words <= names
        for c in constraints
        if c.origin == "reviewer"
        for i in read_note(c.message)
    )


def apply_constraints(events: Sequence[SoundEvent], constraints: Sequence[Constraint]) -> list[SoundEvent]:
    """The events with every readable condition kept."""
    kept = list(events)
    for constraint in constraints:
        avoided = {label.lower() for label in constraint.avoid_event_labels}
        kept = [e for e in kept if e.label.lower() not in avoided]
        if constraint.origin != "reviewer":
            continue
        for instruction in read_note(constraint.message):
            if instruction.wish == "drop":
                kept = [e for e in kept if not instruction.words <= _event_names(e)]
                continue
            step = _STEP if instruction.wish == "louder" else -_STEP
            kept = [
                e.model_copy(update={"intensity": round(min(1.0, max(0.05, e.intensity + step)), 4)})
                if instruction.words <= _event_names(e)
                else e
                for e in kept
            ]
    return kept


def unread_notes(events: Sequence[SoundEvent], constraints: Sequence[Constraint]) -> tuple[str, ...]:
    """Reviewers' notes that the house rules cannot follow: nothing readable in them, or nothing that they name."""
    unread = []
    names = [_event_names(e) for e in events]
    for constraint in constraints:
        if constraint.origin != "reviewer":
            continue
        instructions = read_note(constraint.message)
        reachable = [i.wish == "drop" or any(i.words <= n for n in names) for i in instructions]
        if (not instructions and not constraint.avoid_event_labels) or not all(reachable):
            unread.append(f"reviewer's note not followed: {constraint.message}"[:400])
    return tuple(unread)
