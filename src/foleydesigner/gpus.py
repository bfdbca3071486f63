"""NVIDIA GPUs that this process may use and the memory in use on them, as `nvidia-smi` tells it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

_QUERY = ("--query-gpu=index,name,memory.used,memory.total", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Gpu:
    """One GPU."""

    index: int
    name: str
    used_mb: float
    total_mb: float


def gpus() -> tuple[Gpu, ...]:
    """GPUs that CUDA_VISIBLE_DEVICES lets through; none without a driver, or when it is silent for ten seconds."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    try:
        done = subprocess.run([tool, *_QUERY], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return visible(read(done.stdout), os.environ.get("CUDA_VISIBLE_DEVICES")) if done.returncode == 0 else ()


def visible(found: tuple[Gpu, ...], indices: str | None) -> tuple[Gpu, ...]:
    """Those named in a list such as `0,2`, in its order; all of them without a list, or with one of names."""
    if indices is None:
        return found
    try:
        wanted = [int(index) for index in indices.split(",") if index.strip()]
    except ValueError:
        return found
    known = {gpu.index: gpu for gpu in found}
    return tuple(known[index] for index in wanted if index in known)


def read(table: str) -> tuple[Gpu, ...]:
    """GPUs out of nvidia-smi's lines `index, name, used MiB, total MiB`; lines of another form are passed over."""
    found = []
    for line in table.splitlines():
        columns = [column.strip() for column in line.split(",")]
        try:
            index, name, used, total = columns
            found.append(Gpu(int(index), name, float(used), float(total)))
        except ValueError:
            continue
    return tuple(found)
