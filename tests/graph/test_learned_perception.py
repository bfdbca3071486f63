"""Learned perception through a whole job: tiny checkpoints with random weights, and what happens without the extra."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from foleydesigner.config import Settings
from foleydesigner.errors import MissingExtraError
from foleydesigner.graph import run
from foleydesigner.job import JobFolder
from foleydesigner.tools.demo_scene import write_demo_scene


def onset_checkpoint(folder: Path) -> Path:
    """A tiny onset network with random weights."""
    torch = pytest.importorskip("torch")
    saver = pytest.importorskip("safetensors.torch")
    from foleydesigner.tools.learned_onset_network import build_network
    from foleydesigner.tools.learned_onsets import OnsetNetworkConfig

    config = OnsetNetworkConfig(picture_px=32, channels=(4, 8), temporal_channels=8, window_frames=16)
    torch.manual_seed(0)
    folder.mkdir()
    (folder / "config.json").write_text(config.model_dump_json())
    saver.save_file(build_network(config).state_dict(), folder / "model.safetensors")
    return folder


def depth_checkpoint(folder: Path) -> Path:
    """A tiny Depth Anything V2 (metric, 20 m) with random weights."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    backbone = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, image_size=56, patch_size=14,
        out_indices=[1, 2, 3, 4], reshape_hidden_states=False, apply_layernorm=True,
    )  # fmt: skip
    config = transformers.DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=16, neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8,
        head_hidden_size=8, depth_estimation_type="metric", max_depth=20,
    )  # fmt: skip
    transformers.DepthAnythingForDepthEstimation(config).save_pretrained(folder, safe_serialization=True)
    processor = {
        "image_processor_type": "DPTImageProcessor", "do_resize": True, "size": {"height": 56, "width": 56},
        "keep_aspect_ratio": True, "ensure_multiple_of": 14, "do_rescale": True, "do_normalize": True,
        "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


@pytest.mark.learned
def test_a_job_runs_through_on_learned_depth_and_onsets(tmp_path: Path) -> None:
    settings = Settings(
        depth_model=str(depth_checkpoint(tmp_path / "depth")), onset_model=str(onset_checkpoint(tmp_path / "onsets"))
    )
    assert run.design(*write_demo_scene(tmp_path / "scene"), tmp_path / "out", settings).finished
    evidence = json.loads(JobFolder(tmp_path / "out").evidence.read_text("utf-8"))
    assert "depth" in evidence["perception"]
    assert "ground-contact/1" not in evidence["perception"]["depth"].split()[:1]
    assert "onsets" in evidence["perception"]


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="the dit extra is installed")
@pytest.mark.parametrize("setting", ["depth_model", "onset_model"])
def test_without_the_extra_one_line_says_how_to_get_it(tmp_path: Path, setting: str) -> None:
    (tmp_path / "model").mkdir()
    settings = Settings.model_validate({setting: str(tmp_path / "model")})
    with pytest.raises(MissingExtraError, match="dit"):
        run.design(*write_demo_scene(tmp_path / "scene"), tmp_path / "out", settings)
