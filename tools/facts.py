"""Facts that a clause states about its sound: how often, from where, how far, how loud, how fast, on what."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from foleydesigner.script import Direction, Size

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "twenty": 20, "a few": 3, "few": 3, "several": 4, "a couple of": 2, "a dozen": 12,
    "half a dozen": 6,
}  # fmt: skip
_NUMBER = r"(\d{1,3}|half a dozen|a dozen|a couple of|a few|" + "|".join(n for n in _NUMBERS if " " not in n) + ")"
_TIMES = re.compile(rf"\b{_NUMBER} (?:more )?times\b", re.IGNORECASE)
_HITS = re.compile(
    rf"\b{_NUMBER} (?:\w+ ){{0,2}}(?:knocks|shots|barks|blows|bangs|beats|strokes|rings|claps|gunshots|taps|"
    rf"thuds|clicks|beeps|"
    r"steps|footsteps|bursts|flashes|explosions|strikes|chimes|honks|hits|raps|cracks|notes|drips|drops|howls|hoots)\b",
    re.IGNORECASE,
)
_REPEATED = re.compile(
    r"\b(again and again|over and over|repeated(?:ly)?|steadil?y|rhythmic(?:ally)?|continuous(?:ly)?|constant(?:ly)?|"
    r"incessant(?:ly)?|endless(?:ly)?|relentless(?:ly)?|non-?stop|on and on|keeps?|beating|hammering|regular(?:ly)?|"
    r"one after (?:the other|another)|many times|time after time|practis\w+|herds?|flocks?|without pause)\b",
    re.IGNORECASE,
)
_BOUNCES = re.compile(r"\bbounc(?:es|e|ing)\b(?! off\b)", re.IGNORECASE)
"""What bounces does so more than once, where no number is given."""
_LATER = re.compile(r"\b(\d{1,6})later\b")
_SIDE = (
    r"\b(?:on|at|to|from|past|exits?|off|screen|frame|camera|stage|far|towards?|in)[- ]"
    r"(?:the |frame |screen |camera ){0,3}"  # more would be read anew from every word
)
_DIRECTIONS: tuple[tuple[Direction, str], ...] = (
    ("left_to_right", r"left[- ]to[- ]right"),
    ("right_to_left", r"right[- ]to[- ]left"),
    ("left", rf"{_SIDE}left\b|"
             r"\bleft(?:[- ]hand)? (?:side|edge|of (?:the )?(?:frame|screen|picture))"),
    ("right", rf"{_SIDE}right\b"
              r"(?! (?:away|now|then))|\bright(?:[- ]hand)? (?:side|edge|of (?:the )?(?:frame|screen|picture))"),
    ("centre", r"\b(?:in|at) the (?:centre|center|middle)\b"),
)  # fmt: skip
_APPROACHING = re.compile(
    r"\bapproach\w*|\b(?:comes?|coming|came|draws?|drawing|gets?|getting) (?:near\w*|close\w*|up|toward\w*|"
    r"out of|into view|at us)|"
    r"\btowards? (?:us|camera|the camera|the viewer)|\bgrow(?:s|ing) louder|\barriv\w+|\bpulls? (?:in|up)\b|"
    r"\b(?:out of|from) the distance\b|\bnearing\b",
    re.IGNORECASE,
)
_RECEDING = re.compile(
    r"\breced\w+|\binto the distance\b|\b(?:drives?|driving|rides?|riding|runs?|running|walks?|walking|flies|"
    r"flying|speeds?|"
    r"speeding|roars?|roaring|races?|sails?|gallops?|moves?|pulls?|fades?|goes|heads?|hurries) (?:off|away)\b|"
    r"\bdisappear\w*|"
    r"\bdepart\w*|\bout of (?:sight|view)\b|\bexits?\b|\bfad(?:es|ing) (?:out|away)",
    re.IGNORECASE,
)
_DISTANT = re.compile(
    r"\bdistant\w*|\bfar(?: off| away|away)?\b(?! (?:left|right|side|end|too|from))|\bin the (?:far )?distance\b|"
    r"\bafar\b|\bfaint\w*|"
    r"\bmiles away\b|\bon the horizon\b",
    re.IGNORECASE,
)
_OFFSCREEN = re.compile(
    r"\b(?:offscreen|off[- ]?(?:screen|camera|stage)|out of (?:sight|frame|shot)|unseen|somewhere|next door|"
    r"upstairs|downstairs|"
    r"we hear|can be heard|is heard|are heard|hears?|listens? to|the (?:sound|noise) of)\b|"
    r"\b(?:behind|beyond|through|outside|from outside|from behind) the (?:\w+ )?(?:walls?|doors?|house|trees|"
    r"hills?|windows?|curtain)\b|"
    r"\bfrom (?:below|above|outside|inside|another room|the next room|the street)\b",
    re.IGNORECASE,
)
_LEVELS: tuple[tuple[float, str], ...] = (
    (0.95, r"deafening|thunderous\w*|ear-?splitting|tremendous\w*|explosive\w*|with all (?:his|her|its|"
    r"their) (?:might|strength)"),
    (0.8, r"loud\w*|hard|violent\w*|furious\w*|fierce\w*|heav(?:y|ily)|brutal\w*|slam\w*|smash\w*|pound\w*|"
    r"roar\w*|blar\w+|howl\w*|"
          r"scream\w*|huge|vast|massive|mighty|strong\w*|forceful\w*|boom\w*|bang\w*|thunders|shatter\w*|"
          r"rag(?:es|ing)"),
    (0.15, r"barely|hardly|almost (?:silent|inaudible)\w*|imperceptibl\w+"),
    (0.3, r"soft\w*|gent(?:le|ly)|quiet\w*|faint\w*|light|lightly|muffled|delicate\w*|tender\w*|slight\w*|"
    r"weak\w*|whisper\w*|murmur\w*|"
          r"distant|tiptoe\w*|careful\w*|pat(?:s|ter\w*)|tap(?:s|ping)?|trickl\w+|drizzl\w+"),
)  # fmt: skip
_SPEEDS: tuple[tuple[float, str], ...] = (
    (0.95, r"sprint\w*|frantic\w*|full speed|top speed|breakneck|furious\w*|hurtl\w*"),
    (0.8, r"fast|quick\w*|rapid\w*|runs?|ran|running|rac(?:es?|ing|ed)|gallop\w*|speed\w*|rush\w*|dash\w*|"
    r"hurr(?:y|ies|ied|iedly)|"
          r"swift\w*|zoom\w*|bolt\w*|chas(?:es?|ing)"),
    (0.65, r"jog\w*|trot\w*|brisk\w*|march\w*"),
    (0.1, r"crawl\w*|imperceptibl\w+"),
    (0.25, r"slow\w*|creep\w*|shuffl\w*|drag\w*|lazil?y|stroll\w*|amble\w*|gradual\w*|saunter\w*|plod\w*|"
    r"trudg\w*|tiptoe\w*|lowers|pac(?:es?|ing)"),
)  # fmt: skip
_SIZES: tuple[tuple[Size, str], ...] = (
    ("very_large", r"vast|huge|enormous|giant|massive|gigantic|colossal|immense|monstrous|towering"),
    ("large", r"big|large|great|heavy|tall|grand"),
    ("small", r"small|little|tiny|miniature|thin|wee|minuscule|toy"),
)
_SURFACES: tuple[tuple[str, str], ...] = (
    ("gravel", r"gravel|shingle|pebbles?|dirt|sand\w*|earth"),
    ("snow", r"snow\w*|ice|icy"),
    ("metal", r"metal|steel|iron|catwalk|grating|tin|gangway"),
    ("wood", r"wood\w*|floorboards?|parquet|planks?|deck|stairs?|stage|porch"),
    ("grass", r"grass|lawn|meadow|field|leaves|undergrowth|moss|turf"),
    ("stone", r"stone|marble|tiles?|tiled|concrete|pavement|sidewalk|cobble\w*|asphalt|tarmac|street|road"),
    ("water", r"puddles?|water|mud\w*"),
)
_MATERIALS: tuple[tuple[str, str], ...] = (
    ("metal", r"metal|steel|iron|brass|copper|tin|silver|bronze|anvil"),
    ("glass", r"glass|crystal|window(?: pane)?"),
    ("stone", r"stone|rock|marble|concrete|brick"),
    ("wood", r"wood\w*|oak|timber|plank"),
    ("paper", r"paper|cardboard"),
    ("leather", r"leather"),
    ("plastic", r"plastic"),
    ("silk", r"silk"),
)


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the words say; None or "" where they say nothing. Units as in `screenplay.SoundMention`."""

    count: int | None = None
    repeated: bool = False
    later_s: float | None = None
    direction: Direction | None = None
    distant: bool = False
    approaching: bool = False
    receding: bool = False
    offscreen: bool = False
    material: str = ""
    surface: str = ""
    size: Size | None = None
    intensity: float | None = None
    speed: float | None = None

    def joined(self, later: Facts) -> Facts:
        """These facts and those of words that follow; what was said first stays, counts of two sayings add up."""
        filled = {f.name: getattr(self, f.name) or getattr(later, f.name) for f in fields(self)}
        result = replace(self, **filled)
        if self.count and later.count:
            result = replace(result, count=min(self.count + later.count, 1000))
        return result


