"""Geometry of the report's figures: numbers and path strings only, so that no text can enter the page through them.

Coordinates of time are thousandths of the clip's length (0 … 1000), the width of every time figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue, TrajectorySegment
from foleydesigner.evidence import Track
from foleydesigner.script import SoundEvent
from foleydesigner.search import Candidate, SearchRecord

TIME_WIDTH = 1000.0
_PATH_POINTS = 120


def waveform_peaks(path: Path, columns: int = 1000) -> NDArray[np.float32]:
    """Lowest and highest sample of `columns` equal stretches of a sound file, all channels in one; (columns, 2).

    The file is read in blocks of one stretch: memory does not grow with its length.
    """
    import soundfile

    with soundfile.SoundFile(str(path)) as sound:
        columns = max(1, min(columns, sound.frames))
        edges = np.linspace(0, sound.frames, columns + 1).astype(np.int64)
        peaks = np.zeros((columns, 2), np.float32)
        for index, count in enumerate(np.diff(edges)):
            block = sound.read(int(count), dtype="float32", always_2d=True)
            if block.size:
                peaks[index] = block.min(), block.max()
    return peaks


def waveform_path(peaks: NDArray[np.float32], height: float = 100.0) -> str:
    """A closed outline of the peaks, scaled so that the loudest touches the frame's edge."""
    if not len(peaks):
        return ""
    scale = 0.5 * height / max(float(np.abs(peaks).max()), 1e-6)
    x = np.linspace(0.0, TIME_WIDTH, len(peaks))
    upper = [f"{a:.1f} {height / 2 - b * scale:.1f}" for a, b in zip(x, peaks[:, 1], strict=True)]
    lower = [f"{a:.1f} {height / 2 - b * scale:.1f}" for a, b in zip(x[::-1], peaks[::-1, 0], strict=True)]
    return "M" + "L".join(upper + lower) + "Z"


def event_path(event: SoundEvent, duration_s: float, height: float = 100.0) -> str:
    """Hits as strokes as high as they are strong; spans as areas as high as their level."""
    scale = TIME_WIDTH / duration_s
    if event.kind == "impulsive":
        hits = zip(event.onsets_s, event.strengths, strict=True)
        return "".join(f"M{t * scale:.2f} {height:.0f}V{height * (1 - 0.15 - 0.85 * s):.1f}" for t, s in hits)
    path = []
    for span in event.spans:
        count = _resolution((span.end_s - span.start_s) / duration_s)
        times = np.linspace(span.start_s, span.end_s, count) if span.levels else [span.start_s, span.end_s]
        levels = np.interp(times, span.level_times_s, span.levels) if span.levels else [1.0, 1.0]
        top = [f"{t * scale:.2f} {height * (1 - 0.15 - 0.75 * v):.1f}" for t, v in zip(times, levels, strict=True)]
        path.append(f"M{span.start_s * scale:.2f} {height:.0f}L{'L'.join(top)}L{span.end_s * scale:.2f} {height:.0f}Z")
    return "".join(path)


def _resolution(share: float) -> int:
    """Points for a line over that share of the clip: what a screen can show, so that long clips cost no more."""
    return int(np.clip(round(400 * share), 3, 160))


@dataclass(frozen=True, slots=True, kw_only=True)
class AzimuthFigure:
    """Azimuth over time of one event: `lines` where it moves unheard, `sounding` where it sounds, `hits` as points."""

    lines: str
    sounding: str
    hits: tuple[tuple[float, float], ...]


def azimuth_limit_deg(cues: Iterable[EventCue], smallest: float = 45.0) -> float:
    """The widest angle of any event that has a direction, rounded up to 15 degrees."""
    widest = max(
        (
            abs(p.azimuth_deg)
            for cue in cues
            if cue.placement != "diffuse"
            for s in cue.trajectory.segments
            for p in s.points
        ),
        default=smallest,
    )
    return max(smallest, float(np.ceil(widest / 15.0) * 15.0))


