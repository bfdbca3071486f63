"""Loading a published backbone from a folder or the hub.

safetensors throughout; a `.ckpt` is read with `weights_only`. The published weights stand under the Stability AI
Community Licence behind a gate on the hub: whoever downloads them accepts it, and nothing here does that for them.
"""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from foleydesigner.errors import CheckpointError
from foleydesigner.files import atomic_path, write_json
from foleydesigner.generator.dit.hub import fetched
from foleydesigner.generator.dit.memory import check_memory, safetensors_numbers
from foleydesigner.generator.dit.sampling import SamplingPlan, usual_plan
from foleydesigner.generator.dit.stable_audio import quiet, require

if TYPE_CHECKING:
    from torch import Tensor

CONFIG, WEIGHTS, OLD_WEIGHTS = "model_config.json", "model.safetensors", "model.ckpt"
_CONFIG_LIMIT_BYTES = 1_000_000
NANO = "foley_nano"
"""The kind of autoencoder that is ours, in a model_config.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A backbone with its autoencoder and conditioners, loaded.

    Attributes:
        source: folder or hub name.
        config: its model_config.json.
        model: stable-audio-tools' `ConditionedDiffusionModelWrapper`.
    """

    source: str
    config: dict[str, Any]
    model: Any

    @property
    def objective(self) -> str:
        """`v`, `rectified_flow` or `rf_denoiser`."""
        return str(self.model.diffusion_objective)

    @property
    def is_nano(self) -> bool:
        """Whether its autoencoder is ours."""
        return bool(self.config["model"]["pretransform"]["type"] == NANO)

    @property
    def usual_plan(self) -> SamplingPlan:
        """How it is sampled unless a person says otherwise."""
        if self.is_nano:
            from foleydesigner.generator.nano.model import PLAN

            return PLAN
        return usual_plan(self.objective)

    @property
    def longest_samples(self) -> int:
        """Samples that it was trained to make at once."""
        return int(self.config["sample_size"])


def load_base(source: str, device: str = "cpu") -> Base:
    """Load a backbone of stable-audio-tools by its folder, or by its hub name.

    A folder holds model_config.json and model.safetensors (or model.ckpt). The text encoder is read from a folder of
    its name inside, where there is one (`t5-base/`), else from the hub's cache or the hub.

    Raises:
        MissingExtraError: the `dit` extra is not installed.
        CheckpointError: weights are missing, gated, broken, of another kind, or too large for this machine.
    """
    require()
    folder = Path(source)
    if folder.is_dir():
        config_path, weights = folder / CONFIG, _weights_in(folder)
    else:
        config_path = fetched(source, CONFIG)
        weights = fetched(source, WEIGHTS, OLD_WEIGHTS)
    config = _read_config(config_path)
    if weights.suffix == ".safetensors":
        check_memory(safetensors_numbers(weights), 4, device, source)
    model = build(config, folder if folder.is_dir() else None, source)
    _fill(model, weights, source)
    return Base(source=source, config=config, model=model.eval().requires_grad_(False).to(device))


def save_base(base: Base, folder: Path, *, half: bool = False) -> None:
    """Write a backbone as it was published, without injections: configuration, weights, a text encoder beside them.

    `half` keeps matrices in 16 bits; they are loaded in single precision all the same.
    """
    from safetensors.torch import save_file

    state = {}
    for name, value in base.model.state_dict().items():
        if name.startswith(("model.encoder.", "model.injections.")):
            continue
        plain = name.replace("model.base.", "model.", 1) if name.startswith("model.base.") else name
        state[plain] = kept(plain, value, half)
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file(state, temporary, {"format": "pt"})
    write_json(folder / CONFIG, base.config)
    for conditioner in base.config["model"]["conditioning"]["configs"]:
        name = str(conditioner["config"].get("t5_model_name", ""))
        if name and (Path(base.source) / name).is_dir():
            shutil.copytree(Path(base.source) / name, folder / name, dirs_exist_ok=True)


def kept(name: str, value: Tensor, half: bool) -> Tensor:
    """A tensor as a file holds it: with `half`, matrices in 16 bits; what latents and positions are scaled by never."""
    plain = value.detach().cpu().contiguous().clone()
    exact = value.ndim < 2 or not value.is_floating_point() or ".bottleneck." in name or name.endswith("frequencies")
    return plain if exact or not half else plain.half()


def _weights_in(folder: Path) -> Path:
    for name in (WEIGHTS, OLD_WEIGHTS):
        if (folder / name).is_file():
            return folder / name
    raise CheckpointError(
        f"{folder} has no {WEIGHTS}", f"{CONFIG} and {WEIGHTS}", "download the whole repository: `hf download NAME`"
    )


def read_json(path: Path) -> dict[str, Any]:
    """An object out of a small JSON file.

    Raises:
        CheckpointError: it is missing, large, or no object.
    """
    try:
        if path.stat().st_size > _CONFIG_LIMIT_BYTES:
            raise ValueError(f"{path.stat().st_size} bytes")
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({error})", "JSON", "copy the checkpoint again") from error
    if not isinstance(data, dict):
        raise CheckpointError(f"{path} holds no object", "JSON as published", "copy the checkpoint again")
    return data