def read_facts(text: str) -> Facts:
    """The facts that a clause's words state."""
    approaching = bool(_APPROACHING.search(text))
    count, later = _count(text), _LATER.search(text)
    return Facts(
        count=count,
        repeated=bool(_REPEATED.search(text)) or (count is None and bool(_BOUNCES.search(text))),
        later_s=int(later.group(1)) / 1000.0 if later else None,
        direction=_first(_DIRECTIONS, text, whole_words=False),
        distant=bool(_DISTANT.search(text)) and not approaching,
        approaching=approaching,
        receding=bool(_RECEDING.search(text)),
        offscreen=bool(_OFFSCREEN.search(text)),
        material=_first(_MATERIALS, text) or "",
        surface=_first(_SURFACES, text) or "",
        size=_first(_SIZES, text),
        intensity=_first(_LEVELS, text),
        speed=_first(_SPEEDS, text),
    )


_GROUNDS: tuple[tuple[str, str], ...] = (
    ("gravel", r"beach|desert|path|track|trail|quarry|driveway|farm|canyon|shore|dunes?"),
    ("grass", r"forest|woods?|jungle|park|garden|meadow|field|lawn|hill\w*|pasture|swamp|savannah?|orchard"),
    ("snow", r"snow\w*|glacier|arctic|ski|mountain top|tundra"),
    ("metal", r"ship|submarine|spaceship|catwalk"),
    ("wood", r"deck|pier|jetty|porch"),
)


