"""The evidence of a film on disk, written and read track by track.

A film of two hours has 66 MB of it. Parsed as one document that is several times as much in memory, three times a job.
The file is the plain JSON that the model gives; only its tracks, of which each takes lines of its own, pass one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from foleydesigner.evidence import PictureEvidence, Track
from foleydesigner.files import atomic_path

_NONE = b'  "tracks": []'
_OPENING, _CLOSING = b'  "tracks": [\n', b"  ]"
_FIRST, _LAST = b"    {\n", b"    }"


def write_evidence(path: Path, evidence: PictureEvidence) -> Path:
    """Write evidence whole or not at all; the bytes are those of `files.write_json`.

    Raises:
        OutputError: the place cannot be written or is full.
    """
    rest = evidence.model_copy(update={"tracks": ()}).model_dump_json(indent=2).encode() + b"\n"
    before, after = rest.split(_NONE, 1)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(before)
        if evidence.tracks:
            file.write(_OPENING)
            for number, track in enumerate(evidence.tracks):
                file.write(b",\n" if number else b"")
                lines = track.model_dump_json(indent=2).encode().split(b"\n")
                file.write(b"\n".join(b"    " + line for line in lines))
            file.write(b"\n" + _CLOSING)
        else:
            file.write(_NONE)
        file.write(after)
    return path


def read_evidence_file(path: Path) -> PictureEvidence:
    """Read evidence, however its JSON is laid out; as `write_evidence` lays it out, in little memory.

    Raises:
        OSError: it cannot be read.
        pydantic.ValidationError: it is no evidence.
    """
    try:
        rest, tracks = _parted(path)
        evidence = PictureEvidence.model_validate_json(rest)
    except ValidationError:
        tracks = ()
    if not tracks:
        return PictureEvidence.model_validate_json(path.read_bytes())
    return evidence.model_copy(update={"tracks": tracks})


def _parted(path: Path) -> tuple[bytes, tuple[Track, ...]]:
    """The text of evidence without its tracks, and those."""
    rest: list[bytes] = []
    tracks: list[Track] = []
    with path.open("rb") as file:
        for line in file:
            if line != _OPENING:
                rest.append(line)
                continue
            tracks += [Track.model_validate_json(text) for text in _blocks(file, rest)]
    return b"".join(rest), tuple(tracks)


def _blocks(file: IO[bytes], rest: list[bytes]) -> Iterator[bytes]:
    """The text of each track, from the line after the opening on; the line that closes the list goes to `rest`.

    What is not laid out so is given as it stands, and is no track.
    """
    block: list[bytes] = []
    for line in file:
        if not block and line.startswith(_CLOSING):
            rest.append(_NONE + line[len(_CLOSING) :])
            return
        block.append(line)
        if line.rstrip(b",\n") == _LAST:
            yield b"".join(block).rstrip(b",\n")
            block = []
    yield b"".join(block)
