"""The sound that a clip came with, on the clock of its picture: what generated onsets are held against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ClipError
from foleydesigner.tools.clipfile import film_stream, open_film

FILM_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".mxf", ".ogv", ".wmv", ".flv"}
)
SCREENPLAY_SUFFIXES = (".fountain", ".txt")


def films_in(folder: Path) -> list[Path]:
    """The films of a folder by their names' endings, sorted.

    Raises:
        ClipError: the folder cannot be listed, or holds no film.
    """
    try:
        films = sorted(p for p in folder.iterdir() if p.suffix.lower() in FILM_SUFFIXES and p.is_file())
    except OSError as error:
        raise ClipError(
            f"{folder} cannot be listed ({error.strerror})", "a folder of films", "check the path"
        ) from error
    if not films:
        raise ClipError(f"{folder} holds no film", f"files ending in {', '.join(sorted(FILM_SUFFIXES))}", "add some")
    return films


def screenplay_beside(clip: Path) -> Path | None:
    """The screenplay of the same name beside a clip; None where there is none."""
    beside = (clip.with_suffix(suffix) for suffix in SCREENPLAY_SUFFIXES)
    return next((path for path in beside if path.is_file()), None)


def sound_of(clip: Path) -> tuple[NDArray[np.float32], int] | None:
    """The first sound track as mono (1, samples) and its rate in Hz; None for a clip without sound.

    Sample 0 is the time of the first picture: a track that begins later is padded, one that begins earlier is cut.

    Raises:
        ClipError: the clip cannot be opened, holds no picture, or its sound cannot be decoded.
    """
    import av
    import av.error

    with open_film(clip) as container:
        if not container.streams.audio:
            return None
        picture = next(container.decode(film_stream(clip, container)), None)
        picture_s = (picture.time or 0.0) if picture is not None else 0.0
    with open_film(clip) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler("fltp", "mono", stream.rate)
        parts: list[NDArray[np.float32]] = []
        sound_s: float | None = None
        try:
            for frame in container.decode(stream):
                sound_s = (frame.time or 0.0) if sound_s is None else sound_s
                parts += [np.asarray(out.to_ndarray(), np.float32) for out in resampler.resample(frame)]
            parts += [np.asarray(out.to_ndarray(), np.float32) for out in resampler.resample(None)]
        except av.error.FFmpegError as error:
            raise ClipError(
                f"the sound of {clip.name} cannot be decoded ({error.strerror})", "a sound track", "pass another clip"
            ) from error
    if sound_s is None:
        return None
    late = round((sound_s - picture_s) * stream.rate)
    audio = np.concatenate(parts, axis=1)
    return (np.pad(audio, ((0, 0), (late, 0))) if late >= 0 else audio[:, -late:]), int(stream.rate)
