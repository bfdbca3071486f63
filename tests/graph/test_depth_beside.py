"""Depth is measured while FilmScribe writes, and reaches the cues; a death between them loses nothing."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from foleydesigner.config import Settings
from foleydesigner.errors import CheckpointError
from foleydesigner.evals.faults.tiny import write_tiny_film
from foleydesigner.evals.puppets import depth
from foleydesigner.graph import filmscribe, run
from foleydesigner.graph.perception import read_evidence, read_picture
from foleydesigner.graph.reading import read_cue
from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder
from foleydesigner.tools import learned_depth
from foleydesigner.tools.keyframes import read_keyframes

SETTINGS = Settings(minds="house", depth_model=depth.NAME, trace="off", review="script")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_tiny_film(tmp_path_factory.mktemp("film"))


def test_the_text_is_written_while_depth_is_measured(
    film: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=20.0)
    write, anchor = filmscribe.write_structured_text, learned_depth.anchored_tracks

    def written(*given: Any) -> Any:
        both.wait()  # raises unless depth is being measured now
        return write(*given)

    def anchored(*given: Any) -> Any:
        both.wait()
        return anchor(*given)

    monkeypatch.setattr(filmscribe, "write_structured_text", written)
    monkeypatch.setattr(learned_depth, "anchored_tracks", anchored)
    job = JobFolder(tmp_path / "job")
    with depth.measuring(0.0):
        assert run.design(*film, job.root, SETTINGS).question is not None
    before, after = read_picture(job), read_evidence(job)
    assert before.perception["depth"] == "ground-contact+scale/1"
    assert after.perception["depth"] == "depth-anything-v2-metric/1"
    pictured = {keyframe.frame for keyframe in read_keyframes(job.keyframes)}
    assert {p.depth_m for t in after.tracks for p in t.points if p.frame in pictured} == {5.0}
    assert before.impacts == after.impacts


def test_who_dies_between_them_goes_on_to_the_same_bytes(
    film: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SETTINGS.model_copy(update={"review": ()})
    with depth.measuring(0.0):
        run.design(*film, tmp_path / "whole", settings)
    monkeypatch.setattr(
        learned_depth, "load_depth_network", lambda name: (_ for _ in ()).throw(CheckpointError("a", "b", "c"))
    )
    with pytest.raises(CheckpointError):
        run.design(*film, tmp_path / "torn", settings)
    torn, whole = JobFolder(tmp_path / "torn"), JobFolder(tmp_path / "whole")
    assert not torn.evidence.exists()
    with depth.measuring(0.0):
        assert run.resume(torn.root).finished
    for name in ("evidence", "structured_text", "script", "stereo"):
        assert getattr(torn, name).read_bytes() == getattr(whole, name).read_bytes()
    seen = [event.id for event in read_script(whole).events if event.placement.track_ids]
    paths = [segment.points for event_id in seen for segment in read_cue(whole, event_id).trajectory.segments]
    assert paths
    assert max(float(abs(path.depths_m - 5.0).max()) for path in paths) < 1.0


def test_without_a_network_ground_contact_stays(film: tuple[Path, Path], tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "job")
    run.design(*film, job.root, Settings(minds="house", trace="off", review="script"))
    assert job.evidence.read_bytes() == job.picture.read_bytes()
