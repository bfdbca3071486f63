"""What cannot work: clips, screenplays and output places, each with the words of its one clear line."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

from foleydesigner.evals.faults.broken import CLIP, DESIGN, OUT, SCREENPLAY, SCRIPT, SCRIPTED, Arguments, Broken, Place


def _spoiled(place: Place) -> None:
    """Every picture's start is gone; the container is whole."""
    data = place.data("good.mkv")
    first = data.index(b"\xff\xd8")
    place.clip(data[:first] + data[first:].replace(b"\xff\xd8", b"\0\0").replace(b"\xff\xc0", b"\0\0"))


def _without_index(place: Place) -> None:
    """The film ends before its index, as a recording does that was never closed."""
    data = place.data("good.mp4")
    place.clip(data[: data.index(b"moov") - 4])


def _flipped_header(place: Place) -> None:
    """Random bits of the index are turned over."""
    data = bytearray(place.data("good.mp4"))
    rng, start = random.Random(7), data.index(b"moov")
    for _ in range(400):
        data[rng.randrange(start, len(data))] ^= 1 << rng.randrange(8)
    place.clip(bytes(data))


def _picture(kind: str) -> Callable[[Place], object]:
    def make(place: Place) -> None:
        import cv2
        import numpy as np

        picture = np.random.default_rng(1).integers(0, 255, (64, 96, 3), dtype=np.uint8)
        place.clip(cv2.imencode(kind, picture)[1].tobytes())

    return make


def _unreadable(name: str) -> Callable[[Place], object]:
    def make(place: Place) -> None:
        place.script()
        (place.root / name).chmod(0)

    return make


def _beside(name: str, make: Callable[[Path], None]) -> Callable[[Place], object]:
    """A special file called `name`, with a good clip beside it where it is not the clip itself."""

    def made(place: Place) -> None:
        if name != CLIP:
            place.clip()
        make(place.root / name)

    return made


def _link(name: str, target: str) -> Callable[[Place], object]:
    return _beside(name, lambda path: path.symlink_to(target))


def _pipe(name: str) -> Callable[[Place], object]:
    return _beside(name, os.mkfifo)


def _socket(place: Place) -> None:
    import socket

    here = os.getcwd()
    os.chdir(place.root)  # a socket's name is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(CLIP)
    finally:
        os.chdir(here)


def _text(text: str, encoding: str) -> Callable[[Place], object]:
    return lambda place: place.script(text.encode(encoding))


_FFCONCAT = b"ffconcat version 1.0\nfile 'good.mp4'\n"
_M3U8 = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
_MPD = b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><Period/></MPD>"
_LATIN = "INT. CAFÉ - NIGHT\n\nA ball bounces.\n"
NOBODY: dict[str, object] = {"nobody": True}

