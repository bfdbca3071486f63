"""Training data and targets that need no torch: items, activations, the folder of clips, settings, the log."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.training.folder import FolderStream
from foleydesigner.generator.training.items import TrainingItem, activation_of
from foleydesigner.generator.training.log import TrainingLog
from foleydesigner.generator.training.settings import TrainingSettings
from foleydesigner.tools.audio_file import write_wav


def still(frames: int = 24) -> FramePositions:
    ones = np.ones(frames, np.float32)
    return FramePositions(azimuth_deg=10 * ones, depth_m=ones, activation=ones, frame_rate_hz=24.0)


def clip(folder: Path, name: str, **changed: object) -> None:
    said = {"caption": name, "frame_rate_hz": 25, "azimuth_deg": [-9.0] * 25, "depth_m": [2.0] * 25}
    said |= {"active_ms": [[100, 140], [500, 501]]} | changed
    (folder / f"{name}.json").write_text(json.dumps(said))
    write_wav(folder / f"{name}.wav", np.full((2, 24_000), 0.1, np.float32), 24_000)


def test_a_frame_is_active_when_an_interval_touches_it() -> None:
    assert activation_of([(100, 140), (500, 501)], 25, 25.0).nonzero()[0].tolist() == [2, 3, 12]
    assert activation_of([(0, 0), (990, 1300)], 25, 25.0).nonzero()[0].tolist() == [0, 24]
    assert not activation_of([], 25, 25.0).any()


def test_a_folder_is_an_endless_stream_in_which_a_number_names_an_item(tmp_path: Path) -> None:
    for name in "abcde":
        clip(tmp_path, name)
    stream = FolderStream(tmp_path, 44_100, seed=3)
    names = [item.caption for item in islice(stream.items(0), 15)]
    assert [sorted(names[i : i + 5]) for i in (0, 5, 10)] == [list("abcde")] * 3
    assert names[:5] != names[5:10]
    assert [item.caption for item in islice(stream.items(7), 3)] == names[7:10]
    assert [item.caption for item in islice(stream.items(1, 2), 7)] == names[1::2]
    item = next(stream.items(0))
    assert item.audio is not None
    assert item.audio.shape == (2, 44_100)
    assert item.duration_s == pytest.approx(1.0)
    assert item.positions.activation.sum() == 3
    np.savez(tmp_path / "a.npz", latents=np.zeros((8, 21), np.float32))
    latents = next(i.latents for i in islice(stream.items(0), 5) if i.caption == "a")
    assert latents is not None
    assert latents.shape == (8, 21)


def test_items_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="either audio or latents"):
        TrainingItem(caption="x", positions=still())
    with pytest.raises(EngineError, match="shape"):
        TrainingItem(caption="x", positions=still(), audio=np.zeros((1, 9), np.float32))
    with pytest.raises(EngineError, match="not finite"):
        TrainingItem(caption="x", positions=still(), latents=np.full((2, 9), np.nan, np.float32))
    with pytest.raises(EngineError, match="holds no clip"):
        FolderStream(tmp_path, 44_100)
    clip(tmp_path, "bad", depth_m=[0.0] * 25)
    with pytest.raises(EngineError, match="above 0"):
        next(FolderStream(tmp_path, 44_100).items(0))
    clip(tmp_path, "bad", azimuth_deg="left")
    with pytest.raises(EngineError, match="cannot be used"):
        next(FolderStream(tmp_path, 44_100).items(0))


def test_the_learning_rate_rises_and_stays() -> None:
    settings = TrainingSettings(learning_rate=1.0, warmup_steps=4)
    assert [settings.learning_rate_at(step) for step in (0, 1, 3, 100)] == [0.25, 0.5, 1.0, 1.0]


@pytest.mark.learned
def test_losses_go_to_a_file_and_to_mlflow(tmp_path: Path) -> None:
    pytest.importorskip("torch")  # its store takes seconds to set up: with the other slow ones
    pytest.importorskip("mlflow")
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    for step, loss in ((1, 0.5), (2, 0.25)):  # the second is a resumed run
        log = TrainingLog(tmp_path / "run", parameters={"batch": 2}, tracking_uri=uri)
        log.losses(step, loss=loss, learning_rate=1e-4)
        log.close()
    lines = [json.loads(line) for line in (tmp_path / "run" / "losses.jsonl").read_text().splitlines()]
    assert [(line["step"], line["loss"]) for line in lines] == [(1, 0.5), (2, 0.25)]
    client = MlflowClient(tracking_uri=uri)
    (run,) = client.search_runs([client.get_experiment_by_name("foley training").experiment_id])
    assert [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "loss")] == [(1, 0.5), (2, 0.25)]
    assert run.data.params == {"batch": "2"}
