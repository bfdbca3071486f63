"""English words for matching: tokens, a light stemmer, and the figures of speech that make no sound."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?", re.UNICODE)

_IRREGULAR_FORMS = (
    "ran:run drove:drive driven:drive blew:blow blown:blow struck:strike broke:break broken:break fell:fall "
    "fallen:fall rang:ring rung:ring sang:sing sung:sing swung:swing tore:tear torn:tear threw:throw "
    "thrown:throw shot:shot/shoot flew:fly flown:fly rode:ride ridden:ride slid:slide geese:goose mice:mouse "
    "leaves:leaf/leave knives:knife wolves:wolf hooves:hoof calves:calf feet:foot men:man women:woman "
    "children:child oxen:ox came:come went:go took:take taken:take gave:give held:hold stood:stand sat:sit "
    "lay:lay/lie lying:lie rose:rose/rise spoke:speak swept:sweep lit:light dug:dig wrote:write written:write "
    "ate:eat drank:drink swam:swim wept:weep crept:creep strode:stride dove:dive/dove burnt:burn shook:shake "
    "shaken:shake spun:spin saw:saw/see wound:wind/wound teeth:tooth tyres:tyre lorries:lorry leapt:leap "
    "knelt:kneel dying:die bit:bit does:do goes:go buses:bus keys:keys/key glasses:glass wore:wear shone:shine "
    "bells:bells/bell opens:open cries:cry cried:cry news:news always:always gas:gas bus:bus species:species "
    "thunderous:loud thing:thing something:something nothing:nothing everything:everything morning:morning "
    "evening:evening during:during king:king wing:wing swing:swing ring:ring sing:sing spring:spring "
    "string:string ceiling:ceiling building:building clothing:clothes bring:bring "
)
"""Forms that no suffix rule finds, and words that only look inflected; "/" parts the readings of an ambiguous one."""


def _irregular() -> dict[str, tuple[str, ...]]:
    pairs = (pair.split(":") for pair in _IRREGULAR_FORMS.split())
    return {word: tuple(bases.split("/")) for word, bases in pairs}


_IRREGULAR = _irregular()


@lru_cache(maxsize=8192)
def stems(word: str) -> tuple[str, ...]:
    """Base forms of a lower-case word; more than one where English is ambiguous ("leaves": leaf, leave)."""
    if word in _IRREGULAR:
        return tuple(_strip_e(base) for base in _IRREGULAR[word])
    return (_regular(word),)


def _regular(word: str) -> str:
    word = re.sub(r"['’]s?$", "", word)
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ied", "ed"):
        root = word[: -len(suffix)]
        if word.endswith(suffix) and len(root) >= 2 and re.search("[aeiouy]", root):
            if suffix == "ied":
                return root + "y" if len(root) > 2 else root + "i"
            if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
                root = root[:-1]
            return _strip_e(root)
    return _strip_e(word)


def _strip_e(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("e") and not word.endswith("ee") else word


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as a string."""
    return frozenset(text.split())


def tokens(text: str) -> list[str]:
    """Words of a text in lower case; a hyphen parts two words."""
    return [t.lower() for t in _TOKEN.findall(text)]


def stem_set(text: str) -> frozenset[str]:
    """All stems of the text, and each neighbouring pair joined by "_" ("machine_gun")."""
    words = [stems(t) for t in tokens(text)]
    single = {s for alternatives in words for s in alternatives}
    pairs = {f"{a}_{b}" for left, right in pairwise(words) for a in left for b in right}
    return frozenset(single | pairs)


_SILENT = re.compile(
    r"\b(silent|silently|soundless|soundlessly|noiseless|noiselessly|wordlessly|muted?|inaudibl[ey]|in silence|nothing|"
    r"no ?one|nobody|motionless|deafening silence)\b|"
    r"\bno (?!time|longer)\w+|\b(?:does|do|did|is|are|was|were|can|could|will|would|has|have)(?:n['’]t|"
    r" not)\b(?! stop)|"
    r"\bnever\b(?! stop)|\bcannot\b|\b(?:stops?|stopped|ceases?|ceased|quits?) \w+ing\b|\bfalls? silent\b|"
    r"\bdies down\b|"
    r"^\W*(?:\w+ )?(?:then |only |dead |total |complete |sudden )*(?:silence|quiet|stillness|hush)\W*$",
    re.IGNORECASE,
)
_WITHOUT = re.compile(r"\bwithout (?:a |an |any |making )?\w+(?: \w+ing| a sound)?", re.IGNORECASE)
_SIMILE = re.compile(r"\b(?:like|as if|as though|as \w+ as)\b.*", re.IGNORECASE | re.DOTALL)
_FIGURES = re.compile(
    r"\bhearts?\b (?:is |are )?(?:hammer|pound|rac|beat|thump|sink|break|leap|stop|drum|skip)\w*|"
    r"\bbark(?:s|ed|ing)? (?:an? |the |out |his |her )*(?:orders?|commands?|questions?|instructions?|into|"
    r"at (?:his|her) men)|"
    r"\b(?:sun|moon|lamp|day|candle)?(?:light|glow|shade) (?:falls?|fell|pours?|streams?|floods?|spills?|plays?)\b|"
    r"\b(?:night|dusk|darkness|evening|silence|hush|shadows?) (?:falls?|fell|descends?)|\bfalls? (?:in love|"
    r"asleep|for)\b|"
    r"\btime flies\b|\bminds? \w+\b|\beyes? (?:flash|dart|fall|drift|drop|sparkle|burn|light|shoot|roll|blaze|meet)\w*|"
    r"\bfaces? (?:falls?|fell|lights?|drops?)\b|\brings? (?:a bell|true)\b|\btrain of thought\b|"
    r"\bstorms? of (?:tears|emotion)|"
    r"\bwaves? of (?:relief|panic|nausea|grief|heat|emotion|sadness)|\bbreaks? the (?:silence|news|ice)\b|"
    r"\bwedding ring\b|"
    r"\bbreak(?:s|ing)? (?:dawn|down|up)\b|\bdawn breaks\b|\bday breaks\b|\bflood of (?:tears|memories)|"
    r"\bburning (?:eyes|question)|"
    r"\bshoots? (?:him|her|them|us|me) an? \w+|\bcasts? an? \w+|\bcolou?r of \w+|\bthroat tightens\b|"
    r"\bblood (?:boils|runs)|"
    r"\bstar(?:es|ing)? daggers\b|\bcrack(?:s|ed|ing)? (?:a|an) (?:smile|joke|grin)|\bshouldering\b|\bcrush on\b",
    re.IGNORECASE,
)


_DEPARTS = re.compile(r"\b(he|she|it|who|everyone|man|woman|boy|girl) leaves\b", re.IGNORECASE)


def literal(clause: str) -> str:
    """The clause without its figures of speech; empty when it says that there is no sound.

    Similes are dropped ("rises like a wave") unless it is the sound that is compared ("a noise like thunder").
    """
    text = _DEPARTS.sub(r"\1 departs", clause)
    text = _FIGURES.sub(" ", _WITHOUT.sub(" ", text))
    if _SILENT.search(text):
        return ""
    simile = _SIMILE.search(text)
    if simile and not re.search(r"\b(?:sounds?|noise|roar|hum)\b", text[: simile.start()], re.IGNORECASE):
        text = text[: simile.start()]
    return text.strip()
