"""Which track each moving region belongs to: by place, course, size and colour, all regions and tracks at once.

The main region of each track comes from the assignment that fits best as a whole (Kuhn, "The Hungarian method for the
assignment problem", 1955). Regions left over inside a track's box are parts of it; tracks left over inside a region
share it with the track that has it: two things that have met.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from foleydesigner.tools.appearance import alike, own_colours, surprise
from foleydesigner.tools.corners import gap, grown, middle, share_inside, span
from foleydesigner.tools.live_track import CLEAR, LiveTrack
from foleydesigner.tools.regions import Region

_AGREE = 0.25
_LEAST_SCORE = 0.12
_RESTING = 0.75
"""How much less readily a thing at rest is taken for one that moves."""
_YOUNG = 0.7
"""How much less readily a track that has just begun is given a region."""
_PART_SHARE = 0.6
_PART_GAP, _PART_GAP_SHARE = 3.0, 0.25
"""How far a part is from the main one at most: cells, or share of the main one's longer side."""
_COVERED = 0.6
"""Share of a predicted box inside a region from which the track may be hidden in it."""
_SIZE_RATIO, _TURNING = 3.0, 2.0
"""How much two views of one thing may differ in size; frames of its speed within which a thing that turned is found."""
_FLOW_SPREAD = 0.5
"""Cells a frame by which the flow within one thing varies."""
_RESTED = 0.5
"""Share of what begins to move in the box of a thing that rested, or of that box in it, or another thing begins."""
_LEAST_LOOK = 0.3
"""How well the wrong colours fit at least."""
_OUTGROWN, _EMERGED_CELLS, _EMERGED_SHARE = 1.25, 10, 0.2
_MIXED = 1.5
"""Times a track's usual size from which a region holds other things too."""
_OUTSIDE_CELLS, _CENTRAL = 2.0, 0.1


def match(live: Sequence[LiveTrack], regions: Sequence[Region], young_frames: int) -> list[list[LiveTrack]]:
    """The owners of each region, the one whose main region it is first.

    Args:
        live: the tracks under way.
        regions: of the frame.
        young_frames: frames in sight below which a track has yet to prove itself.
    """
    owners: list[list[LiveTrack]] = [[] for _ in regions]
    if not live or not regions:
        return owners
    scores = np.array([[_score(t, r, young_frames) for r in regions] for t in live])
    served: set[int] = set()
    mains: dict[int, Region] = {}
    for row, column in zip(*linear_sum_assignment(scores, maximize=True), strict=True):
        if scores[row, column] > _LEAST_SCORE:
            owners[column].append(live[row])
            served.add(live[row].number)
            mains[live[row].number] = regions[column]
    for region, own in zip(regions, owners, strict=True):
        if not own:
            near = [
                t for t in live if _beside(region, mains.get(t.number)) and not _rests_beside(t, region, young_frames)
            ]
            own += _part_of(region, near)
            served |= {t.number for t in own}
    for region, own in zip(regions, owners, strict=True):
        if own:
            met = [t for t in live if t.number not in served and share_inside(t.predicted(), region.box) > _COVERED]
            own += met
    return owners


def emerging(region: Region, owner: LiveTrack) -> NDArray[np.bool_] | None:
    """Cells (cells,) of somebody else who comes out from behind the owner of a region; None where there is nobody.

    The region has outgrown its owner, and a good part of what moves in it has colours that the owner never had.
    """
    if region.colours is None or owner.look is None or region.mass < _OUTGROWN * owner.usual_mass:
        return None
    foreign = np.isfinite(region.flows[:, 0]) & ~own_colours(owner.look, region.colours)
    return foreign if foreign.sum() >= max(_EMERGED_CELLS, _EMERGED_SHARE * region.mass) else None


