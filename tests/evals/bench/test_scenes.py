"""`foley bench scenes` from end to end, on the scene in which nothing happens."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from foleydesigner.cli import cli
from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.bench import scene_sound
from foleydesigner.evals.bench.scenes import bench_settings


def test_silence_from_end_to_end(tmp_path: Path) -> None:
    out, work = tmp_path / "scenes.json", tmp_path / "work"
    arguments = ("--scene", "silence", "--seeds", "0", "--out", str(out), "--work", str(work))
    ended = CliRunner().invoke(cli, ["bench", "scenes", *arguments])
    # 1: recall, offsets and the like cannot be measured where nothing sounds, and what is not measured does not hold.
    assert ended.exit_code == 1, ended.output
    record = json.loads(out.read_text("utf-8"))
    assert (record["part"], record["details"]["films"], record["details"]["scenes"]) == ("scenes", 1, ["silence"])
    assert set(record["figures"]) == {"all", "silence/0"}
    checks = {check["name"]: check for check in record["checks"]}
    assert checks["picture-driven events where nothing happens"]["value"] == 0.0
    assert checks["picture-driven events where nothing happens"]["held"]
    assert checks["event recall"]["value"] is None
    assert not checks["event recall"]["held"]
    assert checks["fold-down null, worst"]["value"] is None
    assert ended.output.splitlines()[0] == "silence/0: nothing sounds"
    assert f"kept: {out}" in ended.output
    assert (work / "films" / "silence_0.mp4").is_file()
    assert (scene_sound.folder_of(work, "silence", 0) / "report.html").is_file()
    # What is there already is used again.
    film = (work / "films" / "silence_0.mp4").stat().st_mtime_ns
    CliRunner().invoke(cli, ["bench", "scenes", *arguments])
    assert (work / "films" / "silence_0.mp4").stat().st_mtime_ns == film
    assert json.loads(out.read_text("utf-8"))["figures"] == record["figures"]


def test_what_is_no_scene_or_no_seed_is_said_so(tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "x.json"))
    refused = CliRunner().invoke(cli, ["bench", "scenes", "--scene", "explosion", *out])
    assert isinstance(refused.exception, ConfigurationError)
    refused = CliRunner().invoke(cli, ["bench", "scenes", "--seeds", "one,two", *out])
    assert refused.exit_code == 2
    assert "no list of seeds" in refused.output
    assert not (tmp_path / "x.json").exists()


def test_the_bench_measures_with_the_laws_that_its_figures_name() -> None:
    settings = bench_settings()
    assert (settings.pan_law, settings.surround, settings.minds) == ("spaced_pair", "upmix", "house")
