"""Foley scripts: what is legal reads back as it was, and every way to be illegal is refused."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from foleydesigner.script import CATEGORY_OF, FAMILIES, LAYERS, FoleyScript, SoundEvent, Span

FAST = settings(derandomize=True, deadline=None, max_examples=60)
CLIP_S = 10.0
UNIT = st.floats(0.0, 1.0)
CLIP = {
    "name": "film.mp4", "sha256": "0" * 64, "width_px": 640, "height_px": 360, "rate_num": 25, "rate_den": 1,
    "frame_count": 250, "duration_s": CLIP_S,
}  # fmt: skip
SHOT = {"id": "shot_0", "start_frame": 0, "end_frame": 250, "start_s": 0.0, "end_s": CLIP_S}
SPACE = {"scene_id": "scene_1", "start_s": 0.0, "end_s": CLIP_S, "interior": True, "target_rt60_s": 0.5}
PLACEMENTS = st.one_of(
    st.builds(lambda x: {"kind": "screen", "x": x}, UNIT),
    st.builds(lambda ids: {"kind": "screen", "track_ids": ids}, st.lists(st.just("track_1"), max_size=2)),
    st.builds(
        lambda a, d: {"kind": "offscreen", "azimuth_deg": a, "depth_m": d},
        st.floats(-180.0, 180.0),
        st.floats(0.01, 1000.0),
    ),
    st.just({"kind": "diffuse"}),
)


@st.composite
def spans(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Stretches one after the other, some with a curve of levels."""
    edges = sorted(draw(st.lists(st.floats(0.0, CLIP_S), min_size=2, max_size=8, unique=True)))
    out = []
    for start_s, end_s in list(zip(edges[::2], edges[1::2], strict=False)):
        times = sorted(draw(st.lists(st.floats(start_s, end_s), max_size=3)))
        levels = draw(st.lists(UNIT, min_size=len(times), max_size=len(times)))
        out.append({"start_s": start_s, "end_s": end_s, "level_times_s": times, "levels": levels})
    return out


@st.composite
def events(draw: st.DrawFn, name: str = "ev_1") -> dict[str, Any]:
    """One legal event as plain data."""
    event: dict[str, Any] = {
        "id": name,
        "label": draw(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=30)),
        "prompt": "a sound",
        "family": draw(st.sampled_from(FAMILIES)),
        "layer": draw(st.sampled_from(LAYERS)),
        "kind": draw(st.sampled_from(["impulsive", "steady"])),
        "placement": draw(PLACEMENTS),
        "origin": draw(st.sampled_from(["picture", "screenplay", "both", "craft"])),
        "intensity": draw(UNIT),
        "sync_nudge_ms": draw(st.floats(-500.0, 500.0)),
        "count": draw(st.none() | st.integers(1, 1000)),
    }
    if event["kind"] == "steady":
        return event | {"spans": draw(spans())}
    onsets = sorted(draw(st.lists(st.floats(0.0, CLIP_S, exclude_max=True), min_size=1, max_size=8, unique=True)))
    return event | {
        "onsets_s": onsets,
        "strengths": draw(st.lists(UNIT, min_size=len(onsets), max_size=len(onsets))),
    }


@st.composite
def scripts(draw: st.DrawFn) -> dict[str, Any]:
    """A legal script as plain data, its events in any order."""
    count = draw(st.integers(0, 4))
    return {
        "clip": CLIP,
        "shots": [SHOT],
        "spaces": [SPACE],
        "events": [draw(events(f"ev_{n}")) for n in range(count)],
        "score": draw(UNIT),
    }


def refused(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FoleyScript.model_validate(data)


@FAST
@given(scripts())
def test_what_is_written_is_what_is_read_back(data: dict[str, Any]) -> None:
    script = FoleyScript.model_validate(data)
    text = script.model_dump_json()
    assert FoleyScript.model_validate_json(text) == script
    assert FoleyScript.model_validate(json.loads(text)) == script
    given_times = {e["id"]: (e.get("onsets_s", []), [s["start_s"] for s in e.get("spans", [])]) for e in data["events"]}
    for event in script.events:
        assert (list(event.onsets_s), [s.start_s for s in event.spans]) == given_times[event.id]
        assert script.event(event.id) == event


@FAST
@given(scripts())
def test_events_come_in_script_order_and_inside_the_clip(data: dict[str, Any]) -> None:
    script = FoleyScript.model_validate(data)
    order = [(LAYERS.index(e.layer), e.in_s) for e in script.events]
    assert order == sorted(order)
    assert {e.id for e in script.events} == {e["id"] for e in data["events"]}
    assert all(0.0 <= e.in_s <= e.out_s <= CLIP_S and e.in_s < CLIP_S for e in script.events)


@FAST
@given(events(), st.sampled_from([math.nan, math.inf, -math.inf, -1e-9, 1e9]), st.data())
def test_a_time_that_is_none_is_refused(event: dict[str, Any], wrong: float, data: st.DataObject) -> None:
    if event["kind"] == "impulsive":
        place = data.draw(st.integers(0, len(event["onsets_s"]) - 1))
        event["onsets_s"][place] = wrong
    else:
        event["spans"][-1][data.draw(st.sampled_from(["start_s", "end_s"]))] = wrong
    with pytest.raises(ValidationError):
        SoundEvent.model_validate(event)
    text = json.dumps(event)  # writes NaN and Infinity as JavaScript would
    with pytest.raises(ValidationError):
        SoundEvent.model_validate_json(text)


@FAST
@given(events().filter(lambda e: e["kind"] == "impulsive" and len(e["onsets_s"]) > 1), st.data())
def test_onsets_that_do_not_ascend_are_refused(event: dict[str, Any], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(event["onsets_s"]) - 1))
    onsets = event["onsets_s"]
    for wrong in (onsets[place - 1], onsets[place - 1] / 2):
        changed = [*onsets[:place], wrong, *onsets[place + 1 :]]
        if any(b <= a for a, b in pairwise(changed)):
            with pytest.raises(ValidationError, match="not ascending"):
                SoundEvent.model_validate(event | {"onsets_s": changed})
    for strengths in (event["strengths"][1:], [*event["strengths"], 0.5]):
        with pytest.raises(ValidationError, match="strengths"):
            SoundEvent.model_validate(event | {"strengths": strengths})


