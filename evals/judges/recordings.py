"""Recorded effects that nobody here made, to hold our sounds against; fetched by name, never shipped.

Four Debian packages carry effects with a free licence and a telling name each: `ufoai-sound` (a zip), `minetest-data`
and `minetest-mod-homedecor` (files), `openttd-opensfx` (one catalogue with titles). `recordings.json` says which names
make which family; its first rule names what is left out (weapons of no world, toys, sounds under water).
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ConfigurationError

RATE_HZ = 16_000
LONGEST_S = 10.0
_SUFFIXES = (".ogg", ".wav", ".flac")
_SILENT = 1e-4
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded effect: its family, the package it is of, its name, and mono sound (samples,) at 16 kHz."""

    family: str
    collection: str
    name: str
    sound: NDArray[np.float32]


def table() -> dict[str, Any]:
    """`packages` by name; `rules`: (family, pattern) in the order in which they are tried, "" for what is left out."""
    found: dict[str, Any] = json.loads(
        resources.files("foleydesigner.evals.judges").joinpath("recordings.json").read_text("utf-8")
    )
    return found


def family_of(name: str) -> str:
    """The family that a recording's path or title speaks of; "" for none."""
    text = name.lower()
    return next((family for family, pattern in table()["rules"] if re.search(pattern, text)), "")


def fetch(folder: Path) -> None:
    """Download and unpack the packages into a folder of each; needs apt-get and dpkg-deb, and no rights.

    Raises:
        ConfigurationError: they cannot be had here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package in table()["packages"]:
        if (folder / package).is_dir():
            continue
        try:
            _run(["apt-get", "download", package], folder)
            (archive,) = folder.glob(f"{package}_*.deb")
            _run(["dpkg-deb", "-x", str(archive), str(folder / package)], folder)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise ConfigurationError(
                f"{package} cannot be fetched: {error}", "a Debian system with its package lists", "apt-get update"
            ) from error


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_PATIENCE_S)  # noqa: S603


def gather(folder: Path) -> tuple[Recording, ...]:
    """Every recording under `folder`/<package> that a rule names, in the order of their names.

    Raises:
        ConfigurationError: there is none.
    """
    found, seen = [], set()
    for package in table()["packages"]:
        for name, data in sorted(_files(folder / package), key=lambda entry: entry[0]):
            family = family_of(name)
            sound = _decoded(data) if family else None
            # Packages borrow from each other: a file counts where it is first met.
            digest = hashlib.sha256(data).digest()
            if sound is not None and digest not in seen:
                seen.add(digest)
                found.append(Recording(family, package, name, sound))
    if not found:
        raise ConfigurationError(f"no recordings in {folder}", "the unpacked packages", "pass --debian to fetch them")
    return tuple(found)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the sounds in a package, whatever holds them."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES:
            yield path.relative_to(folder).as_posix(), path.read_bytes()
        elif path.suffix == ".pk3":
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if member.endswith(_SUFFIXES):
                        yield member, archive.read(member)
        elif path.suffix == ".cat":
            yield from catalogue(path.read_bytes())


def catalogue(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Titles and WAV files of an OpenTTD catalogue: pairs of offset (without its top bit) and length, then entries.

    An entry is the length of its title in a byte, the title, and the file of the length that the index gives.
    """
    (first,) = struct.unpack_from("<I", data, 0)
    for index in range((first & 0x7FFFFFFF) // 8):
        offset, length = struct.unpack_from("<II", data, 8 * index)
        offset &= 0x7FFFFFFF
        begin = offset + 1 + data[offset]
        yield data[offset + 1 : begin].rstrip(b"\0").decode("utf-8", "replace"), data[begin : begin + length]


def _decoded(data: bytes) -> NDArray[np.float32] | None:
    """Mono at 16 kHz, from its first sound on, ten seconds at most; None for what is silent or cannot be read."""
    import soundfile
    import soxr

    try:
        samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    return trimmed(soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ)) if len(samples) else None


def trimmed(sound: NDArray[np.floating]) -> NDArray[np.float32] | None:
    """A sound (samples,) at 16 kHz from where it begins to be heard, 40 dB below its peak; at most ten seconds."""
    level = np.abs(sound)
    peak = float(level.max(initial=0.0))
    if peak < _SILENT:
        return None
    first = max(int(np.argmax(level > 0.01 * peak)) - RATE_HZ // 100, 0)
    return np.asarray(sound[first : first + int(LONGEST_S * RATE_HZ)] * (0.7 / peak), dtype=np.float32)
