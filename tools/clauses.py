"""Action lines to sounding clauses: one sound each, its subject found across pronouns, its facts gathered.

"It lifts its head and barks, twice." after "A dog lies on the floor." is one clause: dog, barks, twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from foleydesigner.tools.clause_subjects import CAMERA, PRONOUNS, QUALIFIERS, subject_of
from foleydesigner.tools.facts import Facts, read_facts, with_delays_marked, without_marks
from foleydesigner.tools.taxonomy import ConceptMatch, taxonomy
from foleydesigner.tools.words import tokens, word_set

_SOUND_NOUN = (
    r"hum|roar|bang|crash|thud|hiss|clang|splash|sound|noise|scream|crack|boom|rumble|screech|whoosh|buzz|click|thump|"
    r"clatter|rattle|bark|growl|howl|sigh|ring|clap|whistle|creak|groan|squeal|snap|pop|whir|drone|throb"
)
_ACTS = (
    "passes|drives|rolls|walks|runs|comes|goes|falls|drops|crosses|flies|rides|races|speeds|opens|closes|slams|"
    "strikes|hits|breaks|shatters|barks|rings|sounds|starts|stops|lands|jumps|rumbles|roars|explodes|fires|shouts"
)
"""Verbs by which "as a lorry passes" is told from "as a ghost"."""
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|[;:]\s+|\s*(?:—|–|--)\s*|\n+")
_PART = re.compile(
    r"(?P<then>,?\s*\b(?:and then|then|before|finally|after that|next,|afterwards)\b,?\s*)|"
    r",\s*(?:and\s+|but\s+)?|\s+(?:and|but|while|until|over the|to the|amid|amidst)\s+(?=\w)|"
    r"\s+as\s+(?!if\b|though\b|an?\b|\w+ as\b)|"
    rf"\s+as\s+(?=an?\s+(?:[\w-]+\s+){{1,2}}(?:{_ACTS})\b)|"
    rf"\s+with\s+(?=(?:an?|the)\s+(?:[\w-]+\s+){{0,3}}(?:{_SOUND_NOUN})s?\b)",
    re.IGNORECASE,
)
_IDIOMS = re.compile(
    r"\b(?:again and again|over and over(?: again)?|on and on|time and again|more and more)\b", re.IGNORECASE
)
_OUTSIDE_COMMA = re.compile(r"(?:^|(?<=[.!?]\s))outside,\s+", re.IGNORECASE)
"""Says where the whole sentence is, and is no part of its own."""
_SHUTS = re.compile(
    r"\b(?:swing|swings|swung|fall|falls|fell|blow|blows|pull|pulls) (?:to|shut|closed)\b(?! \w+ (?:the|a)\b)",
    re.IGNORECASE,
)
_CAMERA_MOVES = re.compile(
    r"^(?:slow(?:ly)?\s+|we\s+|the camera\s+)*(?:pan|tilt|dolly|track|crane|zoom|push|pull)(?:s|ning|ing)?\b"
    r"(?:\s+slowly)?"
    r"(?=\s+(?:over|across|along|up|down|left|right|to|from|through|past|in|out|back|around)\b)",
    re.IGNORECASE,
)
_CAMERA_NAMED = re.compile(r"\bthe camera\b", re.IGNORECASE)
_CAMERA_SOUNDS = re.compile(
    r"\b(?:click|clicks|flash|flashes|shutter|whirs?|takes|snaps|photograph\w*)\b", re.IGNORECASE
)
_MANNER = re.compile(
    r"^an? (?:[\w-]+ ){0,2}(?:bang|crash|thud|clang|crack|boom|thump|clatter|rattle|slam|noise|jolt)$", re.IGNORECASE
)
"""What "with a bang" says of the action before it: how, not what else."""
_SOUND_HEAD = re.compile(rf"(?:{_SOUND_NOUN}|knock|shot|beat|blow|tone|echo|burst|flash)s?$")
_POSSESSIVES = word_set("his her its their")
_BODY = word_set("heel boot shoe foot feet footstep step hand paw hoof head tail finger arm leg voice breath wing claw")
_PERSONS = word_set(
    "man woman boy girl child kid mother father someone somebody people couple friend nurse "
    "guard soldier king queen bride groom "
    "crowd family figure thief priest monk chef cook clerk baby guest"
)
_PERSON_ENDING = re.compile(r"(?:[^aeiou]er|or|ist|man|woman|ian|ess|boy|girl|mate|ant)$")
MAX_PARTS = 12_000
"""Bound on the parts of one screenplay that are read for sound; a feature film has about 6 000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundClause:
    """One sound that the action asks for.

    Attributes:
        text: the words it was read from.
        subject: what makes the sound, lower case; empty when the words name nothing.
        match: the concept asked for.
        facts: what the words say of it.
        after: it comes after the sound before it.
    """

    text: str
    subject: str
    match: ConceptMatch
    facts: Facts
    after: bool


