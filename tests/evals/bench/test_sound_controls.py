"""What is measured of size, strength, onsets and tempo, on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.evals.bench import sound_controls as controls
from foleydesigner.evals.bench.sounds import control_checks
from foleydesigner.generator.procedural.engine import ProceduralEngine

RATE = controls.RATE_HZ


def test_centroid_onset_and_period_of_known_signals() -> None:
    t = np.arange(2 * RATE) / RATE
    assert controls.centroid_hz(np.sin(2 * np.pi * 1000 * t).astype(np.float32)) == pytest.approx(1000, abs=1)
    clicks = np.zeros(2 * RATE, np.float32)
    clicks[[RATE // 4 + 24, 3 * RATE // 4 + 24]] = 1.0
    assert controls.onset_errors_ms(clicks, (0.25, 0.75)) == pytest.approx([0.5, 0.5])
    assert controls.period_s((np.sin(2 * np.pi * 2.0 * t) ** 8 * np.sin(3000 * t)).astype(np.float32), 0.2, 0.4) == (
        pytest.approx(0.25, abs=0.004)
    )


def test_a_family_is_lower_when_larger_brighter_when_harder_and_on_time() -> None:
    engine = ProceduralEngine(workers=1)
    row = controls.measured("impact", (5,), engine)
    assert row["larger_centroid_ratio"] < 0.9
    assert row["harder_centroid_ratio"] > 1.1
    assert row["onset_error_ms"] < controls.ONSET_MS
    assert all(
        one["measured_s"] == pytest.approx(one["asked_s"], rel=0.02) for one in controls.tempo(engine, 5).values()
    )


def test_what_fails_is_named() -> None:
    rows = {"rain": {"larger_centroid_ratio": 1.0}, "bell": {"larger_centroid_ratio": 1.2, "onset_error_ms": 3.0},
            "door": {"larger_centroid_ratio": 0.5, "harder_centroid_ratio": 0.9}}  # fmt: skip
    checks = control_checks({"families": rows, "tempo": {"steps": {"asked_s": 0.5, "measured_s": 0.6}}})
    assert [check.held for check in checks] == [False] * 4
    assert [check.note for check in checks][:2] == ["bell", "door"]
