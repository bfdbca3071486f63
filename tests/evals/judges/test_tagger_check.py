"""The tagger in CLAP's place weighs a family's classes against the surest of all."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.evals.judges import audioset_table, tagger_check

NAMES = sorted(
    {name for names in audioset_table()["accepted"].values() for name in names} | {*tagger_check.VOICES, "Speech"}
)


class Ear:
    """Hears two classes, and speech."""

    classes = tuple(NAMES)

    def scores(self, sound: np.ndarray) -> np.ndarray:
        assert len(sound) == 16_000
        scores = np.zeros(len(NAMES))
        scores[[NAMES.index("Speech"), NAMES.index("Door"), NAMES.index("Screaming")]] = 0.8, 0.2, 0.004
        return scores


def test_a_family_is_weighed_against_the_surest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagger_check, "Yamnet", Ear)
    judge = tagger_check.TaggerCheck()
    sound = np.zeros(48_000, np.float32)
    assert judge("a door slams", "door", sound, 48_000) == pytest.approx(0.25)
    assert judge("she screams", "breath", sound, 48_000) == pytest.approx(0.005)
    assert judge("rain", "rain", sound, 48_000) == 0.0
    assert 0.005 < judge.least < 0.25
