"""Serve the models of a profile: one vLLM after the other, watched until somebody stops them."""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from foleydesigner.errors import ServingError
from foleydesigner.gpus import Gpu, gpus
from foleydesigner.serve_process import Launch, Server
from foleydesigner.serve_profiles import ServedModel, Starter, command_line, variables

_WATCH_S = 1.0
SHARED_MEMORY = 0.9
"""Share of a GPU's memory that all servers on it take together."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A server that is going to be started."""

    server: ServedModel
    launch: Launch
    gpu: int | None = None
    """Index of the GPU that it sees; None = all, or none at all."""


def require_gpus() -> tuple[Gpu, ...]:
    """The GPUs of this machine.

    Raises:
        ServingError: there is none.
    """
    found = gpus()
    if not found:
        raise ServingError(
            "no GPU was found (nvidia-smi is missing or lists none)",
            "an NVIDIA GPU",
            "run this on a GPU host, or pass --device cpu for a small model (docs/serving.md)",
        )
    return found


def supposed_gpus() -> tuple[Gpu, ...]:
    """The GPUs of this machine, or one that is supposed: to show what would be started elsewhere."""
    return gpus() or (Gpu(0, "supposed", 0.0, 0.0),)


def plans(
    servers: Sequence[ServedModel],
    starter: Starter,
    found: Sequence[Gpu],
    *,
    host: str,
    port: int,
    logs: Path,
    context: int | None = None,
    images: int | None = None,
    gpu_memory: float | None = None,
) -> tuple[Plan, ...]:
    """What to start: ports count up from `port`; servers are dealt out over the GPUs and share what one has."""
    where = [found[number % len(found)].index if found else None for number in range(len(servers))]
    made = []
    for number, server in enumerate(servers):
        gpu = where[number]
        share = None if gpu is None else (gpu_memory or round(SHARED_MEMORY / where.count(gpu), 2))
        command = command_line(
            starter, server, host=host, port=port + number, context=context, images=images, gpu_memory=share
        )
        launch = Launch(
            name=server.name,
            command=command,
            host=host,
            port=port + number,
            log=logs / f"{server.name}.log",
            environment={**starter.environment, **_environment(gpu)},
        )
        made.append(Plan(server=server, launch=launch, gpu=gpu))
    return tuple(made)


def shown(plan: Plan) -> str:
    """The command line as one would type it, with the variables that are set for it; no key is shown."""
    secret = {"VLLM_API_KEY"}
    set_for_it = [
        f"{name}={shlex.quote(value)}" for name, value in plan.launch.environment.items() if name not in secret
    ]
    return " ".join([*set_for_it, shlex.join(plan.launch.command)])


def lines(made: Sequence[Plan]) -> list[str]:
    """The FOLEY_* lines to set, ready for a shell."""
    pairs = variables([(plan.server, plan.launch.url) for plan in made])
    return [f"export {name}={shlex.quote(value)}" for name, value in pairs.items()]


@contextmanager
def running(
    made: Sequence[Plan], wait_s: float, stop: threading.Event, say: Callable[[str], None]
) -> Iterator[list[Server]]:
    """Start the servers one after the other (each measures the memory that is free); end all of them on the way out.

    Raises:
        ServingError: one could not be started, ended, or was not healthy in `wait_s` seconds.
    """
    with ExitStack() as stack:
        servers = []
        for plan in made:
            before = {gpu.index: gpu.used_mb for gpu in gpus()}
            say(f"{plan.server.name}: {plan.server.model} starts at {plan.launch.url} (log: {plan.launch.log})")
            server = stack.enter_context(Server(plan.launch))
            took_s = server.wait(wait_s, stop)
            if took_s is None:
                break
            servers.append(server)
            say(f"{plan.server.name}: healthy after {took_s:.0f} s, {memory(server, before)}")
        yield servers


def memory(server: Server, before: dict[int, float]) -> str:
    """What a server takes: on the GPUs, in MB more than `before`; in main memory where there is no GPU."""
    taken = {gpu.index: gpu.used_mb - before.get(gpu.index, 0.0) for gpu in gpus()}
    if taken:
        return ", ".join(f"{mb / 1024:.1f} GB on GPU {index}" for index, mb in taken.items())
    resident_mb = server.resident_mb()
    if resident_mb is None:
        return "memory not measured (psutil is missing: pip install 'foleydesigner[bench]')"
    return f"{resident_mb / 1024:.1f} GB resident"


def watch(servers: Sequence[Server], stop: threading.Event) -> None:
    """Wait until `stop` is set.

    Raises:
        ServingError: a server ended by itself.
    """
    while not stop.wait(_WATCH_S):
        for server in servers:
            server.require_alive()


def _environment(gpu: int | None) -> dict[str, str]:
    """Variables of a vLLM process: its GPU, no usage report, and the key that clients have to show."""
    made = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if gpu is not None:
        made["CUDA_VISIBLE_DEVICES"] = str(gpu)
    key = os.environ.get("FOLEY_API_KEY")
    return made | ({"VLLM_API_KEY": key} if key else {})
