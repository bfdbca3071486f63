"""Recorded effects that nobody here made, to hold our sounds against; fetched by name, never shipped.

Four Debian packages carry effects with a free licence and a telling name each: `ufoai-sound` (a zip), `minetest-data`
and `minetest-mod-homedecor` (files), `openttd-opensfx` (one catalogue with titles). Packages are read, and their names
made into families, as the dataset does it (`generator/filmstereo`), by the rules that were there before it.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ConfigurationError
from foleydesigner.generator.filmstereo.families import name_family
from foleydesigner.generator.filmstereo.packages import INSIDE, fetch_package, package_files, sounds_in

RATE_HZ = 16_000
LONGEST_S = 10.0
PACKAGES = ("ufoai-sound", "minetest-data", "minetest-mod-homedecor", "openttd-opensfx")
_SILENT = 1e-4


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded effect: its family, the package it is of, its name, and mono sound (samples,) at 16 kHz."""

    family: str
    collection: str
    name: str
    sound: NDArray[np.float32]


def fetch(folder: Path) -> None:
    """Download the packages into a folder; needs apt-get, and no rights.

    Raises:
        DatasetError: they cannot be had here.
    """
    for package in PACKAGES:
        fetch_package(package, folder)


def gather(folder: Path) -> tuple[Recording, ...]:
    """Every recording of the packages in `folder` that a rule names, in the order of their names.

    A package is its .deb, or a folder of its name that it was unpacked into.

    Raises:
        ConfigurationError: there is none.
        DatasetError: a package is damaged, or dpkg-deb is not there to read it.
    """
    found, seen = [], set()
    for package in PACKAGES:
        for name, data in sorted(_sounds(folder, package), key=lambda entry: entry[0]):
            family = name_family(name, more=False)
            sound = _decoded(data) if family else None
            # Packages borrow from each other: a file counts where it is first met.
            digest = hashlib.sha256(data).digest()
            if family and sound is not None and digest not in seen:
                seen.add(digest)
                found.append(Recording(family, package, name, sound))
    if not found:
        raise ConfigurationError(f"no recordings in {folder}", "the packages", "pass --debian to fetch them")
    return tuple(found)


def _sounds(folder: Path, package: str) -> list[tuple[str, bytes]]:
    """Names and bytes of a package's sounds; none when it is not there."""
    places = [folder / package] if (folder / package).is_dir() else sorted(folder.glob(f"{package}_*.deb"))
    found = [entry for place in places[-1:] for file in package_files(place) for entry in sounds_in(*file)]
    # A name inside an archive is the sound's own.
    return [(path.rpartition(INSIDE)[2], data) for path, data in found]


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
