"""Every scene of the catalogue: a function of its seed, its truth inside the film."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest

from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.scenes.catalogue import SCENES, STILL, make_scene
from foleydesigner.evals.scenes.film import FRAME_RATES, FilmScene
from foleydesigner.evals.scenes.truth import Truth, followed
from foleydesigner.tools.screenplay import read_screenplay


def two_frames(scene: FilmScene) -> bytes:
    return b"".join(frame.tobytes() for frame in islice(scene.frames(), 2))


def told(truth: Truth) -> list[object]:
    """The truth as what can be compared."""
    events = [
        (e.id, e.onsets_s, e.strengths, e.spans_s, e.boxes_px.tobytes(), e.depth_m.tobytes()) for e in truth.events
    ]
    return [truth.frame_rate, truth.frame_count, truth.rt60_s, truth.cuts_s, *events]


@pytest.mark.parametrize("name", SCENES)
def test_a_seed_is_a_film(name: str) -> None:
    scene, again, other = make_scene(name, 3), make_scene(name, 3), make_scene(name, 4)
    assert (scene.name, scene.seed, scene.screenplay) == (name, 3, again.screenplay)
    assert told(scene.truth) == told(again.truth)
    assert two_frames(scene) == two_frames(again)
    assert told(scene.truth) != told(other.truth)
    assert two_frames(scene) != two_frames(other)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_truth_lies_inside_the_film(name: str, seed: int) -> None:
    truth = make_scene(name, seed).truth
    assert truth.frame_rate in FRAME_RATES
    assert truth.duration_s == pytest.approx(truth.frame_count / float(truth.frame_rate))
    assert all(0.0 < cut < truth.duration_s for cut in truth.cuts_s)
    assert len({event.id for event in truth.events}) == len(truth.events)
    for event in truth.events:
        assert bool(event.onsets_s) == (event.kind == "impulsive")
        assert bool(event.spans_s) == (event.kind == "steady")
        assert all(a < b for a, b in pairwise(event.onsets_s))
        assert all(0.0 <= t < truth.duration_s for t in event.onsets_s)
        assert len(event.strengths) == len(event.onsets_s)
        assert all(0.0 < s <= 1.0 for s in event.strengths)
        assert all(0.0 <= a < b <= truth.duration_s for a, b in event.spans_s)
        assert event.boxes_px.shape == (truth.frame_count, 4)
        assert (event.depth_m > 0.0).all()
        x1, y1, x2, y2 = event.boxes_px[np.isfinite(event.boxes_px[:, 0])].T
        assert ((x1 >= 0) & (x1 < x2) & (x2 <= truth.width_px)).all()
        assert ((y1 >= 0) & (y1 < y2) & (y2 <= truth.height_px)).all()


@pytest.mark.parametrize("name", SCENES)
def test_what_the_picture_drives_is_seen_when_it_sounds(name: str) -> None:
    truth = make_scene(name, 0).truth
    for event in truth.events:
        if event.picture_driven:
            times = np.array([*event.onsets_s, *(t for a, b in event.spans_s for t in ((a + b) / 2,))])
            assert np.isfinite(truth.azimuth_deg(event, times)).all(), event.id


@pytest.mark.parametrize("name", STILL)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_in_a_still_scene_nothing_happens(name: str, seed: int) -> None:
    scene = make_scene(name, seed)
    assert scene.truth.events == ()
    assert scene.truth.cuts_s == ()
    # The words may speak of an empty room, which has its air; nothing else.
    assert {m.family for m in read_screenplay(None, text=scene.screenplay).mentions()} <= {"room_tone"}


def test_silence_stands_still_and_the_moving_cameras_move() -> None:
    for name in STILL:
        scene = make_scene(name, 1)
        early, late = scene.draw(0.1), scene.draw(scene.truth.duration_s - 0.1)
        assert np.array_equal(early, late) == (name == "silence")


def test_others_are_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="no scene is called 'explosion'; expected one of bouncing_balls"):
        make_scene("explosion", 0)
    assert set(STILL) <= set(SCENES)


def test_azimuth_is_equation_2_of_the_boxes_centre() -> None:
    truth = make_scene("walker_near_and_far", 0).truth
    event = truth.events[0]
    seen = np.flatnonzero(np.isfinite(event.boxes_px[:, 0]))
    middle = (event.boxes_px[seen, 0] + event.boxes_px[seen, 2]) / 2
    np.testing.assert_allclose(
        truth.azimuth_deg(event, seen / float(truth.frame_rate)), 90.0 * middle / truth.width_px - 45.0, atol=1e-6
    )


def test_between_frames_a_place_is_linear_and_never_crosses_a_cut() -> None:
    truth = replace(make_scene("bouncing_balls", 0).truth, cuts_s=())
    event = replace(truth.events[0], depth_m=np.arange(truth.frame_count, dtype=float) + 1.0)
    period_s = 1.0 / float(truth.frame_rate)
    assert truth.depth_at(event, np.array([10.25 * period_s]))[0] == pytest.approx(11.25, abs=1e-6)
    cut = replace(truth, cuts_s=(11 * period_s,))
    np.testing.assert_allclose(
        cut.depth_at(event, np.array([10.25, 10.75, 11.25]) * period_s), [11.0, 12.0, 12.25], atol=1e-6
    )


def test_boxes_are_cut_at_the_picture_s_edge_and_end_outside_it() -> None:
    square = np.array([[-10.0, 5.0], [10.0, 5.0], [10.0, 25.0], [-10.0, 25.0]])
    boxes = followed(3, FRAME_RATES[0], (100, 20), lambda t: square - (round(t * 24) * 9.5, 0.0))
    np.testing.assert_array_equal(boxes[0], [0.0, 5.0, 10.0, 20.0])
    assert np.isnan(boxes[1:]).all()
