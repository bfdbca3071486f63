"""Names and captions become families, kinds and sizes; captions of several events are told."""

from __future__ import annotations

from typing import get_args

import pytest

from foleydesigner.generator.filmstereo.captions import several_events
from foleydesigner.generator.filmstereo.families import kind_of, name_family, name_title, nature, size_of, table
from foleydesigner.generator.filmstereo.folder import read_name
from foleydesigner.generator.filmstereo.fsd50k import label_families, label_title
from foleydesigner.script import FAMILIES, EventKind, Size


def test_tables_name_only_what_there_is() -> None:
    labels, debian, sizes = table("labels"), table("debian"), table("sizes")
    assert set(labels["esc50"].values()) <= set(FAMILIES)
    assert len(labels["esc50"]) == 50
    assert set(labels["fsd50k"].values()) <= {*FAMILIES, "", "other"}
    assert len(labels["fsd50k"]) == 200
    for label, above in labels["fsd50k_implied"].items():
        assert {label, *above} <= set(labels["fsd50k"])
    assert set(labels["fsd50k_titles"]) <= set(labels["fsd50k"])
    assert set(labels["ucs"].values()) <= {*FAMILIES, ""}
    assert {family for family, _ in debian["rules"] + debian["more"]} <= {*FAMILIES, ""}
    assert set(sizes["sizes"]) == set(FAMILIES)
    for usual, words in sizes["sizes"].values():
        assert {usual, *words} <= set(get_args(Size))
    assert {kind for words in sizes["kinds"].values() for kind in words} <= set(get_args(EventKind))


@pytest.mark.parametrize(
    ("name", "family", "title"),
    [
        ("base/sound/footsteps/gravel2.ogg", "footsteps", "footstep on gravel"),
        ("mtg/mods/default/sounds/default_snow_footstep.1.ogg", "footsteps", "footstep on snow"),
        ("mtg/mods/doors/sounds/doors_steel_door_close.ogg", "door", "a steel door closes"),
        ("base/sound/doors/door1-open.ogg", "door", "a door opens"),
        ("homedecor_electrical/sounds/homedecor_doorbell.ogg", "bell", "a doorbell rings"),
        ("base/sound/weapons/bullet-shotgun-3x.ogg", "gunshot", "a shotgun fires"),
        ("base/sound/weapons/laser-huge.ogg", None, "laser huge"),
        ("base/sound/ambience/tv_static.ogg", None, "tv static"),
    ],
)  # fmt: skip
def test_names_of_packages(name: str, family: str | None, title: str) -> None:
    assert name_family(name) == family
    assert name_title(name) == title


def test_rules_for_collecting_alone_stay_out_of_the_judge() -> None:
    assert name_family("base/sound/weapons/reload-pistol.ogg") == "handling"
    assert name_family("base/sound/weapons/reload-pistol.ogg", more=False) is None


@pytest.mark.parametrize(
    ("family", "words", "kind", "size"),
    [
        ("engine", "ship horn", "impulsive", "very_large"), ("engine", "truck start", "steady", "very_large"),
        ("engine", "motorcycle", "steady", "medium"), ("animal", "a mouse squeaks", "impulsive", "small"),
        ("animal", "elephant", "impulsive", "very_large"), ("thunder", "thunder", "impulsive", "very_large"),
        ("explosion", "an explosion", "impulsive", "very_large"), ("explosion", "balloon pop", "impulsive", "small"),
        ("door", "a hinge creaks", "steady", "medium"), ("water", "drip", "impulsive", "small"),
        ("footsteps", "footstep on wood", "impulsive", "medium"), ("rain", "rain", "steady", "medium"),
    ],
)  # fmt: skip
def test_kinds_and_sizes_by_family_and_words(family: str, words: str, kind: str, size: str) -> None:
    assert (kind_of(family, words), size_of(family, words)) == (kind, size)


def test_a_title_alone_asks_the_taxonomy() -> None:
    found = nature("a mouse squeaks")
    assert found == ("animal", "impulsive", "small")
    assert nature("a freight train passes") == ("engine", "steady", "very_large")
    assert nature("the quarterly report") is None


@pytest.mark.parametrize(
    "caption",
    [
        "a dog barks and a car passes", "Dog barking, car passing", "A man speaking followed by a bird chirping",
        "thunder & rain", "A car engine idles, then a horn honks", "a woman talks as water runs",
        "Truck/old bus start, pull away with horn", "Keys jingle while a door is unlocked",
        "footsteps on gravel along with birdsong",
    ],
)  # fmt: skip
def test_captions_of_several_events_are_told(caption: str) -> None:
    assert several_events(caption)


@pytest.mark.parametrize(
    "caption",
    [
        "a dog barks", "A door opens and closes", "Wind in the leaves", "Rain on a tin roof", "Footsteps on gravel",
        "gun shot with echo", "Steam engine going in tunnel", "Glass breaks", "a dog barks twice", "", "!?",
        "Someone hammers a nail into wood",
    ],
)  # fmt: skip
def test_captions_of_one_event_pass(caption: str) -> None:
    assert several_events(caption) == ""


@pytest.mark.parametrize(
    ("stem", "family", "title", "creator"),
    [
        ("DOORWood_Wooden Door Slam Heavy_JD_LibA", "door", "Wooden Door Slam Heavy", "JD"),
        ("FEETHmn-BOOTS_Walk Gravel_AB_Lib_take 3", "footsteps", "Walk Gravel boots", "AB"),
        ("ANMLInsc_Cricket_C_L", "insect", "Cricket", "C"), ("UIClick_Menu_X_Y", None, "Menu", "X"),
        ("my_door-slam 03", None, "my door slam", ""), ("README", None, "readme", ""),
    ],
)  # fmt: skip
def test_ucs_names(stem: str, family: str | None, title: str, creator: str) -> None:
    assert read_name(stem) == (family, title, creator)


def test_fsd50k_labels_imply_others() -> None:
    assert label_families(["Bark", "Dog", "Domestic_animals_and_pets", "Animal"]) == ["animal"]
    assert label_families(["Raindrop", "Rain", "Water"]) == ["rain"]
    assert label_families(["Doorbell", "Door", "Alarm"]) == ["bell"]
    assert label_families(["Dog", "Car"]) == ["animal", "engine"]
    assert label_families(["Speech", "Human_voice", "Dog"]) == ["other", "animal"]
    assert label_families(["Never_heard_of"]) == ["other"]
    assert label_title("Chirp_and_tweet") == "chirp"
    assert label_title("Slam") == "a door slams"
