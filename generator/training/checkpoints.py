"""Checkpoints that a run resumes from exactly: safetensors and JSON, written to a temporary folder and renamed.

A folder `step-0000500/` holds weights.safetensors (what is trained), average.safetensors, optimiser.safetensors
(AdamW's two moments by parameter name) and state.json (step, items read, settings). Noise and drops of a step are drawn
from its number, so that no generator has to be kept.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foleydesigner.errors import CheckpointError

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

    from foleydesigner.generator.training.average import WeightAverage

FORMAT = 1
_MOMENTS = ("exp_avg", "exp_avg_sq")


def trained(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """Parameters that are trained, by name."""
    return [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]


def save(
    folder: Path, model: nn.Module, optimiser: Optimizer, average: WeightAverage, state: dict[str, Any], keep: int
) -> Path:
    """Write the checkpoint of `state["step"]`, then remove all but the newest `keep`."""
    from safetensors.torch import save_file

    target = folder / f"step-{state['step']:07d}"
    part = folder / f".{target.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    names = {id(parameter): name for name, parameter in trained(model)}
    moments: dict[str, Tensor] = {}
    steps: dict[str, int] = {}
    for parameter, held in optimiser.state.items():
        name = names[id(parameter)]
        moments |= {f"{moment}/{name}": _plain(held[moment]) for moment in _MOMENTS}
        steps[name] = int(held["step"])
    save_file({name: _plain(parameter) for name, parameter in trained(model)}, part / "weights.safetensors")
    save_file({name: _plain(value) for name, value in average.values.items()}, part / "average.safetensors")
    save_file(moments, part / "optimiser.safetensors")
    said = state | {"format": FORMAT, "average_updates": average.updates, "optimiser_steps": steps}
    (part / "state.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
    for old in _all(folder)[:-keep]:
        shutil.rmtree(old)
    return target


def newest(folder: Path) -> Path | None:
    """The last whole checkpoint of a run, if there is one."""
    found = _all(folder)
    return found[-1] if found else None


def load(place: Path, model: nn.Module, optimiser: Optimizer, average: WeightAverage) -> dict[str, Any]:
    """Put a checkpoint's weights, moments and average back in place; gives its state.json.

    Raises:
        CheckpointError: it is broken, or of another model.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state: dict[str, Any] = json.loads((place / "state.json").read_text("utf-8"))
        weights, kept, moments = (
            load_file(place / f"{name}.safetensors") for name in ("weights", "average", "optimiser")
        )
        if state["format"] != FORMAT or {name for name, _ in trained(model)} != set(weights):
            raise KeyError("other names or another format")
        with torch.no_grad():
            for name, parameter in trained(model):
                parameter.copy_(weights[name])
                if name in state["optimiser_steps"]:
                    optimiser.state[parameter] = {
                        "step": torch.tensor(float(state["optimiser_steps"][name])),
                        **{m: moments[f"{m}/{name}"].to(parameter.device, parameter.dtype) for m in _MOMENTS},
                    }
            average.load(kept, int(state["average_updates"]))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"{place} cannot be resumed from ({type(error).__name__}: {str(error)[:120]})",
            "a whole checkpoint of the same model and settings",
            "remove that folder to go on from the one before it",
        ) from error
    return state


def _plain(value: Tensor) -> Tensor:
    return value.detach().cpu().contiguous()


def _all(folder: Path) -> list[Path]:
    found: Iterable[Path] = folder.glob("step-*") if folder.is_dir() else ()
    return sorted(place for place in found if (place / "state.json").is_file())