@dataclass(slots=True)
class _Part:
    text: str
    resolved: str
    subject: str
    after: bool
    starts_sentence: bool
    carried: bool = False
    """It names nothing itself and speaks of what the part before it named."""
    manner: bool = False
    silent: bool = False
    """It only says what the camera looks at."""


class _Antecedent:
    """The nouns that he, she, it and they stand for."""

    def __init__(self) -> None:
        self.latest = self._person = self._thing = ""

    def learn(self, noun: str) -> None:
        self.latest = noun
        if noun in _PERSONS or _PERSON_ENDING.search(noun):
            self._person = noun
        else:
            self._thing = noun

    def of(self, pronoun: str) -> str:
        """The last thing for "it", the last person for "he" and "she"; whatever came last where there is none."""
        return (self._thing if pronoun == "it" else self._person if pronoun in ("he", "she") else "") or self.latest


def read_actions(scenes: Sequence[Sequence[str]]) -> list[tuple[list[SoundClause], list[str]]]:
    """The sounding clauses of each scene's action lines in reading order, and the parts that ask for no sound."""
    budget = MAX_PARTS
    split: list[list[_Part]] = []
    for lines in scenes:
        parts = _split(lines)[:budget]
        budget -= len(parts)
        split.append(parts)
    matches = iter(taxonomy().match_all([part.resolved for parts in split for part in parts]))
    return [_assemble(parts, [next(matches) for _ in parts]) for parts in split]


def _split(lines: Sequence[str]) -> list[_Part]:
    parts: list[_Part] = []
    antecedent = _Antecedent()
    for line in lines:
        text = _SHUTS.sub("closes", with_delays_marked(line))
        text = _IDIOMS.sub("repeatedly", re.sub(r"\(?\bO\.\s?[SC]\.\)?", " offscreen ", text))
        text = _OUTSIDE_COMMA.sub("Outside ", text)
        for sentence in _SENTENCE.split(text):
            if not sentence or not sentence.strip():
                continue
            _split_sentence(sentence.strip(), antecedent, parts)
    return parts


def _split_sentence(sentence: str, antecedent: _Antecedent, parts: list[_Part]) -> None:
    """Append the sentence's parts; `antecedent` learns the nouns that later pronouns stand for."""
    after, position, topic, joint = False, 0, "", ""
    looking = bool(_CAMERA_MOVES.match(sentence))
    for boundary in (*_PART.finditer(sentence), None):
        piece = sentence[position : boundary.start() if boundary else len(sentence)].strip(" ,.")
        words = tokens(piece)
        if words:
            first = position == 0
            named = subject_of(piece)
            # A sound that opens its sentence ("Three knocks.") need not come from whoever was spoken of before.
            orphan = first and bool(_SOUND_HEAD.search(named))
            named = "" if _SOUND_HEAD.search(named) else named
            if joint.startswith(("over", "to the", "amid")):  # a place, not somebody new
                named = ""
            looking = looking and joint not in ("as", "while", "until")
            pronoun = words[0] in PRONOUNS
            if pronoun:
                topic = antecedent.of(words[0])
            elif words[0] in _POSSESSIVES and named in _BODY:
                named, topic = "", topic or antecedent.of("they")
            elif first and not named and not orphan and words[0].endswith("s"):
                topic = antecedent.latest
            carried = topic if not named and not orphan else ""
            resolved = " ".join(filter(None, (carried, *(piece.split()[1:] if pronoun and carried else [piece]))))
            manner = joint == "with" and bool(_MANNER.match(piece))
            about = _CAMERA_NAMED.search(piece) is not None and not _CAMERA_SOUNDS.search(piece)
            parts.append(
                _Part(piece, resolved, named or carried, after, first, bool(carried), manner, looking or about)
            )
            if named:
                topic = named
                antecedent.learn(named)
        if boundary:
            after = after or bool(boundary.group("then"))
            joint = boundary.group().strip(" ,").lower()
            position = boundary.end()