def _read_config(path: Path) -> dict[str, Any]:
    config = read_json(path)
    try:
        kind = (config["model_type"], config["model"]["diffusion"]["type"], config["model"]["pretransform"]["type"])
        rates = (config["sample_rate"], config["sample_size"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} has no {error}", "a text-conditioned DiT of stable-audio-tools", "name another checkpoint"
        ) from error
    if (
        kind[:2] != ("diffusion_cond", "dit")
        or kind[2] not in ("autoencoder", NANO)
        or not all(type(r) is int and r > 0 for r in rates)
    ):
        raise CheckpointError(
            f"{path} describes a {' / '.join(map(str, kind))}",
            "a diffusion_cond / dit / autoencoder of stable-audio-tools",
            "name another checkpoint",
        )
    return config


def build(config: dict[str, Any], folder: Path | None, source: str) -> Any:
    """The model of a configuration, with its text encoder loaded and everything else at random."""
    config = copy.deepcopy(config)
    try:
        if config["model"]["pretransform"]["type"] == NANO:
            from foleydesigner.generator.nano.model import build_nano

            return build_nano(config)
        with quiet():
            from stable_audio_tools.models.conditioners import T5Conditioner
            from stable_audio_tools.models.factory import create_model_from_config

            for conditioner in config["model"]["conditioning"]["configs"]:
                if conditioner["type"] not in ("t5", "number", "int", "list"):
                    raise ValueError(f"conditioner {conditioner['type']} is not supported")
                own = folder / conditioner["config"].get("t5_model_name", "") if folder else None
                if conditioner["type"] == "t5" and own is not None and own.is_dir() and own != folder:
                    # The library knows its text encoders by name, with their widths.
                    T5Conditioner.T5_MODEL_DIMS[str(own)] = int(read_json(own / "config.json")["d_model"])
                    if str(own) not in T5Conditioner.T5_MODELS:
                        T5Conditioner.T5_MODELS.append(str(own))
                    conditioner["config"]["t5_model_name"] = str(own)
            model = create_model_from_config(config)
            for conditioner in model.conditioner.conditioners.values():
                if hasattr(conditioner, "tokenizer"):
                    conditioner.model.float()  # half precision is for GPUs
        return model
    except OSError as error:  # transformers: neither cached nor reachable
        raise CheckpointError(
            f"the text encoder of {source} cannot be loaded ({(str(error).splitlines() or ['?'])[0][:160]})",
            "t5-base in the hub's cache, or a folder t5-base/ beside the weights",
            "run `hf download google-t5/t5-base --local-dir FOLDER/t5-base`",
        ) from error
    # The library asserts and indexes its way through a configuration; each failure means the same.
    except (AssertionError, KeyError, TypeError, ValueError, NotImplementedError, RuntimeError) as error:
        raise CheckpointError(
            f"the configuration of {source} cannot be built ({type(error).__name__}: {error})",
            "a model_config.json as published",
            "name another checkpoint",
        ) from error


def _fill(model: Any, weights: Path, source: str) -> None:
    """Load the weights; every one has to be there, in its shape."""
    import torch
    from safetensors import SafetensorError, safe_open

    own = model.state_dict()
    try:
        if weights.suffix == ".safetensors":
            # One tensor at a time: a second copy of everything need not fit.
            with safe_open(weights, framework="pt") as file, torch.no_grad():
                match_state(own, {n: _Shaped(tuple(file.get_slice(n).get_shape())) for n in file.keys()}, source)  # noqa: SIM118
                for name, value in own.items():
                    value.copy_(file.get_tensor(name))
            return
        state = torch.load(weights, map_location="cpu", weights_only=True, mmap=True)["state_dict"]
    except CheckpointError:
        raise
    except Exception as error:
        # torch raises pickle's and its own errors for broken files, each with the same meaning
        if not isinstance(error, OSError | SafetensorError | RuntimeError | KeyError | ValueError | EOFError):
            name = type(error).__module__.split(".")[0]
            if name not in {"_pickle", "pickle", "zipfile"}:
                raise
        raise CheckpointError(
            f"{weights} cannot be read ({(str(error).splitlines() or ['?'])[0][:120]})",
            "weights as published",
            "download them again",
        ) from error
    match_state(own, state, source)
    model.load_state_dict(state, strict=True)


class _Shaped(NamedTuple):
    """A tensor in a file, known by its shape."""

    shape: tuple[int, ...]


def match_state(own: dict[str, Any], found: dict[str, Any], source: str) -> None:
    """Hold the weights that were found against those that a model has.

    Raises:
        CheckpointError: with the first name that is missing, unknown, or of another shape.
    """
    wrong = [f"{n} is missing" for n in own if n not in found] + [f"{n} is unknown" for n in found if n not in own]
    wrong += [
        f"{n} is {tuple(found[n].shape)}, not {tuple(own[n].shape)}"
        for n in own
        if n in found and found[n].shape != own[n].shape
    ]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise CheckpointError(
            f"the weights of {source} do not fit its configuration: {wrong[0]}{more}",
            "weights and configuration of one model",
            "download both again",
        )
