"""Whether a path may be opened as a film at all: the checks that come before any decoder sees the file.

A clip is untrusted. Only ordinary files are opened, only by the containers listed here, and the demuxer may read
nothing but that one file: play-lists that name other files or addresses are refused.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from foleydesigner.errors import ClipError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_MAX_PIXELS = 16_384 * 16_384
_FILM = "a film with at least one decodable picture"
_RIGHTS = "check the path and that this user may read it"
_CHECK = "check the file with a player, or pass another clip"

_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,mxf,nut,gif,dv,gxf,ivf,m4v,h264,hevc,"
    "av1,obu,yuv4mpegpipe,rm,wtv,mp3,wav,w64,flac,aac,ac3,eac3,aiff,au,caf"
)
"""Demuxers that read one file and nothing else. Sound-only ones are among them so that they can be told by name."""

_STILLS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"8BPS", "Photoshop"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
)
_STILL_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"avif": "AVIF"}


def still_image_kind(head: bytes) -> str | None:
    """Name of the still-image format whose signature `head` (the first 32 bytes of a file) starts with, or None."""
    for signature, kind in _STILLS:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return _STILL_BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None


def check_file(path: Path) -> None:
    """Refuse what is not a readable, non-empty, ordinary file with moving pictures, without opening devices or pipes.

    Raises:
        ClipError: says which of these it is.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ClipError(f"{path} does not exist", _FILM, "check the path") from error
    except (OSError, ValueError) as error:
        raise ClipError(f"{path} cannot be reached ({_reason(error)})", _FILM, _RIGHTS) from error
    if stat.S_ISDIR(mode):
        raise ClipError(f"{path} is a folder", "one film file", "pass a file inside it")
    if not stat.S_ISREG(mode):
        raise ClipError(f"{path} is a device, pipe or socket", "an ordinary film file", "save the film to a file first")
    if path.stat().st_size == 0:
        raise ClipError(f"{path} is empty", _FILM, "copy or export the clip again")
    try:
        with path.open("rb") as stream:
            head = stream.read(32)
    except OSError as error:
        raise ClipError(f"{path} cannot be read ({_reason(error)})", _FILM, _RIGHTS) from error
    if (kind := still_image_kind(head)) is not None:
        raise ClipError(f"{path} is a still image ({kind})", _FILM, "pass the moving picture it was taken from")


def open_film(path: Path) -> InputContainer:
    """Open a checked file with the container demuxers of the white list, and no protocol but that of local files.

    Raises:
        ClipError: not an ordinary readable file, or not a film.
    """
    check_file(path)
    import av
    import av.error

    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
    try:
        # "file:" keeps a name such as "concat:a|b" a name. Odd bytes in tags must not stop a film.
        return av.open(f"file:{os.path.abspath(path)}", mode="r", container_options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        detail = f"is not a film, or is cut off before its index ({_reason(error)})"
        raise no_picture(path, detail) from error


def film_stream(path: Path, container: InputContainer) -> VideoStream:
    """The stream that is the film: the first that is not a cover picture.

    Raises:
        ClipError: there is none, or its pictures are too large to decode.
    """
    streams = [s for s in container.streams.video if not _is_cover(s)]
    if not streams:
        if container.streams.video:
            raise no_picture(path, "holds sound and a cover picture, but no film")
        raise no_picture(path, "holds sound only" if container.streams.audio else "holds no video stream")
    stream = streams[0]
    if getattr(stream, "codec_context", None) is None:
        raise no_picture(path, "holds a video stream for which there is no decoder")
    if stream.width * stream.height > _MAX_PIXELS:
        raise no_picture(path, f"claims pictures of {stream.width} × {stream.height} pixels")
    stream.thread_type = cast(Any, "AUTO")
    return stream


def _is_cover(stream: VideoStream) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def no_picture(path: Path, detail: str) -> ClipError:
    """The error for a file that opens and shows nothing; `detail` is what it holds instead."""
    return ClipError(f"{path} {detail}", _FILM, _CHECK)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text.splitlines()[0][:200] if text else type(error).__name__
