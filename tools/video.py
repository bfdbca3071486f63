"""Ingest: what a clip's headers say, and its frames as a stream at working size.

One decoding pass gives the frames; the frame count, the duration and the rate are corrected from that pass. Nothing
here grows with the length of the film but eight bytes a frame for its time.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import ClipInfo
from foleydesigner.files import file_sha256
from foleydesigner.plain import file_name
from foleydesigner.tools.clipfile import film_stream, no_picture, open_film
from foleydesigner.tools.display import MIN_SIDE_PX, Orientation, displayed_size, orientation, working_size
from foleydesigner.tools.frame_rate import RateJudgement, judge_rate, usable_rate
from foleydesigner.tools.timecode import ZERO_TIMECODE, normalised_timecode

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_QUEUE_FRAMES, _QUEUE_PIXELS = 6, 32_000_000
"""How far decoding runs ahead: six frames, fewer where they are large, two at least."""
_MAX_SILENT_ERRORS = 200
"""Damaged packets in a row, without one good picture between them, after which the rest is given up."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One displayed picture: `rgb` of shape (h, w, 3), uint8, square pixels, upright; `time_s` from the first frame."""

    index: int
    time_s: float
    rgb: NDArray[np.uint8]
    enlarged: Callable[[int], NDArray[np.uint8]]
    """The same picture with its longer side at most so many pixels, made on demand; never larger than the film's."""


class FilmReader:
    """One decoding pass over a film: iterate once, then ask `clip_info` for the corrected description.

    Decoding and scaling run in a thread of their own, at most six frames ahead of the analysis.

    Raises:
        ClipError: from the constructor, when the file is no film or its first picture cannot be decoded.
    """

    def __init__(self, path: Path, width_px: int) -> None:
        self.path = Path(path)
        self.damaged_packets = 0
        self.truncated = False
        self._container = open_film(self.path)
        try:
            self._stream = film_stream(self.path, self._container)
            self._decoded = self._decode()
            first = next(self._decoded, None)
            if first is None:
                raise no_picture(self.path, "holds a video stream of which no picture can be decoded")
        except BaseException:
            self._container.close()
            raise
        self._first: VideoFrame | None = first
        self._orientation = _frame_orientation(first)
        self.displayed = displayed_size(
            first.width, first.height, self._stream.sample_aspect_ratio, self._orientation.quarter_turns
        )
        self.working = working_size(self.displayed, width_px)
        self._claimed = usable_rate(self._stream.average_rate, self._stream.guessed_rate, self._stream.base_rate)
        self._tick_s = float(self._stream.time_base or Fraction(1, 1000))
        self._times_s: list[float] = []
        self._last_duration_s: float | None = None
        self._counted = False

    @property
    def frame_rate(self) -> float:
        """Frames per second by the header."""
        return float(self._claimed)

    @property
    def frames_expected(self) -> int | None:
        """Frames by the header; None where it does not say."""
        stream, container = self._stream, self._container
        claims = [stream.frames] if stream.frames > 0 else []
        if stream.duration and stream.time_base:
            claims.append(int(stream.duration * stream.time_base * self._claimed + Fraction(1, 2)))
        # The container's length may be its sound's, so it only ever lowers a claim (an edit list hides frames).
        if container.duration and (claims or len(container.streams) == 1):
            claims.append(int(Fraction(container.duration, 1_000_000) * self._claimed + Fraction(1, 2)))
        return max(1, min(claims)) if claims else None

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Presentation times of the frames so far, float64 of shape (n,), the first at 0."""
        return np.array(self._times_s, dtype=np.float64)

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def __enter__(self) -> FilmReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        ahead = max(2, min(_QUEUE_FRAMES, _QUEUE_PIXELS // (self.displayed[0] * self.displayed[1])))
        waiting: queue.Queue[Frame | BaseException | None] = queue.Queue(maxsize=ahead)
        stop = threading.Event()
        worker = threading.Thread(target=self._fill, args=(waiting, stop), name="decode", daemon=True)
        worker.start()
        try:
            while (item := waiting.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stop.set()
            while worker.is_alive():  # the worker may stand at a full queue
                _drain(waiting)
                worker.join(timeout=0.05)

    def clip_info(self, sha256: str) -> ClipInfo:
        """The clip's description; count, duration, rate and variability by counting once the pass is over."""
        if self._counted:
            judged = judge_rate(self.times_s, self._claimed, self._tick_s, self._last_duration_s)
            count = len(self._times_s)
        else:
            count = self.frames_expected or 1
            judged = RateJudgement(self._claimed, False, count / float(self._claimed))
        return ClipInfo(
            name=file_name(self.path),
            sha256=sha256,
            width_px=self.displayed[0],
            height_px=self.displayed[1],
            rate_num=judged.rate.numerator,
            rate_den=judged.rate.denominator,
            frame_count=count,
            duration_s=judged.duration_s,
            variable_rate=judged.variable,
            rotation_deg=cast(Literal[0, 90, 180, 270], 90 * self._orientation.quarter_turns),
            start_timecode=_start_timecode(self._container, self._stream),
            codec=self._stream.codec_context.name,
        )

    def _fill(self, waiting: queue.Queue[Frame | BaseException | None], stop: threading.Event) -> None:
        """Decode, scale and queue until the film or the reader ends; an unexpected error travels to the reader."""
        end: BaseException | None = None
        try:
            for frame in self._frames():
                if not _put(waiting, frame, stop):
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised again where the frames are read
            end = error
        _put(waiting, end, stop)

    def _frames(self) -> Iterator[Frame]:
        import av.error

        start_s: float | None = None
        period_s = float(1 / self._claimed)
        while True:
            decoded = self._first if self._first is not None else next(self._decoded, None)
            self._first = None
            if decoded is None:
                self._counted = bool(self._times_s)
                return
            previous_s = self._times_s[-1] if self._times_s else -period_s
            stamp_s = self._stamp_s(decoded)
            if start_s is None:
                start_s = 0.0 if stamp_s is None else stamp_s
            time_s = previous_s + period_s if stamp_s is None else stamp_s - start_s
            if time_s <= previous_s:  # a time stamp that stands still or runs back
                time_s = previous_s + min(self._tick_s, period_s)
            try:
                rgb = self._scaled(decoded, self.working)
            except (av.error.FFmpegError, ValueError, MemoryError):
                self.damaged_packets += 1
                continue
            self._last_duration_s = decoded.duration * self._tick_s if decoded.duration else None
            self._times_s.append(time_s)
            yield Frame(len(self._times_s) - 1, time_s, rgb, partial(self._enlarged, decoded))

    def _stamp_s(self, decoded: VideoFrame) -> float | None:
        """Presentation time; AVI stores none, and the guess for B-frames is out of order: there, decoding time."""
        if "avi" in self._container.format.name.split(","):
            return None if decoded.dts is None else decoded.dts * self._tick_s
        return cast("float | None", decoded.time)

    def _enlarged(self, decoded: VideoFrame, longer_side_px: int) -> NDArray[np.uint8]:
        return self._scaled(decoded, working_size(self.displayed, longer_side_px))

    def _scaled(self, decoded: VideoFrame, size_px: tuple[int, int]) -> NDArray[np.uint8]:
        """Area-averaged to `size_px` by swscale, so that fine texture does not shimmer, then turned upright."""
        turned = self._orientation.quarter_turns % 2 == 1
        width_px, height_px = size_px[::-1] if turned else size_px
        small = decoded.reformat(width_px, height_px, "rgb24", interpolation="AREA", threads=1)
        return self._orientation.apply(cast("NDArray[np.uint8]", small.to_ndarray()))

    def _decode(self) -> Iterator[VideoFrame]:
        """Every picture that can be decoded whole; damaged packets are counted and passed over."""
        import av.error

        errors_in_a_row = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError):  # the container breaks off: what came before stands
                self.truncated = True
                packet = None
            try:
                pictures = self._stream.decode(packet)
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, OSError, ValueError):
                self.damaged_packets += 1
                errors_in_a_row += 1
                pictures = []
            for picture in pictures:
                if picture.is_corrupt:
                    self.damaged_packets += 1
                    continue
                errors_in_a_row = 0
                yield picture
            if packet is None or errors_in_a_row > _MAX_SILENT_ERRORS:
                return


