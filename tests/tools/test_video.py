from __future__ import annotations

import os
import resource
import threading
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from foleydesigner.errors import ClipError
from foleydesigner.files import file_sha256
from foleydesigner.tools.clipfile import still_image_kind
from foleydesigner.tools.display import displayed_size, orientation, working_size
from foleydesigner.tools.frame_rate import judge_rate, snap, usable_rate
from foleydesigner.tools.video import FilmReader, frames, probe

NTSC = Fraction(30_000, 1001)


@pytest.mark.parametrize("rate", [1, 25, NTSC, Fraction(374, 25), Fraction(24_000, 1001), 120])
def test_rate_count_and_duration_are_exact(films: SimpleNamespace, tmp_path: Path, rate: Fraction | int) -> None:
    path = films.film(tmp_path / "clip.mp4", films.moving_square(30), rate)
    with FilmReader(path, 64) as reader:
        times = [frame.time_s for frame in reader]
        clip = reader.clip_info(file_sha256(path))
    assert clip.frame_rate == Fraction(rate)
    assert (clip.frame_count, clip.variable_rate) == (30, False)
    assert clip.duration_s == pytest.approx(float(30 / Fraction(rate)), abs=1e-4)
    np.testing.assert_allclose(times, np.arange(30) / float(rate), atol=1e-4)
    assert clip == probe(path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "mov", "ts"])
def test_containers(films: SimpleNamespace, tmp_path: Path, suffix: str) -> None:
    path = films.film(tmp_path / f"clip.{suffix}", films.moving_square(40), 25)
    with FilmReader(path, 64) as reader:
        times = [frame.time_s for frame in reader]
        clip = reader.clip_info("0" * 64)
    # a transport stream starts at 1.4 s or so: times count from the first picture all the same
    assert times[0] == 0.0
    assert (clip.frame_rate, clip.variable_rate) == (25, False)
    assert clip.duration_s == pytest.approx(len(times) / 25, abs=2e-3)
    assert len(times) == 40


@pytest.mark.parametrize(
    ("codec", "pix_fmt"), [("mpeg4", "yuv420p"), ("libx264", "yuv420p10le"), ("mjpeg", "yuvj420p")]
)
def test_codecs_and_ten_bit(films: SimpleNamespace, tmp_path: Path, codec: str, pix_fmt: str) -> None:
    pictures = films.moving_square(5)
    path = films.film(tmp_path / "clip.mkv", pictures, 25, codec=codec, pix_fmt=pix_fmt)
    shown = list(frames(path, 96))
    assert len(shown) == 5
    assert shown[0].rgb.shape == (64, 96, 3)
    assert shown[0].rgb.dtype == np.uint8
    assert np.abs(shown[3].rgb.astype(int) - pictures[3]).mean() < 12


def test_b_frames_come_in_order_of_display(films: SimpleNamespace, tmp_path: Path) -> None:
    pictures = [np.full((32, 32, 3), 4 * n, np.uint8) for n in range(60)]
    path = films.film(tmp_path / "clip.mp4", pictures, 25, options={"bf": "3"})
    levels = [float(frame.rgb.mean()) for frame in frames(path, 32)]
    assert len(levels) == 60
    assert np.all(np.diff(levels) > 0)


def test_variable_rate_is_recognised_and_times_are_the_truth(films: SimpleNamespace, tmp_path: Path) -> None:
    stamps = np.cumsum([0, *([40] * 10), *([100] * 9)]).tolist()
    path = films.film(
        tmp_path / "clip.mkv",
        films.moving_square(20),
        25,
        stamps=lambda index: stamps[index],
        time_base=Fraction(1, 1000),
    )
    with FilmReader(path, 64) as reader:
        times = [frame.time_s for frame in reader]
        clip = reader.clip_info("0" * 64)
    assert clip.variable_rate
    np.testing.assert_allclose(times, np.array(stamps) / 1000, atol=1.5e-3)
    assert clip.duration_s == pytest.approx(1.3 + 0.04, abs=0.07)


