"""Delivery profiles against their standards' limits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from foleydesigner.files import write_json
from foleydesigner.mix import LoudnessReport
from foleydesigner.tools.delivery.layouts import STEREO, SURROUND_51
from foleydesigner.tools.delivery.loudness_report import LoudnessSheet, check, loudness_sheet, profile_named


def figures(lufs: float, peak_dbtp: float) -> LoudnessReport:
    return LoudnessReport(
        integrated_lufs=lufs,
        loudness_range_lu=5,
        momentary_max_lufs=lufs + 6,
        short_term_max_lufs=lufs + 3,
        true_peak_dbtp=peak_dbtp,
        sample_peak_dbfs=peak_dbtp - 0.2,
    )


@pytest.mark.parametrize(
    ("profile", "lufs", "peak_dbtp", "passed"),
    [
        ("ebu_r128", -23.0, -1.0, True),
        ("ebu_r128", -22.5, -3.0, True),
        ("ebu_r128", -22.4, -3.0, False),
        ("ebu_r128", -23.6, -3.0, False),
        ("ebu_r128", -23.0, -0.9, False),
        ("atsc_a85", -26.0, -2.0, True),
        ("atsc_a85", -26.1, -2.0, False),
        ("atsc_a85", -24.0, -1.9, False),
        ("streaming", -22.0, -2.0, True),
        ("streaming", -27.0, -2.0, False),
        ("stem", -60.0, -1.0, True),
        ("stem", -10.0, -0.9, False),
    ],
)
def test_limits(profile, lufs: float, peak_dbtp: float, passed: bool) -> None:
    assert check(figures(lufs, peak_dbtp), profile_named(profile)).passed is passed


def test_stems_have_no_loudness_target() -> None:
    assert check(figures(-40, -3), profile_named("stem")).loudness_offset_lu is None
    assert check(figures(-40, -3), profile_named("stem")).true_peak_headroom_db == 2.0


def test_sheet_says_channel_orders_and_is_read_back(tmp_path: Path) -> None:
    sheet = loudness_sheet(
        {"stereo": figures(-23.1, -1.4), "surround_51": figures(-22.0, -1.4)},
        {"stereo": STEREO, "surround_51": SURROUND_51},
        profile="ebu_r128",
        foldown={"level_difference_db": -0.4, "null_db": -38.0},
    )
    assert sheet.passed is False  # the 5.1 is 1 LU too loud
    assert sheet.mixes["surround_51"].channel_order == "L R C LFE Ls Rs"
    assert sheet.mixes["surround_51"].measured_channels == "L R C Ls Rs"
    data = json.loads(write_json(tmp_path / "loudness.json", sheet).read_text("utf-8"))
    assert LoudnessSheet.model_validate(data) == sheet
    assert data["foldown"]["null_db"] == -38.0