CLIPS: dict[str, Broken] = {
    "no such clip": Broken(make=lambda _: None, words="does not exist"),
    "no such folder": Broken(
        make=lambda _: None, words="does not exist", arguments=("design", "a/b.mp4", "--out", OUT)
    ),
    "a folder": Broken(make=lambda p: (p.root / CLIP).mkdir(), words="is a folder"),
    "empty": Broken(make=lambda p: p.clip(b""), words="is empty"),
    "zeros": Broken(make=lambda p: p.clip(bytes(100_000)), words="is not a film"),
    "noise": Broken(make=lambda p: p.clip(random.Random(3).randbytes(100_000)), words="is not a film"),
    "text": Broken(make=lambda p: p.clip(b"Once upon a time ...\n" * 500), words="is not a film"),
    "sound only": Broken(make=lambda p: p.clip(p.data("sound.mp4")), words="holds sound only"),
    "no frames": Broken(make=lambda p: p.clip(p.data("none.mp4")), words="expected a film"),
    "cut off before the index": Broken(make=_without_index, words="is cut off"),
    "cut off in the index": Broken(make=lambda p: p.clip(p.data("front.mp4")[:400]), words="expected a film"),
    "cut off after the index": Broken(make=lambda p: p.clip(p.data("front.mp4")[:1500]), words="expected a film"),
    "bits of the index turned": Broken(make=_flipped_header, words="expected a film"),
    "no picture decodes": Broken(make=_spoiled, words="no picture can be decoded"),
    "JPEG": Broken(make=_picture(".jpg"), words="still image (JPEG)"),
    "PNG": Broken(make=_picture(".png"), words="still image (PNG)"),
    "WebP": Broken(make=_picture(".webp"), words="still image (WebP)"),
    "TIFF": Broken(make=_picture(".tiff"), words="still image (TIFF)"),
    "PPM": Broken(make=_picture(".ppm"), words="expected a film"),
    "ZIP": Broken(make=lambda p: p.clip(b"PK\x03\x04" + bytes(2000)), words="is not a film"),
    "PDF": Broken(make=lambda p: p.clip(b"%PDF-1.7\n" + b"x" * 2000), words="is not a film"),
    "a list of films": Broken(make=lambda p: p.clip(_FFCONCAT), words="is not a film"),
    "a play-list": Broken(make=lambda p: p.clip(_M3U8), words="is not a film"),
    "a manifest": Broken(make=lambda p: p.clip(_MPD), words="is not a film"),
    "a pipe": Broken(make=_pipe(CLIP), words="device, pipe or socket"),
    "a socket": Broken(make=_socket, words="device, pipe or socket"),
    "/dev/zero": Broken(make=lambda _: None, words="device", arguments=("design", "/dev/zero", "--out", OUT)),
    "/dev/null": Broken(make=lambda _: None, words="device", arguments=("design", "/dev/null", "--out", OUT)),
    "a link to /dev/zero": Broken(make=_link(CLIP, "/dev/zero"), words="device"),
    "a link to nothing": Broken(make=_link(CLIP, "gone"), words="does not exist"),
    "a link to itself": Broken(make=_link(CLIP, CLIP), words="cannot be reached"),
    "no permission": Broken(make=_unreadable(CLIP), words="cannot be read", limits=NOBODY),
    "a name of two lines": Broken(make=lambda _: None, words="a\\nb", arguments=("design", "a\nb", "--out", OUT)),
    "a name that rings": Broken(make=lambda _: None, words="\\x1b", arguments=("design", "\x1b[2J\x07", "--out", OUT)),
}

SCRIPTS: dict[str, Broken] = {
    name: Broken(make=make, words=words, code=4, arguments=SCRIPTED, limits=limits or {})
    for name, make, words, limits in (
        ("no such screenplay", lambda p: p.clip(), "there is no file", None),
        ("screenplay is a folder", lambda p: (p.clip(), (p.root / SCRIPT).mkdir()), "there is no file", None),
        ("screenplay is empty", lambda p: p.script(b""), "is empty", None),
        ("screenplay is blank", lambda p: p.script(b" \n\t\r\n" * 50), "is empty", None),
        ("screenplay is a mark", lambda p: p.script(b"\xff\xfe"), "is empty", None),
        ("UTF-16 without a mark", _text(SCREENPLAY, "utf-16-le"), "zero byte", None),
        ("UTF-16 BE without a mark", _text(SCREENPLAY, "utf-16-be"), "zero byte", None),
        ("UTF-16 cut in a letter", lambda p: p.script(SCREENPLAY.encode("utf-16")[:-1]), "UTF-16", None),
        ("UTF-32", _text(SCREENPLAY, "utf-32"), "expected UTF-8", None),
        ("Latin-1", _text(_LATIN, "latin-1"), "is not UTF-8", None),
        ("Shift JIS", _text("INT. 作業場\n\n玉が落ちる。\n", "shift-jis"), "is not UTF-8", None),
        ("binary", lambda p: p.script(random.Random(5).randbytes(5000)), "expected UTF-8", None),
        ("the clip itself", lambda p: p.script(p.data("good.mp4")), "expected UTF-8", None),
        ("a whole book", lambda p: p.script(b"A door slams.\n" * 200_000), "whole book", None),
        ("screenplay is /dev/zero", _link(SCRIPT, "/dev/zero"), "there is no file", None),
        ("screenplay is a pipe", _pipe(SCRIPT), "there is no file", None),
        ("screenplay without permission", _unreadable(SCRIPT), "cannot be read", NOBODY),
    )
}  # fmt: skip