def azimuth_figure(cue: EventCue, limit_deg: float, height: float) -> AzimuthFigure:
    """One event's trajectory, left at the top."""
    scale_x, scale_y = TIME_WIDTH / cue.clip_duration_s, 0.5 * height / limit_deg

    def points(segment: TrajectorySegment, start_s: float, end_s: float) -> str:
        times = np.linspace(start_s, end_s, _resolution((end_s - start_s) / cue.clip_duration_s))
        azimuth = np.interp(times, [p.time_s for p in segment.points], [p.azimuth_deg for p in segment.points])
        pairs = (f"{t * scale_x:.1f} {height / 2 + a * scale_y:.1f}" for t, a in zip(times, azimuth, strict=True))
        return "M" + "L".join(pairs)

    sounding = []
    for span in cue.spans:
        for segment in cue.trajectory.segments:  # never a line across a cut
            start_s, end_s = max(span.start_s, segment.start_s), min(span.end_s, segment.end_s)
            if end_s > start_s:
                sounding.append(points(segment, start_s, end_s))
    onsets = np.asarray(cue.onsets_s, np.float64)
    azimuth = cue.trajectory.sample(onsets)[0] if onsets.size else onsets
    return AzimuthFigure(
        lines="".join(points(s, s.start_s, s.end_s) for s in cue.trajectory.segments),
        sounding="".join(sounding),
        hits=tuple(
            (round(float(t * scale_x), 1), round(float(height / 2 + a * scale_y), 1))
            for t, a in zip(onsets, azimuth, strict=True)
        ),
    )


def track_path(track: Track) -> str:
    """The track's box centres in hundredths of the picture's width and height."""
    step = max(1, len(track.points) // _PATH_POINTS)
    centres = [p.box.centre for p in track.points[::step]]
    return "M" + "L".join(f"{100 * x:.2f} {100 * y:.2f}" for x, y in centres)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """One candidate in the drawn search tree, pixels."""

    candidate: Candidate
    x: float
    y: float
    parent: tuple[float, float] | None
    won: bool
    on_winning_path: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The drawn search tree, pixels."""

    nodes: tuple[TreeNode, ...]
    width: float
    height: float


def search_tree(search: SearchRecord, step_x: float = 76.0, step_y: float = 92.0) -> Tree:
    """Lay the candidates out by depth: leaves side by side, a parent over the middle of its children."""
    known = {c.id: c for c in search.candidates}
    children: dict[str | None, list[Candidate]] = {}
    for candidate in search.candidates:
        parent = candidate.parent_id if candidate.parent_id in known and candidate.parent_id != candidate.id else None
        children.setdefault(parent, []).append(candidate)
    place: dict[str, float] = {}
    _place(children.get(None, []), children, place)
    path = _ancestors(search.winner_id, known)
    at = {c.id: (step_x * (place[c.id] + 0.5), step_y * c.depth + 42.0) for c in search.candidates if c.id in place}
    nodes = tuple(
        TreeNode(
            candidate=c,
            x=at[c.id][0],
            y=at[c.id][1],
            parent=at.get(c.parent_id) if c.parent_id else None,
            won=c.id == search.winner_id,
            on_winning_path=c.id in path,
        )
        for c in search.candidates
        if c.id in at
    )
    width = max((n.x for n in nodes), default=0.0) + step_x / 2
    height = max((n.y for n in nodes), default=0.0) + 44.0
    return Tree(nodes=nodes, width=max(width, 240.0), height=height)


def _place(roots: Sequence[Candidate], children: dict[str | None, list[Candidate]], place: dict[str, float]) -> None:
    """Columns of a forest, children before parents, without recursion (a chain may be as long as the budget)."""
    column = 0.0
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, entered = stack.pop()
        below = children.get(node.id, [])
        if below and not entered:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(below))
        elif below:
            place[node.id] = (place[below[0].id] + place[below[-1].id]) / 2
        else:
            place[node.id] = column
            column += 1.0


def _ancestors(leaf: str, known: dict[str, Candidate]) -> set[str]:
    path: set[str] = set()
    node: str | None = leaf
    while node in known and node not in path:
        path.add(node)
        node = known[node].parent_id
    return path
