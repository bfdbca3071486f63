"""The command line: instant help, one clear line for every mistake, reviews from the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foleydesigner import cli
from foleydesigner.config import Settings
from foleydesigner.errors import ConfigurationError
from foleydesigner.tools.demo_scene import write_demo_scene


def foley(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "foleydesigner.cli", *map(str, arguments)]
    settings = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, env=settings, timeout=120, check=False)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_demo_scene(tmp_path_factory.mktemp("cli"))


def test_help_is_instant_and_loads_nothing_heavy() -> None:
    start = time.perf_counter()
    assert foley("--help").returncode == 0
    assert time.perf_counter() - start < 3.0  # 0.1 s here; a loaded machine may be slow
    heavy = "numpy pydantic av langgraph torch"
    code = f"import sys, foleydesigner.cli; print([m for m in {heavy.split()} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("design",), {}, "Missing argument 'CLIP'"),
        (("design", "nowhere.mp4", "--out", "OUT"), {}, "nowhere.mp4"),
        (("design", "CLIP", "--out", "OUT", "--seed", "-1"), {}, "--seed"),
        (("design", "CLIP", "--out", "OUT", "--review", "bogus"), {}, "review"),
        (("design", "CLIP", "--out", "OUT", "--engine", "bogus"), {}, "procedural"),
        (("design", "CLIP", "--out", "OUT"), {"FOLEY_SEED": "abc"}, "seed"),
        (("design", "CLIP", "--out", "OUT"), {"FOLEY_REVIEW": "bogus"}, "review"),
        (("design", "CLIP", "--out", "CLIP"), {}, "is a file"),
        (("design", "CLIP", "--script", "nowhere.txt", "--out", "OUT"), {}, "nowhere.txt"),
        (("design", "SCRIPT", "--out", "OUT"), {}, "demo.fountain"),
        (("resume", "OUT"), {}, "no job.json"),
        (("review", "OUT"), {}, "no job.json"),
    ],
)
def test_a_mistake_gets_one_clear_line_and_leaves_nothing(
    scene: tuple[Path, Path], tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    places = {"CLIP": str(scene[0]), "SCRIPT": str(scene[1]), "OUT": str(tmp_path / "out")}
    done = foley(*(places.get(a, a) for a in arguments), **environment)
    assert done.returncode not in (0, cli.WAITING_EXIT_CODE)
    assert done.stderr.startswith("foley: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_review_from_the_terminal(scene: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    done = foley("design", scene[0], "--script", scene[1], "--out", out, "--review", "script", "--quiet")
    assert done.returncode == cli.WAITING_EXIT_CODE, done.stderr
    assert "waiting for the script review" in done.stdout
    shown = foley("review", out)
    assert shown.returncode == 0
    assert "── script ──" in shown.stdout
    assert "onsets" not in shown.stderr
    both = foley("review", out, "--approve", "--reject", "no")
    assert (both.returncode, both.stderr.count("\n")) == (9, 1)
    (tmp_path / "edit.json").write_text("{}")
    assert foley("review", out, "--edit", tmp_path / "edit.json").returncode == 9
    rejected = foley("review", out, "--reject", "no thunder", "--quiet")
    assert rejected.returncode == cli.WAITING_EXIT_CODE, rejected.stderr
    script = json.loads((out / "script" / "foley_script.json").read_text("utf-8"))
    assert "thunder" not in {event["family"] for event in script["events"]}
    assert foley("review", out, "--approve", "--reviewer", "Ada", "--quiet").returncode == 0
    assert (out / "report.html").is_file()
    assert "waits for no review" in foley("review", out).stdout


def test_settings_take_options_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLEY_SEED", "5")
    monkeypatch.setenv("FOLEY_REVIEW", "script,mix")
    assert cli.make_settings(seed=None).seed == 5
    assert cli.make_settings(seed=7).seed == 7
    assert cli.make_settings().review == ("script", "mix")
    assert cli.make_settings(review="takes").review == ("takes",)
    with pytest.raises(ConfigurationError, match="pan_width"):
        cli.make_settings(pan_width=2.0)


def test_a_full_disk_in_mid_stage_gets_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "cli", full)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 5
    shown = capsys.readouterr().err
    assert "No space left" in shown
    assert shown.count("\n") == 1


def test_settings_survive_json() -> None:
    settings = Settings(review=("script",), seed=3)
    assert Settings.model_validate(json.loads(settings.model_dump_json())) == settings
