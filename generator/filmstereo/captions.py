"""Captions that speak of more than one event: a dataset of single sounds has no use for them.

The reading is the screenplay reader's: a caption is parted into clauses, and each is asked which sound it wants. Two
that want sounds of different families, or of different makers, are two events.
"""

from __future__ import annotations

import re

from foleydesigner.script import Family
from foleydesigner.tools.clauses import SoundClause, read_actions

_JOINED = re.compile(
    r"\s*(?:\bfollowed by\b|\balong(?:side)? with\b|\baccompanied by\b|\btogether with\b|\bas well as\b|\bplus\b|"
    r"[&+;|])\s*",
    re.IGNORECASE,
)
_UNHEARD = re.compile(
    r"\b(?:speech|speak\w*|talk\w*|conversation|narrat\w*|says|said|music\w*|song|melody|radio playing)\b",
    re.IGNORECASE,
)
"""What the families do not hold, and what is no single sound beside something that they do."""
_MAKERS: frozenset[Family] = frozenset({"engine", "mechanism", "animal"})
"""Where one thing has several voices: a bus that pulls away, and its horn."""
_VOICES: frozenset[Family] = frozenset({"breath"})


def several_events(caption: str) -> str:
    """The events of a caption that names more than one, as words; "" for one or none."""
    text = _JOINED.sub(" and ", caption)
    ((clauses, _),) = read_actions([[text]])
    firsts: list[SoundClause] = []
    for clause in clauses:
        if all(_another(clause, first) for first in firsts):
            firsts.append(clause)
    names = [clause.match.concept.name.replace("_", " ") for clause in firsts]
    unheard = _UNHEARD.search(caption)
    if unheard and any(clause.match.concept.family not in _VOICES for clause in firsts):
        names.append(unheard.group().lower())
    return " + ".join(names) if len(names) > 1 else ""


def _another(clause: SoundClause, first: SoundClause) -> bool:
    """Whether a clause tells of something else than one before it: a door that opens and closes is one door."""
    mine, its = clause.match.concept, first.match.concept
    if mine.family != its.family:
        return True
    apart = mine.kind != its.kind and mine.family in _MAKERS
    return mine.name != its.name and (apart or clause.subject != first.subject)
