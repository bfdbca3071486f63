"""The engine that comes with the package: what its files say, and that it stands and begins where it was told."""

from __future__ import annotations

import json

import numpy as np
import pytest

from foleydesigner.generator.learned import INJECTION, OWN, STABLE_AUDIO, EngineOptions, kind_of

FOLDER = OWN["dit-nano"]
MOST_BYTES = 25_000_000


def test_its_files_are_small_and_speak_of_no_other_folder() -> None:
    assert kind_of(FOLDER) == INJECTION
    # The codec beside it is an engine's part too.
    assert sum(path.stat().st_size for path in FOLDER.parent.rglob("*.safetensors")) <= MOST_BYTES
    said = json.loads((FOLDER / INJECTION).read_text("utf-8"))
    assert (said["base"], said["licence"]) == (".", "GPL-3.0-or-later")
    for name in (INJECTION, STABLE_AUDIO):
        assert "/" not in (FOLDER / name).read_text("utf-8").replace("GPL-3.0-or-later", "")
    assert (FOLDER / "model.md").is_file()


@pytest.mark.learned
def test_it_stands_and_begins_where_it_is_told() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("stable_audio_tools")
    from foleydesigner.generator.dit.positions import FramePositions
    from foleydesigner.generator.learned import load_model
    from foleydesigner.generator.point_source import delay_track
    from foleydesigner.generator.sound_model import SoundOrder

    model = load_model("dit-nano", EngineOptions())
    assert model.name == "dit-nano"
    assert (model.sample_rate_hz, model.longest_s) == (24_000, pytest.approx(10.0, abs=0.1))
    frames, onset_s = 96, 1.5
    active = (np.arange(frames) / 24.0 >= onset_s).astype(np.float32)
    angles = (-45.0, 0.0, 45.0)
    orders = [
        SoundOrder(
            prompt="wood impact", seed=3, length_s=4.0,
            positions=FramePositions(
                azimuth_deg=np.full(frames, angle, np.float32), depth_m=np.full(frames, 2.0, np.float32),
                activation=active, frame_rate_hz=24.0,
            ),
        )
        for angle in angles
    ]  # fmt: skip
    for angle, sound in zip(angles, model.make(orders, 4.0), strict=True):
        asked_us = 1e6 * 0.17 / 343.0 * np.sin(np.radians(angle))
        track = delay_track(sound, model.sample_rate_hz)
        heard_us = 1e6 * float(np.average(track.delays_s, weights=track.weights))
        assert heard_us == pytest.approx(asked_us, abs=120.0), angle
        before, after = (np.square(part).sum() for part in np.split(sound, [round((onset_s - 0.15) * 24_000)], axis=1))
        assert before < 0.1 * after, angle
