"""The authors' layout: words to places and back, and files that lead nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation
from foleydesigner.generator.filmstereo.public_layout import (
    export,
    import_clips,
    import_shards,
    movement,
    movement_text,
    read_list,
)
from foleydesigner.generator.filmstereo.shards import Clip, FilmStereo

from .small_store import recording

RATE_HZ = 8000


def _clip(**changes: object) -> Clip:
    fields: dict[str, object] = {
        "id": "clip_000007",
        "split": "test",
        "recording": recording(3),
        "seed": 1,
        "duration_s": 2.0,
        "sample_rate_hz": RATE_HZ,
        "signals": ("wet",),
        "motion": "linear",
        "microphone_spacing_m": 0.17,
        "frame_rate": 25,
        "azimuth_deg": tuple(np.linspace(-44.0, 16.0, 50).tolist()),
        "depth_m": tuple(np.linspace(1.0, 8.0, 50).tolist()),
        "intervals": ({"onset_ms": 250.0, "offset_ms": 1000.0}, {"onset_ms": 1500.0, "offset_ms": 2000.0}),
        "onsets_ms": (250.0, 1500.0),
        "caption": "A crate hit on the left",
        "caption_by": "template",
    }
    wet = (0.1 * np.random.default_rng(0).standard_normal((2, 2 * RATE_HZ))).astype(np.float32)
    return Clip(ClipAnnotation.model_validate(fields | changes), {"wet": wet})


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("left!near2right!far.wav", (-45.0, 1.0), (45.0, 7.5)),
        ("(Medium Plate)left_front!medium.wav", (-15.0, 3.5), (-15.0, 3.5)),
        ("front!far2right_front!near.wav", (0.0, 7.5), (15.0, 1.0)),
    ],
)
def test_movements_are_places(text: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    assert movement(text) == (start, end)


@pytest.mark.parametrize("text", ["", "left.wav", "up!near.wav", "left!near2.wav", "left!near2right!far.mp3"])
def test_what_is_no_movement_is_refused(text: str) -> None:
    with pytest.raises(DatasetError, match="left!near2right!far"):
        movement(text)


def test_export_writes_words_and_samples(tmp_path: Path) -> None:
    assert movement_text(_clip().annotation) == "left!near2right_front!far.wav"
    assert export([_clip()], tmp_path) == 1
    (entry,) = read_list(tmp_path / "filmstereo.json")
    assert entry.movement_str == "left!near2right_front!far.wav"
    assert entry.motion_type == "dynamic"
    assert entry.start_points == (2000, 12000)
    assert entry.end_points == (8000, 16000)
    sound, rate_hz = soundfile.read(tmp_path / entry.path)
    assert rate_hz == RATE_HZ
    assert sound.shape == (16000, 2)


def test_what_was_exported_comes_back(tmp_path: Path) -> None:
    export([_clip()], tmp_path)
    (clip,) = import_clips(tmp_path / "filmstereo.json", tmp_path, lambda entry, sha, seconds: recording(9))
    a = clip.annotation
    assert [(i.onset_ms, i.offset_ms) for i in a.intervals] == [(250.0, 1000.0), (1500.0, 2000.0)]
    # From the first start to the last end, evenly over the directions' numbers: left to right front is three.
    azimuth, depth = a.position(np.array([0.1, 0.25 + 1.75 / 3.0, 1.999]))
    np.testing.assert_allclose(azimuth, [-45.0, -15.0, 15.0], atol=1.5)
    np.testing.assert_allclose(depth[[0, 2]], [1.0, 7.5], atol=0.1)
    assert a.room is None


def test_imported_shards_are_a_dataset(tmp_path: Path) -> None:
    prompt = "a sound of a dog barks, coming from the left at a distant near , in reverb like a hall."
    export([_clip(caption=prompt), _clip(caption="a sound of nothing in words", id="clip_000008")], tmp_path / "a")
    counts = import_shards(
        tmp_path / "a" / "filmstereo.json", tmp_path / "a", tmp_path / "b", licence="CC-BY-4.0", author="them"
    )
    assert counts == (1, 1)
    (annotation,) = FilmStereo(tmp_path / "b").annotations()
    assert annotation.recording.family == "animal"
    assert annotation.recording.licence == "cc-by-4.0"
    with pytest.raises(DatasetError, match="holds shards"):
        import_shards(tmp_path / "a" / "filmstereo.json", tmp_path / "a", tmp_path / "b", licence="x", author="y")


def test_a_path_out_of_the_root_is_refused(tmp_path: Path) -> None:
    export([_clip()], tmp_path / "a")
    data = json.loads((tmp_path / "a" / "filmstereo.json").read_text())
    for path in ("../secret.wav", "/etc/passwd"):
        data["datasets"][0]["path"] = path
        (tmp_path / "a" / "list.json").write_text(json.dumps(data))
        with pytest.raises(DatasetError, match="correct the list"):
            list(import_clips(tmp_path / "a" / "list.json", tmp_path / "a", lambda *_: recording(9)))


@pytest.mark.parametrize(
    "text", ["", "[]", '{"dataset_type": "other"}', "[" * 100_000, '{"dataset_type":"film_stereo","datasets":[1]}']
)
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(DatasetError, match="public layout"):
        read_list(tmp_path / "list.json")
