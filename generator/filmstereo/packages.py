"""Debian packages as containers of files: fetched by name, read in place, never unpacked to the disk.

`apt-get download` needs no rights; the package's tar stream (`dpkg-deb --fsys-tarfile`) is read member by member, and
archives inside it (zip, OpenTTD catalogues) likewise. What a member is called is a name only.
"""

from __future__ import annotations

import io
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.reading import MOST_BYTES, SUFFIXES

_PATIENCE_S = 300.0
_ARCHIVES, _CATALOGUES = (".pk3", ".zip"), (".cat",)
INSIDE = "!"
"""Between an archive's path and a member's."""


def fetch_package(package: str, cache: Path) -> Path:
    """The package's file in `cache`, downloaded when it is not there; or the folder `cache`/<package>, if there is one.

    Raises:
        DatasetError: it cannot be had here.
    """
    unpacked = cache / package
    if unpacked.is_dir():
        return unpacked
    cache.mkdir(parents=True, exist_ok=True)
    try:
        if not (found := sorted(cache.glob(f"{package}_*.deb"))):
            command = ["apt-get", "download", "-q", package]
            subprocess.run(command, cwd=cache, check=True, capture_output=True, timeout=_PATIENCE_S)  # noqa: S603
            found = sorted(cache.glob(f"{package}_*.deb"))
        return found[-1]
    except (OSError, subprocess.SubprocessError, IndexError) as error:
        raise DatasetError(
            f"{package} cannot be fetched ({error})", "a Debian system with its package lists", "apt-get update"
        ) from error


def package_files(package: Path) -> Iterator[tuple[str, bytes]]:
    """Paths and bytes of a package's plain files, a .deb or an unpacked folder; links are not followed.

    Raises:
        DatasetError: it is damaged.
    """
    if package.is_dir():
        for path in sorted(package.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= MOST_BYTES:
                yield path.relative_to(package).as_posix(), path.read_bytes()
        return
    try:
        with _tar_stream(package) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.isfile() and member.size <= MOST_BYTES and (held := archive.extractfile(member)):
                    yield member.name.removeprefix("./"), held.read()
    except (OSError, tarfile.TarError, subprocess.SubprocessError, EOFError) as error:
        raise DatasetError(
            f"{package} cannot be read ({error})", "a whole package", "remove it and run again"
        ) from error


@contextmanager
def _tar_stream(package: Path) -> Iterator[IO[bytes]]:
    with subprocess.Popen(  # noqa: S603
        ["dpkg-deb", "--fsys-tarfile", str(package.resolve())],  # noqa: S607
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            if process.stdout is None:
                raise OSError("dpkg-deb gives nothing")
            yield process.stdout
        finally:
            process.kill()


def sounds_in(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The sounds that a file is or holds, with their paths: "dir/a.ogg", "dir/pack.pk3!sound/a.ogg", "x.cat!Sheep"."""
    lower = path.lower()
    if lower.endswith(SUFFIXES):
        yield path, data
    elif lower.endswith(_ARCHIVES):
        for name, held in zip_members(data):
            if name.lower().endswith(SUFFIXES):
                yield f"{path}{INSIDE}{name}", held
    elif lower.endswith(_CATALOGUES):
        for title, held in catalogue(data):
            yield f"{path}{INSIDE}{title}", held


def zip_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of a zip's files, in the order of their names; what claims or proves to be too large is empty."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in sorted(archive.infolist(), key=lambda m: m.filename):
                if member.is_dir():
                    continue
                if member.file_size > MOST_BYTES:
                    yield member.filename, b""
                    continue
                try:
                    with archive.open(member) as stream:
                        held = stream.read(MOST_BYTES + 1)
                except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
                    held = b""
                yield member.filename, held if len(held) <= MOST_BYTES else b""
    except zipfile.BadZipFile:
        return


def catalogue(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Titles and WAV files of an OpenTTD catalogue: pairs of offset (without its top bit) and length, then entries.

    An entry is the length of its title in a byte, the title, and the file of the length that the index gives. What
    points outside the file ends the reading.
    """
    try:
        (first,) = struct.unpack_from("<I", data, 0)
        for index in range(min((first & 0x7FFFFFFF) // 8, len(data) // 8)):
            offset, length = struct.unpack_from("<II", data, 8 * index)
            offset &= 0x7FFFFFFF
            begin = offset + 1 + data[offset]
            yield data[offset + 1 : begin].rstrip(b"\0").decode("utf-8", "replace"), data[begin : begin + length]
    except (struct.error, IndexError):
        return
