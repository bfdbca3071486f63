"""The preview: the clip's own picture stream, packet for packet, with the printed mixes as its sound.

No picture is decoded or encoded. Stereo is the first audio track, 5.1 the second; the clip's own sound is left out. MP4
is written; Matroska, else QuickTime, where MP4 cannot hold the picture's codec (`preview_container` says why).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ClipError, DeliveryError
from foleydesigner.files import atomic_path
from foleydesigner.tools.clipfile import open_film
from foleydesigner.tools.delivery.layouts import STEREO, SURROUND_51, Layout

if TYPE_CHECKING:
    import soundfile
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_RATE_HZ = 48_000
_AAC_FRAME = 1024
_STEREO_BITS = 192_000
_SURROUND_BITS = 384_000
_AHEAD_S = 1.0
_CONTAINERS = (("mp4", ".mp4", "MP4"), ("matroska", ".mkv", "Matroska"), ("mov", ".mov", "QuickTime"))


@dataclass(frozen=True, slots=True)
class _Picture:
    """Where the picture lies on its stream's clock, in ticks of `time_base`: [start, end)."""

    start: int
    end: int
    time_base: Fraction
    decode_times: NDArray[np.int64] | None
    """One a packet, in decode order, where the container keeps none (Matroska, for the first reordered frames)."""

    @property
    def duration_s(self) -> float:
        return float((self.end - self.start) * self.time_base)


def preview_container(clip: Path) -> tuple[str, str]:
    """The suffix that the preview of `clip` gets, and the reason where it is not ".mp4".

    Raises:
        ClipError: the clip cannot be opened or has no picture.
        DeliveryError: no container takes the picture's codec.
    """
    with open_film(clip) as source:
        codec = _picture_stream(source).codec_context.codec.canonical_name
    for container, suffix, name in _CONTAINERS:
        if codec in _codecs_of(container):
            return (
                suffix,
                "" if suffix == ".mp4" else f"MP4 cannot hold {codec}, and the picture is not re-encoded: {name}",
            )
    raise DeliveryError(
        f"a picture in {codec}, which neither MP4, Matroska nor QuickTime can hold",
        "a picture that can be copied as it is",
        "convert the clip to H.264 in MP4 for a preview; stems and mixes do not need it",
    )


def mux_preview(
    clip: Path, stereo: Path, surround: Path | None, out_dir: Path, *, surround_layout: Layout = SURROUND_51
) -> Path:
    """Write `preview.mp4` (or `.mkv`, `.mov`) into `out_dir` and return its path.

    The picture's first shown frame and the first audio sample lie at time 0, wherever the clip's clock started.
    The audio is padded or cut to the picture's length. The encoder's priming is left to the container's edit list.

    Args:
        clip: the film; only its picture is taken.
        stereo: 48 kHz WAV, two channels.
        surround: 48 kHz WAV, six channels; None leaves the second track out.
        out_dir: folder of the preview.
        surround_layout: channel order of `surround`.

    Raises:
        ClipError: the clip cannot be opened or has no picture.
        DeliveryError: a mix is not 48 kHz or has other channels, or no container takes the picture's codec.
    """
    import av

    suffix, reason = preview_container(clip)
    target = out_dir / f"preview{suffix}"
    options = {"movflags": "+faststart", "movie_timescale": str(_RATE_HZ)} if suffix == ".mp4" else {}
    try:
        with ExitStack() as stack:
            temporary = stack.enter_context(atomic_path(target))
            source = stack.enter_context(open_film(clip))
            template = _picture_stream(source)
            picture = _read_times(clip)
            sink = stack.enter_context(av.open(str(temporary), "w", options=options))
            if reason:
                sink.metadata["comment"] = reason
            # The decoder's own context is the template: a codec without an encoder could not be copied otherwise.
            video = sink.add_stream_from_template(template, opaque=True)
            samples = round(picture.duration_s * _RATE_HZ)
            tracks = [_AudioTrack(sink, _wav(stack, stereo, STEREO), STEREO, _STEREO_BITS, samples)]
            if surround is not None:
                wav = _wav(stack, surround, surround_layout)
                tracks.append(_AudioTrack(sink, wav, surround_layout, _SURROUND_BITS, samples))
            for number, packet in enumerate(_packets(source, template)):
                dts = packet.dts if picture.decode_times is None else int(picture.decode_times[number])
                packet.stream = video
                packet.pts, packet.dts = int(packet.pts or 0) - picture.start, int(dts or 0) - picture.start
                for track in tracks:
                    track.advance(float(packet.dts * picture.time_base) + _AHEAD_S)
                sink.mux(packet)
            for track in tracks:
                track.finish()
    except av.error.FFmpegError as error:
        raise DeliveryError(
            f"the preview of {clip.name} cannot be muxed ({error})",
            "a picture stream that MP4 or Matroska can hold",
            "convert the clip to H.264 in MP4",
        ) from error
    return target


