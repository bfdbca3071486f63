"""Activity against intervals that are known."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics.iou import active_spans_s, always_on, iou

RATE_HZ = 48_000


def noise(spans: list[tuple[float, float]], seconds: float = 5.0, floor: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    sound = floor * rng.standard_normal((2, round(seconds * RATE_HZ)))
    for begin, end in spans:
        sound[:, round(begin * RATE_HZ) : round(end * RATE_HZ)] += 0.1 * rng.standard_normal(
            (2, round(end * RATE_HZ) - round(begin * RATE_HZ))
        )
    return sound.astype(np.float32)


def test_known_intervals() -> None:
    assert iou([(0.0, 2.0)], [(1.0, 3.0)]) == pytest.approx(1.0 / 3.0)
    assert iou([(0.0, 1.0), (2.0, 3.0)], [(0.5, 2.5)]) == pytest.approx(1.0 / 3.0)
    assert iou([(0.0, 1.0)], []) == 0.0
    assert iou([], []) == 1.0
    assert always_on([(1.0, 2.0), (3.0, 3.5)], 5.0) == pytest.approx(0.3)


def test_what_sounds_is_found_to_ten_milliseconds() -> None:
    spans = [(0.5, 1.2), (2.0, 2.03), (3.0, 4.5)]
    found = active_spans_s(noise(spans), RATE_HZ, spans)
    np.testing.assert_allclose(found, spans, atol=1e-9)
    assert iou(found, spans) == pytest.approx(1.0)


def test_short_gaps_close_and_long_ones_stay() -> None:
    found = active_spans_s(noise([(1.0, 1.5), (1.59, 2.0), (2.1, 2.5)]), RATE_HZ, [])
    np.testing.assert_allclose(found, [(1.0, 2.0), (2.1, 2.5)], atol=1e-9)


def test_the_noise_floor_comes_from_inactive_time_alone() -> None:
    spans = [(1.0, 2.0), (3.0, 4.0)]
    # Noise 26 dB below the sound: above the peak - 40 dB, below the floor + 12 dB.
    hissing = noise(spans, floor=0.005)
    assert iou(active_spans_s(hissing, RATE_HZ, spans), spans) == pytest.approx(1.0)
    # Without inactive time the peak alone decides, and the hiss counts as sound.
    assert active_spans_s(hissing, RATE_HZ, [(0.0, 5.0)]) == [(0.0, 5.0)]
    # What sounds in the wrong place half of the inactive time does not become the floor.
    astray = noise([(1.0, 2.0), (4.0, 5.0)])
    assert iou(active_spans_s(astray, RATE_HZ, [(1.0, 2.0)]), [(1.0, 2.0)]) == pytest.approx(0.5)


def test_silence_and_bad_input() -> None:
    assert active_spans_s(np.zeros((2, 4800), np.float32), RATE_HZ, []) == []
    with pytest.raises(EngineError, match="channels, samples"):
        active_spans_s(np.zeros(4800, np.float32), RATE_HZ, [])
