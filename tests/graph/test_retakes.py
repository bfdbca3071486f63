"""Takes under review: made again with changes, picked again, replaced by a recording; a job that is stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.config import Settings
from foleydesigner.errors import EngineError, JobStoppedError, ReviewError
from foleydesigner.files import write_bytes
from foleydesigner.graph import retakes, run
from foleydesigner.graph.drafts import draft_path, unmixed_path
from foleydesigner.graph.reading import read_cue, read_take_record
from foleydesigner.graph.review import ReviewAnswer, TakeOrder, TakePick
from foleydesigner.graph.scripting import read_script
from foleydesigner.graph.stage import Progress
from foleydesigner.graph.stopping import Stopper
from foleydesigner.job import JobFolder
from foleydesigner.script import PathPoint, Placement, SoundEvent
from foleydesigner.tools.audio_file import read_wav, write_wav
from foleydesigner.tools.demo_scene import write_demo_scene
from foleydesigner.tools.loudness import measure_file

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> JobFolder:
    """A job that waits at its takes; the tests that change it put back what they need."""
    place = tmp_path_factory.mktemp("retakes")
    clip, screenplay = write_demo_scene(place / "scene")
    outcome = run.design(clip, screenplay, place / "job", Settings(review=("takes", "mix")))
    assert outcome.question is not None
    return JobFolder(place / "job")


def hits(job: JobFolder) -> SoundEvent:
    return next(e for e in read_script(job).events if e.kind == "impulsive" and e.placement.kind == "screen")


def sums(job: JobFolder) -> dict[str, str]:
    return {e.id: hashlib.sha256(job.take(e.id, "dry").read_bytes()).hexdigest() for e in read_script(job).events}


def ordered(job: JobFolder, *orders: TakeOrder, picks: tuple[TakePick, ...] = ()) -> None:
    outcome = run.answer(job.root, ReviewAnswer(action="edit", orders=orders, picks=picks))
    assert outcome.question is not None
    assert outcome.question.point == "takes"


def test_one_event_is_made_again_and_the_others_stay(waiting: JobFolder) -> None:
    event, before = hits(waiting), sums(waiting)
    ordered(waiting, TakeOrder(event_id=event.id))
    after = sums(waiting)
    assert {e for e in before if before[e] != after[e]} == {event.id}
    first, second = retakes.kept_rounds(waiting, event.id)[-2:]
    assert second.round == first.round + 1
    ordered(waiting, picks=(TakePick(event_id=event.id, round=first.round),))
    assert sums(waiting) == before
    assert read_take_record(waiting, event.id) == first


def test_a_dragged_onset_and_a_drawn_path_change_nothing_else(waiting: JobFolder) -> None:
    event = hits(waiting)
    moved = (event.onsets_s[0] + 0.05, *event.onsets_s[1:])
    path = (PathPoint(time_s=0.5, x=0.0, depth_m=2.0), PathPoint(time_s=3.0, x=1.0))
    changed = event.model_copy(update={"onsets_s": moved, "placement": Placement(kind="screen", path=path)})
    ordered(waiting, TakeOrder(event_id=event.id, event=changed, new_seed=False))
    record, cue = read_take_record(waiting, event.id), read_cue(waiting, event.id)
    assert cue.onsets_s == moved
    assert cue.trajectory.sample(np.array([0.5, 1.75, 3.0]))[0] == pytest.approx([-45.0, 0.0, 45.0])
    assert record.onset_error_ms is not None
    assert record.onset_error_ms < 1.0  # the old onset is 50 ms away
    assert record.seed == retakes.kept_rounds(waiting, event.id)[0].seed
    # Picked again, the first take comes back with its own onsets and place.
    ordered(waiting, picks=(TakePick(event_id=event.id, round=0),))
    assert hits(waiting) == event
    assert read_cue(waiting, event.id).onsets_s == event.onsets_s


def test_a_recording_takes_the_place_of_a_generated_sound(waiting: JobFolder, tmp_path: Path) -> None:
    event, rate = hits(waiting), 44_100
    knock = np.zeros((1, rate), np.float32)
    knock[0, 20_000:24_000] = np.exp(-np.arange(4000) / 500.0) * np.sin(np.arange(4000) * 0.2)
    data = write_wav(tmp_path / "knock.wav", knock, rate).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    with pytest.raises(ReviewError, match="not there"):
        run.answer(waiting.root, ReviewAnswer(action="edit", orders=(TakeOrder(event_id=event.id, recording=digest),)))
    write_bytes(waiting.recording(digest), data)
    ordered(waiting, TakeOrder(event_id=event.id, recording=digest))
    record = read_take_record(waiting, event.id)
    assert record.engine == "recording"
    audio, at_hz = read_wav(waiting.take(event.id, "dry"))
    for onset_s in event.onsets_s:
        at = round((onset_s - record.start_s) * at_hz)
        assert np.abs(audio[0, at : at + 48]).max() > 3 * np.abs(audio[0, at - 96 : at - 10]).max()
    ordered(waiting, TakeOrder(event_id=event.id, engine="procedural"))
    assert read_take_record(waiting, event.id).engine.startswith("procedural")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda e: {"orders": (TakeOrder(event_id=e.id, engine="none"),)}, EngineError),
        (lambda e: {"picks": (TakePick(event_id=e.id, round=99),)}, ReviewError),
        (lambda e: {"orders": (TakeOrder(event_id=e.id, event=e.model_copy(update={"onsets_s": (99.0,), "strengths": (1.0,)})),)}, ReviewError),  # noqa: E501
        (lambda e: {"orders": (TakeOrder(event_id="ev_none"),)}, ReviewError),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_followed_leaves_the_job_waiting(
    waiting: JobFolder, change: Callable[[SoundEvent], dict[str, object]], error: type[Exception]
) -> None:
    before = sums(waiting)
    with pytest.raises(error):
        run.answer(waiting.root, ReviewAnswer.model_validate({"action": "edit", **change(hits(waiting))}))
    assert sums(waiting) == before
    assert run.question(waiting.root) is not None


def test_the_unmixed_takes_are_as_loud_as_the_draft(waiting: JobFolder) -> None:
    outcome = run.answer(waiting.root, ReviewAnswer(action="approve"))
    assert outcome.question is not None
    assert outcome.question.point == "mix"
    draft, unmixed = (measure_file(path(waiting)).integrated_lufs for path in (draft_path, unmixed_path))
    assert draft == pytest.approx(unmixed, abs=0.1)


def test_a_stopped_job_goes_on_where_it_was(tmp_path: Path) -> None:
    clip, screenplay = write_demo_scene(tmp_path / "scene")
    stopper, heard = Stopper(), list[Progress]()

    def listen(progress: Progress) -> None:
        heard.append(progress)
        if progress.stage == "takes":
            stopper.stop()

    with pytest.raises(JobStoppedError):
        run.design(clip, screenplay, tmp_path / "job", Settings(), listen, stopper)
    assert "print" not in {p.stage for p in heard}
    heard.clear()
    assert run.resume(tmp_path / "job", heard.append).finished
    assert "perceive" not in {p.stage for p in heard}
