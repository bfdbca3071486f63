"""Sound files of strangers: what can be used of them, and why the rest cannot.

Nothing is believed: size, length, rate, depth and channels are bounded, files that end early are told by their
containers' own counts, and samples that are no numbers are refused.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 200 * 1024 * 1024
LONGEST_S = 600.0
READ_S = 120.0
"""As much is decoded as can be kept, and some to choose from."""
RATES_HZ = (8_000, 192_000)
SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".w64", ".caf")
_DEPTHS = frozenset({
    "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER_III", "MPEG_LAYER_II",
    "ALAC_16", "ALAC_20", "ALAC_24", "ALAC_32",
})  # fmt: skip
_OPEN_ENDED = (0, 0xFFFFFFFF, 0x7FFFFFFF)
"""What writers leave in a length that they could not know."""


class UnusableError(Exception):
    """A file that is left out; `reason` is one of a few words that can be counted."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason, detail)


def read_bytes(data: bytes | Path) -> bytes:
    """The bytes of a file that was found.

    Raises:
        UnusableError: it is not there, empty, or larger than is believed of a sound.
    """
    if isinstance(data, Path):
        try:
            size = data.stat().st_size
            if not data.is_file():
                raise UnusableError("missing", "no plain file")
            if size > MOST_BYTES:
                raise UnusableError("too_large", f"{size} bytes")
            data = data.read_bytes()
        except OSError as error:
            raise UnusableError("missing", error.strerror or str(error)) from error
    if not data:
        raise UnusableError("empty", "no bytes")
    if len(data) > MOST_BYTES:
        raise UnusableError("too_large", f"{len(data)} bytes")
    return data


def decode(data: bytes) -> tuple[NDArray[np.float64], int]:
    """The sound (channels, samples) of a file and its rate in Hz, at most `READ_S` of it.

    Raises:
        UnusableError: unreadable, truncated, empty, too long, or of a rate, depth, channel count or samples that cannot
            be used.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate_hz = int(file.samplerate)
            if ends_early(data):
                raise UnusableError("truncated", f"{len(data)} bytes, fewer than its container tells of")
            _check_form(file, rate_hz)
            expected = min(int(file.frames), int(READ_S * rate_hz))
            sound = file.read(expected, dtype="float64", always_2d=True).T
    except soundfile.LibsndfileError as error:
        damaged = "truncated" if ends_early(data) else "unreadable"
        raise UnusableError(damaged, str(error).strip()[:200]) from error
    if sound.shape[1] < expected:
        raise UnusableError("truncated", f"{sound.shape[1]} of {expected} samples")
    if not np.isfinite(sound).all():
        raise UnusableError("not_finite", f"{int((~np.isfinite(sound)).sum())} samples are no numbers")
    return np.ascontiguousarray(sound), rate_hz


def _check_form(file: object, rate_hz: int) -> None:
    frames, channels, depth = (getattr(file, name) for name in ("frames", "channels", "subtype"))
    if not frames:
        raise UnusableError("empty", "no samples")
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise UnusableError("rate", f"{rate_hz} Hz")
    if depth not in _DEPTHS:
        raise UnusableError("bit_depth", str(depth))
    if channels > 2:
        raise UnusableError("channels", f"{channels} channels")
    if frames > LONGEST_S * rate_hz:
        raise UnusableError("too_long", f"{frames / rate_hz:.0f} s")


def ends_early(data: bytes) -> bool:
    """Whether a RIFF or Ogg file is shorter than it says itself; other containers are told by decoding them."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return _riff_ends_early(data)
    if data[:4] == b"OggS":
        return _ogg_ends_early(data)
    return False


def _riff_ends_early(data: bytes) -> bool:
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"data":
            return size not in _OPEN_ENDED and at + 8 + size > len(data)
        at += 8 + size + size % 2
    return True


def _ogg_ends_early(data: bytes) -> bool:
    """A stream's last page carries the flag "end of stream" (RFC 3533, section 6) and is all there."""
    at = data.rfind(b"OggS")
    if at + 27 > len(data):
        return True
    segments = data[at + 26]
    table = data[at + 27 : at + 27 + segments]
    return not data[at + 5] & 0x04 or len(table) < segments or at + 27 + segments + sum(table) > len(data)
