"""The spotting sheet: a readable time base, right timecodes, and no formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.evidence import ClipInfo, Shot
from foleydesigner.script import FoleyScript, Placement, SceneSpace, SoundEvent, Span
from foleydesigner.tools.delivery.cue_sheet import COLUMNS, safe_cell, write_cue_sheet


def sheet(
    path: Path, *, rate: tuple[int, int] = (25, 1), start: str = "01:00:00:00", label: str = "boots"
) -> list[list[str]]:
    frames = round(100 * rate[0] / rate[1])
    clip = ClipInfo(
        name="=cmd.mp4",
        sha256="0" * 64,
        width_px=64,
        height_px=36,
        rate_num=rate[0],
        rate_den=rate[1],
        frame_count=frames,
        duration_s=100,
        start_timecode=start,
    )
    common = {"prompt": "x", "prominence": "foreground"}
    events = (
        SoundEvent(
            id="steps",
            label=label,
            family="footsteps",
            layer="feet",
            kind="impulsive",
            onsets_s=(2.0, 2.5, 61.0),
            strengths=(1, 1, 1),
            placement=Placement(kind="screen", x=0.5),
            origin="both",
            ucs_id="FEETHmn",
            **common,
        ),
        SoundEvent(
            id="wind",
            label="wind",
            family="wind",
            layer="backgrounds",
            kind="steady",
            placement=Placement(kind="diffuse"),
            spans=(Span(start_s=0, end_s=10), Span(start_s=20, end_s=100)),
            origin="craft",
            ucs_id="WINDGust",
            **common,
        ),
    )
    segment = TrajectorySegment(
        start_s=0,
        end_s=100,
        points=(
            PositionPoint(time_s=2, azimuth_deg=-12.5, depth_m=3),
            PositionPoint(time_s=61, azimuth_deg=20, depth_m=8.5),
        ),
    )
    cues = [
        EventCue(
            event_id=e.id,
            kind=e.kind,
            placement=e.placement.kind,
            rate_num=rate[0],
            rate_den=rate[1],
            frame_count=frames,
            clip_duration_s=100,
            onsets_s=e.onsets_s,
            strengths=e.strengths,
            spans=e.spans,
            trajectory=Trajectory(segments=(segment,)),
        )
        for e in events
    ]
    script = FoleyScript(
        clip=clip,
        shots=(Shot(id="s", start_frame=0, end_frame=frames, start_s=0, end_s=100),),
        events=events,
        spaces=(SceneSpace(scene_id="a", start_s=0, end_s=100, interior=False, target_rt60_s=0.5),),
    )
    data = write_cue_sheet(path / "cue_sheet.csv", script, cues, stem_names={"steps": "steps.wav"}).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_rows_in_time_order_under_the_time_base(tmp_path: Path) -> None:
    rows = sheet(tmp_path)
    head = dict(row for row in rows if len(row) == 2)
    assert head["Frame rate (fps, exact)"] == "25/1"
    assert head["Timecode base (nominal frames per second)"] == "25"
    assert head["Drop-frame"] == "no"
    assert head["Sample rate (Hz)"] == "48000"
    start = rows.index(list(COLUMNS))
    assert rows[start - 1] == []
    cues = [dict(zip(COLUMNS, row, strict=True)) for row in rows[start + 1 :]]
    assert [(c["Cue"], c["Event"]) for c in cues] == [("1", "wind"), ("2", "steps"), ("3", "wind")]
    steps = cues[1]
    assert (steps["TC in"], steps["TC out"]) == ("01:00:02:00", "01:01:01:00")
    assert (steps["In (s)"], steps["Out (s)"]) == ("2.000", "61.000")
    assert (steps["Frame in"], steps["Frame out (exclusive)"], steps["Frames"]) == ("50", "1525", "1475")
    assert (steps["Azimuth in (deg, left negative)"], steps["Azimuth out (deg)"]) == ("-12.5", "20.0")
    assert (steps["Depth in (m)"], steps["Depth out (m)"]) == ("3.0", "8.5")
    assert (steps["Layer"], steps["Source"], steps["Hits"], steps["Stem"]) == (
        "Feet",
        "picture + screenplay",
        "3",
        "steps.wav",
    )
    assert cues[0]["Azimuth in (deg, left negative)"] == ""


@pytest.mark.parametrize(
    ("rate", "start", "base", "drop", "tc_in"),
    [
        ((30000, 1001), "00:00:58;00", "30", "yes", "00:00:59;29"),  # 2 s are 59.94 frames: frame 59 is on screen
        ((30000, 1001), "00:00:59;00", "30", "yes", "00:01:01;01"),  # the names ;00 and ;01 of minute 1 do not exist
        ((24000, 1001), "01:00:00:00", "24", "no", "01:00:01:23"),
        ((187, 12500), "00:00:00:00", "1", "no", "00:00:00:00"),
        ((43, 2), "00:00:00:00", "22", "no", "00:00:01:21"),
    ],
)
def test_time_bases(tmp_path: Path, rate: tuple[int, int], start: str, base: str, drop: str, tc_in: str) -> None:
    rows = sheet(tmp_path, rate=rate, start=start)
    head = dict(row for row in rows if len(row) == 2)
    assert head["Frame rate (fps, exact)"] == f"{rate[0]}/{rate[1]}"
    assert (head["Timecode base (nominal frames per second)"], head["Drop-frame"]) == (base, drop)
    assert next(row for row in rows if row[1:2] == ["steps"])[2] == tc_in


def test_formulas_are_disarmed_and_text_survives(tmp_path: Path) -> None:
    rows = sheet(tmp_path, label='@SUM(A1), "grüße"\r\n=1+1')
    assert rows[0] == ["Clip", "'=cmd.mp4"]
    assert next(row for row in rows if row[1:2] == ["steps"])[10] == '\'@SUM(A1), "grüße"  =1+1'


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", " =1", "\uff1d1", "\x00=1", "\u00a0@x"])
def test_each_formula_start_is_disarmed(text: str) -> None:
    assert str(safe_cell(text)).startswith("'")


@pytest.mark.parametrize("text", ["a;=1", "a; -1", 'a;"@x"', "a\t;\n=1", ";+1"])
def test_a_formula_behind_a_semicolon_is_disarmed(text: str) -> None:
    for cell in str(safe_cell(text)).split(";"):
        assert not cell.strip().strip('"').startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("cell", [-12.5, 3, "a=1", "boots - gravel", "a; b", "a;b=1"])
def test_numbers_and_plain_text_are_left_alone(cell: str | float) -> None:
    assert safe_cell(cell) == cell
