"""`foley models …`: the models behind the served minds."""

from __future__ import annotations

import signal
import tempfile
import threading
from pathlib import Path
from typing import Any

import click

from foleydesigner.cli_models_check import check

PROFILE_NAMES = ("paper", "small", "omni")
"""Those of `serve_profiles.PROFILES`; a test compares them. Nothing is imported for --help."""
MODEL_KINDS = ("vision", "text", "audio", "omni")


@click.group()
def models() -> None:
    """Serve the models that the served minds ask."""


models.add_command(check)


@models.command()
@click.option("--profile", type=click.Choice(PROFILE_NAMES), default="small", show_default=True, help="What to serve.")
@click.option("--vision-model", default=None, help="Another vision model: a name on the hub or a folder.")
@click.option("--text-model", default=None, help="A text model of its own, beside the vision model.")
@click.option("--audio-model", default=None, help="Another audio model.")
@click.option("--omni-model", default=None, help="Another omni model.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65000), default=8010, show_default=True, help="First port.")
@click.option("--device", type=click.Choice(["gpu", "cpu"]), default="gpu", show_default=True)
@click.option("--context", type=click.IntRange(512), default=None, help="Tokens of prompt and reply together.")
@click.option("--images", type=click.IntRange(1, 256), default=None, help="Pictures in one prompt at most.")
@click.option("--gpu-memory", type=click.FloatRange(0.05, 1.0), default=None, help="Share of a GPU for each server.")
@click.option("--vllm-version", default=None, help="Another release of vLLM (default: the one that was tested).")
@click.option("--vllm-python", type=click.Path(path_type=Path), help="A Python that has vLLM, instead of uv.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(1),
    default=1800.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for each server to become healthy; the first start downloads the model.",
)
@click.option("--logs", type=click.Path(path_type=Path), default=None, help="Folder of the servers' logs.")
@click.option("--dry-run", is_flag=True, help="Only show what would be started.")
def serve(
    profile: str,
    host: str,
    port: int,
    device: str,
    vllm_version: str | None,
    vllm_python: Path | None,
    wait_s: float,
    logs: Path | None,
    dry_run: bool,
    **options: Any,
) -> None:
    r"""Start vLLM for a profile's models, say how to point the minds to them, and stop them on Ctrl-C or SIGTERM.

    \b
    paper  Qwen2.5-VL-7B for picture and text, Qwen2-Audio-7B for sound
    small  Qwen2.5-VL-3B for picture and text
    omni   Qwen2.5-Omni-7B for everything

    vLLM runs in an environment of its own, which uv brings. FOLEY_API_KEY, where it is set, becomes the servers' key.
    """
    from foleydesigner import serve as serving
    from foleydesigner import serve_profiles

    servers = serve_profiles.chosen(profile, {kind: options[f"{kind}_model"] for kind in MODEL_KINDS})
    starter = (
        serve_profiles.python_starter(vllm_python)
        if vllm_python
        else serve_profiles.uv_starter(vllm_version or serve_profiles.VLLM_VERSION)
    )
    if device == "cpu":
        starter = serve_profiles.on_cpu(starter)
    found = () if device == "cpu" else serving.supposed_gpus() if dry_run else serving.require_gpus()
    made = serving.plans(
        servers,
        starter,
        found,
        host=host,
        port=port,
        logs=logs or Path(tempfile.gettempdir()) / "foley-models",
        context=options["context"],
        images=options["images"],
        gpu_memory=options["gpu_memory"],
    )
    if dry_run:
        for line in [*map(serving.shown, made), *serving.lines(made)]:
            click.echo(line)
        return
    stop = stopped_by_signal()
    with serving.running(made, wait_s, stop, click.echo) as running:
        if not stop.is_set():
            click.echo("\n".join(serving.lines(made)))
            click.echo("ready; Ctrl-C stops")
            serving.watch(running, stop)
        click.echo("stopping")
    click.echo("stopped")


def stopped_by_signal() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set from now on, instead of ending the program."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
