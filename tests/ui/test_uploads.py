"""What people bring is looked at before it is kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.errors import ClipError, ScreenplayError, UploadError
from foleydesigner.job import JobFolder
from foleydesigner.ui import uploads


def test_a_clip_says_what_it_is(film: tuple[Path, Path]) -> None:
    facts = uploads.look_at_clip(film[0])
    assert (facts.duration_s, facts.frame_rate, facts.shots) == (8.0, 24.0, 2)
    assert facts.line == "8.00 s, 24.000 fps, 640 × 360, 2 shots"


def test_what_is_no_film_or_too_large_is_refused(
    film: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"<html>not a film</html>")
    with pytest.raises(ClipError):
        uploads.look_at_clip(tmp_path / "clip.mp4")
    monkeypatch.setattr(uploads, "MAX_CLIP_BYTES", 10)
    with pytest.raises(UploadError, match="GB"):
        uploads.look_at_clip(film[0])


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a film.mp4", "a film.mp4"),
        ("../../etc/passwd", "passwd"),
        ("$(rm -rf x);`y`.MOV", "_rm -rf x_y_.mov"),
        ("Übung שלום.mp4", "Übung שלום.mp4"),
        ("...", "clip"),
        ("x.<script>", "x"),
    ],
)
def test_a_name_is_only_a_name(name: str, safe: str) -> None:
    assert uploads.safe_name(Path(name)) == safe


def test_a_screenplay_is_kept_once_it_can_be_read(tmp_path: Path) -> None:
    job = JobFolder(tmp_path)
    assert uploads.keep_screenplay(None, "  \n", job) is None
    kept = uploads.keep_screenplay(None, "INT. HALL - DAY\n\nRain.\n", job)
    assert kept is not None
    assert kept.read_text("utf-8").startswith("INT. HALL")
    (tmp_path / "bad.txt").write_bytes(b"\xff\xff\xff")
    with pytest.raises(ScreenplayError):
        uploads.keep_screenplay(tmp_path / "bad.txt", "", job)


def test_a_recording_becomes_a_wav_of_the_job(tmp_path: Path) -> None:
    tone = np.sin(np.arange(22_050) * 0.1).astype(np.float32)
    soundfile.write(tmp_path / "tone.flac", tone, 22_050)
    job = JobFolder(tmp_path / "job")
    digest = uploads.keep_recording(tmp_path / "tone.flac", job)
    assert hashlib.sha256(job.recording(digest).read_bytes()).hexdigest() == digest
    assert [p.name for p in (job.root / "recordings").iterdir()] == [f"{digest}.wav"]
    (tmp_path / "x.wav").write_bytes(b"RIFF nothing")
    with pytest.raises(UploadError, match="no sound"):
        uploads.keep_recording(tmp_path / "x.wav", job)
