"""Text of other people as one harmless line."""

from __future__ import annotations

import json
import os
import pickle
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from foleydesigner.errors import ClipError
from foleydesigner.files import write_json
from foleydesigner.model import Line
from foleydesigner.plain import file_name, one_line, visible

FAST = settings(derandomize=True, deadline=None, max_examples=200)
ANY = st.text(st.characters(), max_size=60)
TURNING = {"\u061c", *"\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def acts(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in TURNING


@FAST
@given(ANY)
def test_nothing_that_acts_is_left_and_nothing_else_changes(text: str) -> None:
    for cleaned in (one_line(text), visible(text)):
        assert not any(acts(c) for c in cleaned)
        assert len(cleaned.splitlines()) <= 1
    if not any(acts(c) for c in text):
        assert one_line(text) == visible(text) == text
    assert one_line(one_line(text)) == one_line(text)
    assert len(one_line(text)) <= len(text)


def test_what_is_hidden_is_written_out() -> None:
    assert visible("\x1b]0;a\x07\r\n\x9b\u202eb\u2028\udcff") == r"\x1b]0;a\x07\r\n\x9b\u202eb\u2028\udcff"
    assert one_line("a\x00b\r\nc\u202ed\u2029") == "a b  cd "


def test_letters_of_every_script_stay() -> None:
    words = "café Übung שלום ورشة 作業場 नमस्ते 👩\u200d🚀 می\u200cخواهم"
    assert one_line(words) == visible(words) == words


@FAST
@given(ANY, ANY, ANY)
def test_an_error_is_one_line_whatever_it_is_told(got: str, expected: str, next_step: str) -> None:
    error = ClipError(got, expected, next_step)
    assert not any(acts(c) for c in str(error))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.got) == (str(error), error.got)


def test_a_line_of_a_model_is_cleaned_and_bounded() -> None:
    line = TypeAdapter(Line)
    assert line.validate_python("a\x1b[2Jb\nfoley: done\u202e") == "a [2Jb foley: done"
    with pytest.raises(ValidationError):
        line.validate_python("a" * 401)
    with pytest.raises(ValidationError):
        line.validate_python("\udcff")


def test_names_of_any_bytes_are_text_and_paths_come_back(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(b"/films/\xff\xfe caf\xc3\xa9.mp4"))
    assert file_name(odd) == "\ufffd\ufffd café.mp4"
    kept = write_json(tmp_path / "job.json", {"path": str(odd), "name": file_name(odd)})
    assert kept.read_bytes().decode("utf-8")
    assert Path(json.loads(kept.read_text("utf-8"))["path"]) == odd
