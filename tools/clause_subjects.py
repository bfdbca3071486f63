"""Whose sound a clause is: the head noun of its first noun phrase."""

from __future__ import annotations

import re

from foleydesigner.tools.words import stems, word_set

_DETERMINERS = word_set("a an the his her its their our my your this that these those another two three four five some")
PRONOUNS = word_set("he she it they")
"""They stand for the subject of the clause before."""
_NOT_SUBJECT = word_set(
    "close on angle wide shot we see hear there in at from to of by near behind under over "
    "beside into with suddenly now far "
    "again later slowly quickly then all around somewhere outside inside distant here no not one as up down off "
    "out away its "
    "his her their him them it he she they and or but"
)
_PLACED = re.compile(
    r"^(?:(?:on|at|to|in|from|towards?) the (?:far |very |extreme )?"
    r"(?:left|right|middle|centre|center|foreground|background|front|back|distance)(?:[- ]hand side)?"
    r"(?: of (?:the |a )?\w+)?|(?:behind|beside|before|near|in front of) (?:it|him|her|them|us))\b,?\s+"
    r"(?=(?:an?|the|his|her|two|three) |[A-Z])",
    re.IGNORECASE,
)
"""Where something is, said before what it is."""
CAMERA = re.compile(
    r"^(?:extreme |tight )?(?:close(?:-?up)?|angle|wide|pan|tilt|dolly|push in|shot|insert|we see|"
    r"focus)\b(?: (?:on|of|to|over|across))?\s+",
    re.IGNORECASE,
)
"""Directions to the camera before what it sees."""
QUALIFIERS = word_set(
    "once twice thrice again repeatedly slowly quickly softly loudly gently hard steadily fast "
    "times time more and a an the few "
    "several couple of dozen two three four five six seven eight nine ten many once in at on to from left right "
    "distance far away "
    "closer louder quieter nearer suddenly still always heavily violently carefully quietly rhythmically one by"
)
"""Words that only qualify: a part made of nothing else names no sound of its own."""
_PLURAL_VERBS = frozenset(
    stems(verb)[0]
    for verb in word_set(
        "roll crash clatter rattle bark sing chirp ring fall fly run walk drive pass break roar howl blow drip "
        "burn flap "
        "buzz hum gallop trot creak croak clap cheer murmur shout scream play rustle sway crackle hiss squeal "
        "chatter splash"
    )
)
_PLURAL_NOUNS = word_set("men women children people sheep cattle police geese mice feet teeth deer oxen")
_VERB_HINT = re.compile(r"(?:ing|ed|ly)$")


def subject_of(clause: str) -> str:
    """Head noun of the clause's first noun phrase, lower case singular; "" when it opens with a verb or a pronoun."""
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", _PLACED.sub("", CAMERA.sub("", clause)))
    if all(word.lower() in QUALIFIERS for word in words):
        return ""
    while words and words[0].lower() in _NOT_SUBJECT - PRONOUNS:
        words = words[1:]
    if not words or words[0].lower() in PRONOUNS:
        return ""
    source = re.search(
        r"\b(?:sounds?|noise|ring|roar|crack|clatter|hum) of (?:an? |the |his |her )?([^\W\d_]+)", clause, re.IGNORECASE
    )
    if source:
        return source.group(1).lower()
    determined = words[0].lower() in _DETERMINERS
    if determined:
        words = words[1:]
    elif _VERB_HINT.search(words[0]) or (words[0][0].islower() and words[0].endswith("s")):
        # Without a determiner, "barks", "beating it" or "plays snare" open with their verb; "wagons clattering" do not.
        plural = len(words) > 1 and words[0].endswith("s")
        if not (plural and (words[1].endswith("ing") or words[1].lower() in _PLURAL_VERBS)):
            return ""
    elif (words[0][0].islower() and not words[0].endswith("s")) and (
        words[0] in _PLURAL_VERBS or (len(words) > 1 and not words[1].endswith(("s", "ing", "ed")))
    ):
        return ""
    return _head(words)


def _head(words: list[str]) -> str:
    head = ""
    for index, word in enumerate(words[:6]):
        low = word.lower()
        if low in _NOT_SUBJECT or low in _DETERMINERS:
            break
        if (
            head
            and not word.isupper()
            and (low.endswith(("s", "ing", "ed", "ly")) and not low.endswith("ss"))
            and "-" not in low
        ):
            break
        if head in _PLURAL_NOUNS or (head.endswith("s") and not head.endswith("ss")):
            break
        head = low
        if word.isupper() and len(word) > 2 and not (index + 1 < len(words) and words[index + 1].isupper()):
            break
    if head.endswith(("ly", "ing")) and head not in ("lightning", "ceiling", "building", "king"):
        return ""
    return head if head == "lightning" or not head.endswith("s") or head.endswith("ss") else _singular(head)


def _singular(noun: str) -> str:
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "xes", "sses")):
        return noun[:-2]
    irregular = stems(noun)[0]
    return noun[:-1] if noun[:-1].startswith(irregular) else irregular
