"""Legal films that are not like the others: a whole job each, on a second of picture or less."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from foleydesigner.config import Settings
from foleydesigner.graph import run
from foleydesigner.job import JobFolder
from foleydesigner.tools.delivery.bwf import read_bext


def film(path: Path, *, rate: Fraction, frames: int, size: tuple[int, int] = (160, 90), **options: str) -> Path:
    """A dropping square on a textured ground; `timecode` is a container tag, the rest are the encoder's options."""
    timecode = options.pop("timecode", "")
    codec, pixels = options.pop("codec", "libx264"), options.pop("pix_fmt", "yuv420p")
    ground = np.random.default_rng(3).integers(60, 120, (size[1], size[0], 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        if timecode:
            container.metadata["timecode"] = timecode
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], pixels
        for n in range(frames):
            picture = ground.copy()
            y = min(int(size[1] * 0.7), int(size[1] * 0.7 * (2 * n / max(frames, 1)) ** 2))
            picture[y : y + size[1] // 5, size[0] // 2 : size[0] // 2 + size[0] // 6] = 240
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


CASES = {
    "very_short": {"rate": Fraction(25), "frames": 5},
    "one_frame": {"rate": Fraction(25), "frames": 1},
    "slow": {"rate": Fraction(1), "frames": 2},
    "fast": {"rate": Fraction(120), "frames": 60},
    "portrait": {"rate": Fraction(24), "frames": 12, "size": (90, 160)},
    "ten_bit": {"rate": Fraction(24), "frames": 12, "pix_fmt": "yuv420p10le"},
    "timecode": {"rate": Fraction(24000, 1001), "frames": 12, "timecode": "01:00:00:00"},
    "drop_frame": {"rate": Fraction(30000, 1001), "frames": 15, "timecode": "00:10:00;00"},
}


@pytest.mark.parametrize("name", CASES)
def test_an_awkward_film_gets_a_whole_result(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    clip = film(tmp_path / f"Übung – {name} שלום.mov", **case)
    assert run.design(clip, None, tmp_path / "out", Settings()).finished
    job = JobFolder(tmp_path / "out")
    duration_s = case["frames"] / float(case["rate"])
    for path, channels in ((job.stereo, 2), (job.surround, 6)):
        info = soundfile.info(path)
        assert info.channels == channels
        assert info.frames == pytest.approx(duration_s * 48_000, abs=1)
    assert job.report.is_file()
    assert list(job.delivery.glob("preview.*"))
    reference = {"timecode": 172_972_800, "drop_frame": 28_799_971}.get(name, 0)
    # 01:00:00:00 at 24000/1001 is 3603.6 s; 00:10:00;00 at 30000/1001 is frame 17982, 599.9994 s.
    assert read_bext(job.stereo).time_reference == reference


def test_a_silent_black_film_gets_air_and_no_hits(tmp_path: Path) -> None:
    path = tmp_path / "black.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for _ in range(24):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((90, 160, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    assert run.design(path, None, tmp_path / "out", Settings()).finished
    script = json.loads(JobFolder(tmp_path / "out").script.read_text("utf-8"))
    assert [e["layer"] for e in script["events"]] == ["backgrounds"]


def test_damaged_checkpoints_get_one_clear_line(tmp_path: Path) -> None:
    from foleydesigner.errors import JobError

    clip = film(tmp_path / "clip.mp4", rate=Fraction(24), frames=12)
    run.design(clip, None, tmp_path / "out", Settings(review=("script",)))
    job = JobFolder(tmp_path / "out")
    for extra in job.root.glob("checkpoints.sqlite-*"):
        extra.unlink()
    job.checkpoints.write_bytes(b"SQLite format 3\x00" + bytes(range(256)) * 40)
    with pytest.raises(JobError, match="checkpoints"):
        run.resume(job.root)
