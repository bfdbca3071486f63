"""What the sandbox and the fuzzer recognise, on cases small enough to be known, and a few of the real ones."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from foleydesigner.evals.faults import awkward, broken, broken_cases, full_disk, fuzz
from foleydesigner.evals.faults.sandbox import Outcome, Sandbox, job_leftovers


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return broken.write_good(tmp_path_factory.mktemp("good"))


def outcome(code: int = 0, stderr: str = "", **more: object) -> Outcome:
    known = {"timed_out": False, "wall_s": 1.0, "peak_mb": 1.0, "stdout": "", "stderr": stderr}
    return Outcome.model_validate({"code": code, **known, **more})


@pytest.mark.parametrize(
    ("ended", "count"),
    [
        (outcome(-11), "crashes"),
        (outcome(-9, timed_out=True), "hangs"),
        (outcome(70, "Traceback (most recent call last):\n  x\nValueError: y\n"), "tracebacks"),
        (outcome(3, "foley: no film; expected one\n", left=("tmp_x/a.part",)), "leaks"),
        (outcome(3, "foley: one\nfoley: two\n"), "illegal"),
        (outcome(3, ""), "illegal"),
        (outcome(0, stdout='{"frames": 1, "illegal": ["times that do not ascend"]}\n'), "illegal"),
        (outcome(3, "foley: no film; expected one\n"), "refused"),
        (outcome(0, stdout='{"frames": 1, "illegal": []}\n'), "worked"),
    ],
)
def test_every_end_is_counted_for_what_it_is(ended: Outcome, count: str, tmp_path: Path) -> None:
    verdict, fault = fuzz.judged(ended, tmp_path)
    assert verdict == count
    assert bool(fault) == (count not in ("refused", "worked"))


def test_half_written_files_are_found(tmp_path: Path) -> None:
    (tmp_path / "whole.json").write_text("{}")
    (tmp_path / "torn.json").write_text('{"a": ')
    (tmp_path / ".take.x.part.wav").write_bytes(b"RIFF")
    assert sorted(job_leftovers(tmp_path)) == [".take.x.part.wav", ".take.x.part.wav", "torn.json"]


def test_a_command_that_does_not_end_is_ended(sandbox: Sandbox, good: Path, tmp_path: Path) -> None:
    ended = sandbox.foley("design", good / "good.mp4", "--out", tmp_path / "job", "--quiet", limit_s=0.05)
    assert ended.timed_out
    assert "still running" in ended.fault


def test_the_same_seed_makes_the_same_files(good: Path, tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
    first = [fuzz.damaged(number, 5, good, tmp_path / "one") for number in range(40)]
    again = [fuzz.damaged(number, 5, good, tmp_path / "two") for number in range(40)]
    assert [(kind, path.read_bytes()) for kind, path in first] == [(kind, path.read_bytes()) for kind, path in again]
    assert len({path.read_bytes() for _, path in first}) == 40
    assert {path.suffix for _, path in first} == {".mp4", ".mkv", ".fountain"}


def test_boxes_are_those_of_the_file(good: Path) -> None:
    data = (good / "good.mp4").read_bytes()
    names = [data[start + 4 : start + 8] for start, _ in fuzz.boxes(data)]
    assert names[0] == b"ftyp"
    assert {b"moov", b"trak", b"stbl", b"stsz"} <= set(names)
    top = [(a, b) for a, b in fuzz.boxes(data) if data[a + 4 : a + 8] in (b"ftyp", b"free", b"mdat", b"moov")]
    assert top[-1][1] == len(data)
    assert list(fuzz.boxes(struct.pack(">I", 7) + b"abcd")) == []


def test_damaged_files_are_met(sandbox: Sandbox, good: Path, tmp_path: Path) -> None:
    report = fuzz.run(22, 1, good, tmp_path, sandbox)
    assert report.faults == ()
    assert report.refused + report.worked == 22
    assert report.refused >= 5


@pytest.mark.parametrize(
    "name", ["a folder", "sound only", "cut off before the index", "a play-list", "UTF-32", "output is a device"]
)
def test_broken_things_are_met_with_one_line(name: str, sandbox: Sandbox, good: Path, tmp_path: Path) -> None:
    verdict = broken.meet(name, broken_cases.ALL[name], tmp_path / "case", good, sandbox)
    assert verdict.faults == ()


def test_a_wrong_line_is_a_fault(sandbox: Sandbox, good: Path, tmp_path: Path) -> None:
    expecting = broken.Broken(make=broken_cases.CLIPS["a folder"].make, words="is a violin", code=4)
    verdict = broken.meet("a folder", expecting, tmp_path / "case", good, sandbox)
    assert len(verdict.faults) == 2  # other words, another code


@pytest.mark.parametrize("name", ["turned 90°", "Matroska that begins at 10 s"])
def test_awkward_films_are_right(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    case = awkward.run_film(name, awkward.FILMS[name], tmp_path, sandbox)
    assert case.fault == ""
    assert [str(fact) for fact in case.facts if not fact.right] == []


def test_a_full_disk_is_met_and_the_job_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    (verdict,) = full_disk.run(tmp_path, sandbox, [0.4])
    assert verdict.faults == ()
    assert "cannot be written" in verdict.said
