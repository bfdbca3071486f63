"""Injections as files of their own: injection.safetensors, and injection.json with what they were made for."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from foleydesigner.errors import CheckpointError
from foleydesigner.files import atomic_path, write_json
from foleydesigner.generator.dit.config import BackboneShape, InjectionConfig
from foleydesigner.generator.dit.model import InjectedDiT
from foleydesigner.generator.dit.weights import Base, kept, match_state, read_json

INJECTION, INJECTION_WEIGHTS = "injection.json", "injection.safetensors"
FORMAT = 1


def save_injection(
    injected: InjectedDiT, folder: Path, *, base: str, licence: str, notes: dict[str, Any], half: bool = False
) -> None:
    """Write encoder and injections: injection.safetensors, and injection.json beside it.

    Args:
        injected: what was trained.
        folder: made where it is not there; files are replaced one after the other, the JSON last.
        base: folder or hub name of the backbone that it was trained on.
        licence: of these weights; they derive from the backbone's.
        notes: what else is to be known of them (steps, data), as JSON.
        half: whether matrices are kept in 16 bits.
    """
    from safetensors.torch import save_file

    state = {name: kept(name, value, half) for name, value in injected.own_state().items()}
    with atomic_path(folder / INJECTION_WEIGHTS) as temporary:
        save_file(state, temporary, {"format": "pt"})
    said = {
        "format": FORMAT,
        "base": base,
        "licence": licence,
        "backbone": asdict(injected.shape),
        "injection": injected.config.to_json(),
        "notes": notes,
    }
    write_json(folder / INJECTION, said)


def read_injection(folder: Path) -> dict[str, Any]:
    """injection.json of a folder: `base`, `licence`, `backbone`, `injection`, `notes`.

    Raises:
        CheckpointError: it is missing, broken, or of another format.
    """
    said = read_json(folder / INJECTION)
    if said.get("format") != FORMAT or not isinstance(said.get("base"), str):
        raise CheckpointError(
            f"{folder / INJECTION} of format {said.get('format')!r}", f"format {FORMAT}", "copy the checkpoint again"
        )
    return said


def load_injection(base: Base, folder: Path) -> InjectedDiT:
    """Put the injections of a folder into a loaded backbone; its `model.model` is the injected one afterwards.

    Raises:
        CheckpointError: they were made for another backbone, or are broken.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from foleydesigner.generator.dit.backbones import inject_stable_audio, stable_audio_backbone

    said = read_injection(folder)
    config = InjectionConfig.from_json(said.get("injection"), str(folder / INJECTION))
    shape = asdict(stable_audio_backbone(base.model).shape)
    _check_shape(said.get("backbone"), shape, folder, base.source)
    try:
        state = load_file(folder / INJECTION_WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder / INJECTION_WEIGHTS} cannot be read ({error})", "a safetensors file", "copy the checkpoint again"
        ) from error
    injected = inject_stable_audio(base.model, config)
    match_state(injected.own_state(), state, str(folder / INJECTION_WEIGHTS))
    injected.load_state_dict(state, strict=False)
    injected.eval().requires_grad_(False)
    return injected


def _check_shape(asked: object, found: dict[str, Any], folder: Path, source: str) -> None:
    if isinstance(asked, dict) and asked == found:
        return
    known = asked if isinstance(asked, dict) else {}
    try:
        wanted = asdict(BackboneShape(**known))
    except TypeError:
        wanted = {}
    differences = [
        f"{name} {wanted.get(name)} there, {value} here" for name, value in found.items() if wanted.get(name) != value
    ]
    raise CheckpointError(
        f"the injections of {folder} were made for another backbone than {source} ({'; '.join(differences)})",
        "the backbone that their injection.json names",
        "put the right base into injection.json, or train injections for this one",
    )