def _begun(place: Place) -> None:
    """A finished-looking job of another clip stands in the folder."""
    place.clip()
    job = place.root / OUT
    job.mkdir()
    (job / "job.json").write_text(
        '{"job_id": "0123456789ab", "state": "waiting", "settings": {}, "created_on": "2026-01-01",'
        ' "clip": {"path": "x.mp4", "name": "x.mp4", "sha256": "' + "0" * 64 + '"}}'
    )


def _record(text: str) -> Callable[[Place], object]:
    """A job folder whose job.json says `text`."""

    def make(place: Place) -> None:
        place.clip()
        (place.root / OUT).mkdir()
        (place.root / OUT / "job.json").write_text(text)

    return make


def _closed(place: Place) -> None:
    """A folder that only root may write to."""
    place.clip()
    place.root.chmod(0o755)


RESUME: Arguments = ("resume", OUT, "--quiet")
_ROOM = "cannot be written"
_MISUSED = {"FOLEY_SEED": "abc"}

PLACES: dict[str, Broken] = {
    "output is a file": Broken(make=lambda p: (p.clip(), p.clip(b"x", OUT)), words="is a file", code=5),
    "output within a file": Broken(
        make=lambda p: p.clip(), words="", code=5, arguments=("design", CLIP, "--out", f"{CLIP}/job", "--quiet")
    ),
    "output in /proc": Broken(
        make=lambda p: p.clip(), words=_ROOM, code=5, arguments=("design", CLIP, "--out", "/proc/foley", "--quiet")
    ),
    "output is a device": Broken(
        make=lambda p: p.clip(), words="", code=5, arguments=("design", CLIP, "--out", "/dev/full", "--quiet")
    ),
    "output with too long a name": Broken(
        make=lambda p: p.clip(), words=_ROOM, code=5, arguments=("design", CLIP, "--out", "n" * 300, "--quiet")
    ),
    "output without permission": Broken(make=_closed, words=_ROOM, code=5, limits=NOBODY),
    "output is a link to nothing": Broken(make=_link(OUT, "gone/away"), words="", code=5),
    "output holds another clip's job": Broken(make=_begun, words="of another clip", code=5),
    "job.json is not JSON": Broken(make=_record("{"), words="cannot be read", code=5),
    "job.json is another's": Broken(make=_record('{"a": 1}'), words="is not a job record", code=5),
    "job.json is a list": Broken(make=_record("[]"), words="is not a job record", code=5),
    "job.json without sense": Broken(
        make=_record('{"job_id": 1, "state": [], "settings": 5, "clip": 7, "created_on": null}'),
        words="expected", code=5, arguments=RESUME,
    ),
    "resume of nothing": Broken(make=lambda _: None, words="no job.json", code=5, arguments=RESUME),
    "review of nothing": Broken(make=lambda _: None, words="no job.json", code=5, arguments=("review", OUT)),
    "setting out of range": Broken(
        make=lambda p: p.clip(), words="seed", code=2, limits={"environment": _MISUSED}
    ),
    "no such option": Broken(make=lambda p: p.clip(), words="--bogus", code=2, arguments=(*DESIGN, "--bogus")),
    "no such command": Broken(make=lambda _: None, words="bogus", code=2, arguments=("bogus\n\x1b[31m",)),
}  # fmt: skip

ALL: dict[str, Broken] = {**CLIPS, **SCRIPTS, **PLACES}
"""Everything that ends at once; `full_disk` holds what ends in the middle."""
