"""Start the servers of the proof and stop them: `with tiny_vision(cache) as endpoint: …`; each takes 2 to 4 GB at most.

`prepare` has to have run once; everything stays in its cache folder.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from foleydesigner.errors import ServingError
from foleydesigner.evals.serving import environments
from foleydesigner.serve_process import Launch, Server, free_port
from foleydesigner.serve_profiles import ServedModel, command_line, on_cpu, python_starter

CONTEXT = 8192
START_LIMIT_S = 300.0
HERE = Path(__file__).resolve().parent
TINY = {
    "vision": ServedModel(name="vision", model="tiny-qwen2.5-vl", minds=("vision",), images=16, context=CONTEXT),
    "audio": ServedModel(name="audio", model="tiny-qwen2-audio", minds=("audio",), audios=4, context=CONTEXT),
    "text": ServedModel(name="text", model="tiny-qwen2.5", minds=("text",), context=CONTEXT),
}


@dataclass(frozen=True)
class Endpoint:
    """A server that answers."""

    url: str
    """With /v1, as an OpenAI client wants it."""
    model: str
    started_s: float
    """How long the start took until it was healthy."""
    server: Server


def prepare(cache: Path) -> None:
    """Build what is missing: both environments and the tiny models.

    Raises:
        ServingError: something could not be built.
    """
    try:
        environments.build(cache)
        if not (cache / "models" / "complete").is_file():
            command = [str(environments.python(cache / "vllm")), str(HERE / "tiny_models.py"), str(cache / "models")]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own script
            (cache / "models" / "complete").touch()
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServingError(
            f"the serving environments could not be built in {cache} ({error})",
            "4 GB of room and a package index",
            "see what pip said above, then run this again",
        ) from error


@contextmanager
def tiny(cache: Path, kind: str) -> Iterator[Endpoint]:
    """VLLM with the tiny `vision`, `audio` or `text` model, started as `foley models serve --device cpu` does."""
    model = TINY[kind]
    folder = _required(cache / "models" / model.model)
    starter = on_cpu(python_starter(_required(environments.python(cache / "vllm"))))
    port = free_port()
    line = list(command_line(starter, model, host="127.0.0.1", port=port))
    line[line.index("--model") + 1] = str(folder)  # it is asked for by its short name
    quiet = {**starter.environment, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    launch = Launch(name=f"tiny-{kind}", command=line, port=port, log=cache / "logs" / f"{kind}.log", environment=quiet)
    with started(launch, model.model) as endpoint:
        yield endpoint


@contextmanager
def smollm2(cache: Path) -> Iterator[Endpoint]:
    """SmolLM2-135M under llama.cpp's server."""
    interpreter = _required(environments.python(cache / "llama"))
    port = free_port()
    command = [str(interpreter), str(HERE / "llama_server.py"), "--port", str(port), "--context", str(CONTEXT)]
    launch = Launch(name="smollm2", command=command, port=port, log=cache / "logs" / "smollm2.log")
    with started(launch, "smollm2") as endpoint:
        yield endpoint


@contextmanager
def started(launch: Launch, model: str) -> Iterator[Endpoint]:
    """Start one server, wait for its health, stop it with its children.

    Raises:
        ServingError: it did not become healthy in five minutes.
    """
    with Server(launch) as server:
        took_s = server.wait(START_LIMIT_S)
        yield Endpoint(f"{launch.url}/v1", model, took_s or 0.0, server)


def _required(path: Path) -> Path:
    """The path, if there is something.

    Raises:
        ServingError: there is nothing.
    """
    if not path.exists():
        raise ServingError(f"{path} is missing", "what scripts/serving/run prepares", "run scripts/serving/run first")
    return path


def main() -> None:
    """Prepare the cache folder that is named."""
    import argparse

    parser = argparse.ArgumentParser(description="Build the environments and models of the serving proof.")
    parser.add_argument("cache", type=Path)
    prepare(parser.parse_args().cache)


if __name__ == "__main__":
    main()
