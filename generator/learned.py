"""Engines whose sounds a network makes: which there are, whether one can be had, and loading it once."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from foleydesigner.errors import EngineError, MissingExtraError

if TYPE_CHECKING:
    from foleydesigner.config import Settings
    from foleydesigner.generator.generative import GenerativeEngine
    from foleydesigner.generator.sound_model import SoundModel

NAMED = {
    "sao": "stabilityai/stable-audio-open-1.0",
    "sao-small": "stabilityai/stable-audio-open-small",
    "sa3-sfx": "stabilityai/stable-audio-3-small-sfx",
}
"""Engines by name, and the weights that the hub has for them."""
OWN = {"dit-nano": Path(__file__).parent / "nano" / "dit"}
"""Engines by name whose weights come with the package; model.md beside them says what is known of them."""
INJECTION, STABLE_AUDIO, DIFFUSERS = "injection.json", "model_config.json", "model_index.json"
_NEEDED = {STABLE_AUDIO: ("torch", "stable_audio_tools", "transformers"), DIFFUSERS: ("torch", "diffusers")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What a person may set; None = as the weights are published.

    Attributes:
        steps: passes of the denoiser.
        text_scale: guidance by text.
        position_scale: guidance by position.
        candidates: takes made of each event, of which the best is kept.
        batch: sounds made at once; None = by device.
    """

    steps: int | None = None
    text_scale: float | None = None
    position_scale: float | None = None
    candidates: int = 2
    batch: int | None = None

    @classmethod
    def of(cls, settings: Settings | None) -> EngineOptions:
        """Those of a job."""
        if settings is None:
            return cls()
        return cls(
            steps=settings.engine_steps,
            text_scale=settings.engine_text_scale,
            position_scale=settings.engine_position_scale,
            candidates=settings.engine_candidates,
            batch=settings.engine_batch,
        )


def names() -> tuple[str, ...]:
    """All that have a name."""
    return tuple(sorted({*NAMED, *OWN}))


def folder_of(name: str) -> Path | None:
    """Where an engine's weights are on this disk; None for those of the hub."""
    return Path(name).expanduser() if is_folder(name) else OWN.get(name)


def is_folder(name: str) -> bool:
    """Whether an engine's name is meant as a folder: it has a separator in it, or begins with a dot."""
    return name.startswith((".", "~")) or "/" in name or os.sep in name


def check(name: str) -> None:
    """Refuse what cannot be loaded, without loading it.

    Args:
        name: one of `names()`, or a folder.

    Raises:
        MissingExtraError: packages are missing.
        EngineError: the folder is none, or holds no weights that an engine knows.
    """
    needed = _NEEDED[DIFFUSERS if _kind_named(name) == DIFFUSERS else STABLE_AUDIO]
    missing = [package for package in needed if not find_spec(package)]
    if missing:
        raise MissingExtraError(
            f"--engine {name} needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            "the `dit` extra",
            "run `uv sync --extra dit`, or pass --engine procedural",
        )


def kind_of(folder: Path) -> str:
    """Which of `INJECTION`, `STABLE_AUDIO`, `DIFFUSERS` a folder holds, the first that it has.

    Raises:
        EngineError: none of them.
    """
    if folder.is_dir():
        for kind in (INJECTION, STABLE_AUDIO, DIFFUSERS):
            if (folder / kind).is_file():
                return kind
    what = "holds no weights" if folder.is_dir() else "is not a folder"
    raise EngineError(
        f"engine {folder} {what}",
        f"a folder with {INJECTION}, {STABLE_AUDIO} or {DIFFUSERS}",
        "pass --engine FOLDER, or one of " + ", ".join(names()),
    )


def _kind_named(name: str) -> str:
    """As `kind_of`, also of what the hub has."""
    folder = folder_of(name)
    return kind_of(folder) if folder else DIFFUSERS if name == "sa3-sfx" else STABLE_AUDIO


@functools.lru_cache(maxsize=1)
def load(name: str, options: EngineOptions) -> GenerativeEngine:
    """The engine of that name or folder; the last one loaded is kept.

    Raises:
        MissingExtraError: packages are missing.
        CheckpointError: weights are missing, gated, broken, of another kind, or too large for this machine.
        EngineError: the folder is none.
    """
    from foleydesigner.generator.generative import GenerativeEngine

    check(name)
    model, on_gpu = _model(name, options)
    batch = options.batch or (16 if on_gpu else 4)
    label = "dit" if is_folder(name) else name
    return GenerativeEngine(label, model, candidates=options.candidates, batch=batch)


def load_model(name: str, options: EngineOptions) -> SoundModel:
    """The bare model behind an engine, for who measures it; raises as `load`."""
    check(name)
    return _model(name, options)[0]


def _model(name: str, options: EngineOptions) -> tuple[SoundModel, bool]:
    import torch

    from foleydesigner.generator.dit.hub import LICENCE
    from foleydesigner.generator.dit.injection_files import load_injection, read_injection
    from foleydesigner.generator.dit.sampling import SamplingPlan
    from foleydesigner.generator.dit.sound_model import StableAudioModel
    from foleydesigner.generator.dit.weights import load_base

    device = "cuda" if torch.cuda.is_available() else "cpu"
    folder, kind = folder_of(name), _kind_named(name)
    if kind == DIFFUSERS:
        from foleydesigner.generator.dit.stable_audio_3 import load_stable_audio_3

        return load_stable_audio_3(str(folder or NAMED[name]), options, device), device == "cuda"
    source, licence = str(folder or NAMED[name]), LICENCE
    if folder and kind == INJECTION:
        said = read_injection(folder)
        licence = str(said.get("licence") or LICENCE)
        beside = folder / said["base"]
        own = (folder / STABLE_AUDIO).is_file()
        source = str(folder if own else beside if beside.is_dir() else said["base"])
    base = load_base(source, device)
    injected = load_injection(base, folder) if folder and kind == INJECTION else None
    usual = base.usual_plan
    plan = SamplingPlan(
        steps=options.steps or usual.steps,
        text_scale=usual.text_scale if options.text_scale is None else options.text_scale,
        position_scale=usual.position_scale if options.position_scale is None else options.position_scale,
    )
    model = StableAudioModel(base, injected, plan, licence)
    if name in OWN:
        model.name = name  # a take's record is no place for where the package lies
    return model, device == "cuda"
