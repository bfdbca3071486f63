"""A small dataset: whole, resumable, the same bytes by any way, and true about itself."""

from __future__ import annotations

import gc
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from foleydesigner.errors import DatasetError
from foleydesigner.evals.metrics.frames import frame_centres_s
from foleydesigner.evals.metrics.itd import itd_mae_us
from foleydesigner.generator.filmstereo import building
from foleydesigner.generator.filmstereo.building import build, read_log
from foleydesigner.generator.filmstereo.pools import LocalPool
from foleydesigner.generator.filmstereo.recipe import Recipe
from foleydesigner.generator.filmstereo.shards import FilmStereo, read_shard
from foleydesigner.generator.filmstereo.statistics import draw, lines, statistics_of

from .small_store import write_store

RECIPE = Recipe(clips=10, seed=3, duration_s=4.0, sample_rate_hz=16_000, shard_clips=4)


def _quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filmstereo")
    write_store(folder / "recordings")
    build(RECIPE, folder, LocalPool(1), tell=_quiet)
    return folder


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("shard-*.tar"))}


def test_clips_hold_what_is_said_of_them(built: Path) -> None:
    clips = list(FilmStereo(built).clips(signals=("wet", "direct", "dry")))
    assert [c.annotation.id for c in clips] == [f"clip_{k:06d}" for k in range(10)]
    for clip in clips:
        a = clip.annotation
        assert clip.audio["wet"].shape == clip.audio["direct"].shape == (2, 64_000)
        assert clip.audio["dry"].shape == (1, 64_000)
        assert np.abs(clip.audio["wet"]).max() == pytest.approx(10.0 ** (-3.0 / 20.0), abs=1e-3)
        assert len(a.azimuth_deg) == 100
        assert a.intervals
        assert 0.16 <= a.microphone_spacing_m <= 0.18
        error_us, _ = itd_mae_us(
            clip.audio["direct"], a.delay_s(frame_centres_s(64_000, a.sample_rate_hz)), a.sample_rate_hz
        )
        assert error_us is not None
        assert error_us < 30.0


def test_onsets_are_those_that_were_placed(built: Path) -> None:
    hits = [a for a in FilmStereo(built).annotations() if a.placed_onsets_ms]
    assert hits
    for a in hits:
        np.testing.assert_allclose(a.onsets_ms, a.placed_onsets_ms, atol=10.0)


def test_two_processes_and_a_resumed_build_make_the_same_bytes(built: Path, tmp_path: Path) -> None:
    write_store(tmp_path / "recordings")
    build(RECIPE, tmp_path, LocalPool(2), tell=_quiet)
    assert _bytes(tmp_path) == _bytes(built)
    (tmp_path / "shard-00001.tar").unlink()
    before = (tmp_path / "shard-00000.tar").stat().st_mtime_ns
    told: list[str] = []
    build(RECIPE, tmp_path, LocalPool(1), tell=told.append)
    assert _bytes(tmp_path) == _bytes(built)
    assert (tmp_path / "shard-00000.tar").stat().st_mtime_ns == before
    assert told[0] == "2 of 3 shards are there"


def test_an_interrupted_build_loses_nothing(built: Path, tmp_path: Path) -> None:
    class Dies(LocalPool):
        def run(self, jobs: Any) -> Any:
            for count, result in enumerate(super().run(jobs)):
                if count == 2:
                    raise KeyboardInterrupt
                yield result

    write_store(tmp_path / "recordings")
    with pytest.raises(KeyboardInterrupt):
        build(RECIPE, tmp_path, Dies(1), tell=_quiet)
    assert sorted(_bytes(tmp_path)) == ["shard-00000.tar", "shard-00001.tar"]
    with (tmp_path / building.LOG).open("a") as file:
        file.write('{"shard": 2, "cl')  # cut short with the power
    log = build(RECIPE, tmp_path, LocalPool(1), tell=_quiet)
    assert _bytes(tmp_path) == _bytes(built)
    assert sum(entry.clips for entry in log) >= 8


def test_another_request_is_not_built_into_the_same_folder(built: Path) -> None:
    with pytest.raises(DatasetError, match="differs in seed, moving"):
        build(RECIPE.model_copy(update={"seed": 4, "moving": 0.5}), built, LocalPool(1), tell=_quiet)
    (built / "recordings" / "manifest.jsonl").rename(built / "recordings" / "away")
    with pytest.raises(DatasetError, match="cleaned recordings"):
        build(RECIPE, built, LocalPool(1), tell=_quiet)
    (built / "recordings" / "away").rename(built / "recordings" / "manifest.jsonl")


def test_statistics_are_those_of_the_clips(built: Path, tmp_path: Path) -> None:
    annotations = list(FilmStereo(built).annotations())
    found = statistics_of(annotations)
    assert found.clips == 10
    assert found.hours == pytest.approx(10 * 4.0 / 3600.0, abs=5e-4)
    assert found.sizes == {"large": 4, "medium": 2, "small": 2, "very_large": 2}
    assert found.motions == {"linear": 6, "static": 4}
    assert found.share("motions", "linear") == 60.0
    assert 0.1 < found.active_share <= 1.0
    assert any("linear 60.0 %" in line for line in lines(found))
    draw(annotations, tmp_path / "statistics.png")
    assert (tmp_path / "statistics.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(read_log(built)) == 3


def test_everybodys_loader_reads_our_shards(built: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its files to the garbage collector
        rows = list(webdataset.WebDataset(str(built / "shard-00000.tar"), shardshuffle=False))
        gc.collect()
    assert [row["__key__"] for row in rows] == [f"clip_{k:06d}" for k in range(4)]
    sound, rate_hz = soundfile.read(io.BytesIO(rows[0]["wet.flac"]))
    assert sound.shape == (64_000, 2)
    assert rate_hz == 16_000


def test_damaged_shards_are_one_line(built: Path, tmp_path: Path) -> None:
    whole = (built / "shard-00000.tar").read_bytes()
    path = tmp_path / "shard-00000.tar"
    for data in (whole[:3000], b"", b"no archive at all", whole[:512] + bytes(2000) + whole[2512:]):
        path.write_bytes(data)
        try:
            read = list(read_shard(path))
        except DatasetError:
            continue
        assert len(read) < 4
    with pytest.raises(DatasetError, match="holds no shard"):
        FilmStereo(tmp_path / "nothing")


def test_a_cluster_makes_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """In a process of its own: a local Ray cluster of two workers, with the sockets that it needs."""
    import subprocess
    import sys

    pytest.importorskip("ray")
    write_store(tmp_path / "recordings")
    program = (
        "import sys; from pathlib import Path\n"
        "from foleydesigner.generator.filmstereo.building import build\n"
        "from foleydesigner.generator.filmstereo.pools import RayPool\n"
        "from foleydesigner.generator.filmstereo.recipe import Recipe\n"
        "build(Recipe.model_validate_json(sys.argv[1]), Path(sys.argv[2]), RayPool(2))\n"
    )
    command = [sys.executable, "-c", program, RECIPE.model_dump_json(), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert _bytes(tmp_path) == _bytes(built)