@FAST
@given(events().filter(lambda e: e["kind"] == "steady"), st.floats(1e-3, 5.0))
def test_spans_that_turn_back_or_overlap_are_refused(event: dict[str, Any], by_s: float) -> None:
    first = event["spans"][0]
    turned = {"start_s": first["end_s"], "end_s": first["start_s"]}
    for one in (turned, turned | {"end_s": first["end_s"]}):
        with pytest.raises(ValidationError, match="not after its start"):
            Span.model_validate(one)
    overlapping = {"start_s": first["start_s"] + (first["end_s"] - first["start_s"]) / 2, "end_s": CLIP_S + by_s}
    if overlapping["start_s"] < first["end_s"]:
        with pytest.raises(ValidationError, match="overlap or are not ascending"):
            SoundEvent.model_validate(event | {"spans": [first, overlapping]})
    meeting = {"start_s": first["end_s"], "end_s": first["end_s"] + by_s}
    assert len(SoundEvent.model_validate(event | {"spans": [first, meeting]}).spans) == 2


@FAST
@given(st.lists(st.floats(0.0, 10.0), min_size=2, max_size=6, unique=True))
def test_levels_over_time_ascend_and_are_as_many_as_their_times(times: list[float]) -> None:
    level = {"start_s": 0.0, "end_s": 10.0, "levels": [0.5] * len(times)}
    assert Span.model_validate(level | {"level_times_s": sorted(times)}).levels
    with pytest.raises(ValidationError, match="not ascending"):
        Span.model_validate(level | {"level_times_s": sorted(times, reverse=True)})
    with pytest.raises(ValidationError, match="level times for"):
        Span.model_validate(level | {"level_times_s": sorted(times)[1:]})


@FAST
@given(events(), st.floats(0.0, 100.0))
def test_events_outside_the_clip_are_refused(event: dict[str, Any], past_s: float) -> None:
    script = {"clip": CLIP, "shots": [SHOT], "spaces": [SPACE]}
    at = CLIP_S + past_s
    if event["kind"] == "impulsive":
        late = event | {"onsets_s": [at], "strengths": [1.0]}
    else:
        late = event | {"spans": [{"start_s": at / 2, "end_s": at + 1e-3}]}
    refused(script | {"events": [late]}, "the clip ends at")


@FAST
@given(events(), events())
def test_two_events_of_one_id_are_refused(one: dict[str, Any], other: dict[str, Any]) -> None:
    refused({"clip": CLIP, "shots": [SHOT], "spaces": [SPACE], "events": [one, other]}, "not unique")


@FAST
@given(events(), st.data())
def test_what_the_vocabulary_does_not_hold_is_refused(event: dict[str, Any], data: st.DataObject) -> None:
    word = data.draw(st.text(max_size=12).filter(lambda w: w not in LAYERS and w not in FAMILIES))
    for field in ("layer", "family", "kind", "origin"):
        with pytest.raises(ValidationError):
            SoundEvent.model_validate(event | {field: word})
    for name in ("", "../x", "A", "a b", "a" * 49, "con\n", "é", 'a"'):
        with pytest.raises(ValidationError):
            SoundEvent.model_validate(event | {"id": name})
    with pytest.raises(ValidationError):
        SoundEvent.model_validate(event | {"gain_db": 60.0})


def test_a_script_needs_a_shot_and_spaces_in_order() -> None:
    whole = {"clip": CLIP, "shots": [SHOT], "spaces": [SPACE], "events": []}
    assert FoleyScript.model_validate(whole).space_at(99.0).scene_id == "scene_1"
    refused(whole | {"shots": []}, "at least 1")
    refused(whole | {"spaces": []}, "at least 1")
    refused(whole | {"spaces": [SPACE | {"start_s": 5.0}, SPACE]}, "not in time order")
    refused(whole | {"spaces": [SPACE | {"start_s": 5.0, "end_s": 4.0}]}, "before its start")


@FAST
@given(st.floats(0.0, CLIP_S), st.lists(st.floats(0.1, 9.9), max_size=4, unique=True))
def test_every_time_has_its_space(time_s: float, cuts_s: list[float]) -> None:
    edges = [0.0, *sorted(cuts_s), CLIP_S]
    spaces = [SPACE | {"scene_id": f"scene_{n}", "start_s": a, "end_s": b} for n, (a, b) in enumerate(pairwise(edges))]
    script = FoleyScript.model_validate({"clip": CLIP, "shots": [SHOT], "spaces": spaces, "events": []})
    found = script.space_at(time_s)
    assert found.start_s <= time_s
    assert time_s < found.end_s or found == script.spaces[-1]


def test_every_family_has_its_category() -> None:
    assert set(CATEGORY_OF) == set(FAMILIES)
