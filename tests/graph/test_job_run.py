"""Whole jobs: what a run leaves behind, crashes and resumes, reviews, and the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleydesigner.config import Settings
from foleydesigner.errors import ClipError, FoleyError, JobError, JobMismatchError, ReviewError
from foleydesigner.graph import printing, run, scripting
from foleydesigner.graph.review import ReviewAnswer
from foleydesigner.graph.stage import STAGES, Progress
from foleydesigner.job import JobFolder
from foleydesigner.script import FoleyScript
from foleydesigner.tools import demo_scene
from foleydesigner.tools.delivery.bwf import read_bext
from foleydesigner.tools.demo_scene import write_demo_scene
from foleydesigner.tools.loudness import measure_file

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")

MADE = (
    "script/foley_script.json",
    "script/search.json",
    "mix/stereo.wav",
    "mix/surround_51.wav",
    "delivery/preview.mp4",
    "delivery/cue_sheet.csv",
    "delivery/loudness.json",
    "delivery/provenance.json",
    "report.html",
    "job.json",
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_demo_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def finished(scene: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[JobFolder, list[Progress]]:
    folder, heard = tmp_path_factory.mktemp("job") / "out", []
    assert run.design(*scene, folder, Settings(), heard.append).finished
    return JobFolder(folder), heard


def hashes(folder: Path) -> dict[str, str]:
    """Every artifact that has to be the same in an equal job."""
    kept = ("script", "cues", "takes", "stems", "mix", "delivery")
    files = [p for part in kept for p in sorted((folder / part).rglob("*")) if p.is_file()]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def script_of(job: JobFolder) -> FoleyScript:
    return FoleyScript.model_validate_json(job.script.read_bytes())


def test_everything_that_is_promised_is_there(finished: tuple[JobFolder, list[Progress]]) -> None:
    job, _ = finished
    assert [name for name in MADE if not (job.root / name).is_file()] == []
    assert len(list(job.stems.glob("*.wav"))) >= 5
    assert len(list((job.root / "cues").glob("*.json"))) == len(script_of(job).events)
    assert not (job.root / "work").exists()
    assert not [p for p in job.root.rglob("*") if ".part" in p.name]


def test_mixes_are_as_long_as_the_picture_at_48_khz_and_24_bit(finished: tuple[JobFolder, list[Progress]]) -> None:
    job, _ = finished
    for path, channels in ((job.stereo, 2), (job.surround, 6)):
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (48_000, channels, "PCM_24")
        assert info.frames == round(2 * demo_scene.SHOT_S * 48_000)


def test_layers_and_returns_sum_to_the_mix(finished: tuple[JobFolder, list[Progress]]) -> None:
    job, _ = finished
    index = json.loads((job.stems / "index.json").read_text("utf-8"))
    parts = [soundfile.read(job.stems / e["file"])[0] for e in index if e["kind"] != "event"]
    mix, _ = soundfile.read(job.stereo)
    residual = np.sqrt(np.mean((mix - sum(part[: len(mix)] for part in parts)) ** 2))
    assert 20 * np.log10(residual / np.sqrt(np.mean(mix**2))) < -90.0


def test_true_peak_is_held(finished: tuple[JobFolder, list[Progress]]) -> None:
    job, _ = finished
    sheet = json.loads(job.loudness.read_text("utf-8"))
    assert sheet["passed"]
    assert sheet["mixes"]["surround_51"]["channel_order"] == "L R C LFE Ls Rs"
    assert all(m["figures"]["true_peak_dbtp"] <= -0.95 for m in sheet["mixes"].values())


def test_the_known_contacts_are_in_the_script_within_half_a_frame(finished: tuple[JobFolder, list[Progress]]) -> None:
    job, _ = finished
    found = np.array(sorted(t for event in script_of(job).events for t in event.onsets_s))
    truth = demo_scene.truth()
    for kind in ("bounces_s", "steps_s", "flashes_s"):
        offsets = [np.abs(found - t).min() for t in truth[kind]]
        assert np.median(offsets) <= 0.5 / demo_scene.FRAME_RATE, kind
        assert max(offsets) <= 0.1, kind


def test_each_sound_has_what_it_is_for(finished: tuple[JobFolder, list[Progress]]) -> None:
    families = {event.family: event for event in script_of(finished[0]).events}
    assert {"impact", "footsteps", "thunder", "rain", "cloth"} <= set(families)
    assert families["impact"].in_s < demo_scene.SHOT_S < families["footsteps"].in_s
    assert families["rain"].spans[0].start_s == 0.0
    assert families["rain"].spans[-1].end_s == pytest.approx(2 * demo_scene.SHOT_S)


def test_the_ball_is_heard_from_where_it_lands(finished: tuple[JobFolder, list[Progress]]) -> None:
    from foleydesigner.graph.reading import read_cue

    job, _ = finished
    truth = demo_scene.truth()
    ball = min(
        (e for e in script_of(job).events if e.kind == "impulsive"),
        key=lambda e: abs(e.onsets_s[0] - truth["bounces_s"][0]),
    )
    azimuth, _ = read_cue(job, ball.id).trajectory.sample(np.array(truth["bounces_s"]))
    np.testing.assert_allclose(azimuth, truth["bounce_azimuths_deg"], atol=6.0)


def test_the_mixes_carry_their_loudness(finished: tuple[JobFolder, list[Progress]]) -> None:
    job, _ = finished
    for path in (job.stereo, job.surround):
        bext = read_bext(path)
        assert bext.loudness_value_lufs == pytest.approx(measure_file(path).integrated_lufs, abs=0.02)
        assert bext.max_true_peak_dbtp == pytest.approx(measure_file(path).true_peak_dbtp, abs=0.02)


def test_film_order_moves_channels_only(finished: tuple[JobFolder, list[Progress]], tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "out")
    shutil.copytree(finished[0].root, job.root)
    smpte = soundfile.read(job.surround)[0]
    settings = Settings(surround_order="film")
    printing.print_all(job, scripting.read_script(job), settings, lambda done, total: None)
    np.testing.assert_array_equal(soundfile.read(job.surround)[0], smpte[:, [0, 2, 1, 4, 5, 3]])


def test_the_cue_sheet_states_its_time_base(finished: tuple[JobFolder, list[Progress]]) -> None:
    job, _ = finished
    rows = list(csv.reader(job.cue_sheet.read_text("utf-8-sig").splitlines()))
    assert ["Frame rate (fps, exact)", "24/1"] in rows
    assert sum(bool(row) and row[0].isdigit() for row in rows) >= len(script_of(job).events)


def test_every_stage_reports_start_and_end_and_its_seconds(finished: tuple[JobFolder, list[Progress]]) -> None:
    job, heard = finished
    for name, _ in STAGES:
        states = [p.state for p in heard if p.stage == name]
        assert states[0] == "start"
        assert states[-1] == "end"
        assert states.count("start") == states.count("end")
    assert set(job.read_record()["seconds"]) == {name for name, _ in STAGES}


def test_a_finished_job_is_not_done_twice(finished: tuple[JobFolder, list[Progress]], scene: tuple[Path, Path]) -> None:
    job, _ = finished
    heard: list[Progress] = []
    before = {p: p.stat().st_mtime_ns for p in job.root.rglob("*.wav")}
    assert run.design(*scene, job.root, Settings(), heard.append).finished
    assert heard == []
    assert {p: p.stat().st_mtime_ns for p in job.root.rglob("*.wav")} == before


def test_another_job_in_the_same_folder_is_refused(
    finished: tuple[JobFolder, list[Progress]], scene: tuple[Path, Path]
) -> None:
    job, _ = finished
    with pytest.raises(JobMismatchError, match="other settings"):
        run.design(*scene, job.root, Settings(seed=7))
    with pytest.raises(JobMismatchError, match="another screenplay"):
        run.design(scene[0], None, job.root, Settings())


def test_a_crash_loses_nothing_and_a_resume_gives_the_same_bytes(
    finished: tuple[JobFolder, list[Progress]],
    scene: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    undisturbed, _ = finished
    with monkeypatch.context() as patch:

        def torn(state: object) -> None:
            raise RuntimeError("power cut")

        patch.setattr(printing, "print_mixes", torn)
        with pytest.raises(RuntimeError, match="power cut"):
            run.design(*scene, tmp_path / "out", Settings(workers=1))
    assert JobFolder(tmp_path / "out").read_record()["state"] == "running"
    heard: list[Progress] = []
    assert run.resume(tmp_path / "out", heard.append).finished
    assert {p.stage for p in heard} == {"print", "deliver"}
    # One worker here, two there: threads change no byte.
    ours, theirs = hashes(tmp_path / "out"), hashes(undisturbed.root)
    assert {name for name in theirs if ours.get(name) != theirs[name]} <= {"delivery/provenance.json"}
    assert set(ours) == set(theirs)


def test_reviews_stop_the_job_and_answers_steer_it(scene: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    outcome = run.design(*scene, folder, Settings(review=("script", "takes", "mix")))
    assert not outcome.finished
    assert outcome.question is not None
    assert outcome.question.point == "script"
    job = JobFolder(folder)
    assert not (folder / "takes").exists()
    assert run.resume(folder).question == outcome.question  # a resume does not answer for anybody

    script = script_of(job)
    dropped = script.events[-1].id
    edited = script.model_copy(update={"events": tuple(e for e in script.events if e.id != dropped)})
    outcome = run.answer(folder, ReviewAnswer(action="edit", script=edited, reviewer="Ada"))
    assert outcome.question is not None
    assert outcome.question.point == "takes"
    assert dropped not in {p.stem for p in (folder / "cues").glob("*.json")}

    again = edited.events[0].id
    before = job.take(again, "dry").read_bytes()
    with pytest.raises(ReviewError, match="still waits"):
        run.answer(folder, ReviewAnswer(action="reject", event_ids=("ev_unknown",)))
    outcome = run.answer(folder, ReviewAnswer(action="reject", note="another one", event_ids=(again,)))
    assert outcome.question is not None
    assert outcome.question.point == "takes"
    assert job.take(again, "dry").read_bytes() != before

    outcome = run.answer(folder, ReviewAnswer(action="approve"))
    assert outcome.question is not None
    assert outcome.question.point == "mix"
    assert run.answer(folder, ReviewAnswer(action="approve")).finished
    provenance = json.loads(job.provenance.read_text("utf-8"))
    assert [d["verdict"] for d in provenance["decisions"]] == ["edit", "reject", "approve", "approve"]
    assert provenance["decisions"][0]["decided_by"] == "Ada"
    with pytest.raises(ReviewError, match="waits for no answer"):
        run.answer(folder, ReviewAnswer(action="approve"))


def test_a_clip_without_a_screenplay_still_sounds(scene: tuple[Path, Path], tmp_path: Path) -> None:
    assert run.design(scene[0], None, tmp_path / "out", Settings(surround="upmix", pan_law="spaced_pair")).finished
    job = JobFolder(tmp_path / "out")
    assert any(event.kind == "impulsive" for event in script_of(job).events)
    sheet = json.loads(job.loudness.read_text("utf-8"))
    assert sheet["foldown"]["foldown_null_db"] < -60.0


@pytest.mark.parametrize(("profile", "target"), [("ebu_r128", -23.0), ("atsc_a85", -24.0)])
def test_delivery_profiles_move_the_printed_mixes(
    finished: tuple[JobFolder, list[Progress]], tmp_path: Path, profile: str, target: float
) -> None:
    # The stages before the print do not know the profile: copy them and print anew.
    job = JobFolder(tmp_path / "out")
    shutil.copytree(finished[0].root, job.root)
    record = job.read_record()
    settings = Settings.model_validate({"profile": profile})
    record["settings"] = settings.model_dump(mode="json")
    job.record.write_text(json.dumps(record))
    script = scripting.read_script(job)
    printing.print_all(job, script, settings, lambda done, total: None)
    measured = {"stereo": measure_file(job.stereo), "surround_51": measure_file(job.surround)}
    assert measured["stereo"].integrated_lufs == pytest.approx(target, abs=0.5)
    assert measured["surround_51"].integrated_lufs == pytest.approx(target, abs=0.5)
    assert max(m.true_peak_dbtp for m in measured.values()) <= (-0.95 if profile == "ebu_r128" else -1.95)


@pytest.mark.parametrize("content", [b"", b"not a film", bytes(range(256)) * 64])
def test_a_broken_clip_leaves_nothing_behind(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    with pytest.raises(ClipError) as caught:
        run.design(tmp_path / "clip.mp4", None, tmp_path / "out", Settings())
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_screenplay_in_a_wrong_encoding_leaves_nothing_behind(scene: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_bytes("Tür".encode("latin-1"))
    with pytest.raises(FoleyError, match="UTF-8"):
        run.design(scene[0], tmp_path / "s.txt", tmp_path / "out", Settings())
    assert not (tmp_path / "out").exists()


def test_a_changed_input_is_noticed(scene: tuple[Path, Path], tmp_path: Path) -> None:
    clip, screenplay = tmp_path / "c.mp4", tmp_path / "s.fountain"
    shutil.copy(scene[0], clip)
    shutil.copy(scene[1], screenplay)
    run.design(clip, screenplay, tmp_path / "out", Settings(review=("script",)))
    screenplay.write_text("INT. ELSEWHERE - DAY\n\nNothing is as it was.\n")
    with pytest.raises(JobError, match="has changed"):
        run.answer(tmp_path / "out", ReviewAnswer(action="approve"))
