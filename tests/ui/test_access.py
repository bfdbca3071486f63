"""Who may come in, whose a job is, and what of it is served."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from foleydesigner.cli_ui import ui
from foleydesigner.errors import AccessError, ConfigurationError, JobBusyError, MissingExtraError
from foleydesigner.files import write_json, write_text
from foleydesigner.job import JobFolder
from foleydesigner.ui import media
from foleydesigner.ui.access import check_binding, parse_users
from foleydesigner.ui.library import Library


def test_people_come_with_their_passwords() -> None:
    assert parse_users(["ada:se:cret", " bob :x"]) == {"ada": "se:cret", "bob": "x"}
    for entry in ("ada", "ada:", ":secret", ""):
        with pytest.raises(ConfigurationError, match="NAME:PASSWORD"):
            parse_users([entry])
    with pytest.raises(ConfigurationError, match="twice"):
        parse_users(["ada:a", "ada:b"])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org"])  # noqa: S104
def test_nobody_is_let_in_from_elsewhere_without_a_password(host: str) -> None:
    with pytest.raises(ConfigurationError, match="--auth"):
        check_binding(host, {})
    check_binding(host, {"ada": "secret"})
    check_binding("127.0.0.1", {})


def test_without_gradio_the_app_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in sys.modules if name.startswith("foleydesigner.ui.app")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "gradio", None)
    done = CliRunner().invoke(ui, ["--jobs", str(tmp_path)])
    assert isinstance(done.exception, MissingExtraError)
    assert "uv sync --extra ui" in str(done.exception)


def test_a_job_is_its_owners(tmp_path: Path) -> None:
    library = Library(tmp_path)
    job_id = library.create("ada", title="A film")
    assert library.open(job_id, "ada").root == tmp_path / job_id
    for user in ("bob", "", "Ada"):
        with pytest.raises(AccessError, match="no such job"):
            library.open(job_id, user)
    assert [card.title for card in library.cards("ada")] == ["A film"]
    assert library.cards("bob") == []
    assert len(job_id) >= 24  # 96 bits: nobody guesses it


@pytest.mark.parametrize("name", ["..", ".", "", "../x", "a/b", "/etc", ".hidden", "x" * 101, "none", None, 7])
def test_a_name_is_never_a_path(tmp_path: Path, name: object) -> None:
    (tmp_path / "jobs").mkdir()
    write_text(tmp_path / "job.json", "{}")
    with pytest.raises(AccessError):
        Library(tmp_path / "jobs").open(name, "")  # type: ignore[arg-type]


def test_a_link_is_no_job(tmp_path: Path) -> None:
    write_text(tmp_path / "elsewhere" / "job.json", "{}")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "linked").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AccessError):
        Library(tmp_path / "jobs").open("linked", "")


def test_only_what_a_page_shows_is_served(tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "job")
    for name in (
        "mix/stereo.wav",
        "report.html",
        "checkpoints.sqlite",
        "app.json",
        "calls/w/1.json",
        "stems/x.exe",
        "inputs/page.html",
    ):
        write_text(job.root / name, "x")
    write_text(tmp_path / "secret.json", "x")
    (job.root / "mix" / "out.json").symlink_to(tmp_path / "secret.json")
    assert media.resolve(job, "mix/stereo.wav") == job.root / "mix" / "stereo.wav"
    assert media.resolve(job, "report.html").is_file()
    for name in ("checkpoints.sqlite", "app.json", "calls/w/1.json", "stems/x.exe", "../secret.json", "mix/out.json",
                 "inputs/page.html", "mix/../app.json", "mix", "/etc/passwd", "mix/none.wav"):  # fmt: skip
        with pytest.raises(AccessError):
            media.resolve(job, name)
    assert media.address(job, job.stereo).startswith("/media/job/mix/stereo.wav?v=")


def test_a_copy_has_its_own_inputs_and_a_busy_job_stays(tmp_path: Path) -> None:
    library = Library(tmp_path)
    job = library.open(library.create("ada", title="film.mp4"), "ada")
    clip = job.root / "inputs" / "film.mp4"
    write_text(clip, "x")
    write_json(job.record, {"job_id": "a", "state": "waiting", "settings": {}, "created_on": "2026-01-01",
                            "clip": {"path": str(clip), "name": "film.mp4", "sha256": "0"}})  # fmt: skip
    copy = library.open(library.duplicate(job.root.name, "ada"), "ada")
    assert copy.read_record()["clip"]["path"] == str(copy.root / "inputs" / "film.mp4")
    assert library.card(copy).title == "film.mp4 (copy)"
    with job.lock(), pytest.raises(JobBusyError):
        library.delete(job.root.name, "ada")
    library.delete(job.root.name, "ada")
    assert [card.id for card in library.cards("ada")] == [copy.root.name]
