"""Screenplay files to scenes and sound mentions."""

import codecs
from pathlib import Path

import pytest

from foleydesigner.errors import ScreenplayError
from foleydesigner.screenplay import SoundMention
from foleydesigner.tools.screenplay import MAX_BYTES, parse_heading, read_screenplay


def mentions(text: str) -> list[SoundMention]:
    return list(read_screenplay(None, text=text).mentions())


def kinds(text: str) -> list[str]:
    return [f"{m.family}/{m.variant}" for m in mentions(text)]


def test_no_screenplay_is_one_empty_scene():
    screenplay = read_screenplay(None)
    assert len(screenplay.scenes) == 1
    assert screenplay.scenes[0].heading == ""
    assert screenplay.mentions() == ()


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("EXT. JUNGLE - DUSK", (False, "jungle", "dusk")),
        ("INT. ANNA'S KITCHEN — EARLY MORNING", (True, "anna's kitchen", "morning")),
        ("INT./EXT. CAR - NIGHT", (None, "car", "night")),
        ("I/E CAR", (None, "car", "")),
        ("EST. CITY - DAY", (False, "city", "day")),
        ("INT. STATION - PLATFORM 9 - CONTINUOUS", (True, "station, platform 9", "continuous")),
        ("THE MOON", (None, "the moon", "")),
        ("", (None, "", "")),
    ],
)
def test_parse_heading(heading: str, expected: tuple[bool | None, str, str]):
    assert parse_heading(heading) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"INT. A\n\nA dog barks twice.",
        codecs.BOM_UTF8 + b"INT. A\r\n\r\nA dog barks twice.",
        codecs.BOM_UTF16_LE + "INT. A\n\nA dog barks twice.".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "INT. A\n\nA dog barks twice.".encode("utf-16-be"),
    ],
)
def test_encodings_and_line_ends(tmp_path: Path, data: bytes):
    path = tmp_path / "scene.fountain"
    path.write_bytes(data)
    (mention,) = read_screenplay(path).mentions()
    assert (mention.family, mention.variant, mention.count, mention.subject) == ("animal", "dog", 2, "dog")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"INT. CAF\xe9\n", "byte position 8"),
        (b"INT. A\0B", "zero byte at position 6"),
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\x07", "empty"),
        (b"a" * (MAX_BYTES + 5), f"at most {MAX_BYTES}"),
    ],
)
def test_unusable_files_are_refused_with_the_reason(tmp_path: Path, data: bytes, said: str):
    path = tmp_path / "bad.txt"
    path.write_bytes(data)
    with pytest.raises(ScreenplayError, match=said):
        read_screenplay(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    for path in (tmp_path, tmp_path / "none.fountain", Path("x" * 5000)):
        with pytest.raises(ScreenplayError):
            read_screenplay(path)


def test_the_same_sound_said_twice_is_one_mention():
    assert kinds("A dog lies on the mat. It barks once. A car passes. The dog barks again.") == [
        "animal/dog",
        "engine/car",
    ]


def test_two_walkers_are_two_mentions():
    found = mentions("A man walks down the road. A woman runs across the gravel.")
    assert [(m.subject, m.variant) for m in found] == [("man", "stone"), ("woman", "gravel")]


def test_dialogue_is_no_sound_but_its_parenthetical_may_be():
    assert kinds("INT. A\n\nBOB\n(coughs)\nThe thunder and the guns!") == ["breath/cough"]


@pytest.mark.parametrize(
    ("heading", "action", "unseen"),
    [
        ("INT. GYM - DAY", "Outside an engine is running.", True),
        ("INT. GYM - DAY", "Outside, a dog barks.", True),
        ("INT. GYM - DAY", "A dog barks outside.", True),
        ("INT. GYM - DAY", "A dog barks.", False),
        ("INT. GYM - DAY", "A man walks outside.", False),
        ("EXT. YARD - DAY", "Outside, a dog barks.", False),
        ("", "Outside, a dog barks.", False),
    ],
)
def test_what_is_outside_a_room_is_not_in_its_picture(heading: str, action: str, unseen: bool):
    (mention,) = mentions(f"{heading}\n\n{action}\n")
    assert mention.offscreen is unseen


def test_the_ground_comes_from_the_heading_when_no_words_name_it():
    for heading, surface in (
        ("INT. OFFICE", "wood"),
        ("EXT. FOREST", "grass"),
        ("EXT. CITY", "stone"),
        ("EXT. BEACH", "gravel"),
    ):
        (mention,) = mentions(f"{heading}\n\nA man walks.")
        assert (mention.variant, mention.surface) == (surface, surface)


def test_what_is_silent_is_kept_as_ignored():
    screenplay = read_screenplay(None, text="She stands with her back to us. Sunlight falls on the wall. Rain.")
    assert [m.family for m in screenplay.mentions()] == ["rain"]
    assert screenplay.ignored == ("She stands with her back to us", "Sunlight falls on the wall")


def test_ids_are_unique_over_scenes_and_point_to_them():
    screenplay = read_screenplay(None, text="INT. A\n\nA dog barks.\n\nEXT. B\n\nRain. Thunder.")
    assert [m.id for m in screenplay.mentions()] == ["m1", "m2", "m3"]
    assert [m.scene_id for m in screenplay.mentions()] == ["scene_1", "scene_2", "scene_2"]


def test_reading_is_deterministic():
    text = "EXT. FIELD\n\nHorses gallop past, then a gun fires three times. Wind."
    assert read_screenplay(None, text=text) == read_screenplay(None, text=text)


def test_very_long_and_foreign_text_stays_inside_the_models():
    screenplay = read_screenplay(
        None, text="INT. " + "x" * 3000 + "\n\n" + "ドアが開く。" * 300 + "\n\n" + "dog barks " * 2000
    )
    assert all(len(line) <= 400 for scene in screenplay.scenes for line in scene.action)
