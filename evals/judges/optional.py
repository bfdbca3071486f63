"""What the judges with torch share: how their absence is told, and how a checkpoint is read without running it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foleydesigner.errors import CheckpointError, MissingExtraError


def torch_missing(what: str, error: ImportError) -> MissingExtraError:
    """The line that is said where the packages of the dit extra are not installed."""
    return MissingExtraError(
        f"{what} needs {error.name or 'torch'}", "the optional packages of the dit extra", "install foleydesigner[dit]"
    )


def read_checkpoint(path: Path, what: str, plain: Sequence[Any] = ()) -> Any:
    """Tensors and plain containers out of a torch checkpoint; nothing in it is executed.

    Args:
        path: the file.
        what: whose checkpoint it is.
        plain: further types that it may hold, each with the name by which it does.

    Raises:
        MissingExtraError: torch is not installed.
        CheckpointError: the file is missing, damaged, or holds more than tensors and plain containers.
    """
    try:
        import torch
    except ImportError as error:
        raise torch_missing(what, error) from error
    if not path.is_file():
        raise CheckpointError(f"{path} is no file", f"a checkpoint of {what}", "pass the path of one")
    try:
        with torch.serialization.safe_globals([*plain]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, torch.serialization.pickle.UnpicklingError) as error:
        raise unusable(path, what, error) from error


def unusable(path: object, what: str, error: Exception) -> CheckpointError:
    """The line about a checkpoint that cannot be used, with the first line of the reason."""
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return CheckpointError(f"{path} cannot be used ({reason})", f"a checkpoint of {what}", "pass another one")


def load_state(module: Any, state: Any, path: object, what: str) -> Any:
    """A module with the arrays of a checkpoint, all of them and no others, ready to judge.

    Raises:
        CheckpointError: the arrays are not those of the module.
    """
    try:
        module.load_state_dict(state, strict=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise unusable(path, what, error) from error
    return module.eval()
