"""Head nouns of clauses."""

import pytest

from foleydesigner.tools.clause_subjects import subject_of


@pytest.mark.parametrize(
    ("clause", "subject"),
    [
        ("A small long-haired dog lies down", "dog"),
        ("Waves break on the shore", "wave"),
        ("wagons clattering behind it", "wagon"),
        ("LIGHTNING flickers", "lightning"),
        ("Two women walk past", "women"),
        ("beating it steadily", ""),
        ("barks", ""),
        ("plays snare", ""),
        ("the ring of iron", "iron"),
        ("", ""),
    ],
)
def test_subject_of(clause: str, subject: str):
    assert subject_of(clause) == subject
