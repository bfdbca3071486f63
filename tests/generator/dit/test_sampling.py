"""Sampling, and Stable Audio Open as a sound model: each item its own randomness, the library's own trajectories."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.dit.configs import lean, stable_audio_open, stable_audio_open_small
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.dit.sampling import SamplingPlan, drawn, generators, sample, usual_plan
from foleydesigner.generator.learned import EngineOptions, load
from foleydesigner.generator.sound_model import SoundOrder

torch = pytest.importorskip("torch")
pytest.importorskip("stable_audio_tools")
pytestmark = pytest.mark.learned

SMALL = InjectionConfig(features=16, channels=32, head_channels=16, heads=2, hidden=32)


def towards(latents: Any, time: Any, *, kind: str, **_: Any) -> Any:
    """The exact denoiser of data that is 0.5 everywhere."""
    level = time[:, None, None]
    if kind == "v":
        alpha, sigma = torch.cos(level * torch.pi / 2), torch.sin(level * torch.pi / 2)
        noise = (latents - alpha * 0.5) / sigma
        return alpha * noise - sigma * 0.5
    return (latents - 0.5) / level


@pytest.mark.parametrize("objective", ["v", "rectified_flow", "rf_denoiser"])
def test_an_exact_denoiser_is_followed_to_the_data(objective: str) -> None:
    noise = drawn(generators([1, 2]), (3, 9))
    out = sample(towards, objective, noise, [1, 2], 8, kind=objective)
    assert out.numpy() == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("objective", ["v", "rectified_flow", "rf_denoiser"])
def test_an_item_does_not_depend_on_its_neighbours(objective: str) -> None:
    def denoise(latents: Any, time: Any, **_: Any) -> Any:
        return torch.tanh(latents) * (0.3 + time[:, None, None])

    together = sample(denoise, objective, drawn(generators([5, 6, 7]), (3, 9)), [5, 6, 7], 6)
    alone = sample(denoise, objective, drawn(generators([6]), (3, 9)), [6], 6)
    other = sample(denoise, objective, drawn(generators([8]), (3, 9)), [8], 6)
    assert torch.allclose(together[1], alone[0], atol=1e-6)
    assert not torch.allclose(alone, other, atol=0.1)


def test_euler_is_the_librarys() -> None:
    from foleydesigner.generator.dit.stable_audio import quiet

    noise = drawn(generators([1]), (3, 9))

    def denoise(latents: Any, time: Any, **_: Any) -> Any:
        return torch.tanh(latents) * time[:, None, None]

    with quiet():
        from stable_audio_tools.inference.sampling import sample_rf

        theirs = sample_rf(denoise, noise, steps=7, sampler_type="euler", device="cpu")
    assert torch.allclose(sample(denoise, "rectified_flow", noise, [1], 7), theirs, atol=1e-5)


def test_plans_are_those_that_the_weights_are_published_with() -> None:
    assert usual_plan("rf_denoiser") == SamplingPlan(steps=8, text_scale=1.0)
    assert usual_plan("v") == SamplingPlan(steps=100, text_scale=7.0)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, tiny_t5: Path) -> dict[str, Path]:
    """A bare backbone, and injections for it in a folder of their own."""
    from safetensors.torch import save_model

    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.dit.injection_files import save_injection
    from foleydesigner.generator.dit.weights import build, load_base

    root = tmp_path_factory.mktemp("models")
    bare, own = root / "bare", root / "own"
    shutil.copytree(tiny_t5, bare / "t5-base")
    config = lean(stable_audio_open_small(), sample_size=4 * 44100 // 2048 * 2048)
    (bare / "model_config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.manual_seed(0)
    model = build(config, bare, "bare")
    with torch.no_grad():
        for parameter in model.model.parameters():
            if not parameter.any():
                parameter.copy_(0.05 * torch.randn(parameter.shape))
    save_model(model, str(bare / "model.safetensors"))
    injected = inject_stable_audio(load_base(str(bare)).model, SMALL)
    with torch.no_grad():
        for parameter in injected.own_parameters():
            if not parameter.any():
                parameter.copy_(0.2 * torch.randn(parameter.shape))
    save_injection(injected, own, base="../bare", licence="ours", notes={})
    return {"bare": bare, "own": own}


def order(seed: int, azimuth: float | None = 20.0, prompt: str = "a door slams") -> SoundOrder:
    ones = np.ones(48, np.float32)
    where = None
    if azimuth is not None:
        where = FramePositions(azimuth_deg=azimuth * ones, depth_m=2 * ones, activation=ones, frame_rate_hz=24.0)
    return SoundOrder(prompt=prompt, seed=seed, length_s=2.0, positions=where)


def test_a_folder_is_an_engine(folders: dict[str, Path]) -> None:
    bare = load(str(folders["bare"]), EngineOptions(steps=2))
    assert bare._model.follows_positions is False
    own = load(str(folders["own"]), EngineOptions(steps=2, text_scale=2.0, position_scale=3.0, candidates=1))
    model = own._model
    assert load(str(folders["own"]), EngineOptions(steps=2, text_scale=2.0, position_scale=3.0, candidates=1)) is own
    assert model.follows_positions
    assert model.licence == "ours"
    assert model.parameters == {"steps": 2, "text_scale": 2.0, "position_scale": 3.0}
    assert model.longest_s == pytest.approx(4.0, abs=0.05)
    one, other, moved = model.make([order(1), order(2), order(1, -20.0)], 2.0)
    assert one.shape == (2, 88200)
    assert one.dtype == np.float32
    assert np.isfinite(one).all()
    assert np.abs(one).max() > 0
    assert not np.allclose(one, other, atol=1e-4)
    assert not np.allclose(one, moved, atol=1e-5)
    (alone,) = model.make([order(1)], 2.0)
    assert alone == pytest.approx(one, abs=1e-4 * float(np.abs(one).max()) + 1e-6)
    (said,) = model.make([order(1, prompt="rain falls")], 2.0)
    assert not np.allclose(one, said, atol=1e-6)
    model.make([order(1, None)], 2.0)


def test_half_precision_says_much_the_same(folders: dict[str, Path]) -> None:
    """What runs on a GPU, on a CPU: the same sound but for rounding."""
    from foleydesigner.generator.dit.injection_files import load_injection
    from foleydesigner.generator.dit.sound_model import StableAudioModel
    from foleydesigner.generator.dit.weights import load_base

    made = []
    for half in (False, True):
        base = load_base(str(folders["bare"]))
        model = StableAudioModel(
            base, load_injection(base, folders["own"]), SamplingPlan(steps=2, text_scale=2.0), half=half
        )
        made.append(model.make([order(1)], 2.0)[0])
    assert np.isfinite(made[1]).all()
    assert np.corrcoef(made[0].ravel(), made[1].ravel())[0, 1] > 0.98


def test_running_out_of_memory_gets_one_line(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    model = load(str(folders["bare"]), EngineOptions(steps=1))._model

    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(model, "latents", full)
    with pytest.raises(EngineError, match=r"no memory left.*FOLEY_ENGINE_BATCH=1"):
        model.make([order(1)], 2.0)


def test_stable_audio_open_samples_with_guidance(tiny_dit: Callable[..., Any]) -> None:
    from foleydesigner.generator.dit.backbones import inject_stable_audio

    model = tiny_dit(stable_audio_open)
    model.cross_attn_cond_ids = ["seconds_start", "seconds_total"]
    injected = inject_stable_audio(model, replace(SMALL, seed=3))
    said = model.get_conditioning_inputs(model.conditioner([{"seconds_start": 0, "seconds_total": 2}] * 2, "cpu"))
    known = {name: said[name] for name in ("cross_attn_cond", "global_cond")}
    where = injected.encode([order(1).positions, order(1, -20.0).positions], 20)
    noise = drawn(generators([3, 3]), (8, 20))
    out = sample(injected, "v", noise, [3, 3], 3, position=where, cfg_scale=4.0, position_scale=2.0, **known)
    assert out.isfinite().all()
    assert torch.allclose(out[0], out[1], atol=1e-4)  # untrained: positions say nothing yet


def test_weights_that_cannot_be_used_leave_no_job_behind(folders: dict[str, Path], tmp_path: Path) -> None:
    from foleydesigner.config import Settings
    from foleydesigner.errors import CheckpointError
    from foleydesigner.graph import run
    from foleydesigner.tools.demo_scene import write_demo_scene

    broken = Path(shutil.copytree(folders["own"], tmp_path / "broken"))
    (broken / "injection.json").write_text("{", encoding="utf-8")
    clip, screenplay = write_demo_scene(tmp_path / "scene")
    with pytest.raises(CheckpointError, match="cannot be read"):
        run.design(clip, screenplay, tmp_path / "out", Settings(engine=str(broken), minds="house"))
    assert not (tmp_path / "out").exists()


def test_a_job_runs_through_on_an_injected_model(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from foleydesigner.config import Settings
    from foleydesigner.generator.generative import GenerativeEngine
    from foleydesigner.graph import run
    from foleydesigner.graph.reading import read_take_record
    from foleydesigner.graph.scripting import read_script
    from foleydesigner.job import JobFolder
    from foleydesigner.tools.demo_scene import write_demo_scene

    clip, screenplay = write_demo_scene(tmp_path / "scene")
    asked: list[int] = []
    render = GenerativeEngine.render

    def counted(self: Any, requests: Any) -> Any:
        asked.append(len(requests))
        return render(self, requests)

    monkeypatch.setattr(GenerativeEngine, "render", counted)
    settings = Settings(engine=str(folders["own"]), engine_steps=1, engine_candidates=1, minds="house")
    outcome = run.design(clip, screenplay, tmp_path / "out", settings)
    assert outcome.finished
    job = JobFolder(tmp_path / "out")
    events = read_script(job).events
    assert asked == [len(events)]  # all of them at once
    for event in events:
        record = read_take_record(job, event.id)
        assert record.engine == "dit 1"
        assert record.licence == "generated; weights: ours"
        assert job.take(event.id, "own").is_file()
        assert (event.kind == "steady") or "missing_hits" in record.parameters
    assert job.stereo.is_file()
