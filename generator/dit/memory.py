"""Whether a model fits, asked before gigabytes are read."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from foleydesigner.errors import CheckpointError

_HEADER_LIMIT = 100_000_000
_ROOM = 1.4
"""Weights, the copy that is being read, and what a pass needs."""


def safetensors_numbers(path: Path) -> int:
    """Numbers in a safetensors file, by its header alone.

    Raises:
        CheckpointError: it is no safetensors file.
    """
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(size, _HEADER_LIMIT)))
        count = 0
        for name, tensor in header.items():
            if name != "__metadata__":
                numbers = 1
                for length in tensor["shape"]:
                    numbers *= int(length)
                count += numbers
        return count
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise CheckpointError(
            f"{path} is no whole safetensors file ({error})", "model.safetensors as published", "download it again"
        ) from error


def available_bytes(device: str) -> int | None:
    """Memory that a model may take on `device` ("cpu", "cuda"); None where nobody knows."""
    if device == "cuda":
        import torch

        free, _ = torch.cuda.mem_get_info()
        return int(free)
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError, IndexError):
        return None


def check_memory(numbers: int, bytes_each: int, device: str, what: str) -> None:
    """Refuse a model that will not fit.

    Raises:
        CheckpointError: less is free than the weights and their use take.
    """
    free, needed = available_bytes(device), _ROOM * numbers * bytes_each
    if free is not None and needed > free:
        raise CheckpointError(
            f"{what} takes about {needed / 1e9:.1f} GB of {device} memory, {free / 1e9:.1f} GB are free",
            "enough memory",
            "close other programs, or use --engine sao-small or --engine procedural",
        )
