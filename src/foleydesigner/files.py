"""Files that appear whole or not at all, so that a crash loses nothing; and what tells one from another."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from foleydesigner.errors import OutputError

_CHUNK = 1 << 20


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to; renamed onto it when the block ends well, removed when it does not.

    The temporary name keeps the suffix, since encoders choose their format by it.

    Raises:
        OutputError: the place cannot be written or is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=f".part{path.suffix}", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise unwritable(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where folders can be synchronised at all."""
    try:
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def unwritable(path: Path, error: OSError) -> OutputError:
    """The line about a place that cannot be written."""
    return OutputError(
        f"{path} cannot be written ({error.strerror or error})",
        "a folder with room that this user may write to",
        "free some space or pass another --out",
    )


def write_bytes(path: Path, data: bytes) -> Path:
    """Write `data` whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write `text` as UTF-8, whole or not at all."""
    return write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: BaseModel | dict[str, Any] | list[Any]) -> Path:
    """Write a model or plain data as indented UTF-8 JSON with a final newline; floats round-trip exactly.

    A path may hold bytes that are no UTF-8 (lone surrogates in Python): JSON's own escapes bring them back unchanged.
    """
    if isinstance(value, BaseModel):
        # Straight to text: the evidence of a long film as plain data would be many times its size.
        return write_text(path, value.model_dump_json(indent=2) + "\n")
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if any("\ud800" <= c <= "\udfff" for c in text):
        text = json.dumps(value, indent=2, allow_nan=False) + "\n"
    return write_text(path, text)


def link_file(source: Path, target: Path) -> None:
    """The same file under a second name: no room is taken where the disk can do that, a copy where it cannot."""
    with atomic_path(target) as temporary:
        temporary.unlink()
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
