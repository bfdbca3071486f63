"""Writes films of any legal kind: container, codec, clock, shape, edit list, timecode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from foleydesigner.evals.faults.bouncing import Bouncing, Picture, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """How a film is made. Sizes are as displayed: upright, with square pixels.

    Attributes:
        suffix: of the file; it names the container.
        codec: encoder.
        pix_fmt: as the encoder takes it.
        rate: frames per second of a steady film, and what the header claims of any other.
        frames: how many are shown.
        stamps_ms: presentation time of each frame where the rate varies, milliseconds from the first shown.
        width_px: of the displayed picture.
        height_px: of the displayed picture.
        rotation_deg: counter-clockwise turn that a player has to make; the coded picture is turned back by as much.
        pixel_aspect: width over height of a coded pixel.
        start_s: where the first shown frame stands on the container's clock; below 0, frames before 0 are hidden by an
            edit list.
        timecode: of the first frame; "" = none.
        options: of the encoder.
        container_options: of the container.
        ball: what is shown.
        draw: another picture for frame n at a time in seconds, instead of the ball.
    """

    suffix: str = ".mp4"
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    rate: Fraction = Fraction(24)
    frames: int = 48
    stamps_ms: Sequence[int] | None = None
    width_px: int = 192
    height_px: int = 108
    rotation_deg: int = 0
    pixel_aspect: Fraction = Fraction(1)
    start_s: Fraction = Fraction(0)
    hidden: int = 0
    timecode: str = ""
    options: dict[str, str] = field(default_factory=lambda: {"preset": "ultrafast", "crf": "18"})
    container_options: dict[str, str] = field(default_factory=dict)
    ball: Bouncing | None = field(default_factory=Bouncing)
    draw: Callable[[int, float, int, int], Picture] | None = None

    @property
    def times_s(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Presentation times of the shown frames, the first at 0, float64 of shape (frames,)."""
        if self.stamps_ms is not None:
            return np.asarray(self.stamps_ms, dtype=np.float64) / 1000.0
        return np.arange(self.frames, dtype=np.float64) / float(self.rate)

    @property
    def last_s(self) -> float:
        """How long the last frame stands: as long as the one before it."""
        times_s = self.times_s
        return float(times_s[-1] - times_s[-2]) if self.stamps_ms is not None else float(1 / self.rate)

    @property
    def duration_s(self) -> float:
        """From the first frame to the end of the last."""
        return float(self.times_s[-1]) + self.last_s

    def contacts_s(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """When the ball strikes, seconds from the first shown frame."""
        return np.zeros(0) if self.ball is None or self.draw is not None else self.ball.contacts_s(self.duration_s)


def write_film(path: Path, film: Film) -> Path:
    """Encode `film` to `path`, whose folder exists; returns it."""
    import av

    stage = Stage(film.width_px, film.height_px, film.ball)
    # The file: prefix keeps names such as "-x.mp4" or "a:b.mp4" names.
    with av.open(f"file:{path}", "w", format=_format(film.suffix), options=film.container_options) as container:
        stream: Any = container.add_stream(film.codec, rate=film.rate, options=dict(film.options))
        stream.pix_fmt = film.pix_fmt
        stream.codec_context.thread_count = 1
        if film.timecode:
            stream.metadata["timecode"] = film.timecode
            container.metadata["timecode"] = film.timecode
        tick = Fraction(1, 1000) if film.stamps_ms is not None else 1 / film.rate
        stream.codec_context.time_base = tick
        stream.sample_aspect_ratio = film.pixel_aspect
        if film.rotation_deg:
            stream.set_display_rotation(film.rotation_deg)
        start = round(film.start_s / tick)
        times_s = film.times_s
        for number in range(-film.hidden, len(times_s)):
            time_s = float(times_s[number]) if number >= 0 else number * float(1 / film.rate)
            shown = (
                stage.picture(time_s) if film.draw is None else film.draw(number, time_s, film.width_px, film.height_px)
            )
            coded = _coded(shown, film)
            if number == -film.hidden:
                stream.height, stream.width = coded.shape[:2]
            frame = av.VideoFrame.from_ndarray(coded, format="rgb24")
            frame.pts = start + (number if film.stamps_ms is None else int(film.stamps_ms[number]))
            frame.time_base = tick
            for packet in stream.encode(frame):
                container.mux(packet)
        container.mux(stream.encode())
    return path


def _coded(shown: Picture, film: Film) -> Picture:
    """The picture as it is stored: turned back, and squeezed by the pixel aspect."""
    import cv2

    turned = np.rot90(shown, -(film.rotation_deg // 90))
    if film.pixel_aspect != 1:
        height, width = turned.shape[:2]
        turned = cv2.resize(turned, (round(width / film.pixel_aspect), height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return np.ascontiguousarray(turned, dtype=np.uint8)


def _format(suffix: str) -> str:
    named = {".mkv": "matroska", ".ts": "mpegts", ".m2ts": "mpegts", ".mpg": "mpeg"}
    return named.get(suffix, suffix.removeprefix("."))
