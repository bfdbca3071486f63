from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from foleydesigner.config import Settings
from foleydesigner.errors import ClipError
from foleydesigner.evidence import PictureEvidence
from foleydesigner.files import file_sha256
from foleydesigner.job import JobFolder
from foleydesigner.tools.keyframes import KeyframeCollector, write_keyframes
from foleydesigner.tools.perception import perceive
from foleydesigner.tools.shots import ShotDetector
from foleydesigner.tools.video import Frame


@pytest.fixture(scope="module")
def clip(films: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = [*films.moving_square(30, 320, 180), *[films.scene(8, 320, 180)] * 20]
    return films.film(tmp_path_factory.mktemp("clip") / "two shots.mp4", pictures, 25)


def test_evidence_of_a_small_film(clip: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    job = JobFolder(tmp_path)
    evidence = perceive(clip, Settings(), job, lambda done, expected: told.append((done, expected)))
    assert evidence.clip.frame_count == 50
    assert evidence.clip.duration_s == pytest.approx(2.0)
    assert evidence.clip.sha256 == file_sha256(clip)
    assert [(s.id, s.start_frame, s.end_frame) for s in evidence.shots] == [("shot_001", 0, 30), ("shot_002", 30, 50)]
    assert evidence.shots[1].activity < evidence.shots[0].activity
    assert all(0.1 < shot.brightness < 0.9 for shot in evidence.shots)
    assert len(evidence.activity.values) == 50
    assert all(p.depth_m is not None for t in evidence.tracks for p in t.points)
    assert {t.shot_id for t in evidence.tracks} <= {"shot_001", "shot_002"}
    assert told == [(n, 50) for n in range(1, 51)]
    times = np.load(job.frame_times, allow_pickle=False)
    np.testing.assert_allclose(times, np.arange(50) / 25, atol=1e-4)
    assert times.dtype == np.float64
    names = sorted(path.name for path in job.keyframes.iterdir())
    assert names[0] == "shot_001_000000.jpg"
    assert names[-1] == "shot_002_000049.jpg"
    assert len(names) == 6
    assert evidence.depth_assumptions
    assert evidence.perception["depth"]


def test_evidence_is_deterministic_and_round_trips(clip: Path, tmp_path: Path) -> None:
    first = perceive(clip, Settings(), JobFolder(tmp_path / "a"))
    second = perceive(clip, Settings(), JobFolder(tmp_path / "b"))
    assert first.model_dump_json() == second.model_dump_json()
    assert PictureEvidence.model_validate_json(first.model_dump_json()) == first
    for path in (tmp_path / "a").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_a_second_run_leaves_no_stale_keyframes(clip: Path, tmp_path: Path) -> None:
    job = JobFolder(tmp_path)
    job.keyframes.mkdir(parents=True)
    (job.keyframes / "shot_009_000900.jpg").write_bytes(b"old")
    perceive(clip, Settings(), job)
    assert not (job.keyframes / "shot_009_000900.jpg").exists()


@pytest.mark.parametrize("count", [1, 2])
def test_one_and_two_frames(films: SimpleNamespace, tmp_path: Path, count: int) -> None:
    path = films.film(tmp_path / "short.mp4", films.moving_square(count), 25)
    evidence = perceive(path, Settings(), JobFolder(tmp_path / "job"))
    assert evidence.clip.frame_count == count
    assert evidence.clip.duration_s == pytest.approx(count / 25)
    assert len(evidence.shots) == 1
    assert evidence.impacts == ()


def test_a_still_film_has_its_shot_and_nothing_in_it(films: SimpleNamespace, tmp_path: Path) -> None:
    path = films.film(tmp_path / "still.mp4", [films.scene(2)] * 25, 25)
    evidence = perceive(path, Settings(), JobFolder(tmp_path / "job"))
    assert len(evidence.shots) == 1
    assert (evidence.tracks, evidence.bursts) == ((), ())


def test_a_file_that_breaks_off_is_noted(films: SimpleNamespace, tmp_path: Path) -> None:
    whole = films.film(tmp_path / "whole.mkv", films.moving_square(100), 25, codec="mpeg4")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    evidence = perceive(cut, Settings(), JobFolder(tmp_path / "job"))
    assert "breaks off" in evidence.perception["truncated"]


def test_no_film_leaves_no_job_folder(tmp_path: Path) -> None:
    with pytest.raises(ClipError):
        perceive(tmp_path / "none.mp4", Settings(), JobFolder(tmp_path / "job"))
    assert not (tmp_path / "job").exists()


def _frame(index: int) -> Frame:
    picture = np.full((18, 32, 3), index % 256, np.uint8)
    return Frame(index, index / 25, picture, lambda _: picture)


def test_keyframes_are_first_middle_last() -> None:
    collector = KeyframeCollector()
    for n in range(200):
        collector.push(_frame(n), cut=n == 100)
    kept = collector.finish()
    assert [(k.shot_number, k.role) for k in kept] == [(s, r) for s in (0, 1) for r in ("first", "middle", "last")]
    frames = [k.frame for k in kept]
    assert (frames[0], frames[2], frames[3], frames[5]) == (0, 99, 100, 199)
    assert abs(frames[1] - 50) <= 8
    assert abs(frames[4] - 150) <= 8
    assert abs(float(kept[1].rgb().mean()) - frames[1]) < 3


def test_a_long_shot_is_shown_between_as_well() -> None:
    collector = KeyframeCollector()
    for n in range(500):
        collector.push(_frame(n), cut=n == 400)
    long, short = ([k for k in collector.finish() if k.shot_number == number] for number in (0, 1))
    assert [k.role for k in short] == ["first", "middle", "last"]
    assert (long[0].role, long[-1].role) == ("first", "last")
    assert sum(k.role == "middle" for k in long) == 1
    assert 5 <= len(long) <= 10
    assert max(np.diff([k.frame for k in long])) <= 100


def test_what_lies_between_goes_first() -> None:
    collector = KeyframeCollector(most=12)
    for n in range(600):
        collector.push(_frame(n), cut=n % 150 == 0 and n > 0)
    kept = collector.finish()
    assert [(k.shot_number, k.role) for k in kept] == [(s, r) for s in range(4) for r in ("first", "middle", "last")]


@pytest.mark.parametrize("shots", [20, 21, 60, 61, 400])
def test_keyframes_are_bounded_and_spread(shots: int, tmp_path: Path) -> None:
    collector, detector = KeyframeCollector(), ShotDetector()
    for n in range(3 * shots):
        collector.push(_frame(n), cut=n > 0 and n % 3 == 0)
    kept = collector.finish()
    assert min(shots, 30) <= len(kept) <= 60
    numbers = {k.shot_number for k in kept}
    assert max(np.diff(sorted(numbers))) <= -(-shots // 30)
    written = write_keyframes(tmp_path / "keyframes", kept, detector.finish(3 * shots, 1.0))
    assert len(written) == len(kept)
    assert write_keyframes(tmp_path / "keyframes", kept[:2], detector.finish(3 * shots, 1.0)) == written[:2]
    assert len(list((tmp_path / "keyframes").iterdir())) == 2
