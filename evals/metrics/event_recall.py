"""`event_recall/1`: which true events the Foley script has, one-to-one, and how many of its own are true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.onset_f1 import Agreement, agreement

METRIC = "event_recall/1"
IMPACT_S = 0.1
OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One impact (no end) or one span of something of a label group."""

    group: str
    start_s: float
    end_s: float | None = None


def found_events(found: Sequence[Occurrence], wanted: Sequence[Occurrence]) -> Agreement:
    """The largest one-to-one matching inside label groups: impacts within 100 ms, spans that overlap by half.

    Half is of the shorter of the two. Counts pool over clips by addition.
    """
    total = Agreement(matched=0, found=0, wanted=0)
    for group in sorted({o.group for o in (*found, *wanted)}):
        hits = [np.sort([o.start_s for o in side if o.group == group and o.end_s is None]) for side in (found, wanted)]
        total += agreement(hits[0], hits[1], IMPACT_S)
        spans = [[o for o in side if o.group == group and o.end_s is not None] for side in (found, wanted)]
        total += _spans(spans[0], spans[1])
    return total


def _spans(found: Sequence[Occurrence], wanted: Sequence[Occurrence]) -> Agreement:
    from scipy.optimize import linear_sum_assignment

    matched = 0
    if found and wanted:
        fits = np.array([[_overlap(a, b) >= OVERLAP for b in wanted] for a in found])
        rows, columns = linear_sum_assignment(fits, maximize=True)
        matched = int(fits[rows, columns].sum())
    return Agreement(matched=matched, found=len(found), wanted=len(wanted))


def _overlap(a: Occurrence, b: Occurrence) -> float:
    """Common time as a share of the shorter span."""
    a_end, b_end = a.end_s or a.start_s, b.end_s or b.start_s
    shorter = min(a_end - a.start_s, b_end - b.start_s)
    return max(min(a_end, b_end) - max(a.start_s, b.start_s), 0.0) / shorter if shorter > 0.0 else 0.0


def figures(counts: Agreement) -> tuple[Figure, Figure]:
    """Recall and precision; None where there is nothing to find, or nothing was found."""
    recall = counts.matched / counts.wanted if counts.wanted else None
    precision = counts.matched / counts.found if counts.found else None
    return (
        Figure(metric=METRIC, value=recall, floor=0.0, floor_is="an empty script", ceiling=1.0, count=counts.wanted),
        Figure(metric=METRIC, value=precision, ceiling=1.0, count=counts.found, note="precision"),
    )
