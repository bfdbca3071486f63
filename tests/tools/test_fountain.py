"""The Fountain reader: the syntax of fountain.io, and text that nobody vouches for."""

import time

import pytest

from foleydesigner.tools.fountain import clean_text, parse_fountain


def scenes(text: str) -> list[tuple[str, list[str]]]:
    return [(block.heading, block.action) for block in parse_fountain(clean_text(text))[1]]


def test_headings_action_and_dialogue():
    text = "INT. HALL - DAY\n\nA dog barks.\n\nANNA\n(whispering)\nA gun fires!\n\nThe door shuts.\n\nEXT. STREET #12#\n\nRain."  # noqa: E501
    assert scenes(text) == [
        ("INT. HALL - DAY", ["A dog barks.", "Anna whispering.", "The door shuts."]),
        ("EXT. STREET", ["Rain."]),
    ]


@pytest.mark.parametrize("heading", ["INT. A", "EXT. A", "INT./EXT. A", "INT/EXT A", "EST. A", "I/E A", "ext. a"])
def test_every_heading_prefix_opens_a_scene(heading: str):
    assert scenes(f"{heading}\n\nRain.") == [(heading, ["Rain."])]


def test_forced_headings_in_any_alphabet_and_forced_action():
    assert scenes(".ДОМ - НОЧЬ\n\n!INT. is only a word here\n\n...and on\n") == [
        ("ДОМ - НОЧЬ", ["INT. is only a word here", "...and on"])
    ]


def test_a_title_page_is_no_action_but_a_first_line_with_a_colon_is():
    title, blocks = parse_fountain("Title: _The Dog_\n    Part Two\nAuthor: A. B.\n\nINT. A\n\nIt barks.")
    assert title == "The Dog Part Two"
    assert [b.action for b in blocks] == [["It barks."]]
    assert scenes("He stops: a dog barks.") == [("", ["He stops: a dog barks."])]


def test_comments_notes_and_apparatus_are_dropped():
    text = "INT. A\n\nA /* cat\n\nmiaows */dog barks.[[no: wolf]]\n\n# Act\n\n= synopsis\n\n~song\n\n===\n\n>FADE OUT.\n\nCUT TO:\n"  # noqa: E501
    assert scenes(text) == [("INT. A", ["A dog barks."])]


def test_an_unclosed_comment_swallows_nothing():
    assert scenes("INT. A\n\nHe walks. /* oops\n\nA dog barks. [[ oops\n\nRain.") == [
        ("INT. A", ["He walks.   oops", "A dog barks.   oops", "Rain."])
    ]


def test_clean_text_removes_controls_bidi_overrides_and_foreign_newlines():
    assert clean_text("a\u202eb\u200bc\x07\x1b[31m\r\nd\re\u2028f\tg") == "abc[31m\nd\ne\nf g"


def test_right_to_left_text_is_kept():
    assert scenes("INT. בית\n\nהכלב נובח.") == [("INT. בית", ["הכלב נובח."])]


@pytest.mark.parametrize(
    "hostile",
    [
        "A" + " " * 500_000 + "b",
        "A" + "()" * 250_000 + "x",
        "/*" * 250_000,
        "[[" * 250_000,
        "INT. " * 100_000,
        "\n" * 500_000,
    ],
)
def test_hostile_text_takes_linear_time(hostile: str):
    start_s = time.process_time()
    parse_fountain(clean_text("\n\n" + hostile + "\n\nDog."))
    assert time.process_time() - start_s < 4.0
