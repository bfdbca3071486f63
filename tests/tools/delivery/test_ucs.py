"""Names by the Universal Category System, from any text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from foleydesigner.tools.delivery import ucs

NAME = re.compile(r"[A-Za-z0-9]+_[A-Za-z0-9-]+_[A-Za-z0-9-]+_[A-Za-z0-9-]+\.wav")


def test_name_of_the_standard_form() -> None:
    name = ucs.file_name("FEETHmn", "hallway walk, leather", "FoleyDesigner", "Job42")
    assert name == "FEETHmn_Hallway-Walk-Leather_FoleyDesigner_Job42.wav"


def test_other_alphabets_are_spelt_out_or_replaced() -> None:
    assert ucs.fx_name("Füße über Straße") == "Fusse-Uber-Strasse"
    assert ucs.fx_name("smørrebrød œuvre Łódź") == "Smorrebrod-Oeuvre-Lodz"
    assert ucs.fx_name("dog's bark") == "Dogs-Bark"
    assert ucs.fx_name("雷鳴") == "Sound"


def test_paths_cannot_be_reached_by_a_label() -> None:
    name = ucs.file_name("FEETHmn", "../../etc/passwd\0", "..", "C:\\x_y")
    assert name == "FEETHmn_Etc-Passwd_X_C-x-y.wav"


@given(label=st.text(max_size=400), job=st.text(max_size=100))
def test_any_text_gives_a_safe_bounded_name(label: str, job: str) -> None:
    name = ucs.file_name("DSGNMisc", label, "FoleyDesigner", job)
    assert NAME.fullmatch(name)
    assert len(name) <= 110


@given(labels=st.lists(st.sampled_from(["a", "A", "b", "a 2", "a-2", "ä"]), max_size=12))
def test_names_are_unique_whatever_the_case(labels: list[str]) -> None:
    names = ucs.unique(ucs.file_name("DSGNMisc", label, "F", "J") for label in labels)
    assert len({name.casefold() for name in names}) == len(labels)
    assert all(NAME.fullmatch(name) for name in names)


def test_numbers_follow_the_fx_name() -> None:
    assert ucs.unique(["A_B_C_D.wav", "a_b_c_d.wav", "A_B_C_D.wav"]) == (
        "A_B_C_D.wav",
        "a_b-2_c_d.wav",
        "A_B-3_C_D.wav",
    )
