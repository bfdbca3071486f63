"""The exception tree."""

from __future__ import annotations

import pickle

import pytest

from foleydesigner import errors


def test_all_is_exact() -> None:
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert set(errors.__all__) == defined
    assert errors.__all__ == sorted(errors.__all__)


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_drawn_in_the_docstring_and_descends_from_the_base(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.FoleyError)
    assert name in (errors.__doc__ or "")


def test_a_message_says_what_was_got_expected_and_what_to_do() -> None:
    error = errors.ClipError("a.mp4 is empty", "a film", "pass another clip")
    assert str(error) == "a.mp4 is empty; expected a film; pass another clip"
    assert "\n" not in str(error)


def test_errors_survive_pickling() -> None:
    error = pickle.loads(pickle.dumps(errors.JobBusyError("a", "b", "c")))
    assert isinstance(error, errors.JobBusyError)
    assert (error.got, error.expected, error.next_step) == ("a", "b", "c")
