"""Captions say the facts and no others."""

from __future__ import annotations

import itertools

import pytest

from foleydesigner.tools.place_words import ClipFacts, direction_of, facts_of, from_template, problems, zone_of


def _facts(**changes: str) -> ClipFacts:
    fields = {
        "sound": "a plate breaks on the right foot", "motion": "linear", "from_direction": "left", "from_zone": "far",
        "to_direction": "right front", "to_zone": "near", "reverb": "hall",
    }  # fmt: skip
    return ClipFacts.model_validate(fields | changes)


def test_directions_and_zones_are_the_nearest() -> None:
    assert [direction_of(a) for a in (-44.0, -20.0, 7.0, 8.0, 31.0)] == [
        "left", "left front", "front", "right front", "right",
    ]  # fmt: skip
    assert [zone_of(d) for d in (0.5, 1.99, 2.0, 4.9, 5.0, 30.0)] == ["near", "near", "middle", "middle", "far", "far"]


def test_every_template_says_its_facts() -> None:
    places = list(itertools.product((-45.0, -15.0, 0.0, 15.0, 45.0), (1.0, 3.0, 7.0)))
    for (start, end), motion in itertools.product(itertools.product(places, places), ("static", "linear")):
        for reverb in ("hall", "room", "chamber", "plate"):
            facts = facts_of("a plate breaks", motion, start, end, reverb)
            for choice in range(3):
                assert problems(from_template(facts, choice), facts) == [], from_template(facts, choice)


@pytest.mark.parametrize(
    ("caption", "problem"),
    [
        ("Far away on the left, then close by at the right front, in a hall", "it does not name"),
        (
            "A plate breaks on the right foot, far on the left, then close by, in a hall",
            "direction 'right front' is not said",
        ),
        (
            "A plate breaks on the right foot in a hall, far away on the right, then close at the right front",
            "direction 'left' is not said",
        ),
        (
            "A plate breaks on the right foot in a hall, close at the right front, then far away on the left",
            "in the order",
        ),
        (
            "A plate breaks on the right foot in a room, far away on the left, then near at the right front",
            "reverb 'hall' is not said",
        ),
    ],
)
def test_what_is_wrong_is_said(caption: str, problem: str) -> None:
    assert any(problem in found for found in problems(caption, _facts()))


def test_a_free_wording_passes() -> None:
    said = "In a vast hall, a plate breaks on the right foot: distant, to the left; it comes near at the front right."
    assert problems(said, _facts()) == []
