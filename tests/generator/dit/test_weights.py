"""Backbones and injections as files: saved, loaded, refused."""

from __future__ import annotations

import gc
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.generator.dit.config import InjectionConfig
from foleydesigner.generator.dit.configs import SAO_SMALL, lean, stable_audio_open, stable_audio_open_small
from foleydesigner.generator.dit.positions import FramePositions

torch = pytest.importorskip("torch")
pytest.importorskip("stable_audio_tools")
pytestmark = pytest.mark.learned

SMALL = InjectionConfig(features=16, channels=32, head_channels=16, heads=2, hidden=32)


def written(folder: Path, config: dict[str, Any], tiny_t5: Path) -> Path:
    """A randomly initialised model of a configuration, in the files that are published, its text encoder beside it."""
    from safetensors.torch import save_model

    from foleydesigner.generator.dit.weights import build

    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(tiny_t5, folder / "t5-base", dirs_exist_ok=True)
    (folder / "model_config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.manual_seed(0)
    save_model(build(config, folder, str(folder)), str(folder / "model.safetensors"))
    gc.collect()
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, tiny_t5: Path) -> Path:
    return written(tmp_path_factory.mktemp("small"), lean(stable_audio_open_small()), tiny_t5)


def still(frames: int = 24) -> FramePositions:
    ones = np.ones(frames, np.float32)
    return FramePositions(azimuth_deg=30 * ones, depth_m=2 * ones, activation=ones, frame_rate_hz=24.0)


@pytest.mark.parametrize("config", [stable_audio_open, stable_audio_open_small])
def test_a_model_comes_back_as_it_was_saved(
    tmp_path: Path, tiny_t5: Path, config: Callable[[], dict[str, Any]]
) -> None:
    from safetensors.torch import load_file

    from foleydesigner.generator.dit.stable_audio import quiet
    from foleydesigner.generator.dit.weights import load_base

    folder = written(tmp_path / "model", lean(config()), tiny_t5)
    base = load_base(str(folder))
    kept = load_file(folder / "model.safetensors")
    assert all(torch.equal(value, kept[name]) for name, value in base.model.state_dict().items() if name in kept)
    assert base.objective == ("v" if config is stable_audio_open else "rf_denoiser")
    assert not any(parameter.requires_grad for parameter in base.model.parameters())
    tokens = 128 if config is stable_audio_open else 64
    with quiet():
        said = base.model.conditioner([{"prompt": "rain falls", "seconds_start": 0, "seconds_total": 2}], "cpu")
        text, mask = said["prompt"]
        # padded text is zeroed; the attention itself ignores masks
        assert text.shape[1] == tokens
        assert int(mask.sum()) == 3
        assert not text[0, 3:].any()
        assert text[0, :3].any(dim=-1).all()
        assert base.model.generate(
            steps=2, cfg_scale=1.0, conditioning_tensors=said, sample_size=20480, seed=1, device="cpu"
        ).shape == (1, 2, 20480)


def test_stable_audio_open_small_at_full_width(tmp_path: Path, tiny_t5: Path) -> None:
    """The true configuration, saved and loaded, injected, and asked for one step of half a second of sound."""
    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.dit.injection_files import load_injection, save_injection
    from foleydesigner.generator.dit.stable_audio import quiet
    from foleydesigner.generator.dit.weights import load_base

    begin = time.process_time()
    folder = written(tmp_path / "sao-small", stable_audio_open_small(), tiny_t5)
    base = load_base(str(folder))
    counted = sum(parameter.numel() for parameter in base.model.model.parameters())
    assert counted == pytest.approx(341e6, rel=0.01)  # the published size of its DiT
    said = {"conditioning": [{"prompt": "glass breaks", "seconds_total": 1}], "sample_size": 22528, "seed": 1}
    with quiet():
        alone = base.model.generate(steps=1, cfg_scale=1.0, device="cpu", sampler_type="pingpong", **said)
    injected = inject_stable_audio(base.model, InjectionConfig())
    assert sorted(map(int, injected.injections)) == [3, 7, 11, 15]
    assert injected.shape.latent_rate_hz == pytest.approx(21.53, abs=0.01)
    save_injection(injected, tmp_path / "injection", base=SAO_SMALL, licence="none", notes={})
    del injected, base
    gc.collect()
    base = load_base(str(folder))
    injected = load_injection(base, tmp_path / "injection")
    where = injected.encode([still()], 11)
    with quiet():
        again = base.model.generate(
            steps=1, cfg_scale=1.0, device="cpu", sampler_type="pingpong", position=where, **said
        )
    assert torch.equal(alone, again)
    assert time.process_time() - begin < 90  # of a processor: the machine may be busy
    status = Path("/proc/self/status")
    if status.exists():  # its own memory; pages of the file that was read count as the process's too, but not as taken
        own_kb = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("RssAnon"))
        assert own_kb < 5_000_000


def test_injections_come_back_as_they_were_saved(tmp_path: Path, small: Path) -> None:
    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.dit.injection_files import load_injection, read_injection, save_injection
    from foleydesigner.generator.dit.weights import load_base

    injected = inject_stable_audio(load_base(str(small)).model, SMALL)
    with torch.no_grad():
        for parameter in injected.own_parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(parameter.numel()))
    save_injection(injected, tmp_path / "own", base=str(small), licence="ours", notes={"steps": 7})
    said = read_injection(tmp_path / "own")
    assert (said["base"], said["licence"], said["notes"]) == (str(small), "ours", {"steps": 7})
    back = load_injection(load_base(str(small)), tmp_path / "own")
    assert back.config == SMALL
    state = back.own_state()
    assert all(torch.equal(value, state[name]) for name, value in injected.own_state().items())
    assert torch.equal(injected.encode([still()], 9), back.encode([still()], 9))
    assert not (tmp_path / "own" / ".injection.json.part").exists()


