"""The training loop: targets, exact resume, frozen backbone, and the script from clips to an engine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError
from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.dit.configs import lean, stable_audio_open_small
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.training.items import TrainingItem
from foleydesigner.generator.training.settings import TrainingSettings
from foleydesigner.tools.audio_file import write_wav

torch = pytest.importorskip("torch")
pytest.importorskip("stable_audio_tools")
pytest.importorskip("accelerate")
pytestmark = pytest.mark.learned

SMALL = InjectionConfig(features=8, channels=16, head_channels=8, heads=2, hidden=16)
SETTINGS = TrainingSettings(
    steps=6, batch=2, seconds=1.0, warmup_steps=2, learning_rate=1e-3, save_every=3, log_every=1, ema_decay=0.9
)


class Noise:
    """Items drawn from their number."""

    def items(self, first: int, step: int = 1) -> Iterator[TrainingItem]:
        number = first
        while True:
            rng = np.random.default_rng(number)
            where = FramePositions(
                azimuth_deg=rng.uniform(-45, 45, 24).astype(np.float32),
                depth_m=np.ones(24, np.float32),
                activation=(rng.uniform(size=24) < 0.5).astype(np.float32),
                frame_rate_hz=24.0,
            )
            audio = rng.normal(size=(2, 44_100)).astype(np.float32)
            yield TrainingItem(caption="rain falls", positions=where, audio=0.1 * audio)
            number += step


def model() -> Any:
    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.dit.stable_audio import quiet

    config = lean(stable_audio_open_small(), width=32, heads=1)
    config["model"]["conditioning"]["configs"] = config["model"]["conditioning"]["configs"][1:]
    config["model"]["diffusion"]["cross_attention_cond_ids"] = ["seconds_total"]
    with quiet():
        from stable_audio_tools.models.factory import create_model_from_config

        torch.manual_seed(0)
        made = create_model_from_config(config)
    with torch.no_grad():
        for parameter in made.model.parameters():
            if not parameter.any():
                parameter.copy_(0.05 * torch.randn(parameter.shape))
    inject_stable_audio(made, SMALL)
    return made


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("objective", ["v", "rectified_flow", "rf_denoiser"])
def test_targets_lead_back_to_the_clean_latents(objective: Any) -> None:
    from foleydesigner.generator.training.objectives import noise_levels, noisy

    generator = torch.Generator().manual_seed(0)
    clean, noise = torch.randn(2, 64, 3, 5, generator=generator)
    time = noise_levels(objective, 64, generator)
    assert (time > 0).all()
    assert (time < 1).all()
    assert float(time.mean()) == pytest.approx(0.5, abs=0.1)
    latents, target = noisy(objective, clean, noise, time)
    level = time[:, None, None]
    if objective == "v":
        back = torch.cos(level * torch.pi / 2) * latents - torch.sin(level * torch.pi / 2) * target
    else:
        back = latents - level * target
    assert torch.allclose(back, clean, atol=1e-5)


def test_text_and_position_are_dropped_apart() -> None:
    from foleydesigner.generator.training.step import diffusion_loss

    seen: list[tuple[Any, Any]] = []

    def record(latents: Any, time: Any, *, keep_position: Any, cross_attn_cond: Any, **_: Any) -> Any:
        seen.append((cross_attn_cond.any(dim=-1).any(dim=-1), keep_position.bool()))
        return latents

    generator = torch.Generator().manual_seed(0)
    told = {"cross_attn_cond": torch.ones(4000, 1, 1)}
    options = {"objective": "v", "generator": generator, "drop_text": 0.3, "drop_position": 0.2}
    diffusion_loss(record, torch.zeros(4000, 1, 1), torch.zeros(4000, 1, 1), told, **options)
    text, position = (kept.float().mean() for kept in seen[0])
    both = (seen[0][0] & seen[0][1]).float().mean()
    assert [float(v) for v in (text, position, both)] == pytest.approx([0.7, 0.8, 0.56], abs=0.03)


@pytest.mark.parametrize("train_base", [False, True])
def test_a_resumed_run_takes_the_same_steps(tmp_path: Path, train_base: bool) -> None:
    from dataclasses import replace

    from foleydesigner.generator.training.trainer import Trainer

    settings = replace(SETTINGS, train_base=train_base)
    base_before = {name: value.clone() for name, value in model().model.base.state_dict().items()}
    straight = Trainer(model(), Noise(), tmp_path / "straight", settings)
    losses = straight.run()
    first = Trainer(model(), Noise(), tmp_path / "halves", settings)
    halves = first.run(until=3)
    second = Trainer(model(), Noise(), tmp_path / "halves", settings)
    assert (second.step, second.items_read) == (3, 6)
    halves += second.run()
    assert halves == losses
    assert len(losses) == 6
    for (name, one), (_, other) in zip(
        straight.injected.named_parameters(), second.injected.named_parameters(), strict=True
    ):
        assert torch.equal(one, other), name
    assert all(torch.equal(value, second.average.values[name]) for name, value in straight.average.values.items())
    kept = straight.injected.base.state_dict()
    same = all(torch.equal(value, kept[name]) for name, value in base_before.items())
    assert same is not train_base
    folders = sorted(path.name for path in (tmp_path / "halves").iterdir())
    assert folders == ["step-0000003", "step-0000006"]
    held = {path.name for path in (tmp_path / "halves" / "step-0000006").iterdir()}
    assert held == {"weights.safetensors", "average.safetensors", "optimiser.safetensors", "state.json"}
    shipped = second.averaged()
    name = next(iter(second.average.values))
    assert torch.equal(dict(shipped.named_parameters())[name], second.average.values[name])


def test_a_broken_checkpoint_is_refused_and_a_half_written_one_ignored(tmp_path: Path) -> None:
    from foleydesigner.generator.training.trainer import Trainer

    Trainer(model(), Noise(), tmp_path, SETTINGS).run(until=3)
    (tmp_path / ".step-0000004.part").mkdir()
    (tmp_path / "step-0000005").mkdir()
    assert Trainer(model(), Noise(), tmp_path, SETTINGS).step == 3
    weights = tmp_path / "step-0000003" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(CheckpointError, match="cannot be resumed from"):
        Trainer(model(), Noise(), tmp_path, SETTINGS)


def test_the_script_goes_from_clips_to_an_engine(tmp_path: Path, tiny_t5: Path) -> None:
    from safetensors.torch import load_file, save_model

    from foleydesigner.generator.dit.weights import build
    from foleydesigner.generator.learned import EngineOptions, load
    from foleydesigner.generator.training.train_injection import main

    base, data, out = tmp_path / "base", tmp_path / "clips", tmp_path / "run"
    shutil.copytree(tiny_t5, base / "t5-base")
    config = lean(stable_audio_open_small(), width=32, heads=1)
    (base / "model_config.json").write_text(json.dumps(config))
    save_model(build(config, base, "base"), str(base / "model.safetensors"))
    data.mkdir()
    for name in "ab":
        said = {"caption": "rain falls", "frame_rate_hz": 24, "azimuth_deg": [20] * 24, "depth_m": [2] * 24}
        (data / f"{name}.json").write_text(json.dumps(said | {"active_ms": [[0, 900]]}))
        write_wav(data / f"{name}.wav", np.random.default_rng(0).normal(size=(2, 44_100)).astype(np.float32), 44_100)
    line = ["--base", str(base), "--data", str(data), "--out", str(out), "--batch", "1", "--seconds", "1"]
    assert main([*line, "--steps", "2", "--train-base"]) == 0
    assert len((out / "losses.jsonl").read_text().splitlines()) == 1
    engine = load(str(out / "injection"), EngineOptions(steps=1))
    assert engine._model.follows_positions
    # the trained backbone lies beside its injections, in the names that it was published with
    assert set(load_file(out / "injection" / "model.safetensors")) >= set(load_file(base / "model.safetensors"))
    assert main(["--base", str(tmp_path), "--data", str(data), "--out", str(out)]) == CheckpointError.exit_code


def test_two_processes_take_one_step_together(tmp_path: Path) -> None:
    """By torchrun's own environment: gradients are averaged, and only the first process writes."""
    program = tmp_path / "two.py"
    program.write_text(
        "import sys, pathlib\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_trainer as t\n"
        "from foleydesigner.generator.training.trainer import Trainer\n"
        "trainer = Trainer(t.model(), t.Noise(), pathlib.Path(sys.argv[1]), t.SETTINGS)\n"
        "losses = trainer.run(until=2)\n"
        "total = sum(float(p.double().sum()) for p in trainer.injected.own_parameters())\n"
        "print('SAID', trainer.items_read, losses[-1], total)\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    world |= {"ACCELERATE_USE_CPU": "true", "PYTHONWARNINGS": "ignore"}
    started = [
        subprocess.Popen(
            [sys.executable, str(program), str(tmp_path / "run")],
            env={**os.environ, **world, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        ended = [process.communicate(timeout=400) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    said = [[line for line in out.splitlines() if line.startswith("SAID")] for out, _ in ended]
    assert said[0] == said[1] != [], ended
    assert said[0][0].split()[1] == "8"
    assert [path.name for path in sorted((tmp_path / "run").iterdir())] == ["step-0000002"]