@pytest.mark.parametrize(
    ("degrees", "mirrored"), [(0, False), (90, False), (180, False), (270, False), (90, True), (0, True)]
)
def test_rotation_and_mirroring(films: SimpleNamespace, tmp_path: Path, degrees: int, mirrored: bool) -> None:
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:32, :48] = (250, 30, 30)
    picture[32:, :48] = (30, 250, 30)
    picture[:32, 48:] = (30, 30, 250)

    def prepare(_: Any, stream: Any) -> None:
        stream.set_display_rotation(degrees, hflip=mirrored)

    path = films.film(tmp_path / "clip.mp4", [picture] * 3, 25, prepare=prepare)
    first = next(iter(frames(path, 96)))
    # PyAV: turned counter-clockwise by `degrees`, mirrored after it
    expected = np.rot90(picture, degrees // 90)
    if mirrored:
        expected = expected[:, ::-1]
    assert first.rgb.shape == expected.shape
    assert np.abs(first.rgb.astype(int) - expected).mean() < 8
    clip = probe(path)
    assert (clip.width_px, clip.height_px) == (expected.shape[1], expected.shape[0])
    if not mirrored:
        assert clip.rotation_deg == degrees


def test_orientation_of_broken_matrices() -> None:
    assert orientation(b"").quarter_turns == 0
    assert orientation(bytes(36)).quarter_turns == 0


def test_pixel_aspect(films: SimpleNamespace, tmp_path: Path) -> None:
    def prepare(_: Any, stream: Any) -> None:
        stream.sample_aspect_ratio = Fraction(2, 1)

    path = films.film(tmp_path / "clip.mp4", films.moving_square(3), 25, prepare=prepare)
    assert (probe(path).width_px, probe(path).height_px) == (192, 64)
    assert next(iter(frames(path, 96))).rgb.shape == (32, 96, 3)
    assert displayed_size(720, 576, Fraction(64, 45), 1) == (576, 1024)
    assert displayed_size(720, 576, Fraction(0), 0) == (720, 576)


@pytest.mark.parametrize(
    ("displayed", "working"),
    [
        ((1280, 720), (320, 180)),
        ((720, 1280), (180, 320)),
        ((160, 120), (160, 120)),
        ((2, 2), (16, 16)),
        ((7680, 4320), (320, 180)),
        ((4000, 10), (320, 16)),
    ],
)
def test_working_size(displayed: tuple[int, int], working: tuple[int, int]) -> None:
    assert working_size(displayed, 320) == working


def test_odd_and_tiny_sizes(films: SimpleNamespace, tmp_path: Path) -> None:
    path = films.film(tmp_path / "odd.mkv", films.moving_square(3, 97, 65), 25, pix_fmt="yuv444p")
    assert next(iter(frames(path, 320))).rgb.shape == (65, 97, 3)
    path = films.film(tmp_path / "tiny.mkv", [np.zeros((2, 2, 3), np.uint8)] * 3, 25)
    assert next(iter(frames(path, 320))).rgb.shape == (16, 16, 3)


def test_enlarged_is_sharper_than_working_size(films: SimpleNamespace, tmp_path: Path) -> None:
    path = films.film(tmp_path / "clip.mp4", films.moving_square(3), 25)
    frame = next(iter(frames(path, 32)))
    assert frame.rgb.shape == (21, 32, 3)
    assert frame.enlarged(640).shape == (64, 96, 3)


@pytest.mark.parametrize("tag", ["01:02:03:04", "10:00:00;00"])
def test_start_timecode(films: SimpleNamespace, tmp_path: Path, tag: str) -> None:
    def prepare(container: Any, stream: Any) -> None:
        stream.metadata["timecode"] = tag

    path = films.film(tmp_path / "clip.mov", films.moving_square(5), NTSC, prepare=prepare)
    clip = probe(path)
    assert clip.start_timecode == tag
    assert clip.drop_frame == (";" in tag)


def test_nonsense_timecode_counts_from_zero(films: SimpleNamespace, tmp_path: Path) -> None:
    def prepare(container: Any, _: Any) -> None:
        container.metadata["timecode"] = "about noon"

    path = films.film(tmp_path / "clip.mkv", films.moving_square(5), 25, prepare=prepare)
    assert probe(path).start_timecode == "00:00:00:00"


def test_cover_picture_is_not_the_film(films: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as container:
        sound: Any = container.add_stream("aac", rate=48_000)
        sound.layout = "mono"
        cover: Any = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 96, 64, "yuvj420p"
        cover.disposition = 0x400  # attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(films.scene(1), format="rgb24")))
        container.mux(cover.encode())
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        samples.sample_rate = 48_000
        container.mux(sound.encode(samples))
        container.mux(sound.encode())
    with pytest.raises(ClipError, match="cover picture"):
        probe(path)


def test_film_beside_a_cover_picture(films: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        cover: Any = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        cover.disposition = 0x400  # attached_pic
        film: Any = container.add_stream("mpeg4", rate=25)
        film.width, film.height, film.pix_fmt = 96, 64, "yuv420p"
        container.mux(cover.encode(av.VideoFrame.from_ndarray(films.scene(1, 32, 32), format="rgb24")))
        container.mux(cover.encode())
        for picture in films.moving_square(10):
            container.mux(film.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(film.encode())
    assert (probe(path).width_px, probe(path).frame_count) == (96, 10)


def test_paths_that_are_no_films(films: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="does not exist"):
        probe(tmp_path / "none.mp4")
    with pytest.raises(ClipError, match="folder"):
        probe(tmp_path)
    with pytest.raises(ClipError, match="device"):
        probe(Path("/dev/zero"))
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(ClipError, match="pipe"):
        probe(tmp_path / "pipe.mp4")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ClipError, match="empty"):
        probe(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("Once upon a time, in a film far away …\n" * 50)
    with pytest.raises(ClipError, match="not a film"):
        probe(tmp_path / "text.mp4")
    with pytest.raises(ClipError, match="sound only"):
        probe(films.sound(tmp_path / "sound.wav"))
    with pytest.raises(ClipError, match="sound only"):
        probe(films.sound(tmp_path / "sound.mp4"))
    with pytest.raises(ClipError, match="does not exist"):
        probe(tmp_path / "text.mp4" / "inside")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_denied(films: SimpleNamespace, tmp_path: Path) -> None:
    path = films.film(tmp_path / "clip.mp4", films.moving_square(3), 25)
    path.chmod(0)
    with pytest.raises(ClipError, match="cannot be read"):
        probe(path)


@pytest.mark.parametrize(("suffix", "codec"), [("jpg", "mjpeg"), ("png", "png"), ("bmp", "bmp")])
def test_still_images_are_refused(films: SimpleNamespace, tmp_path: Path, suffix: str, codec: str) -> None:
    import cv2

    still = tmp_path / f"still.{suffix}"
    cv2.imwrite(str(still), films.scene(1))
    disguised = tmp_path / f"{codec}.mp4"
    disguised.write_bytes(still.read_bytes())
    for path in (still, disguised):
        with pytest.raises(ClipError, match="still image"):
            probe(path)


def test_still_image_signatures() -> None:
    assert still_image_kind(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "WebP"
    assert still_image_kind(b"\x00\x00\x00\x18ftypheic") == "HEIC"
    assert still_image_kind(b"\x00\x00\x00\x18ftypisom") is None
    assert still_image_kind(b"RIFF\x00\x00\x00\x00AVI LIST") is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{film}\n#EXT-X-ENDLIST\n"),
        ("list.mp4", "ffconcat version 1.0\nfile '{film}'\n"),
    ],
)
def test_play_lists_that_name_other_files_are_refused(
    films: SimpleNamespace, tmp_path: Path, name: str, text: str
) -> None:
    film = films.film(tmp_path / "secret.ts", films.moving_square(10), 25)
    (tmp_path / name).write_text(text.format(film=film))
    with pytest.raises(ClipError, match="not a film"):
        probe(tmp_path / name)


def test_odd_names_are_names(films: SimpleNamespace, tmp_path: Path) -> None:
    for name in ("concat:a|b.mp4", "what? 100%d é.mp4", "http:x.mp4"):
        assert (
            probe(films.film(tmp_path / "plain.mp4", films.moving_square(3), 25).rename(tmp_path / name)).name == name
        )


def test_truncated_film_gives_what_there_is(films: SimpleNamespace, tmp_path: Path) -> None:
    whole = films.film(tmp_path / "whole.mkv", films.moving_square(100), 25, codec="mpeg4")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    with FilmReader(cut, 64) as reader:
        count = sum(1 for _ in reader)
        clip = reader.clip_info("0" * 64)
    assert 20 < count < 90
    assert clip.frame_count == count
    assert clip.duration_s == pytest.approx(count / 25, abs=2e-3)


def test_truncated_before_its_index_is_one_clear_line(films: SimpleNamespace, tmp_path: Path) -> None:
    whole = films.film(tmp_path / "whole.mp4", films.moving_square(50), 25)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(ClipError, match="cut off before its index") as caught:
        probe(cut)
    assert "\n" not in str(caught.value)


def test_damage_in_the_middle_is_passed_over(films: SimpleNamespace, tmp_path: Path) -> None:
    whole = films.film(tmp_path / "whole.mkv", films.moving_square(60), 25, codec="mjpeg", pix_fmt="yuvj420p")
    data = bytearray(whole.read_bytes())
    middle = len(data) // 2
    start = data.index(b"\xff\xd8", middle)
    end = data.index(b"\xff\xd9", start)
    data[start:end] = bytes(end - start)
    damaged = tmp_path / "damaged.mkv"
    damaged.write_bytes(data)
    with FilmReader(damaged, 64) as reader:
        count = sum(1 for _ in reader)
    assert 50 <= count < 60
    assert reader.damaged_packets >= 1


def test_no_decodable_picture(films: SimpleNamespace, tmp_path: Path) -> None:
    whole = films.film(tmp_path / "whole.mkv", films.moving_square(4), 25, codec="mjpeg", pix_fmt="yuvj420p")
    data = whole.read_bytes()
    first = data.index(b"\xff\xd8")
    spoiled = tmp_path / "spoiled.mkv"
    spoiled.write_bytes(data[:first] + data[first:].replace(b"\xff\xd8", b"\x00\x00").replace(b"\xff\xc0", b"\x00\x00"))
    with pytest.raises(ClipError, match="no picture can be decoded"):
        probe(spoiled)


def test_leaving_early_stops_the_decoder(films: SimpleNamespace, tmp_path: Path) -> None:
    path = films.film(tmp_path / "clip.mp4", films.moving_square(200), 25)
    before = threading.active_count()
    stream = frames(path, 64)
    assert next(stream).index == 0
    stream.close()
    assert threading.active_count() == before


def test_an_error_in_the_decoding_thread_reaches_the_reader(
    films: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = films.film(tmp_path / "clip.mp4", films.moving_square(5), 25)
    with FilmReader(path, 64) as reader:
        monkeypatch.setattr(reader, "_scaled", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            list(reader)


def test_memory_does_not_grow_with_length(films: SimpleNamespace, tmp_path: Path) -> None:
    picture = films.scene(3, 320, 240)
    path = films.film(tmp_path / "long.mp4", (picture for _ in range(1500)), 25, options={"preset": "ultrafast"})
    list(zip(range(100), frames(path, 320), strict=False))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in frames(path, 320)) == 1500
    # 1500 pictures would be 345 MB; ru_maxrss counts KiB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_rate_judgement() -> None:
    ntsc = np.arange(300) * 1001 / 30_000
    assert judge_rate(ntsc, NTSC, 1 / 90_000).rate == NTSC
    # Matroska rounds to milliseconds
    assert not judge_rate(np.round(ntsc, 3), NTSC, 1e-3).variable
    # a header that says 30 over frames that come at 25
    judged = judge_rate(np.arange(100) / 25, Fraction(30), 1e-5)
    assert (judged.rate, judged.variable) == (Fraction(25), False)
    dropped = np.delete(np.arange(100) / 25, 50)
    assert judge_rate(dropped, Fraction(25), 1e-5).variable
    alone = judge_rate(np.zeros(1), Fraction(25), 1e-5, None)
    assert (alone.duration_s, alone.variable) == (0.04, False)
    # a last frame that claims a minute is padding
    assert judge_rate(np.arange(10) / 25, Fraction(25), 1e-5, 60.0).duration_s == pytest.approx(0.4)


def test_rates_snap_to_standards() -> None:
    assert snap(29.9701) == NTSC
    assert snap(23.976) == Fraction(24_000, 1001)
    assert snap(14.96) == Fraction(374, 25)
    assert usable_rate(None, Fraction(0), Fraction(90_000), Fraction(24)) == 24
    assert usable_rate(None) == 25