def _assemble(parts: list[_Part], matches: list[list[ConceptMatch]]) -> tuple[list[SoundClause], list[str]]:
    """Parts without a sound of their own qualify their neighbour in the sentence, or ask for none."""
    clauses: list[SoundClause] = []
    ignored: list[str] = []
    pending: list[_Part] = []
    in_sentence = False
    for part, found in zip(parts, matches, strict=True):
        if part.starts_sentence:
            ignored.extend(p.text for p in pending)
            pending, in_sentence = [], False
        if part.silent:
            ignored.append(part.text)
            continue
        if in_sentence and found and (part.manner or _goes_on(part, found[0], clauses[-1])):
            clauses[-1] = _joined(clauses[-1], part, found[0])
        elif found and _names_a_sound(part.text, found[0]) and not (in_sentence and _refers_back(part.text)):
            lead = [p for p in pending if p.subject == part.subject]
            facts = read_facts(part.text)
            for p in lead:
                facts = facts.joined(read_facts(p.text))
            ignored.extend(p.text for p in pending)
            pending = []
            clauses.append(
                SoundClause(
                    text=without_marks(part.text), subject=part.subject, match=found[0], facts=facts, after=part.after
                )
            )
            in_sentence = True
        elif in_sentence:
            last = clauses[-1]
            clauses[-1] = replace(
                last, facts=last.facts.joined(read_facts(part.text)), text=f"{last.text}, {part.text}"
            )
        else:
            pending.append(part)
    ignored.extend(p.text for p in pending)
    return clauses, ignored


def _goes_on(part: _Part, match: ConceptMatch, last: SoundClause) -> bool:
    """Whether a part tells more of the sound before it: the same thing, unnamed, still making one kind of sound.

    "A glass slides off the table and shatters" is one breaking glass; "opens the door, closes it" are two sounds.
    """
    mine, other = match.concept, last.match.concept
    opposite = {mine.variant, other.variant} >= {"open", "close"}
    one_kind = mine.family == other.family and mine.kind == other.kind == "impulsive" and mine.name != other.name
    return part.carried and part.subject == last.subject and not part.after and one_kind and not opposite


def _joined(last: SoundClause, part: _Part, match: ConceptMatch) -> SoundClause:
    """A clause with what a part adds to it: its facts, and its concept where that is surer or breaks more."""
    surer = match if not part.manner and match.evidence >= last.match.evidence else last.match
    if match.concept.variant == "break" and not part.manner:
        surer = match
    if {match.concept.variant, last.match.concept.variant} >= {"ball"}:
        surer = match if match.concept.variant == "ball" else last.match
    facts = last.facts.joined(read_facts(part.text))
    return replace(last, facts=facts, text=f"{last.text}, {part.text}", match=surer)


def _names_a_sound(text: str, best: ConceptMatch) -> bool:
    """Whether the part's own words ask for the match: no mere qualifier, no camera direction at a silent thing."""
    if CAMERA.match(text) and best.evidence < 1.0:
        return False
    return any(word not in QUALIFIERS for word in tokens(text))


def _refers_back(text: str) -> bool:
    """Whether it is a participle with an object pronoun ("beating it steadily"), which describes the sound before."""
    words = tokens(text)
    return bool(words) and words[0].endswith("ing") and bool({"it", "them"} & set(words[1:4]))
