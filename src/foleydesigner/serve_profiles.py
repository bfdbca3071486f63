"""Which models are served together, and the command line that vLLM is started with for each."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from foleydesigner.errors import ConfigurationError, ServingError

VLLM_VERSION = "0.32.0"
"""The release that the tiny-server proof (docs/serving.md) runs against."""
UVX_PYTHON = "3.12"
PIXELS_PER_IMAGE = 768 * 28 * 28
"""A picture becomes at most 768 tokens (28 x 28 px each): 1024 x 576 px of a film frame."""


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """One server: its model, the minds that it serves, and what a prompt may hold."""

    name: str
    model: str
    """Name on the hub, or a folder."""
    minds: tuple[str, ...]
    """Which FOLEY_<MIND>_URL point to it."""
    images: int = 0
    """Pictures in one prompt at most."""
    audios: int = 0
    """Sounds in one prompt at most."""
    context: int = 16384
    """Tokens of prompt and reply together."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Servers that run together."""

    name: str
    summary: str
    servers: tuple[ServedModel, ...]


_AUDIO = ServedModel(name="audio", model="Qwen/Qwen2-Audio-7B-Instruct", minds=("audio",), audios=4, context=8192)
_VISION = ServedModel(name="vision", model="Qwen/Qwen2.5-VL-7B-Instruct", minds=("vision", "text"), images=16)
_SMALL = replace(_VISION, model="Qwen/Qwen2.5-VL-3B-Instruct")
_OMNI = ServedModel(
    name="omni",
    model="Qwen/Qwen2.5-Omni-7B",
    minds=("vision", "text", "audio", "omni"),
    images=16,
    audios=4,
)
PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="paper",
            summary="vision and text 7B, audio 7B: 48 GB on one GPU, or 24 GB on each of two",
            servers=(_VISION, _AUDIO),
        ),
        Profile(name="small", summary="vision and text 3B, no audio: 12 GB", servers=(_SMALL,)),
        Profile(name="omni", summary="one 7B model for pictures, text and sound: 32 GB", servers=(_OMNI,)),
    )
}


@dataclass(frozen=True, kw_only=True)
class Starter:
    """How vLLM is started: from its own environment through uv, or by an interpreter that has it."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


def chosen(profile: str, models: Mapping[str, str | None]) -> tuple[ServedModel, ...]:
    """The servers of a profile, with other models where `models` names them ({"vision": "FOLDER"}).

    A text model of its own takes the text mind away from the vision server.

    Raises:
        ConfigurationError: there is no such profile, or it has no server of that name.
    """
    if profile not in PROFILES:
        raise ConfigurationError(f"profile {profile!r}", f"one of {', '.join(PROFILES)}", "see docs/serving.md")
    servers = {server.name: server for server in PROFILES[profile].servers}
    for name, model in models.items():
        if model is None:
            continue
        if name == "text":
            servers = {
                key: replace(server, minds=tuple(mind for mind in server.minds if mind != "text"))
                for key, server in servers.items()
            }
            servers["text"] = ServedModel(name="text", model=model, minds=("text",))
        elif name in servers:
            servers[name] = replace(servers[name], model=model)
        else:
            raise ConfigurationError(
                f"--{name}-model with profile {profile}",
                f"a model that it serves ({', '.join(servers)})",
                "leave it out, or choose another --profile",
            )
    return tuple(servers.values())


def uv_starter(version: str) -> Starter:
    """VLLM through uv, in an environment that uv keeps apart from this one (their pins contradict each other).

    Raises:
        ServingError: neither uvx nor uv is on the PATH or in this checkout.
    """
    tool = ("--python", UVX_PYTHON, "--torch-backend", "auto", "--from", f"vllm[audio]=={version}", "vllm", "serve")
    private = Path(sys.prefix).parent / ".uv" / "bin"
    for name, run in (("uvx", ()), ("uv", ("tool", "run"))):
        found = shutil.which(name) or shutil.which(name, path=str(private))
        if found:
            return Starter(command=(found, *run, *tool))
    raise ServingError(
        "neither uvx nor uv was found",
        "uv, which keeps vLLM in its own environment",
        "install uv (pip install uv), or pass --vllm-python with an interpreter that has vLLM",
    )


def python_starter(interpreter: Path) -> Starter:
    """VLLM by an interpreter that has it.

    Raises:
        ServingError: there is no such interpreter.
    """
    found = shutil.which(str(interpreter))
    if found is None:
        raise ServingError(
            f"{interpreter} is no program that can be run", "a Python with vLLM", "pass another --vllm-python"
        )
    return Starter(command=(found, "-m", "vllm.entrypoints.openai.api_server", "--model"))


def on_cpu(starter: Starter, cache_gb: int = 1) -> Starter:
    """The same without a GPU: no graph capture, threads not pinned, `cache_gb` GB for keys and values.

    Prompts are read whole: where one is read in parts, vLLM turns back the generator of a request that has a seed of
    its own, which torch's CPU generator cannot, and the server ends.
    """
    return replace(
        starter,
        environment={
            **starter.environment,
            "VLLM_CPU_KVCACHE_SPACE": str(cache_gb),
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        },
        arguments=(*starter.arguments, "--enforce-eager", "--dtype", "bfloat16", "--no-enable-chunked-prefill"),
    )


def command_line(
    starter: Starter,
    server: ServedModel,
    *,
    host: str,
    port: int,
    context: int | None = None,
    images: int | None = None,
    gpu_memory: float | None = None,
) -> tuple[str, ...]:
    """Everything that vLLM is started with.

    Args:
        starter: the way it is started.
        server: its model and limits.
        host: address to listen on.
        port: number of the port.
        context: tokens of prompt and reply together, instead of the profile's.
        images: pictures in a prompt, instead of the profile's.
        gpu_memory: share of the GPU's memory in (0, 1]; None without a GPU.
    """
    pictures = server.images if images is None or not server.images else images
    options: list[str] = [
        *("--served-model-name", server.model),
        *("--host", host, "--port", str(port)),
        *("--max-model-len", str(context or server.context)),
        # Blanks between tokens are where a guided model can dwell for ever.
        *("--structured-outputs-config", _json({"backend": "guidance", "disable_any_whitespace": True})),
    ]
    limits = ({"image": pictures, "video": 0} if pictures else {}) | ({"audio": server.audios} if server.audios else {})
    if limits:
        options += ["--limit-mm-per-prompt", _json(limits)]
    if pictures:
        options += ["--mm-processor-kwargs", _json({"max_pixels": PIXELS_PER_IMAGE})]
    if gpu_memory is not None:
        options += ["--gpu-memory-utilization", f"{gpu_memory:g}"]
    return (*starter.command, server.model, *options, *starter.arguments)


def variables(servers: Sequence[tuple[ServedModel, str]]) -> dict[str, str]:
    """The FOLEY_* variables that point the minds to servers, given with their roots (http://127.0.0.1:8010)."""
    lines = {}
    for server, url in servers:
        for mind in server.minds:
            lines[f"FOLEY_{mind.upper()}_URL"] = f"{url}/v1"
            lines[f"FOLEY_{mind.upper()}_MODEL"] = server.model
    return lines


def _json(value: object) -> str:
    """Compact JSON for an argument."""
    return json.dumps(value, separators=(",", ":"))
