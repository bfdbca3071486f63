"""Look-ups over one clip's evidence, made once: by id, by track, by time.

A script is written from thousands of impacts by rules that each ask about a few; scanning all of them for every
question would make the time grow with the square of the film's length.
"""

from __future__ import annotations

import weakref
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from foleydesigner.evidence import Burst, Impact, PictureEvidence, Shot, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureIndex:
    """Evidence by id and by time; `order` is a track's place among the tracks."""

    tracks: dict[str, Track]
    order: dict[str, int]
    impacts: dict[str, Impact]
    bursts: dict[str, Burst]
    impacts_of: dict[str, tuple[Impact, ...]]
    mean_x: dict[str, float]
    """Mean horizontal position of each track's boxes, share of the width."""
    mean_area: dict[str, float]
    tracks_of_shot: dict[str, tuple[Track, ...]]
    shots: tuple[Shot, ...]
    shot_ends_s: list[float]
    impact_times_s: list[float]
    by_time: tuple[Impact, ...]

    def tracks_named(self, ids: Iterable[str]) -> list[Track]:
        """The known tracks among `ids`, each once, in the order of the evidence."""
        known = {name for name in ids if name in self.tracks}
        return [self.tracks[name] for name in sorted(known, key=self.order.__getitem__)]

    def impacts_named(self, ids: Iterable[str]) -> list[Impact]:
        """The known impacts among `ids`, each once, by time."""
        known = {name: self.impacts[name] for name in ids if name in self.impacts}
        return sorted(known.values(), key=lambda i: (i.time_s, i.id))

    def impacts_between(self, start_s: float, end_s: float) -> Sequence[Impact]:
        """Impacts of [start_s, end_s), by time."""
        return self.by_time[bisect_left(self.impact_times_s, start_s) : bisect_left(self.impact_times_s, end_s)]

    def shot_at(self, time_s: float) -> Shot:
        """As `PictureEvidence.shot_at`."""
        return self.shots[min(bisect_right(self.shot_ends_s, time_s), len(self.shots) - 1)]


def _build(evidence: PictureEvidence) -> PictureIndex:
    by_time = tuple(sorted(evidence.impacts, key=lambda i: i.time_s))
    owned: dict[str, list[Impact]] = {}
    for impact in by_time:
        if impact.track_id is not None:
            owned.setdefault(impact.track_id, []).append(impact)
    in_shot: dict[str, list[Track]] = {}
    for track in evidence.tracks:
        in_shot.setdefault(track.shot_id, []).append(track)
    return PictureIndex(
        tracks={t.id: t for t in evidence.tracks},
        order={t.id: number for number, t in enumerate(evidence.tracks)},
        impacts={i.id: i for i in by_time},
        bursts={b.id: b for b in evidence.bursts},
        impacts_of={name: tuple(impacts) for name, impacts in owned.items()},
        mean_x={t.id: float(np.mean(t.points.centres[:, 0])) for t in evidence.tracks},
        mean_area={t.id: t.mean_area for t in evidence.tracks},
        tracks_of_shot={name: tuple(tracks) for name, tracks in in_shot.items()},
        shots=evidence.shots,
        shot_ends_s=[s.end_s for s in evidence.shots],
        impact_times_s=[i.time_s for i in by_time],
        by_time=by_time,
    )


def even(track: Track) -> tuple[float, float]:
    """How evenly a track moves: its 95th percentile of speed over the median (1 = even), and its share of idle time."""
    speeds = track.points.speeds
    middle = float(np.median(speeds))
    return float(np.percentile(speeds, 95)) / max(middle, 1e-3), float(np.mean(speeds < 0.3 * middle))


def upright(track: Track) -> bool:
    """True for a box that a walking body fits: not much wider than high, on the mean, and no mere speck."""
    height, width = float(np.mean(track.points.heights)), float(np.mean(track.points.widths))
    return height >= 0.06 and height > 0.45 * width


SLIM = 2.0
"""Height over width of a walker's box, both as shares of the picture; a little over 1 in pixels of 16:9."""
_CROSSED = 0.3
"""Share of the width that a walker whose steps are read crosses at least."""


def steps_across(track: Track) -> bool:
    """True for who walks across: slim, and on feet whose steps were read."""
    across = float(np.ptp(track.points.centres[:, 0]))
    slim = float(np.median(track.points.heights / np.maximum(track.points.widths, 1e-6))) >= SLIM
    return track.step_s is not None and slim and across >= _CROSSED


def body_like(track: Track) -> bool:
    """True for what can be a person: upright, reaching into the lower half of the picture, and of a lasting size.

    Clouds, foliage and shadows spread and shrink manifold, or fill the picture.
    """
    low = float(np.mean(track.points.boxes[:, 3])) >= 0.5
    return upright(track) and low and track.mean_area <= 0.5 and abs(track.growth) <= 3.0


FILLING_AREA = 0.3
"""A track over this share of the picture is what its shot is about."""
_BUILT: dict[int, tuple[weakref.ref[PictureEvidence], PictureIndex]] = {}


def index_of(evidence: PictureEvidence) -> PictureIndex:
    """The index of an evidence object: built at the first question, forgotten with the object.

    Evidence is immutable, so its identity stands for its content. Two threads that ask at once build the same twice.
    """
    key = id(evidence)
    known = _BUILT.get(key)
    if known is not None and known[0]() is evidence:
        return known[1]
    index = _build(evidence)
    _BUILT[key] = (weakref.ref(evidence, lambda _: _BUILT.pop(key, None)), index)
    return index
