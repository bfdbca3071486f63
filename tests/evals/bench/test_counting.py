"""What is counted as what: label groups, occurrences, places and partners, on scripts written by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from foleydesigner.cues import EventCue
from foleydesigner.evals.bench.label_groups import group_of, judged, occurrences
from foleydesigner.evals.bench.scene_space import compare
from foleydesigner.evals.metrics import event_recall
from foleydesigner.evals.metrics.event_recall import Occurrence
from foleydesigner.evals.scenes.truth import TrueEvent, Truth
from foleydesigner.script import FAMILIES, FoleyScript, SoundEvent

RATE, FRAMES = 25, 250


def sound(name: str, family: str, *onsets_s: float, **changes: Any) -> SoundEvent:
    values: dict[str, Any] = {
        "id": name, "label": name, "prompt": name, "family": family, "layer": "hard_fx", "kind": "impulsive",
        "onsets_s": onsets_s, "strengths": [1.0] * len(onsets_s), "placement": {"kind": "screen", "x": 0.5},
        "origin": "both",
    }  # fmt: skip
    if "spans" in changes:
        values |= {"kind": "steady", "onsets_s": (), "strengths": ()}
    return SoundEvent.model_validate(values | changes)


def steady(name: str, family: str, *spans_s: tuple[float, float], **changes: Any) -> SoundEvent:
    return sound(name, family, spans=[{"start_s": a, "end_s": b} for a, b in spans_s], **changes)


def script(*events: SoundEvent) -> FoleyScript:
    return FoleyScript.model_validate(
        {
            "clip": {
                "name": "film.mp4", "sha256": "0" * 64, "width_px": 640, "height_px": 360, "rate_num": RATE,
                "rate_den": 1, "frame_count": FRAMES, "duration_s": 10.0,
            },
            "shots": [{"id": "shot_1", "start_frame": 0, "end_frame": FRAMES, "start_s": 0, "end_s": 10}],
            "spaces": [{"scene_id": "scene_1", "start_s": 0, "end_s": 10, "interior": True, "target_rt60_s": 0.5}],
            "events": events,
        }
    )  # fmt: skip


def cue(event: SoundEvent, azimuth_deg: float, placement: str = "screen") -> EventCue:
    point = {"time_s": 0.0, "azimuth_deg": azimuth_deg, "depth_m": 3.0}
    return EventCue.model_validate(
        {
            "event_id": event.id, "kind": event.kind, "placement": placement, "rate_num": RATE, "rate_den": 1,
            "frame_count": FRAMES, "clip_duration_s": 10.0, "onsets_s": event.onsets_s, "strengths": event.strengths,
            "spans": event.spans, "trajectory": {"segments": [{"start_s": 0, "end_s": 10, "points": [point]}]},
        }
    )  # fmt: skip


def true(name: str, group: str, *onsets_s: float, x_px: float = 320.0, **changes: Any) -> TrueEvent:
    values: dict[str, Any] = {
        "id": name, "group": group, "kind": "impulsive", "voice": "rubber", "onsets_s": onsets_s,
        "strengths": (1.0,) * len(onsets_s), "boxes_px": np.tile([x_px - 20, 100, x_px + 20, 140], (FRAMES, 1)),
        "depth_m": np.full(FRAMES, 3.0),
    }  # fmt: skip
    return TrueEvent(**(values | changes))


def truth(*events: TrueEvent) -> Truth:
    return Truth(
        width_px=640, height_px=360, frame_rate=Fraction(RATE), frame_count=FRAMES, events=events, rt60_s=0.5
    )  # fmt: skip


def test_groups_are_what_a_listener_would_call_them() -> None:
    pairs = {
        "impact": "impact", "percussion": "impact", "handling": "impact", "footsteps": "footsteps", "engine": "vehicle",
        "explosion": "blast", "gunshot": "blast", "rain": "water", "water": "water", "drone": "hum", "wind": "air",
        "room_tone": "air", "animal": "animal", "bell": "bell",
    }  # fmt: skip
    assert {family: group_of(sound("a", family, 1.0)) for family in pairs} == pairs
    assert {group_of(sound("a", "mechanism", 1.0, variant=v)) for v in ("clock", "camera", "piano")} == {"device"}
    assert group_of(sound("a", "mechanism", 1.0, variant="train")) == "vehicle"
    assert all(group_of(sound("a", family, 1.0)) for family in FAMILIES)


def test_air_and_craft_are_neither_found_nor_false() -> None:
    own = script(
        sound("ball", "impact", 1.0, 2.0),
        steady("air", "room_tone", (0.0, 10.0)),
        steady("cloth", "cloth", (1.0, 3.0), origin="craft"),
        steady("rain", "rain", (0.0, 4.0), (5.0, 9.0)),
    )
    assert {event.id for event in judged(own)} == {"ball", "rain"}
    assert sorted(occurrences(own), key=lambda o: (o.group, o.start_s)) == [
        Occurrence("impact", 1.0),
        Occurrence("impact", 2.0),
        Occurrence("water", 0.0, 4.0),
        Occurrence("water", 5.0, 9.0),
    ]


@pytest.mark.parametrize(
    ("found", "wanted", "matched"),
    [
        ([Occurrence("impact", 1.05)], [Occurrence("impact", 1.0)], 1),
        ([Occurrence("impact", 1.15)], [Occurrence("impact", 1.0)], 0),
        ([Occurrence("door", 1.0)], [Occurrence("impact", 1.0)], 0),
        ([Occurrence("impact", 1.0), Occurrence("impact", 1.02)], [Occurrence("impact", 1.0)], 1),
        ([Occurrence("water", 0.0, 2.0)], [Occurrence("water", 1.0, 9.0)], 1),
        ([Occurrence("water", 0.0, 1.9)], [Occurrence("water", 1.0, 9.0)], 0),
        ([Occurrence("water", 1.0)], [Occurrence("water", 0.0, 9.0)], 0),
        ([], [Occurrence("impact", 1.0)], 0),
        ([], [], 0),
    ],
)
def test_events_are_found_one_to_one(found: list[Occurrence], wanted: list[Occurrence], matched: int) -> None:
    counts = event_recall.found_events(found, wanted)
    assert (counts.matched, counts.found, counts.wanted) == (matched, len(found), len(wanted))


def test_offsets_and_azimuths_are_measured_at_matched_hits() -> None:
    ball, door = sound("ball", "impact", 1.02, 3.98, 6.0), sound("door", "door", 5.0)
    known = truth(true("true_ball", "impact", 1.0, 4.0, x_px=480.0), true("true_door", "door", 5.2))
    places = compare(known, script(ball, door), {"ball": cue(ball, 25.0), "door": cue(door, 0.0)})
    np.testing.assert_allclose(np.sort(places.offsets_s), [-0.02, 0.02], atol=1e-9)
    # The box's centre at 480 of 640 px is 22.5 degrees.
    np.testing.assert_allclose(places.azimuth_errors_deg, [2.5, 2.5], atol=1e-6)
    assert places.partners == {"true_ball": "ball"}


def test_of_two_things_at_one_time_the_nearer_in_place_is_meant() -> None:
    left, right = sound("left", "impact", 1.0), sound("right", "impact", 1.01)
    known = truth(true("at_left", "impact", 1.01, x_px=80.0), true("at_right", "impact", 1.0, x_px=560.0))
    cues = {"left": cue(left, -33.75), "right": cue(right, 33.75)}
    places = compare(known, script(left, right), cues)
    assert places.partners == {"at_left": "left", "at_right": "right"}
    np.testing.assert_allclose(places.azimuth_errors_deg, [0.0, 0.0], atol=1e-6)


def test_spans_are_measured_along_what_they_share() -> None:
    car = steady("car", "engine", (1.0, 5.0))
    drives = true("true_car", "vehicle", kind="steady", spans_s=((2.0, 6.0),), strengths=(), x_px=320.0)
    places = compare(truth(drives), script(car), {"car": cue(car, 4.0)})
    assert places.offsets_s.size == 0
    np.testing.assert_allclose(places.azimuth_errors_deg, np.full(30, 4.0), atol=1e-6)
    assert places.partners == {"true_car": "car"}


def test_what_is_all_around_or_unseen_has_no_azimuth_error() -> None:
    rain, ball = steady("rain", "rain", (0.0, 10.0)), sound("ball", "impact", 1.0)
    unseen = np.full((FRAMES, 4), np.nan)
    known = truth(
        true("true_rain", "water", kind="steady", spans_s=((0.0, 10.0),), strengths=()),
        true("true_ball", "impact", 1.0, boxes_px=unseen),
    )
    places = compare(known, script(rain, ball), {"rain": cue(rain, 0.0, "diffuse"), "ball": cue(ball, 9.0)})
    assert places.azimuth_errors_deg.size == 0
    np.testing.assert_allclose(places.offsets_s, [0.0], atol=1e-12)
    assert set(places.partners) == {"true_rain", "true_ball"}
