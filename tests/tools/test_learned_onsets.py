from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from foleydesigner.config import Settings
from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.evidence import Box, Impact, Track, TrackPoint
from foleydesigner.job import JobFolder
from foleydesigner.tools.learned_onsets import (
    OnsetListener,
    OnsetNetwork,
    OnsetNetworkConfig,
    load_onset_network,
    refined_peaks,
)

NOTHING = SimpleNamespace(impacts=(), tracks=())


class _Brightness(OnsetNetwork):
    """A network that takes the mean brightness of a picture for its probability."""

    def probabilities(self, pictures: np.ndarray) -> np.ndarray:
        return (pictures.mean(axis=(1, 2, 3)) / 255.0).astype(np.float32)


def listener(levels: np.ndarray, **config: float) -> OnsetListener:
    heard = OnsetListener(_Brightness("stub", OnsetNetworkConfig(picture_px=16, **config), None))
    for level in levels:
        heard.push(np.full((18, 32, 3), round(255 * level), np.uint8))
    return heard


@pytest.mark.parametrize("offset", [-0.4, 0.0, 0.3])
def test_peaks_are_refined_below_the_frame(offset: float) -> None:
    frames = np.arange(21, dtype=np.float64)
    curve = (0.9 - 0.02 * (frames - 10 - offset) ** 2).astype(np.float32)
    (found,) = refined_peaks(curve, frames / 25, 0.5, 0.08)
    assert found[0] == pytest.approx((10 + offset) / 25, abs=1e-5)


def test_peaks_need_height_and_distance() -> None:
    curve = np.array([0, 0.4, 0, 0.9, 0, 0.95, 0, 0, 0, 0.7, 0.7, 0], np.float32)
    times = np.arange(12) / 25
    # a plateau of two frames peaks between them
    assert [25 * time_s for time_s, _ in refined_peaks(curve, times, 0.5, 0.1)] == pytest.approx([5.0, 9.5], abs=0.1)
    assert len(refined_peaks(curve, times, 0.5, 0.01)) == 3
    assert refined_peaks(np.zeros(0, np.float32), np.zeros(0), 0.5, 0.1) == []
    assert len(refined_peaks(np.array([0.9], np.float32), np.zeros(1), 0.5, 0.1)) == 1


@pytest.mark.parametrize("count", [1, 7, 24, 25, 40, 41, 97])
def test_windows_join_without_a_seam(count: int) -> None:
    levels = np.random.default_rng(2).uniform(0, 1, count)
    found = listener(levels, window_frames=16, margin_frames=4).curve()
    np.testing.assert_allclose(found, np.round(255 * levels) / 255, atol=1e-6)


def test_impacts_take_their_place_from_motion() -> None:
    levels = np.zeros(50)
    levels[[10, 30, 45]] = (1.0, 0.8, 0.6)
    seen = Impact(id="impact_1", time_s=0.42, strength=1.0, x=0.2, y=0.3, track_id="track_1")
    points = tuple(
        TrackPoint(frame=n, time_s=n / 25, box=Box(x1=0.6, y1=0.4, x2=0.8, y2=0.6), speed=0.3) for n in range(25, 40)
    )
    moved = Track(id="track_2", shot_id="shot_001", start_s=1.0, end_s=1.6, points=points)
    impacts = listener(levels).impacts(np.arange(50) / 25, SimpleNamespace(impacts=(seen,), tracks=(moved,)))
    assert [i.time_s for i in impacts] == pytest.approx([0.4, 1.2, 1.8])
    assert [i.strength for i in impacts] == pytest.approx([1.0, 0.8, 0.6], abs=0.01)
    assert [(i.x, i.y, i.track_id) for i in impacts] == [
        (0.2, 0.3, "track_1"),
        (pytest.approx(0.7), pytest.approx(0.5), "track_2"),
        (0.5, 0.5, None),
    ]


def test_missing_packages_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(MissingExtraError, match="dit"):
        load_onset_network(tmp_path)


@pytest.mark.learned
class TestTinyCheckpoint:
    """The real network and loader, with random weights."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        torch = pytest.importorskip("torch")
        saver = pytest.importorskip("safetensors.torch")
        from foleydesigner.tools.learned_onset_network import build_network

        config = OnsetNetworkConfig(picture_px=32, channels=(4, 8), temporal_channels=8, window_frames=16)
        torch.manual_seed(0)
        (tmp_path / "config.json").write_text(config.model_dump_json())
        saver.save_file(build_network(config).state_dict(), tmp_path / "model.safetensors")
        return tmp_path

    def test_one_probability_a_frame(self, folder: Path) -> None:
        network = load_onset_network(folder)
        pictures = np.random.default_rng(0).integers(0, 255, (20, 32, 32, 3), np.uint8)
        found = network.probabilities(pictures)
        assert found.shape == (20,)
        assert np.all((found > 0) & (found < 1))
        np.testing.assert_array_equal(found, network.probabilities(pictures))

    def test_a_change_is_felt_around_it_only(self, folder: Path) -> None:
        network = load_onset_network(folder)
        pictures = np.full((60, 32, 32, 3), 100, np.uint8)
        changed = pictures.copy()
        changed[30] = 200
        difference = np.abs(network.probabilities(changed) - network.probabilities(pictures))
        assert difference[30] > 0

    def test_perception_uses_it(self, folder: Path, films: SimpleNamespace, tmp_path: Path) -> None:
        from foleydesigner.tools.perception import perceive

        clip = films.film(tmp_path / "clip.mp4", films.moving_square(30), 25)
        evidence = perceive(clip, Settings(onset_model=str(folder)), JobFolder(tmp_path / "job"))
        assert evidence.perception["onsets"].startswith("learned-onsets/1")
        assert all(impact.kind == "activity" for impact in evidence.impacts)

    def test_bad_checkpoints(self, folder: Path) -> None:
        (folder / "config.json").write_text(json.dumps({"picture_px": 1}))
        with pytest.raises(CheckpointError, match=r"config\.json"):
            load_onset_network(folder)
        (folder / "config.json").write_text(OnsetNetworkConfig().model_dump_json())
        with pytest.raises(CheckpointError, match="onset checkpoint"):
            load_onset_network(folder)
        (folder / "model.safetensors").write_bytes(b"junk")
        with pytest.raises(CheckpointError):
            load_onset_network(folder)
        (folder / "model.safetensors").unlink()
        with pytest.raises(CheckpointError):
            load_onset_network(folder)
