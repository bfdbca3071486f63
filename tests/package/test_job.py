"""The job folder: atomic writes, locks, seeds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from foleydesigner.errors import JobError, OutputError
from foleydesigner.files import atomic_path, file_sha256, write_json, write_text
from foleydesigner.job import JobFolder, event_seed


def test_a_failed_write_leaves_the_old_file_and_no_scrap(tmp_path: Path) -> None:
    target = tmp_path / "mix.wav"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["mix.wav"]


def test_the_temporary_name_keeps_the_suffix(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a" / "b.png") as temporary:
        assert temporary.suffix == ".png"
        temporary.write_bytes(b"x")
    assert (tmp_path / "a" / "b.png").read_bytes() == b"x"


def test_an_unwritable_place_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_text(tmp_path / "file" / "below.txt", "x")


def test_json_keeps_floats_exactly_and_refuses_nan(tmp_path: Path) -> None:
    path = write_json(tmp_path / "x.json", {"t": 0.1 + 0.2, "name": "éü"})
    assert json.loads(path.read_text("utf-8")) == {"t": 0.1 + 0.2, "name": "éü"}
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "y.json", {"t": float("nan")})
    assert not (tmp_path / "y.json").exists()


def test_seeds_are_fixed_and_apart() -> None:
    assert event_seed(0, "take", "ev_1") == event_seed(0, "take", "ev_1")
    seeds = {event_seed(s, "take", f"ev_{n}", str(r)) for s in range(4) for n in range(20) for r in range(3)}
    assert len(seeds) == 240
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert event_seed(0, "a", "bc") != event_seed(0, "ab", "c")


def test_sha256_of_a_known_text(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert file_sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


_OTHER = """
import sys
from pathlib import Path
from foleydesigner.errors import JobBusyError
from foleydesigner.job import JobFolder
try:
    with JobFolder(Path(sys.argv[1])).lock():
        print("held")
except JobBusyError:
    print("busy")
"""


def test_a_second_process_is_refused_and_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    def other() -> str:
        command = [sys.executable, "-c", _OTHER, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with JobFolder(tmp_path).lock():
        assert other() == "busy"
    assert other() == "held"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\x00"])
def test_a_record_that_is_not_ours_is_refused(tmp_path: Path, text: str) -> None:
    job = JobFolder(tmp_path)
    job.record.write_text(text)
    with pytest.raises(JobError):
        job.read_record()


def test_a_folder_without_a_job_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"no job\.json"):
        JobFolder(tmp_path).read_record()
