"""Screenplays are untrusted: every pattern and the whole reader take time in proportion to the text, whatever it is."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from foleydesigner.errors import ScreenplayError
from foleydesigner.tools import clauses, facts, fountain, screenplay, words
from foleydesigner.tools.screenplay import MAX_BYTES, MAX_SCENES, read_screenplay

GROWTH = 4
MOST = 10.0
"""Most that time may grow by for four times the text; what is quadratic grows sixteenfold."""
FLOOR_S = 0.02
"""Times under this are noise."""
ATTEMPTS = 3
"""Times that a text must have been read too slowly to be called so."""


def spent_s(work: Callable[[], object], repeats: int = 2) -> float:
    """Least processor time of some runs."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def patterns(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every pattern of a module, those that stand in tables too."""
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            yield name, value
        elif isinstance(value, tuple) and value and all(isinstance(row, tuple) and len(row) == 2 for row in value):
            for row in value:
                if isinstance(row[1], str):
                    yield f"{name}[{row[0]}]", re.compile(rf"\b(?:{row[1]})\b", re.IGNORECASE)


PATTERNS = {
    f"{module.__name__.rsplit('.', 1)[-1]}.{name}": pattern
    for module in (clauses, facts, fountain, screenplay, words)
    for name, pattern in patterns(module)
}


def pumps(pattern: re.Pattern[str]) -> set[str]:
    """Pieces that, repeated, keep a pattern busy: its own words and joints, and what they are made of."""
    own = set(re.findall(r"[a-z]{2,}", pattern.pattern))
    pieces = {f"{word}{end}" for word in own for end in (" ", " the ", "-")}
    return pieces | {
        "a ",
        "a",
        " ",
        "(",
        ")",
        "a-",
        "'",
        "a'",
        "1 ",
        ". ",
        ".)",
        "—",
        "A ",
        "[[",
        "/*",
        "é",
        "#a",
        "as a ",
    }


def test_all_patterns_are_looked_at() -> None:
    assert len(PATTERNS) >= 60


@pytest.mark.parametrize("module", ["clauses", "facts", "fountain", "screenplay", "words"])
def test_no_pattern_backtracks_over_a_whole_line(module: str) -> None:
    slow = []
    for name, pattern in PATTERNS.items():
        if name.split(".")[0] != module:
            continue
        for piece in pumps(pattern):
            # As the reader sees them: runs of blanks are two blanks by then.
            lines = [fountain.clean_text(f"x {piece * (n // len(piece))}!") for n in (1000, 1000 * GROWTH)]
            long = spent_s(lambda line=lines[1], pattern=pattern: pattern.sub("", line), 1)
            if long > FLOOR_S / GROWTH:
                short, long = (spent_s(lambda line=line, pattern=pattern: pattern.sub("", line), 3) for line in lines)
                if long > MOST * short:
                    slow.append((name, piece, short, long))
    assert slow == []


TEXTS: dict[str, Callable[[int], str]] = {
    "one line": lambda n: "A dog barks and " * (n // 16),
    "one word": lambda n: "a" * n,
    "nested parentheses": lambda n: "(" * (n // 2) + ")" * (n // 2),
    "lines": lambda n: "a\n" * (n // 2),
    "sentences": lambda n: "A dog barks. " * (n // 13),
    "one sound, many words": lambda n: "".join(f"A dog barks at {number % 200:x}.\n" for number in range(n // 20)),
    "commas": lambda n: "a," * (n // 2),
    "blanks": lambda n: "a" + " " * n + "b",
    "full stops and quotes": lambda n: "." + ")" * n,
    "dashes": lambda n: "INT. " + "-" * n,
    "comments never closed": lambda n: "/*" * (n // 2),
    "notes": lambda n: "[[a]]" * (n // 5),
    "title page": lambda n: "Title: " + "a\n" * (n // 2),
    "dialogue": lambda n: "BOB\n(barks)\n\n" * (n // 13),
    "combining marks": lambda n: "e" + "\u0301" * (n // 2),
    "control characters": lambda n: "a\x1b\u202e\u200b" * (n // 4),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_reader_takes_time_in_proportion_to_the_text(name: str) -> None:
    read_screenplay(None, text="A dog barks.")  # models and tables are loaded
    texts = [TEXTS[name](length) for length in (10_000, GROWTH * 10_000)]
    measured: list[tuple[float, float]] = []
    # A pause of the machine's, or of the collector's, falls on one reading; what the text costs falls on each.
    while len(measured) < ATTEMPTS:
        short, long = (spent_s(lambda text=text: read_screenplay(None, text=text), repeats=2) for text in texts)
        if long <= MOST * max(short, FLOOR_S):
            return
        measured.append((short, long))
    pytest.fail(f"{GROWTH} times the text took more than {MOST:g} times as long, {ATTEMPTS} times: {measured}")


def test_a_megabyte_in_one_line_stays_small_and_quick() -> None:
    resource = pytest.importorskip("resource", reason="counts memory where the system does")
    read_screenplay(None, text="A dog barks.")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = spent_s(lambda: read_screenplay(None, text="The dog barks at the door and " * (1_000_000 // 30)), 1)
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes on macOS, kilobytes on Linux
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit
    assert grown_mb < 100.0
    assert took < 20.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A dog barks. " * (10_000_000 // 13), f"at most {MAX_BYTES}"),
        ("INT. A\n\n" * 100_000, f"100000 scenes; expected at most {MAX_SCENES}"),
        ("\n" * 1_900_000, "empty"),
        ("\x00" * 1000, "zero byte"),
    ],
    ids=["ten megabytes", "a hundred thousand headings", "nothing but lines", "zeros"],
)
def test_what_is_too_much_is_refused_in_one_line_and_at_once(text: str, said: str) -> None:
    began = time.process_time()
    with pytest.raises(ScreenplayError, match=said) as refused:
        read_screenplay(None, text=text)
    assert time.process_time() - began < 5.0
    assert len(str(refused.value).splitlines()) == 1
