"""Tiny sounds and packages, made on the fly."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 48_000
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Source: https://example.org/game

Files: *
Copyright: 2010-2012, The Team <team@example.org>
License: GPL-2+

Files: sound/footsteps/*
       sound/doors/door?.wav
Copyright: 2013 Ann Author
           2014, 2015 Bob Builder
License: CC-BY-SA-3.0
Comment: told on the list

License: GPL-2+
 This is free software.
"""


def hit(seed: int = 0, seconds: float = 0.5, rate_hz: int = RATE_HZ, channels: int = 1) -> np.ndarray:
    """A decaying burst after 50 ms of silence, (samples, channels), peak about a half."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    sound = rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.03)
    sound = np.concatenate([np.zeros(round(0.05 * rate_hz)), 0.5 * sound / np.abs(sound).max()])
    return np.repeat(sound[:, None], channels, axis=1)


def wav(sound: np.ndarray | None = None, rate_hz: int = RATE_HZ, subtype: str = "PCM_16", kind: str = "WAV") -> bytes:
    held = io.BytesIO()
    soundfile.write(held, hit() if sound is None else sound, rate_hz, format=kind, subtype=subtype)
    return held.getvalue()


def ogg(sound: np.ndarray, **tags: str) -> bytes:
    held = io.BytesIO()
    with soundfile.SoundFile(held, "w", RATE_HZ, 1, format="OGG", subtype="VORBIS") as file:
        for name, value in tags.items():
            setattr(file, name, value)
        file.write(sound[:, 0])
    return held.getvalue()


def catalogue_of(*entries: tuple[str, bytes]) -> bytes:
    """An OpenTTD catalogue of titles and WAV files."""
    index, data = b"", b""
    for title, sound in entries:
        index += struct.pack("<II", (8 * len(entries) + len(data)) | 0x80000000, len(sound))
        data += bytes([len(title) + 1]) + title.encode() + b"\0" + sound
    return index + data


def put(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def csv_of(folder: Path, rows: list[tuple[str, str, str]], name: str = "list.csv") -> Path:
    """A table of files, titles and licences beside them."""
    lines = ["file,title,licence", *(f'"{file}","{title}",{licence}' for file, title, licence in rows)]
    return put(folder / name, "\n".join(lines) + "\n")
