"""The benchmark on real clips, on clips made here whose sound is known."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from foleydesigner.cli import cli
from foleydesigner.config import Settings
from foleydesigner.errors import ClipError
from foleydesigner.evals.bench.clip_sound import films_in, screenplay_beside, sound_of
from foleydesigner.evals.metrics.onset_f1 import agreement
from foleydesigner.graph import run
from foleydesigner.job import JobFolder

RATE, FPS, LENGTH_S = 44_100, 25, 1.2
CLICKS_S = (0.2, 0.8)
SCREENPLAY = "INT. HALL - DAY\n\nA ball drops on the floor, twice.\n"


def clicks(*times_s: float) -> np.ndarray:
    sound = np.zeros((1, round(LENGTH_S * RATE)), np.float32)
    ring = np.random.default_rng(1).standard_normal(2000) * np.exp(-np.arange(2000) / 400)
    for time_s in times_s:
        first = round(time_s * RATE)
        sound[0, first : first + 2000] = 0.3 * ring
    return sound


def write_clip(path: Path, sound: np.ndarray | None, late_s: float = 0.0) -> Path:
    """A square that bounces at each of `CLICKS_S`; the sound track's first sample stands at `late_s`."""
    ground = np.random.default_rng(3).integers(60, 120, (90, 160, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=RATE, layout="mono") if sound is not None else None
        for n in range(round(LENGTH_S * FPS)):
            picture = ground.copy()
            phase = (n / FPS - CLICKS_S[0]) / (CLICKS_S[1] - CLICKS_S[0]) % 1.0
            y = round(70 - 50 * 4.0 * phase * (1.0 - phase))
            picture[y : y + 18, 70:96] = 240
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
        if audio is not None and sound is not None:
            frame = av.AudioFrame.from_ndarray((sound * 32_767).astype(np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, round(late_s * RATE), Fraction(1, RATE)
            container.mux(audio.encode(frame))
            container.mux(audio.encode())
    return path


@pytest.mark.parametrize("late_s", [0.0, 0.3])
def test_sound_is_read_on_the_clock_of_the_picture(tmp_path: Path, late_s: float) -> None:
    sound, rate = sound_of(write_clip(tmp_path / "clip.mkv", clicks(0.4), late_s)) or (np.zeros((1, 0)), 0)
    assert rate == RATE
    # Matroska keeps milliseconds.
    assert np.flatnonzero(np.abs(sound[0]) > 0.05)[0] / RATE == pytest.approx(0.4 + late_s, abs=0.002)


def test_a_clip_without_sound_has_none(tmp_path: Path) -> None:
    assert sound_of(write_clip(tmp_path / "clip.mkv", None)) is None


def test_films_and_their_screenplays_are_found_by_name(tmp_path: Path) -> None:
    for name in ("b.MOV", "a.mp4", "a.fountain", "b.txt", "notes.md", "c.mkv"):
        (tmp_path / name).touch()
    films = films_in(tmp_path)
    assert [film.name for film in films] == ["a.mp4", "b.MOV", "c.mkv"]
    assert [path and path.name for path in map(screenplay_beside, films)] == ["a.fountain", "b.txt", None]


def test_folders_without_films_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="holds no film"):
        films_in(tmp_path)
    with pytest.raises(ClipError, match="cannot be listed"):
        films_in(tmp_path / "none")


def test_the_product_never_hears_the_clip(tmp_path: Path) -> None:
    scripts, mixes = [], []
    for name, sound in (("silent", None), ("sounding", clicks(0.1, 0.5, 0.9))):
        out = tmp_path / name
        assert run.design(write_clip(tmp_path / f"{name}.mkv", sound), None, out, Settings()).finished
        scripts.append(json.loads(JobFolder(out).script.read_text("utf-8"))["events"])
        mixes.append(soundfile.read(JobFolder(out).stereo, dtype="int32")[0])
    assert scripts[0] == scripts[1]
    np.testing.assert_array_equal(mixes[0], mixes[1])


def test_the_command_measures_what_sounds_and_leaves_the_silent_out(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    write_clip(folder / "ball.mkv", clicks(*CLICKS_S))
    (folder / "ball.fountain").write_text(SCREENPLAY, "utf-8")
    write_clip(folder / "mute.mkv", None)
    options = ["bench", "clips", "--clips", str(folder), "--out", str(tmp_path / "clips.json"), "--work"]
    first = CliRunner().invoke(cli, [*options, str(tmp_path / "work")])
    assert first.exit_code in (0, 1), first.output  # 1: a metronome of two beats is as good
    record = json.loads((tmp_path / "clips.json").read_text("utf-8"))
    assert record["details"]["without_sound"] == ["mute.mkv"]
    (clip,) = record["details"]["clips"]
    np.testing.assert_allclose(clip["wanted_s"], CLICKS_S, atol=0.025)
    assert clip["wall_over_length"] == pytest.approx(clip["wall_s"] / LENGTH_S, abs=0.01)
    assert clip["found_s"]
    found, wanted = np.array(clip["found_s"]), np.array(clip["wanted_s"])
    wide, narrow, median, _ = record["figures"]["pooled"]
    assert wide["value"] == agreement(found, wanted, 0.1).f1
    assert narrow["value"] == agreement(found, wanted, 0.05).f1
    assert median["count"] == agreement(found, wanted, 0.1).matched
    assert [check["limit"] for check in record["checks"]] == [wide["floor"]] * 2
    assert record["figures"]["pooled, hits asked for"] == record["figures"]["pooled"]
    # A second run reads what is measured.
    CliRunner().invoke(cli, [*options, str(tmp_path / "work")])
    again = json.loads((tmp_path / "clips.json").read_text("utf-8"))
    assert again["details"] == record["details"]
    assert again["wall_s"] < record["wall_s"]
