"""Action lines to sounding clauses and facts."""

import pytest

from foleydesigner.tools.clauses import SoundClause, read_actions
from foleydesigner.tools.facts import read_facts


def clauses(text: str) -> list[SoundClause]:
    return read_actions([[text]])[0][0]


def test_a_drummer_plays_three_instruments_one_after_another():
    bass, snare, cymbals = clauses(
        "A DRUMMER tries out a big bass drum, beating it steadily with the pedal, then plays snare and cymbals."
    )
    assert [c.match.concept.variant for c in (bass, snare, cymbals)] == ["bass_drum", "snare", "cymbal"]
    assert [c.after for c in (bass, snare, cymbals)] == [False, True, True]
    assert {c.subject for c in (bass, snare, cymbals)} == {"drummer"}
    assert bass.facts.repeated
    assert bass.facts.size == "large"


def test_a_pronoun_is_followed_to_its_noun_and_a_bare_count_joins_its_sound():
    (bark,) = clauses(
        "A small long-haired dog lies on the tiled floor beside its toys. It lifts its head and barks, twice."
    )
    assert (bark.subject, bark.match.concept.variant, bark.facts.count) == ("dog", "dog", 2)


def test_he_and_it_stand_for_different_nouns():
    found = clauses("A man enters with a dog. The dog barks. He laughs. It growls.")
    assert [(c.subject, c.match.concept.family) for c in found] == [
        ("dog", "animal"),
        ("man", "breath"),
        ("dog", "animal"),
    ]


def test_a_train_that_thunders_is_no_thunder():
    found = clauses(
        "A freight locomotive comes out of the distance and thunders past on the left, wagons clattering behind it."
    )
    assert {c.match.concept.family for c in found} == {"engine", "mechanism"}
    assert found[0].facts.approaching
    assert not found[0].facts.distant
    assert found[1].facts.direction == "left"
    assert found[-1].subject == "wagon"


def test_far_thunder_hum_and_lightning():
    found = clauses(
        "Far thunder. A vast SAUCER lowers itself out of the clouds with a deep hum; LIGHTNING flickers and strikes from it."  # noqa: E501
    )
    assert [c.match.concept.family for c in found] == ["thunder", "drone", "drone", "thunder", "thunder"]
    assert found[0].facts.distant
    assert {c.subject for c in found[1:3]} == {"saucer"}
    assert found[1].facts.size == "very_large"
    assert found[3].match.concept.trigger == "flash"


def test_a_camera_direction_at_a_silent_thing_is_no_sound():
    found, ignored = read_actions([["Close on an anvil. A hammer falls on it, again and again."]])[0]
    assert ignored == ["Close on an anvil"]
    assert found[0].facts.repeated


@pytest.mark.parametrize(
    "silent",
    [
        "A deafening silence.", "She leaves without a word.", "No sound at all.", "He says nothing.", "The dog does not bark.",  # noqa: E501
        "Her heart hammers.", "The sergeant barks an order.", "Night falls.", "The bell is silent.", "Time flies.",
        "She stands with her back to us.", "Snow covers the roofs.", "Then silence.", "The engine stops running.",
    ],
)  # fmt: skip
def test_figures_of_speech_and_negations_make_no_sound(silent: str):
    assert [c.match.concept.name for c in clauses(silent) if c.match.concept.family != "footsteps"] == []


def test_a_roar_of_laughter_is_laughter_and_a_simile_is_dropped():
    assert clauses("A roar of laughter.")[0].match.concept.variant == "laugh"
    assert [c.match.concept.variant for c in clauses("The car purrs past like a big cat.")] == ["car"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("barks, twice", 2), ("once", 1), ("knocks three times", 3), ("12 times", 12), ("three knocks at the door", 3),
        ("a few shots", 3), ("a dozen times", 12), ("two loud bangs", 2), ("a boxer hits the bag", None), ("once upon a time", None),  # noqa: E501
        ("barks", None),
    ],
)  # fmt: skip
def test_counts(text: str, count: int | None):
    assert read_facts(text).count == count


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("crosses from left to right", "left_to_right"), ("runs right-to-left", "right_to_left"), ("past on the left", "left"),  # noqa: E501
        ("exits right", "right"), ("enters frame left", "left"), ("screen right", "right"), ("he left the house", None),
        ("right away", None), ("in the middle of the road", "centre"),
    ],
)  # fmt: skip
def test_directions(text: str, direction: str | None):
    assert read_facts(text).direction == direction


def test_distance_loudness_speed_size_and_ground():
    far = read_facts("in the distance, a faint bell")
    assert far.distant
    assert far.intensity == 0.3
    near = read_facts("a huge truck races towards us, deafening")
    assert near.approaching
    assert (near.size, near.speed, near.intensity) == ("very_large", 0.8, 0.95)
    assert read_facts("drives off into the distance").receding
    assert read_facts("a bell behind the wall").offscreen
    assert not read_facts("wagons clattering behind it").offscreen
    assert read_facts("slowly crosses the marble floor").surface == "stone"
    assert read_facts("slowly crosses the floor").speed == 0.25
    assert read_facts("keeps hammering, over and over").repeated


def test_facts_of_two_sayings_add_their_counts():
    assert read_facts("barks twice").joined(read_facts("barks three times, far off")) == read_facts(
        "barks five times, far off"
    )