def divided(region: Region, owners: Sequence[LiveTrack]) -> list[NDArray[np.bool_]]:
    """Which cells of a region each of its owners has, (cells,) for each: by colour and by the box it should be in."""
    costs = []
    for track in owners:
        x1, y1, x2, y2 = track.predicted()
        x, y = region.columns + 0.5, region.rows + 0.5
        out = np.hypot(np.maximum(0.0, np.maximum(x1 - x, x - x2)), np.maximum(0.0, np.maximum(y1 - y, y - y2)))
        # Where boxes overlap and colours say nothing, the nearer middle has it.
        centre = np.hypot(x - (x1 + x2) / 2, y - (y1 + y2) / 2) / max(x2 - x1, y2 - y1, 1.0)
        cost = (out / _OUTSIDE_CELLS) ** 2 + _CENTRAL * centre
        moving = np.isfinite(region.flows[:, 0])
        against = np.linalg.norm(region.flows[moving] - np.array(track.velocity), axis=1)
        cost[moving] += np.minimum(against / _FLOW_SPREAD, 3.0) ** 2
        if region.colours is not None and track.look is not None:
            cost += surprise(track.look, region.colours)
        costs.append(cost)
    nearest = np.argmin(np.stack(costs), axis=0)
    return [np.asarray(nearest == k, dtype=np.bool_) for k in range(len(owners))]


def _score(track: LiveTrack, region: Region, young_frames: int) -> float:
    """How well a region fits a track as its main part, in [0, 1]."""
    place = max(_overlap(track, region), _nearness(track, region))
    if place <= _AGREE:
        return 0.0
    if _rests_beside(track, region, young_frames):
        return 0.0
    size = 0.6 + 0.4 * min(1.0, region.mass / max(track.usual_mass, 1.0))
    age = _YOUNG if track.seen_frames < young_frames else 1.0
    return place * _course(track, region) * _look(track, region) * size * age


def _rests_beside(track: LiveTrack, region: Region, rest_frames: int) -> bool:
    """True where a thing has rested for some frames and what begins to move does so beside it: another thing."""
    if track.end_frame - 1 - track.last_seen <= rest_frames:
        return False
    return max(share_inside(region.box, track.box), share_inside(track.box, region.box)) < _RESTED


def _beside(region: Region, main: Region | None) -> bool:
    """True where a region can be a part of the thing whose main region is known: no part is far from it."""
    return main is None or gap(region.box, main.box) <= max(_PART_GAP, _PART_GAP_SHARE * span(main.box))


def _part_of(region: Region, live: Sequence[LiveTrack]) -> list[LiveTrack]:
    """The track in whose box a left-over region lies, if it looks like it."""
    inside = [(share_inside(region.box, grown(t.predicted(), 1.5)), t) for t in live]
    fits = [(share * _look(t, region), t.seen_frames, -t.number, t) for share, t in inside if share > _PART_SHARE]
    return [max(fits)[3]] if fits and max(fits)[0] > _PART_SHARE**2 else []


def _course(track: LiveTrack, region: Region) -> float:
    """Discount for movement against the track's course; a thing may turn, but rarely does."""
    pace, other = track.pace, float(np.hypot(*region.flow))
    if pace < CLEAR or other < CLEAR:
        return _RESTING if pace < CLEAR <= other else 1.0
    cosine = float(np.dot(track.velocity, region.flow) / (pace * other))
    return 0.85 + 0.15 * cosine


def _look(track: LiveTrack, region: Region) -> float:
    """How well the colour of a region, where the track should be in it, fits the track's."""
    mixed = region.mass > _MIXED * track.usual_mass
    seen = region.within(grown(track.predicted(), 1.0)) if mixed else region
    return max(_LEAST_LOOK, alike(track.look, seen.look))


def _overlap(track: LiveTrack, region: Region) -> float:
    """Share of a region that lies in the predicted box, or of the box in the region, the greater."""
    box = track.predicted()
    return max(share_inside(region.box, grown(box, 1.5)), share_inside(box, region.box))


def _nearness(track: LiveTrack, region: Region) -> float:
    """How near a region is to where a track was last or should be now, in [0, 1], for sizes that can be one thing's."""
    spans = [span(track.box), span(region.box)]
    if max(spans) > _SIZE_RATIO * min(spans):
        return 0.0
    reach = 1.5 + 0.5 * sum(spans) + _TURNING * track.pace
    x, y = middle(region.box)
    away = min(float(np.hypot(x - at[0], y - at[1])) for at in (middle(track.box), middle(track.predicted())))
    return 1.0 - away / reach