def ground_of(interior: bool | None, place: str) -> str:
    """What one walks on where no clause says it: "wood" inside, else by the place's name, "stone" in towns."""
    if interior:
        return "wood"
    return _first(_GROUNDS, place) or _first(_SURFACES, place) or ("stone" if interior is False else "wood")


_SECONDS = re.compile(
    r"\b(?:(?P<and>\w+|\d+) and a half|(?P<half>half) a|(?P<number>\d+(?:[.,]\d+)?|"
    + "|".join(n for n in (*_NUMBERS, "a") if " " not in n)
    + r")) seconds? (?:later|after(?:wards)?|pass(?:es)?)\b(?:,| and)?|"
    r"\bafter (?P<after>\d+(?:[.,]\d+)?|" + "|".join(n for n in (*_NUMBERS, "a") if " " not in n) + r") seconds?\b,?",
    re.IGNORECASE,
)


def with_delays_marked(text: str) -> str:
    """The text with every stated delay as one word that no sentence is cut at: "2000later" for "two seconds later,"."""
    return _SECONDS.sub(_delay_word, text)


def without_marks(text: str) -> str:
    """The text for people: "2 s later" for "2000later"."""
    return _LATER.sub(lambda found: f"{int(found.group(1)) / 1000:g} s later", text)


def _delay_word(found: re.Match[str]) -> str:
    if found.group("half"):
        return "500later"
    word = (found.group("and") or found.group("number") or found.group("after")).lower()
    whole = float(word.replace(",", ".")) if word[0].isdigit() else float({**_NUMBERS, "a": 1}.get(word, 0))
    delay_s = whole + (0.5 if found.group("and") else 0.0)
    return f"{min(round(1000 * delay_s), 999_999)}later"


def _first(table: tuple[tuple[T, str], ...], text: str, *, whole_words: bool = True) -> T | None:
    for value, pattern in table:
        if re.search(rf"\b(?:{pattern})\b" if whole_words else pattern, text, re.IGNORECASE):
            return value
    return None


def _count(text: str) -> int | None:
    low = text.lower()
    for word, number in (("once", 1), ("twice", 2), ("thrice", 3)):
        if re.search(rf"\b{word}\b(?! (?:again|more|upon|he|she|it|they|the))", low):
            return number
    found = _TIMES.search(low) or _HITS.search(low)
    if not found:
        return None
    word = found.group(1)
    return (int(word) if word.isdigit() else _NUMBERS[word]) or None
