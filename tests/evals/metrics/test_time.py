"""onset_offset_ms and event_recall on lists made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foleydesigner.evals.metrics import event_recall, onset_offset
from foleydesigner.evals.metrics.event_recall import Occurrence
from foleydesigner.evals.metrics.onset_f1 import agreement

TIMES = st.lists(st.floats(0.0, 5.0), max_size=8).map(lambda values: np.sort(np.array(values)))


def test_offsets_are_signed_and_far_ones_are_no_pair() -> None:
    offsets = onset_offset.matched_offsets_s(np.array([0.95, 2.02, 4.0]), np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(np.sort(offsets), [-0.05, 0.02])
    median, high = onset_offset.figures(np.array([-0.010, 0.020, 0.030]))
    assert (median.value, median.count) == (pytest.approx(20.0), 3)
    assert high.value == pytest.approx(29.0)
    assert onset_offset.figures(np.zeros(0))[0].value is None


def test_more_pairs_come_before_nearer_ones() -> None:
    offsets = onset_offset.matched_offsets_s(np.array([1.0, 1.08]), np.array([0.93, 1.0]))
    assert offsets.size == 2


@settings(derandomize=True, deadline=None, max_examples=150)
@given(TIMES, TIMES)
def test_both_matchings_agree_on_the_number_of_pairs(found: np.ndarray, wanted: np.ndarray) -> None:
    assert onset_offset.matched_offsets_s(found, wanted).size == agreement(found, wanted, 0.1).matched


def test_impacts_and_spans_are_matched_inside_their_group() -> None:
    wanted = [
        Occurrence("steps", 1.0),
        Occurrence("steps", 2.0),
        Occurrence("rain", 0.0, 10.0),
        Occurrence("bell", 5.0),
    ]
    found = [Occurrence("steps", 1.09), Occurrence("bell", 2.0), Occurrence("rain", 7.0, 9.0), Occurrence("bell", 5.0)]
    counts = event_recall.found_events(found, wanted)
    assert (counts.matched, counts.found, counts.wanted) == (3, 4, 4)
    recall, precision = event_recall.figures(counts + counts)
    assert (recall.value, precision.value, recall.count) == (0.75, 0.75, 8)


def test_a_span_is_no_impact_and_half_of_the_shorter_is_enough() -> None:
    assert event_recall.found_events([Occurrence("a", 1.0)], [Occurrence("a", 1.0, 1.05)]).matched == 0
    assert event_recall.found_events([Occurrence("a", 0.0, 2.0)], [Occurrence("a", 1.0, 9.0)]).matched == 1
    assert event_recall.found_events([Occurrence("a", 0.0, 2.0)], [Occurrence("a", 1.1, 9.0)]).matched == 0


def test_nothing_is_found_twice() -> None:
    counts = event_recall.found_events(
        [Occurrence("a", 0.0, 9.0)], [Occurrence("a", 0.0, 4.0), Occurrence("a", 5.0, 9.0)]
    )
    assert counts.matched == 1
    assert event_recall.figures(event_recall.found_events([], []))[0].value is None