def check_film(path: Path) -> None:
    """Refuse what is not a film, before any work is begun; the bytes are not read through.

    Raises:
        ClipError: not a film.
    """
    with FilmReader(path, MIN_SIDE_PX):
        pass


def probe(path: Path, sha256: str | None = None) -> ClipInfo:
    """What the headers and the first picture say: count and duration are the container's claims, not counted.

    Args:
        path: the clip.
        sha256: of its bytes where that is known already; read from the file otherwise.

    Raises:
        ClipError: not a film.
    """
    with FilmReader(path, MIN_SIDE_PX) as reader:
        return reader.clip_info(sha256 or file_sha256(reader.path))


def frames(path: Path, width_px: int) -> Iterator[Frame]:
    """Every frame of a clip, its longer side at most `width_px`, in order of display.

    Raises:
        ClipError: not a film.
    """
    with FilmReader(path, width_px) as reader:
        yield from reader


def _frame_orientation(frame: VideoFrame) -> Orientation:
    from av.sidedata.sidedata import Type

    matrix = cast(Any, frame.side_data).get(Type.DISPLAYMATRIX)
    return Orientation() if matrix is None else orientation(bytes(matrix))


def _start_timecode(container: InputContainer, stream: VideoStream) -> str:
    """The `timecode` tag of the film's stream, the container or any other stream, in that order."""
    for tags in (stream.metadata, container.metadata, *(other.metadata for other in container.streams)):
        if (text := normalised_timecode(tags.get("timecode", ""))) is not None:
            return text
    return ZERO_TIMECODE


def _put(waiting: queue.Queue[Any], item: object, stop: threading.Event) -> bool:
    """Queue `item`; False when the reader went away meanwhile."""
    while not stop.is_set():
        try:
            waiting.put(item, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False


def _drain(waiting: queue.Queue[Any]) -> None:
    try:
        while True:
            waiting.get_nowait()
    except queue.Empty:
        return
