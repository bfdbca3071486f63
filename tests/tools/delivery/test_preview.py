"""The preview: the picture's own packets, and sound that lies where it should to the sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from foleydesigner.errors import ClipError, DeliveryError
from foleydesigner.tools.delivery.layouts import SURROUND_51, SURROUND_51_FILM
from foleydesigner.tools.delivery.preview import mux_preview, preview_container

RATE = 48_000


def film(
    path: Path,
    *,
    codec: str = "libx264",
    frames: int = 50,
    rate: Fraction = Fraction(25),
    start: int = 0,
    sound: bool = False,
    rotation: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """A small film whose brightness rises; `start` is its first frame's number on the container's clock."""
    with av.open(str(path), "w") as sink:
        video = sink.add_stream(codec, rate=rate, options=options or {})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv422p10le" if codec == "prores_ks" else "yuv420p"
        if rotation:
            video.set_display_rotation(rotation)
        audio = sink.add_stream("aac", rate=RATE, layout="stereo") if sound else None
        for number in range(frames):
            picture = np.full((48, 64, 3), 4 * number % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = start + number, 1 / rate
            sink.mux(video.encode(frame))
        sink.mux(video.encode(None))
        if audio is not None:
            tone = av.AudioFrame.from_ndarray(np.full((2, 1024), 0.5, np.float32), format="fltp", layout="stereo")
            tone.sample_rate, tone.pts = RATE, 0
            sink.mux(audio.encode(tone))
            sink.mux(audio.encode(None))
    return path


def mixes(folder: Path, seconds: float = 2.0, at_s: float = 1.0) -> tuple[Path, Path]:
    """A stereo mix with one impulse, and a 5.1 whose channels each have one, 50 ms apart."""
    stereo = np.zeros((round(seconds * RATE), 2), np.float32)
    stereo[round(at_s * RATE)] = 0.9
    surround = np.zeros((round(seconds * RATE), 6), np.float32)
    for channel in range(6):
        surround[round((at_s + 0.05 * channel) * RATE), channel] = 0.9
    soundfile.write(folder / "stereo.wav", stereo, RATE, subtype="PCM_24")
    soundfile.write(folder / "surround.wav", surround, RATE, subtype="PCM_24")
    return folder / "stereo.wav", folder / "surround.wav"


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def picture_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


def peaks_s(path: Path, track: int) -> list[float]:
    """Time of the highest sample of each channel, on the container's clock."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=track))
        sound = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
        return [float(frames[0].time) + int(np.abs(channel).argmax()) / RATE for channel in sound]


