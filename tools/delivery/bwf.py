"""Broadcast Wave files, 24-bit PCM, written as a stream.

Sources: EBU Tech 3285 v2 (bext), EBU Tech 3306 / ITU-R BS.2088 (RF64, ds64), the iXML specification 2.0, and "Multiple
channel audio data and WAVE files" by Microsoft (WAVE_FORMAT_EXTENSIBLE and its channel mask). libsndfile writes `bext`,
but its Python binding does not reach it and its writer knows no iXML, hence a small writer of our own.

A file is laid out as `RIFF|RF64, JUNK|ds64, fmt, bext, iXML, data`; the sizes and the bext are written when it is
closed, so a mix that is metered while it is printed carries its own loudness.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DeliveryError
from foleydesigner.files import atomic_path
from foleydesigner.tools.delivery.bext import Bext
from foleydesigner.tools.delivery.layouts import Layout

Audio = NDArray[np.float32]
"""float32, shape (channels, samples), full scale = 1."""

_FULL_SCALE = 1 << 23
_RIFF_LIMIT = 0xFFFF_FFFF
_PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
_DS64_BYTES = 28  # riffSize u64, dataSize u64, sampleCount u64, tableLength u32


@dataclass(slots=True)
class BwfWriter:
    """Takes blocks of audio and leaves a Broadcast Wave file; use `open_bwf`.

    Attributes:
        bext: the broadcast extension; may be replaced (by one whose CodingHistory is as long) until the file is closed.
        frames: samples a channel written so far.
        peak: largest absolute sample seen, 1 = full scale.
        clipped: samples beyond full scale seen so far; one is enough for the file to be refused.
    """

    stream: BinaryIO
    layout: Layout
    sample_rate_hz: int
    bext: Bext
    ixml: bytes
    dither: np.random.Generator | None
    riff_limit: int = _RIFF_LIMIT
    frames: int = 0
    peak: float = 0.0
    clipped: int = 0
    _bext_bytes: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._bext_bytes = len(self.bext.encode())
        self.stream.write(self._header())

    def write(self, block: Audio) -> None:
        """Append `block`, float32 of shape (channels, samples).

        Raises:
            DeliveryError: the shape is wrong or a sample is not a number.
        """
        if block.ndim != 2 or block.shape[0] != self.layout.channels:
            raise DeliveryError(
                f"an audio block of shape {block.shape}",
                f"({self.layout.channels}, samples) for {self.layout.name}",
                "pass every channel of the layout, channels first",
            )
        peak = float(np.abs(block).max(initial=0.0))
        if not np.isfinite(peak):
            raise DeliveryError("audio that is not a number", "finite samples", "make the take again")
        self.peak = max(self.peak, peak)
        self.clipped += int(np.count_nonzero(np.abs(block) > 1.0))
        self.frames += block.shape[1]
        self.stream.write(pcm24(block, self.dither))

    def close(self) -> None:
        """Pad the data chunk and write sizes and bext.

        Raises:
            DeliveryError: samples lay beyond full scale, or the bext grew.
        """
        if self.clipped:
            raise DeliveryError(
                f"{self.clipped} samples beyond full scale, the highest at {20 * np.log10(self.peak):+.2f} dBFS",
                "samples within full scale",
                "lower the mix or limit it before it is printed",
            )
        if len(self.bext.encode()) != self._bext_bytes:
            raise DeliveryError(
                "a bext chunk of another length", f"{self._bext_bytes} bytes", "keep the CodingHistory's length"
            )
        if self._data_bytes % 2:
            self.stream.write(b"\0")
        self.stream.seek(0)
        self.stream.write(self._header())

    @property
    def _data_bytes(self) -> int:
        return self.frames * self.layout.channels * 3

    def _header(self) -> bytes:
        """Everything before the samples, with the sizes as they now stand."""
        chunks = [(b"fmt ", _format_chunk(self.layout, self.sample_rate_hz)), (b"bext", self.bext.encode())]
        if self.ixml:
            chunks.append((b"iXML", self.ixml))
        middle = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
        data = self._data_bytes
        riff = 4 + (8 + _DS64_BYTES) + len(middle) + 8 + data + data % 2
        if riff <= self.riff_limit:
            form = b"RIFF" + struct.pack("<I", riff) + b"WAVE"
            reserve = b"JUNK" + struct.pack("<I", _DS64_BYTES) + bytes(_DS64_BYTES)
            return form + reserve + middle + b"data" + struct.pack("<I", data)
        form = b"RF64" + struct.pack("<I", _RIFF_LIMIT) + b"WAVE"
        ds64 = b"ds64" + struct.pack("<IQQQI", _DS64_BYTES, riff, data, self.frames, 0)
        return form + ds64 + middle + b"data" + struct.pack("<I", _RIFF_LIMIT)


@contextmanager
def open_bwf(
    path: Path,
    layout: Layout,
    bext: Bext,
    ixml: bytes = b"",
    *,
    sample_rate_hz: int = 48_000,
    dither: np.random.Generator | None = None,
    riff_limit: int = _RIFF_LIMIT,
) -> Iterator[BwfWriter]:
    """A writer whose file appears at `path` when the block ends well, and not at all otherwise.

    Args:
        path: where the file goes.
        layout: channel order and mask.
        bext: the broadcast extension; `BwfWriter.bext` may be replaced before the block ends.
        sample_rate_hz: samples a second.
        ixml: the iXML document (`ixml.document`); empty leaves the chunk out.
        dither: randomness of triangular dither, ±1 LSB; None rounds.
        riff_limit: size from which the file becomes RF64, bytes.

    Raises:
        DeliveryError: the audio cannot be delivered as it is (shape, clipping, not a number).
        OutputError: the file cannot be written.
    """
    with atomic_path(path) as temporary, temporary.open("w+b", buffering=1 << 20) as stream:
        writer = BwfWriter(stream, layout, sample_rate_hz, bext, ixml, dither, riff_limit)
        yield writer
        writer.close()


def write_bwf(
    path: Path,
    blocks: Audio | Iterable[Audio],
    layout: Layout,
    bext: Bext,
    ixml: bytes = b"",
    *,
    sample_rate_hz: int = 48_000,
    dither: np.random.Generator | None = None,
) -> Path:
    """Write an array, or blocks of one, of shape (channels, samples); see `open_bwf`."""
    with open_bwf(path, layout, bext, ixml, sample_rate_hz=sample_rate_hz, dither=dither) as writer:
        for block in (blocks,) if isinstance(blocks, np.ndarray) else blocks:
            writer.write(block)
    return path


def pcm24(block: Audio, dither: np.random.Generator | None = None) -> bytes:
    """Interleaved little-endian 24-bit PCM of (channels, samples); full scale 1 maps to 2^23 - 1 at most."""
    # A factor of 2^23 and every 24-bit code are exact in float32; dither needs the bits below.
    scaled = block.T * np.float32(_FULL_SCALE) if dither is None else block.T.astype(np.float64) * _FULL_SCALE
    if dither is not None:
        # Triangular density of two LSB width decouples the error's mean and variance from the signal
        # (Lipshitz, Wannamaker and Vanderkooy 1992).
        scaled += dither.random(scaled.shape) - dither.random(scaled.shape)
    codes = np.clip(np.rint(scaled), -_FULL_SCALE, _FULL_SCALE - 1).astype("<i4")
    return np.ascontiguousarray(codes).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _format_chunk(layout: Layout, sample_rate_hz: int) -> bytes:
    """WAVEFORMATEXTENSIBLE of 24-bit PCM."""
    frame_bytes = layout.channels * 3
    head = struct.pack(
        "<HHIIHHH", 0xFFFE, layout.channels, sample_rate_hz, sample_rate_hz * frame_bytes, frame_bytes, 24, 22
    )
    return head + struct.pack("<HI", 24, layout.mask) + _PCM_GUID


def chunk_table(path: Path) -> dict[str, tuple[int, int]]:
    """Chunk name → (offset of its data, size in bytes) of a RIFF or RF64 file; the first of each name.

    Raises:
        DeliveryError: the file is no WAVE, or a chunk runs past its end.
    """
    length = path.stat().st_size
    table: dict[str, tuple[int, int]] = {}
    with path.open("rb") as stream:
        head = stream.read(12)
        if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
            raise _not_wave(path)
        position, data_bytes = 12, 0
        while position + 8 <= length:
            stream.seek(position)
            name, size = struct.unpack("<4sI", stream.read(8))
            if name == b"ds64":
                data_bytes = struct.unpack("<QQ", stream.read(16))[1]
            if name == b"data" and size == _RIFF_LIMIT:
                size = data_bytes
            if position + 8 + size > length:
                raise _not_wave(path)
            table.setdefault(name.decode("latin-1").strip(), (position + 8, size))
            position += 8 + size + size % 2
    return table


def read_chunk(path: Path, name: str, limit: int = 1 << 20) -> bytes:
    """The bytes of one chunk, at most `limit` of them.

    Raises:
        DeliveryError: the file is no WAVE or has no such chunk.
    """
    table = chunk_table(path)
    if name not in table:
        raise DeliveryError(f"{path.name} has no {name} chunk", "a Broadcast Wave file", "print it again")
    offset, size = table[name]
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(min(size, limit))


def read_bext(path: Path) -> Bext:
    """The broadcast extension of a file.

    Raises:
        DeliveryError: the file is no WAVE or carries none.
    """
    return Bext.decode(read_chunk(path, "bext"))


def stamp_bext(path: Path, bext: Bext) -> None:
    """Replace the bext of a finished file in place, for figures that are measured on the print itself.

    Raises:
        DeliveryError: the file carries no bext, or one of another length.
    """
    encoded = bext.encode()
    offset, size = chunk_table(path).get("bext", (0, -1))
    if size != len(encoded):
        raise DeliveryError(
            f"{path.name} with a bext chunk of {size} bytes", f"one of {len(encoded)} bytes", "print the file again"
        )
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(encoded)


def _not_wave(path: Path) -> DeliveryError:
    return DeliveryError(f"{path.name} is no whole WAVE file", "a RIFF or RF64 WAVE file", "print it again")
