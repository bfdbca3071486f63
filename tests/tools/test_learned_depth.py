from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.evidence import Box, Track, TrackPoint
from foleydesigner.tools.keyframes import Keyframe
from foleydesigner.tools.learned_depth import (
    DepthNetwork,
    anchored_tracks,
    hub_name,
    inverted,
    load_depth_network,
    mean_depth,
)

LEFT = Box(x1=0.0, y1=0.0, x2=0.5, y2=1.0)
RIGHT = Box(x1=0.5, y1=0.0, x2=1.0, y2=1.0)


def track(name: str, box: Box, depths: list[float]) -> Track:
    points = tuple(
        TrackPoint(frame=n, time_s=n / 25, box=box, speed=0.1, depth_m=depth) for n, depth in enumerate(depths)
    )
    return Track(id=name, shot_id="shot_001", start_s=0.0, end_s=len(depths) / 25, points=points)


class _Stub(DepthNetwork):
    """A network whose map is 6 units at the left and 12 at the right."""

    def depth_map(self, rgb: np.ndarray) -> np.ndarray:
        found = np.full(rgb.shape[:2], 6.0, np.float32)
        found[:, rgb.shape[1] // 2 :] = 12.0
        return found


def keyframe(frame: int) -> Keyframe:
    import cv2

    return Keyframe(frame, 0, "first", cv2.imencode(".jpg", np.zeros((32, 64, 3), np.uint8))[1].tobytes())


def test_mean_depth_in_a_box() -> None:
    depths = np.tile(np.arange(10, dtype=np.float32), (4, 1))
    assert mean_depth(depths, LEFT) == pytest.approx(2.0)
    assert mean_depth(depths, RIGHT) == pytest.approx(7.0)
    assert mean_depth(depths, Box(x1=1.0, y1=1.0, x2=1.0, y2=1.0)) == 9.0


def test_inverse_depth_is_inverted() -> None:
    found = inverted(np.array([[4.0, 2.0, 1.0, 0.0, -1.0, np.nan]], np.float32))
    np.testing.assert_allclose(found[0, :3], [1.0, 2.0, 4.0])
    assert np.all(np.isfinite(found))
    assert np.all(found[0, 3:] == found.max())


def test_metric_depth_replaces_the_level_and_keeps_the_course() -> None:
    tracks = (track("track_1", LEFT, [4.0, 3.0, 2.0]),)
    measured, words, label = anchored_tracks(tracks, [keyframe(0)], _Stub("stub", True, None, None), ("so.",))
    assert [p.depth_m for p in measured[0].points] == pytest.approx([6.0, 4.5, 3.0])
    assert words[-1] == "so."
    assert "metres" in words[0]
    assert label == "depth-anything-v2-metric/1"


def test_relative_depth_is_anchored_by_ground_contact() -> None:
    tracks = (track("track_1", LEFT, [2.0] * 3), track("track_2", RIGHT, [4.0] * 3), track("track_3", RIGHT, [2.0] * 3))
    measured, _, label = anchored_tracks(tracks, [keyframe(1)], _Stub("stub", False, None, None), ())
    # two of three tracks agree that a unit is a third of a metre; the third is corrected to it
    assert [t.points[0].depth_m for t in measured] == pytest.approx([2.0, 4.0, 4.0])
    assert label.endswith("relative/1")


def test_tracks_without_a_keyframe_keep_ground_contact() -> None:
    tracks = (track("track_1", LEFT, [4.0, 3.0]),)
    assert anchored_tracks(tracks, [keyframe(90)], _Stub("stub", True, None, None), ())[0] == tracks


def test_scene_chooses_the_checkpoint() -> None:
    assert hub_name(interior=True) == "depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf"
    assert hub_name(interior=False, size="Large") == "depth-anything/Depth-Anything-V2-Metric-Outdoor-Large-hf"


def test_missing_packages_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="dit"):
        load_depth_network("anything")


@pytest.mark.learned
class TestTinyCheckpoint:
    """The real loader on a checkpoint of a few thousand random weights."""

    @pytest.fixture(params=["metric", "relative"])
    def folder(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        pytest.importorskip("torch")
        transformers = pytest.importorskip("transformers")
        backbone = transformers.Dinov2Config(
            hidden_size=16,
            num_hidden_layers=4,
            num_attention_heads=2,
            image_size=56,
            patch_size=14,
            out_indices=[1, 2, 3, 4],
            reshape_hidden_states=False,
            apply_layernorm=True,
        )
        config = transformers.DepthAnythingConfig(
            backbone_config=backbone,
            reassemble_hidden_size=16,
            neck_hidden_sizes=[8, 8, 8, 8],
            fusion_hidden_size=8,
            head_hidden_size=8,
            depth_estimation_type=request.param,
            max_depth=20,
        )
        transformers.DepthAnythingForDepthEstimation(config).save_pretrained(tmp_path, safe_serialization=True)
        processor = {
            "image_processor_type": "DPTImageProcessor",
            "do_resize": True,
            "size": {"height": 56, "width": 56},
            "keep_aspect_ratio": True,
            "ensure_multiple_of": 14,
            "do_rescale": True,
            "do_normalize": True,
            "image_mean": [0.485, 0.456, 0.406],
            "image_std": [0.229, 0.224, 0.225],
        }
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(processor))
        return tmp_path

    def test_depth_map(self, folder: Path) -> None:
        network = load_depth_network(str(folder))
        rgb = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
        found = network.depth_map(rgb)
        assert found.shape == (40, 60)
        assert found.dtype == np.float32
        assert np.all(np.isfinite(found))
        assert np.all(found >= 0.0)
        np.testing.assert_array_equal(found, network.depth_map(rgb))
        if network.metric:
            assert found.max() <= 20.0

    def test_pickled_weights_are_refused(self, folder: Path) -> None:
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        with pytest.raises(CheckpointError, match="safetensors"):
            load_depth_network(str(folder))

    def test_broken_weights(self, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"not weights")
        with pytest.raises(CheckpointError, match="depth checkpoint"):
            load_depth_network(str(folder))

    def test_no_folder(self, tmp_path: Path) -> None:
        pytest.importorskip("transformers")
        with pytest.raises(CheckpointError, match="not a folder"):
            load_depth_network(str(tmp_path / "none"))
        (tmp_path / "empty").mkdir()
        with pytest.raises(CheckpointError, match=r"config\.json"):
            load_depth_network(str(tmp_path / "empty"))
