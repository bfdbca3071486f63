"""Cues against eq. 2 and 3 by hand."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.config import Settings
from foleydesigner.evidence import Box, ClipInfo, PictureEvidence, Shot
from foleydesigner.script import Placement, SoundEvent, Span
from foleydesigner.tools.localisation import LocatedBox, ShotBoxes, build_cue

CLIP = ClipInfo(
    name="c.mp4", sha256="0" * 64, width_px=640, height_px=360, rate_num=25, rate_den=1, frame_count=100, duration_s=4.0
)
FILM = PictureEvidence(
    clip=CLIP,
    shots=(
        Shot(id="a", start_frame=0, end_frame=50, start_s=0.0, end_s=2.0),
        Shot(id="b", start_frame=50, end_frame=100, start_s=2.0, end_s=4.0),
    ),
)


def hits(*onsets_s: float, **facts: object) -> SoundEvent:
    given: dict[str, object] = {
        "id": "e", "label": "e", "prompt": "e", "family": "impact", "layer": "props", "kind": "impulsive",
        "onsets_s": onsets_s, "strengths": (1.0,) * len(onsets_s), "origin": "picture",
        "placement": Placement(kind="screen", x=0.75),
    }  # fmt: skip
    return SoundEvent.model_validate(given | facts)


def steady(*spans: Span, **facts: object) -> SoundEvent:
    return hits(kind="steady", strengths=(), spans=spans, **facts)


def at(time_s: float, x: float, depth_m: float | None = None) -> LocatedBox:
    return LocatedBox(time_s=time_s, box=Box(x1=x - 0.05, x2=x + 0.05, y1=0.4, y2=0.6), depth_m=depth_m)


def test_a_bare_position_holds_over_the_clip() -> None:
    cue = build_cue(hits(1.0, 3.0), (), FILM, Settings())
    azimuth, depth = cue.trajectory.sample(np.array([0.0, 1.0, 3.9]))
    assert azimuth == pytest.approx(22.5)
    assert depth == pytest.approx(4.0)
    assert cue.onsets_s == (1.0, 3.0)
    assert cue.activation()[[24, 25, 75]].tolist() == [0, 1, 1]


def test_nothing_is_interpolated_across_a_cut() -> None:
    boxes = (
        ShotBoxes(shot_id="a", start_s=0.0, end_s=2.0, boxes=(at(0.0, 0.1, 2.0), at(2.0, 0.3, 2.0))),
        ShotBoxes(shot_id="b", start_s=2.0, end_s=4.0, boxes=(at(2.0, 0.9, 8.0), at(4.0, 0.9, 8.0))),
    )
    cue = build_cue(steady(Span(start_s=0.0, end_s=4.0)), boxes, FILM, Settings())
    azimuth, depth = cue.trajectory.sample(np.array([1.0, 1.999, 2.0, 3.0]))
    assert azimuth == pytest.approx([-27.0, -18.0, 36.0, 36.0], abs=0.05)
    assert depth == pytest.approx([2.0, 2.0, 8.0, 8.0])
    assert cue.positions().shape == (100, 2)


def test_a_moving_box_keeps_its_way_and_loses_its_jitter() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(0.0, 2.0, 0.04)
    xs = 0.2 + 0.3 * times
    noisy = tuple(at(float(t), float(x)) for t, x in zip(times, xs + rng.normal(0, 0.01, len(times)), strict=True))
    cue = build_cue(
        steady(Span(start_s=0, end_s=2)), (ShotBoxes(shot_id="a", start_s=0, end_s=2, boxes=noisy),), FILM, Settings()
    )
    inner = (times > 0.1) & (times < 1.8)
    found, _ = cue.trajectory.sample(times[inner])
    raw = np.array([b.box.centre[0] - 0.5 for b in noisy])[inner] * 90
    true = (xs[inner] - 0.5) * 90
    assert np.sqrt(np.mean((found - true) ** 2)) < 0.75 * np.sqrt(np.mean((raw - true) ** 2))
    assert found == pytest.approx(true, abs=1.5)


def test_hits_at_several_places_do_not_slide() -> None:
    boxes = (ShotBoxes(shot_id="a", start_s=0.0, end_s=2.0, boxes=(at(0.5, 0.2), at(1.5, 0.8)), held=True),)
    azimuth, _ = build_cue(hits(0.5, 1.5), boxes, FILM, Settings()).trajectory.sample(np.array([0.5, 1.0, 1.49, 1.5]))
    assert azimuth == pytest.approx([-27.0, -27.0, -27.0, 27.0])


def test_off_screen_and_diffuse() -> None:
    beside = build_cue(
        hits(1.0, placement=Placement(kind="offscreen", azimuth_deg=-70.0, depth_m=60.0)), (), FILM, Settings()
    )
    assert (beside.trajectory.segments[0].points[0].azimuth_deg, beside.trajectory.segments[0].points[0].depth_m) == (
        -70.0,
        60.0,
    )
    around = build_cue(hits(1.0, placement=Placement(kind="diffuse")), (), FILM, Settings())
    assert around.trajectory.segments[0].points[0].azimuth_deg == 0.0


def test_the_nudge_moves_onsets_inside_the_clip() -> None:
    cue = build_cue(hits(0.02, 0.05, 2.0, sync_nudge_ms=-100.0), (), FILM, Settings())
    assert cue.onsets_s == pytest.approx((0.0, 1.9))
    assert len(cue.strengths) == 2
    late = build_cue(hits(3.95, sync_nudge_ms=200.0), (), FILM, Settings())
    assert 3.95 < late.onsets_s[0] < 4.0


def test_the_nudge_keeps_a_background_whole() -> None:
    span = Span(start_s=0.0, end_s=4.0, level_times_s=(0.0, 3.9), levels=(0.5, 1.0))
    cue = build_cue(steady(span, sync_nudge_ms=300.0), (), FILM, Settings())
    assert (cue.spans[0].start_s, cue.spans[0].end_s) == (0.0, 4.0)
    assert cue.spans[0].level_times_s == pytest.approx((0.3, 4.0))


def test_pan_widths_multiply_and_leave_the_trajectory_alone() -> None:
    cue = build_cue(hits(1.0, pan_width=0.5), (), FILM, Settings(pan_width=0.5))
    assert cue.pan_width == 0.25
    assert cue.trajectory.segments[0].points[0].azimuth_deg == pytest.approx(22.5)
