"""Tone of a scene."""

import pytest

from foleydesigner.tools.mood import read_mood


@pytest.mark.parametrize(
    ("action", "time_of_day", "mood"),
    [
        ("A dog lies on the floor. It barks, twice.", "day", "neutral"),
        ("A man walks to his car and drives to work.", "morning", "neutral"),
        ("Far thunder. A vast saucer lowers itself out of the clouds.", "dusk", "ominous"),
        ("Soldiers shoot. A bomb explodes. Blood on the wall.", "day", "violent"),
        ("Children laugh and dance at the birthday party.", "day", "joyful"),
        ("She weeps alone at the grave of her son. A funeral bell.", "day", "sad"),
        ("A gentle breeze over the quiet meadow. Peaceful.", "day", "calm"),
        ("Nervous, he hides behind the curtain, watchful, in a panic.", "night", "tense"),
        ("A magic fairy light shimmers; they gaze in wonder.", "night", "wondrous"),
        ("", "", "neutral"),
    ],
)
def test_moods(action: str, time_of_day: str, mood: str):
    assert read_mood([action], time_of_day) == mood
