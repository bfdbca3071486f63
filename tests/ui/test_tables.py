"""Scripts and mixes as tables: what nobody changed stays, what somebody changed is checked."""

from __future__ import annotations

import pytest

from foleydesigner.errors import ReviewError
from foleydesigner.mix import MixSettings
from foleydesigner.script import FoleyScript, SoundEvent
from foleydesigner.ui import event_words, mix_table, script_table
from foleydesigner.ui.take_page import edited


def script() -> FoleyScript:
    clip = {
        "name": "film.mp4", "sha256": "0" * 64, "width_px": 64, "height_px": 36, "rate_num": 25, "rate_den": 1,
        "frame_count": 100, "duration_s": 4.0,
    }  # fmt: skip
    shots = [{"id": "shot_1", "start_frame": 0, "end_frame": 100, "start_s": 0.0, "end_s": 4.0}]
    space = {"scene_id": "scene_1", "start_s": 0.0, "end_s": 4.0, "interior": True, "target_rt60_s": 0.5}
    knock = {
        "id": "knock", "label": "knock", "prompt": "knock", "family": "impact", "layer": "props", "kind": "impulsive",
        "onsets_s": [1.0004, 2.0], "strengths": [1.0, 0.4], "placement": {"kind": "screen", "track_ids": ["t1"]},
        "origin": "both", "intensity": 0.123456,
    }  # fmt: skip
    rain = {
        "id": "rain", "label": "rain", "prompt": "rain", "family": "rain", "layer": "backgrounds", "kind": "steady",
        "spans": [{"start_s": 0.0, "end_s": 4.0, "level_times_s": [0.0, 4.0], "levels": [0.2, 1.0]}],
        "placement": {"kind": "diffuse"}, "origin": "screenplay",
    }  # fmt: skip
    return FoleyScript.model_validate({"clip": clip, "shots": shots, "spaces": [space], "events": [knock, rain]})


def cell(rows: list[list[object]], row: str, column: str, value: object, columns: tuple[str, ...]) -> None:
    next(r for r in rows if r[0] == row)[columns.index(column)] = value


def test_an_untouched_table_is_the_script() -> None:
    assert script_table.script_of(script_table.script_rows(script()), script()) == script()


def test_a_moved_hit_keeps_its_strength_and_a_shorter_stretch_its_curve() -> None:
    rows = script_table.script_rows(script())
    cell(rows, "knock", "times (s)", "1.05, 2.0", script_table.COLUMNS)
    cell(rows, "rain", "times (s)", "1-3", script_table.COLUMNS)
    cell(rows, "knock", "place", "offscreen -60 8", script_table.COLUMNS)
    after = script_table.script_of(rows, script())
    assert after.event("knock").onsets_s == (1.05, 2.0)
    assert after.event("knock").strengths == (1.0, 0.4)
    assert (after.event("knock").placement.azimuth_deg, after.event("knock").placement.depth_m) == (-60.0, 8.0)
    span = after.event("rain").spans[0]
    assert (span.start_s, span.end_s, span.level_times_s, span.levels) == (1.0, 3.0, (1.0, 3.0), (0.2, 1.0))


def test_events_can_be_left_out_and_added() -> None:
    rows = script_table.script_rows(script())
    cell(rows, "rain", "keep", False, script_table.COLUMNS)
    rows.append(script_table.new_row(script(), rows))
    after = script_table.script_of(rows, script())
    assert [e.id for e in after.events] == ["knock", "own_1"]
    assert after.event("own_1").onsets_s == (2.0,)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("layer", "drums"),
        ("times (s)", "soon"),
        ("times (s)", "99"),
        ("times (s)", ""),
        ("place", "behind the sofa"),
        ("place", "screen 7"),
        ("pan width", "wide"),
        ("intensity", 2.0),
        ("UCS id", "../../etc"),
        ("label", "x" * 500),
    ],
)
def test_a_wrong_cell_is_named(column: str, value: object) -> None:
    rows = script_table.script_rows(script())
    cell(rows, "knock", column, value, script_table.COLUMNS)
    with pytest.raises(ReviewError):
        script_table.script_of(rows, script())


MIX = MixSettings.model_validate(
    {
        "reverbs": [{"event_id": "knock", "scene_id": "scene_1", "send_db": -9.25678, "room_size": 0.2, "damping": 0.6,
                     "target_rt60_s": 0.5}],
        "dynamics": [{"event_id": "knock", "gain_db": 9.12345}, {"event_id": "rain", "gain_db": -20.0}],
    }
)  # fmt: skip


def test_only_what_was_changed_in_a_mix_changes() -> None:
    rows = mix_table.mix_rows(script(), MIX)
    assert mix_table.mix_of(rows, script(), MIX) == MIX
    cell(rows, "rain", "gain (dB)", "-12", mix_table.COLUMNS)
    cell(rows, "rain", "reverb send (dB)", -20, mix_table.COLUMNS)
    cell(rows, "rain", "high (dB)", -3, mix_table.COLUMNS)
    after = mix_table.mix_of(rows, script(), MIX)
    assert after.dynamics[0] == MIX.dynamics[0]
    assert after.dynamics[1].gain_db == -12.0
    assert (after.reverbs[1].room_size, after.reverbs[1].scene_id) == (0.2, "scene_1")
    assert after.equalisers[0].high_db == -3.0
    cell(rows, "knock", "reverb send (dB)", "", mix_table.COLUMNS)
    assert [s.event_id for s in mix_table.mix_of(rows, script(), MIX).reverbs] == ["rain"]
    cell(rows, "knock", "gain (dB)", "loud", mix_table.COLUMNS)
    with pytest.raises(ReviewError, match=r"knock, gain \(dB\)"):
        mix_table.mix_of(rows, script(), MIX)


def test_a_take_is_edited_in_words() -> None:
    knock: SoundEvent = script().event("knock")
    same = {"prompt": "knock", "times": event_words.times_text(knock), "nudge_ms": 0.0, "pan_width": 1.0, "path": ""}
    assert edited(knock, **same) == knock
    drawn = edited(knock, **{**same, "path": "0.5 0.1 3\n2 0.9"})
    assert [(p.time_s, p.x, p.depth_m) for p in drawn.placement.path] == [(0.5, 0.1, 3.0), (2.0, 0.9, None)]
    assert edited(drawn, **same) == knock
    for wrong in ({"path": "here"}, {"path": "1 2"}, {"times": "x"}, {"nudge_ms": 900.0}):
        with pytest.raises(ReviewError):
            edited(knock, **{**same, **wrong})
