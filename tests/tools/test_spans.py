"""Stretches and the gaps between them, counted by hand."""

from __future__ import annotations

import numpy as np

from foleydesigner.tools.spans import closed, runs_of


def test_runs_are_found_at_the_edges_too() -> None:
    assert runs_of(np.array([1, 1, 0, 0, 1, 0, 1], dtype=bool)) == [(0, 2), (4, 5), (6, 7)]
    assert runs_of(np.zeros(4, dtype=bool)) == []
    assert runs_of(np.ones(4, dtype=bool)) == [(0, 4)]
    assert runs_of(np.zeros(0, dtype=bool)) == []


def test_gaps_under_the_limit_are_closed_and_others_stay() -> None:
    assert closed([(0, 2), (4, 5), (8, 9)], 3) == [(0, 5), (8, 9)]
    assert closed([(0, 2), (4, 5), (8, 9)], 4) == [(0, 9)]
    assert closed([], 4) == []