def test_picture_is_copied_and_sound_lies_on_its_sample(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", sound=True)
    preview = mux_preview(clip, *mixes(tmp_path), tmp_path / "out")
    assert preview.name == "preview.mp4"
    assert packets(preview) == packets(clip)
    assert picture_times(preview) == picture_times(clip)
    assert peaks_s(preview, 0) == pytest.approx([1.0, 1.0], abs=1e-3)
    assert peaks_s(preview, 1) == pytest.approx([1.0 + 0.05 * channel for channel in range(6)], abs=1e-3)
    with av.open(str(preview)) as container:
        assert [s.layout.name for s in container.streams.audio] == ["stereo", "5.1"]
        assert [s.codec_context.name for s in container.streams.audio] == ["aac", "aac"]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_clock_that_starts_late_keeps_picture_and_sound_together(tmp_path: Path, suffix: str) -> None:
    clip = film(tmp_path / f"clip{suffix}", start=75)  # 3 s
    assert picture_times(clip)[0] == pytest.approx(3.0, abs=2e-3)
    preview = mux_preview(clip, *mixes(tmp_path), tmp_path / "out")
    assert packets(preview) == packets(clip)
    assert picture_times(preview)[0] == pytest.approx(0.0, abs=1e-3)
    assert picture_times(preview)[25] == pytest.approx(1.0, abs=2e-3)
    assert peaks_s(preview, 0) == pytest.approx([1.0, 1.0], abs=1e-3)


def test_b_frames_keep_their_order(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mkv", options={"bf": "3", "b-adapt": "0"})
    preview = mux_preview(clip, mixes(tmp_path)[0], None, tmp_path / "out")
    assert packets(preview) == packets(clip)
    assert picture_times(preview) == pytest.approx([number / 25 for number in range(50)], abs=2e-3)
    assert peaks_s(preview, 0) == pytest.approx([1.0, 1.0], abs=1e-3)


@pytest.mark.parametrize("seconds", [0.7, 5.0])
def test_sound_is_as_long_as_the_picture(tmp_path: Path, seconds: float) -> None:
    clip = film(tmp_path / "clip.mp4", frames=43, rate=Fraction(43, 2))
    preview = mux_preview(clip, *mixes(tmp_path, seconds, 0.1), tmp_path / "out")
    with av.open(str(preview)) as container:
        for stream in container.streams:
            assert float(stream.duration * stream.time_base) == pytest.approx(2.0, abs=1e-4)


def test_rotation_is_kept(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", rotation=90)
    preview = mux_preview(clip, mixes(tmp_path)[0], None, tmp_path / "out")
    with av.open(str(clip)) as before, av.open(str(preview)) as after:
        turned = next(before.decode(video=0)).rotation
        assert turned in (90, -90)
        assert next(after.decode(video=0)).rotation == turned


def test_film_order_is_put_into_the_coded_order(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4")
    preview = mux_preview(clip, *mixes(tmp_path), tmp_path / "out", surround_layout=SURROUND_51_FILM)
    film_order = {name: 1.0 + 0.05 * i for i, name in enumerate(SURROUND_51_FILM.names)}
    assert peaks_s(preview, 1) == pytest.approx([film_order[name] for name in SURROUND_51.names], abs=1e-3)


def test_a_codec_that_mp4_cannot_hold_goes_into_matroska_and_says_so(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mov", codec="prores_ks")
    suffix, reason = preview_container(clip)
    assert suffix == ".mkv"
    assert "MP4 cannot hold prores" in reason
    preview = mux_preview(clip, *mixes(tmp_path), tmp_path / "out")
    assert preview.name == "preview.mkv"
    assert packets(preview) == packets(clip)
    assert peaks_s(preview, 0) == pytest.approx([1.0, 1.0], abs=1e-3)
    with av.open(str(preview)) as container:
        assert container.metadata["COMMENT"] == reason


def test_a_codec_whose_decoder_has_another_name_stays_in_mp4(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.webm", codec="libsvtav1", frames=12)
    assert preview_container(clip) == (".mp4", "")
    preview = mux_preview(clip, mixes(tmp_path)[0], None, tmp_path / "out")
    assert len(picture_times(preview)) == 12


def test_a_codec_that_no_container_takes_is_refused_in_one_line(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.avi", codec="wmv2")
    with pytest.raises(DeliveryError, match="a picture in wmv2"):
        mux_preview(clip, *mixes(tmp_path), tmp_path / "out")


def test_pictures_without_presentation_times_are_copied(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.avi", codec="mpeg4", options={"bf": "2"})
    preview = mux_preview(clip, mixes(tmp_path)[0], None, tmp_path / "out")
    assert packets(preview) == packets(clip)
    assert np.diff(picture_times(preview)) == pytest.approx(np.full(49, 0.04), abs=2e-3)


def test_wrong_mixes_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4")
    stereo, surround = mixes(tmp_path)
    with pytest.raises(DeliveryError, match=r"surround\.wav at 48000 Hz with 6 channels"):
        mux_preview(clip, surround, None, tmp_path / "out")
    soundfile.write(stereo, np.zeros((100, 2)), 44_100)
    with pytest.raises(DeliveryError, match="at 44100 Hz"):
        mux_preview(clip, stereo, None, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_clip_without_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="no picture stream"):
        preview_container(mixes(tmp_path)[0])


def test_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4")
    files = [mux_preview(clip, *mixes(tmp_path), tmp_path / name) for name in ("a", "b")]
    assert files[0].read_bytes() == files[1].read_bytes()