@pytest.mark.parametrize("damage", ["base", "json", "weights", "missing", "renamed", "format"])
def test_injections_that_do_not_fit_are_refused(tmp_path: Path, small: Path, tiny_t5: Path, damage: str) -> None:
    from safetensors.torch import load_file, save_file

    from foleydesigner.generator.dit.backbones import inject_stable_audio
    from foleydesigner.generator.dit.injection_files import load_injection, save_injection
    from foleydesigner.generator.dit.weights import load_base

    own, base = tmp_path / "own", str(small)
    injected = inject_stable_audio(load_base(base).model, SMALL)
    save_injection(injected, own, base=base, licence="ours", notes={})
    words = {
        "base": "another backbone.*depth 4 there, 8 here",
        "json": "cannot be read",
        "weights": "cannot be read",
        "missing": "cannot be read",
        "renamed": "do not fit",
        "format": "of format 9",
    }
    if damage == "base":
        base = str(written(tmp_path / "deep", lean(stable_audio_open_small(), depth=8), tiny_t5))
    if damage == "json":
        (own / "injection.json").write_text("{", encoding="utf-8")
    if damage == "weights":
        (own / "injection.safetensors").write_bytes((own / "injection.safetensors").read_bytes()[:1000])
    if damage == "missing":
        (own / "injection.safetensors").unlink()
    if damage == "renamed":
        state = load_file(own / "injection.safetensors")
        save_file(
            {name.replace("narrow", "wide"): value for name, value in state.items()}, own / "injection.safetensors"
        )
    if damage == "format":
        said = json.loads((own / "injection.json").read_text("utf-8"))
        (own / "injection.json").write_text(json.dumps(said | {"format": 9}), encoding="utf-8")
    with pytest.raises(CheckpointError, match=words[damage]):
        load_injection(load_base(base), own)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("no config", "model_config.json cannot be read"),
        ("no weights", "has no model.safetensors"),
        ("cut", "no whole safetensors|cannot be read"),
        ("text", "no whole safetensors"),
        ("another config", "do not fit its configuration"),
        ("another kind", "describes a"),
        ("no diffusion", "has no 'diffusion'"),
        ("bad conditioner", "cannot be built"),
        ("no text encoder", "text encoder"),
    ],
)
def test_backbones_that_cannot_be_used_are_refused(tmp_path: Path, small: Path, damage: str, words: str) -> None:
    from foleydesigner.generator.dit.weights import load_base

    folder = Path(shutil.copytree(small, tmp_path / "copy"))
    config, weights = folder / "model_config.json", folder / "model.safetensors"
    said = json.loads(config.read_text("utf-8"))
    if damage == "no config":
        config.unlink()
    elif damage == "no weights":
        weights.unlink()
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "text":
        weights.write_text("<html>", encoding="utf-8")
    elif damage == "no text encoder":
        shutil.rmtree(folder / "t5-base")
    else:
        if damage == "another config":
            said["model"]["diffusion"]["config"]["depth"] = 5
        elif damage == "another kind":
            said["model_type"] = "lm"
        elif damage == "no diffusion":
            del said["model"]["diffusion"]
        else:
            said["model"]["conditioning"]["configs"][1]["type"] = "pretransform"
        config.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(CheckpointError, match=words):
        load_base(str(folder))


def test_weights_that_are_not_here_name_the_licence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub
    from huggingface_hub import errors

    from foleydesigner.generator.dit.weights import load_base

    def refuse(kind: type[Exception]) -> Callable[..., Any]:
        def download(*_: Any, **__: Any) -> Any:
            error = kind.__new__(kind)
            Exception.__init__(error, "no")
            raise error

        return download

    for kind, words in (
        (errors.GatedRepoError, "is gated, and its licence is yours"),
        (errors.RepositoryNotFoundError, "is not on the hub"),
        (errors.LocalEntryNotFoundError, "the hub cannot be reached"),
    ):
        monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse(kind))
        with pytest.raises(CheckpointError, match=words) as caught:
            load_base(SAO_SMALL)
        assert f"https://huggingface.co/{SAO_SMALL}" in caught.value.next_step
        assert "hf auth login" in caught.value.next_step
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="neither a folder nor a name"):
        load_base(str(tmp_path / "nowhere"))


def test_too_little_memory_and_a_missing_extra_get_one_line(monkeypatch: pytest.MonkeyPatch, small: Path) -> None:
    from foleydesigner.generator.dit import memory, stable_audio
    from foleydesigner.generator.dit.weights import load_base

    monkeypatch.setattr(memory, "available_bytes", lambda device: 1000)
    with pytest.raises(CheckpointError, match=r"takes about 0\.0 GB of cpu memory.*close other programs"):
        load_base(str(small))

    def absent(name: str) -> Any:
        raise ModuleNotFoundError("no", name="torch")

    monkeypatch.setattr(stable_audio, "import_module", absent)
    with pytest.raises(MissingExtraError, match="uv sync --extra dit"):
        load_base(str(small))
