"""`foley dataset build|stats|inspect|export|import` and `foley bench filmstereo`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from foleydesigner.cli import cli
from foleydesigner.errors import DatasetError

from .small_store import write_store

SMALL = ["--clips", "6", "--seconds", "3", "--rate", "16000", "--shard-clips", "4", "--workers", "1"]


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    write_store(folder / "recordings")
    done = _run("dataset", "build", *SMALL, "--seed", "1", "--out", folder)
    assert done.exit_code == 0, done.output
    return folder


def test_build_leaves_shards_statistics_and_a_picture(built: Path) -> None:
    assert sorted(p.name for p in built.iterdir() if p.is_file()) == [
        "build.jsonl", "dataset.json", "shard-00000.tar", "shard-00001.tar", "statistics.json", "statistics.png",
    ]  # fmt: skip
    assert json.loads((built / "statistics.json").read_text())["clips"] == 6


def test_stats_says_the_mix(built: Path) -> None:
    told = _run("dataset", "stats", built).output
    assert told.startswith("6 clips, 0.01 h, of ")
    assert "linear 66.7 %" in told


def test_inspect_lists_and_shows(built: Path, tmp_path: Path) -> None:
    assert len(_run("dataset", "inspect", built).output.splitlines()) == 6
    done = _run("dataset", "inspect", built, "--clip", "clip_000005", "--audio", tmp_path)
    assert '"id": "clip_000005"' in done.output
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"clip_000005.{signal}.wav" for signal in ("direct", "dry", "wet")
    ]
    missing = _run("dataset", "inspect", built, "--clip", "clip_000099")
    assert isinstance(missing.exception, DatasetError)


def test_export_and_import_meet(built: Path, tmp_path: Path) -> None:
    assert _run("dataset", "export", built, "--out", tmp_path / "public").exit_code == 0
    done = _run(
        "dataset", "import", tmp_path / "public" / "filmstereo.json", "--root", tmp_path / "public",
        "--licence", "cc0-1.0", "--author", "us", "--out", tmp_path / "again",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "6 clips" in done.output


def test_a_mix_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for option, value in (("--sizes", "small:20"), ("--sizes", "small=20"), ("--signals", "dry"), ("--rate", "12345")):
        done = _run("dataset", "build", option, value, "--out", tmp_path)
        assert done.exit_code == 2, done.output


def test_served_captions_need_a_server(built: Path) -> None:
    done = _run("dataset", "build", *SMALL, "--seed", "1", "--captions", "served", "--out", built)
    assert done.exit_code != 0
    assert "no server for text" in str(done.exception)


def test_the_bench_holds_a_dataset_against_itself(built: Path, tmp_path: Path) -> None:
    done = _run("bench", "filmstereo", "--data", built, "--out", tmp_path / "record.json")
    assert done.exit_code == 1  # six clips are not two thousand
    record = json.loads((tmp_path / "record.json").read_text())
    held = {check["name"]: check for check in record["checks"]}
    assert [check["held"] for check in record["checks"][1:3]] == [True, True]
    assert held["clips"]["value"] == 6
    assert 0.0 < held["itd_mae_us of the direct path, mean over clips"]["value"] < 30.0
    assert record["details"]["throughput"]["audio_h_per_core_h"] > 0.0
    assert record["details"]["recordings"] == {"kept": 8, "dropped": {"silent": 1}}