class _AudioTrack:
    """One AAC track, fed from a WAV file in step with the picture so that memory stays small."""

    def __init__(self, sink: Any, wav: soundfile.SoundFile, layout: Layout, bit_rate: int, samples: int) -> None:
        self._sink, self._wav, self._samples = sink, wav, samples
        self._written = 0
        self._stream = sink.add_stream("aac", rate=_RATE_HZ, bit_rate=bit_rate)
        self._stream.codec_context.layout = "stereo" if layout.channels == 2 else "5.1"
        self._stream.metadata["title"] = "Stereo" if layout.channels == 2 else "5.1"
        self._order = [layout.names.index(name) for name in _coded_order(layout)]

    def advance(self, until_s: float) -> None:
        """Encode on to `until_s`."""
        import av

        while self._written < min(self._samples, until_s * _RATE_HZ):
            block = self._next_block()
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=self._stream.codec_context.layout.name)
            frame.sample_rate, frame.pts, frame.time_base = _RATE_HZ, self._written, Fraction(1, _RATE_HZ)
            self._written += block.shape[1]
            self._sink.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Encode the rest and flush the encoder."""
        self.advance(float("inf"))
        self._sink.mux(self._stream.encode(None))

    def _next_block(self) -> NDArray[np.float32]:
        """The next samples, shape (channels, n), silence after the mix's end."""
        count = min(_AAC_FRAME, self._samples - self._written)
        block = self._wav.read(count, dtype="float32", always_2d=True, fill_value=0.0)
        return np.ascontiguousarray(block.T[self._order])


def _coded_order(layout: Layout) -> tuple[str, ...]:
    return STEREO.names if layout.channels == 2 else SURROUND_51.names


def _picture_stream(source: InputContainer) -> VideoStream:
    """The first picture stream that is not a cover image."""
    import av

    for stream in source.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic and stream.codec_context is not None:
            return stream
    raise ClipError("the clip holds no picture stream", "a film with at least one", "pass another clip")


def _packets(source: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """The stream's packets in decode order; the demuxer's empty flush packet is left out."""
    for packet in source.demux(stream):
        if packet.size and packet.pts is not None:
            yield packet


def _read_times(clip: Path) -> _Picture:
    """Read the packets' times once over, from a file of its own: not every container seeks back to its start."""
    with open_film(clip) as source:
        return _span(source, _picture_stream(source))


def _span(source: InputContainer, stream: VideoStream) -> _Picture:
    time_base = stream.time_base or Fraction(1, 90_000)
    frame = round(1 / (stream.average_rate or Fraction(25)) / time_base)
    start: int | None = None
    end = 0
    times = array("q")  # one a packet: a long film has hundreds of thousands
    whole = True
    for packet in _packets(source, stream):
        pts = int(packet.pts or 0)
        times.append(pts)
        whole = whole and packet.dts is not None
        if packet.is_discard:  # cut away by the clip's edit list, needed for decoding only
            continue
        last = pts + (packet.duration or frame)
        start, end = (pts, last) if start is None else (min(start, pts), max(end, last))
    if start is None:
        raise ClipError("the clip holds no picture", "at least one frame", "pass another clip")
    return _Picture(start, end, time_base, None if whole else _decode_times(np.frombuffer(times, np.int64)))


def _decode_times(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Decode times for packets shown at `times`: ascending, as late as may be with none shown before it is decoded."""
    ascending = np.sort(times)
    return ascending - int((ascending - times).max())


def _wav(stack: ExitStack, path: Path, layout: Layout) -> soundfile.SoundFile:
    import soundfile

    wav = stack.enter_context(soundfile.SoundFile(str(path)))
    if wav.samplerate != _RATE_HZ or wav.channels != layout.channels:
        raise DeliveryError(
            f"{path.name} at {wav.samplerate} Hz with {wav.channels} channels",
            f"{_RATE_HZ} Hz, {layout.order}",
            "print the mix again",
        )
    return wav


def _codecs_of(container: str) -> set[str]:
    import io

    import av

    with av.open(io.BytesIO(), "w", format=container) as probe:
        return set(probe.supported_codecs)
