"""An event cut into what a model can make at once: windows with hits in them, or pieces of a span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleydesigner.cues import EventCue
from foleydesigner.errors import EngineError

TAIL_S = 2.0
"""Left after the last hit of a window."""
BEFORE_S = 0.25
"""Left before its first."""
JOIN_S = 0.5
"""Cross-fade between two pieces of a span."""
STEP_S = 2.0
"""Lengths are whole multiples of this, so that few lengths are made and batches fill."""
MOST_PIECES = 6
"""Of one span that are made anew; a longer bed repeats them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One stretch of an event.

    Attributes:
        start_s: clip time of its first sample.
        heard_s: how much of it is used.
        made_s: how much is made.
        hits: numbers of the cue's onsets in it.
        source: number of the window whose sound it uses; its own, unless a bed repeats.
    """

    start_s: float
    heard_s: float
    made_s: float
    hits: tuple[int, ...]
    source: int


def windows_of(cue: EventCue, longest_s: float) -> tuple[Window, ...]:
    """The windows of an event, ascending.

    Args:
        cue: its onsets or spans.
        longest_s: most that the model makes at once.

    Raises:
        EngineError: the cue holds no onset or span.
    """
    if cue.kind == "impulsive" and cue.onsets_s:
        return _of_hits(cue.onsets_s, longest_s)
    if cue.kind == "steady" and cue.spans:
        return _of_spans([(span.start_s, span.end_s) for span in cue.spans], longest_s)
    raise EngineError(
        f"{cue.kind} event {cue.event_id} without onsets or spans", "at least one", "correct its times in the script"
    )


def _of_hits(onsets_s: tuple[float, ...], longest_s: float) -> tuple[Window, ...]:
    tail_s = min(TAIL_S, 0.5 * longest_s)
    windows: list[Window] = []
    first = 0
    while first < len(onsets_s):
        start_s = max(0.0, onsets_s[first] - BEFORE_S)
        last = first
        while last + 1 < len(onsets_s) and onsets_s[last + 1] + tail_s <= start_s + longest_s:
            last += 1
        heard_s = onsets_s[last] + tail_s - start_s
        windows.append(
            Window(
                start_s=start_s,
                heard_s=heard_s,
                made_s=_rounded(heard_s, longest_s),
                hits=tuple(range(first, last + 1)),
                source=len(windows),
            )
        )
        first = last + 1
    return tuple(windows)


def _of_spans(spans_s: list[tuple[float, float]], longest_s: float) -> tuple[Window, ...]:
    windows: list[Window] = []
    for start_s, end_s in spans_s:
        base, at_s = len(windows), start_s
        while True:
            heard_s = min(longest_s, end_s - at_s)
            piece = len(windows) - base
            source = base + piece % MOST_PIECES
            windows.append(
                Window(
                    start_s=at_s,
                    heard_s=heard_s,
                    made_s=_rounded(heard_s, longest_s),
                    hits=(),
                    source=source if piece >= MOST_PIECES else len(windows),
                )
            )
            if at_s + heard_s >= end_s - 1e-9:
                break
            at_s += longest_s - JOIN_S
    return tuple(windows)


def _rounded(heard_s: float, longest_s: float) -> float:
    return float(min(longest_s, STEP_S * np.ceil(heard_s / STEP_S - 1e-9)))
