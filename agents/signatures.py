"""How different actions look as movement: what bounces, what falls, what swings to, what beats, whatever it is made of.

Where several things strike in one picture, the words say what each of them does, and each track shows one kind of
movement. The two are brought together as a whole: the assignment of tracks to sounding things that fits best.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents.hit_sharing import SIDE_CENTRE
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.picture_index import index_of, steps_across, upright
from foleydesigner.agents.timing import LEAST_STRENGTH, thin
from foleydesigner.evidence import Impact, PictureEvidence, Track

Action = Literal["bounces", "falls", "swings_to", "beats"]

_FALL_S, _FALL = 0.7, 0.1
"""A fall: the middle of a thing sinks by a tenth of the picture's height within this time before it hits."""
_BURST_S, _APART_S, _SPREAD = 0.12, 0.4, 0.5
"""How soon after it appears a thing strikes that bursts, how soon and by which share of its width it flies apart."""
_HARD, _UNSEEN_FALL = 0.4, 0.8
"""Strength of a hard blow; how much one that bursts is like one that is seen to fall."""
_RISE = 0.02
_SETTLED_S = 0.25
_REGULAR, _MOSTLY = 0.25, 0.7
"""How far a gap may be from the usual one, as a share of it, and which share of them has to be that near."""
_QUICKEST_BEAT_S = 0.25
"""Nobody swings a tool more than four times a second."""
_BOUNCES_BACK = (0.5, 1.0)
"""Length of a flight as a share of the one before it."""
_DOOR_TALL = 0.12
"""Height of a door, share of the picture's: as tall as the smallest walker that is taken for one."""
_LEAST_SERIES = 3
"""Landings from which a thing bounces, and is no door."""
_STAYS = 0.12
_LEAST_FIT = 0.3
_SIZE_AREA = {"small": 0.004, "medium": 0.012, "large": 0.02, "very_large": 0.2}


def action_of(group: MentionGroup) -> Action | None:
    """What the words have the thing do; None where they leave its movement open."""
    family, variant = group.lead.family, group.lead.variant
    if family == "impact" and variant == "ball":
        return "bounces" if group.repeated or group.count is None else None  # a ball that drops goes on bouncing
    if family == "glass" and variant == "break":
        return "falls"
    if family == "door" and variant == "close":
        return "swings_to"
    beaten = family == "impact" and variant in ("anvil", "wood", "metal") and group.repeated
    return "beats" if beaten else None


def bounces(group: MentionGroup) -> bool:
    """Whether it is a thing that bounces when it drops, and nobody says how often."""
    return action_of(group) == "bounces"


def signature(track: Track, impacts: Sequence[Impact]) -> dict[Action, float]:
    """How much a track moves like each action, in [0, 1]; `impacts` are its own, by time."""
    hits = [i for i in impacts if i.strength >= LEAST_STRENGTH]
    if not hits:
        return {"bounces": 0.0, "falls": 0.0, "swings_to": 0.0, "beats": 0.0}
    times = np.array([p.time_s for p in track.points])
    boxes = track.points.boxes
    x, y = ((boxes[:, axis] + boxes[:, axis + 2]) / 2 for axis in (0, 1))
    # What it did before it was followed says nothing of how it moved.
    followed = [i for i in hits if i.time_s >= times[0]] or hits
    first, hardest = followed[0], max(followed, key=lambda i: i.strength)

    def sunk(hit: Impact) -> float:
        # Top and bottom both: what is only seen to be larger than it was has not fallen.
        falling = (times >= hit.time_s - _FALL_S) & (times <= hit.time_s)
        edges = (boxes[:, 1], boxes[:, 3])
        return min(float(np.interp(hit.time_s, times, e)) - float(e[falling].min(initial=1.0)) for e in edges)

    fell = float(np.clip(max(sunk(first), sunk(hardest)) / _FALL, 0.0, 1.0))
    rises = [
        float(np.interp([a.time_s, b.time_s], times, y).min() - y[(times >= a.time_s) & (times <= b.time_s)].min())
        for a, b in pairwise(hits)
        if np.any((times >= a.time_s) & (times <= b.time_s))
    ]
    rose = float(np.clip(np.mean([r > _RISE for r in rises]) * 1.5, 0.0, 1.0)) if rises else 0.0
    strong = [i for i in hits if i.landed or i.strength >= 0.25 * hardest.strength]
    gaps = np.diff([i.time_s for i in strong])
    # Each flight of a bouncing thing is a fixed share shorter than the last; what somebody beats keeps its beat.
    factor = float(np.median(gaps[1:] / np.maximum(gaps[:-1], 1e-3))) if len(gaps) > 1 else 0.8
    shrinking = float(np.clip((0.98 - factor) / 0.1, 0.0, 1.0))
    stays = float(np.ptp([i.x for i in hits])) <= _STAYS and float(np.ptp(x)) <= 3 * _STAYS
    moved_after = times[-1] - hardest.time_s
    sideways = float(np.clip(1.0 - sunk(hardest) / _FALL, 0.0, 1.0))
    landed = sum(i.landed for i in hits)
    few = 1.0 if len(hits) <= 2 else 0.5 if landed < _LEAST_SERIES else 0.0
    return {
        "bounces": (0.5 * fell * (len(hits) >= 2) + 0.5 * rose) * (0.3 + 0.7 * shrinking),
        # What comes down, is thrown back into the air and comes down again has not broken.
        "falls": max(fell, _bursts(times, boxes[:, 2] - boxes[:, 0], hits[0]))
        * (1.0 if len(hits) <= 3 else 0.5)
        * (1.0 - 0.6 * rose)
        * (1.0 if landed < 2 else 0.5),
        "swings_to": sideways * few * _leaf(track, boxes) * (1.0 if moved_after < _SETTLED_S + 0.8 else 0.7),
        "beats": (0.6 * _regular(strong) + 0.4 * stays) * (len(hits) >= 3) * (1.0 - 0.7 * shrinking),
    }


def _bursts(times_s: NDArray[np.float64], widths: NDArray[np.float64], first: Impact) -> float:
    """How much something appears with a hard blow and flies apart: what was too small and fast to be seen to fall."""
    since = times_s - first.time_s
    if first.strength < _HARD or -since[0] > _BURST_S:
        return 0.0
    whole = float(widths[np.argmin(np.abs(since))])
    apart = float(widths[(since >= 0.0) & (since <= _APART_S)].max(initial=whole)) / max(whole, 1e-6)
    return _UNSEEN_FALL * float(np.clip((apart - 1.0) / _SPREAD, 0.0, 1.0))


def _regular(hits: Sequence[Impact]) -> bool:
    """True where most blows keep one distance in time; the arm that goes up again right after a blow is none."""
    gaps = np.diff([i.time_s for i in thin([i for i in hits if i.kind != "jolt"], _QUICKEST_BEAT_S)])
    if len(gaps) < 2:
        return False
    usual_s = float(np.median(gaps))
    return float(np.mean(np.abs(gaps - usual_s) <= _REGULAR * usual_s)) >= _MOSTLY


def _leaf(track: Track, boxes: NDArray[np.float64]) -> float:
    """How much the boxes (n, 4) of a track are a door's: upright, tall enough to go through, hinged; in [0, 1]."""
    tall = float(np.clip(float(np.median(boxes[:, 3] - boxes[:, 1])) / _DOOR_TALL, 0.0, 1.0))
    return (1.0 if upright(track) else 0.6) * tall * _hinged(boxes)


def _hinged(boxes: NDArray[np.float64]) -> float:
    """1 where one of the two upright edges stays where it is, or all within its widest; 0 for what travels; (n, 4)."""
    widths = boxes[:, 2] - boxes[:, 0]
    usual, widest = max(float(np.median(widths)), 1e-6), max(float(np.percentile(widths, 90)), 1e-6)
    edges = min(float(np.ptp(np.percentile(boxes[:, edge], [10, 90]))) for edge in (0, 2))
    middle = float(np.ptp(np.percentile(boxes[:, 0] + boxes[:, 2], [10, 90]))) / 2
    return float(np.clip(max(1.0 - edges / usual, 1.5 - 1.2 * middle / widest), 0.0, 1.0))


def shares_by_action(
    groups: Sequence[MentionGroup], impacts: Sequence[Impact], evidence: PictureEvidence
) -> dict[int, list[Impact]]:
    """Impacts of the groups whose action some track shows, by the group's index; empty unless two groups act.

    A track is one group's; further tracks that look alike and live at another time (after a cut, or lost and found)
    join the group of theirs, if it does what it does again and again.
    """
    from scipy.optimize import linear_sum_assignment

    acting = {k: action for k, g in enumerate(groups) if (action := action_of(g)) and not g.offscreen}
    index = index_of(evidence)
    owned: dict[str, list[Impact]] = {}
    for impact in impacts:
        if impact.track_id is not None:
            owned.setdefault(impact.track_id, []).append(impact)
    tracks = [t for t in index.tracks_named(owned) if not steps_across(t)]
    if len(acting) < 2 or not tracks:
        return {}
    rows = list(acting)
    looks = [signature(t, owned[t.id]) for t in tracks]
    fits = np.array(
        [[_fit(groups[k], acting[k], t, look, evidence) for t, look in zip(tracks, looks, strict=True)] for k in rows]
    )
    order = _told_in_order([groups[k] for k in rows], tracks, owned)
    chosen_rows, chosen = linear_sum_assignment(fits + 0.15 * order, maximize=True)
    lead = {rows[r]: c for r, c in zip(chosen_rows, chosen, strict=True) if fits[r, c] >= _LEAST_FIT}
    mine: dict[int, list[int]] = {k: [c] for k, c in lead.items()}
    shares = {k: list(owned[tracks[c].id]) for k, c in lead.items()}
    for column, track in enumerate(tracks):
        if column in lead.values():
            continue
        further = owned[track.id]
        alike = [
            (float(fits[rows.index(k), column]), k)
            for k, own in mine.items()
            if (groups[k].repeated or acting[k] == "bounces")
            and fits[rows.index(k), column] >= 2 * _LEAST_FIT
            and all(track.start_s >= tracks[o].end_s - 0.1 or track.end_s <= tracks[o].start_s + 0.1 for o in own)
        ]
        series = [(len(own), k, own) for k in mine if acting[k] == "bounces" and (own := _series(shares[k], further))]
        if series:
            _, k, shares[k] = max(series, key=lambda s: s[:2])
            mine[k].append(column)
        elif alike:
            k = max(alike)[1]
            mine[k].append(column)
            shares[k] += further
    return {k: sorted(own, key=lambda i: (i.time_s, i.id)) for k, own in shares.items()}


def _series(own: Sequence[Impact], further: Sequence[Impact]) -> list[Impact] | None:
    """The landings of two tracks that are pieces of one bouncing thing, in order; None where they are not.

    One goes on where the other ends, in its place, and each flight is a share shorter than the one before it. The
    pieces may overlap: the track that is left behind waits where it lost the thing.
    """
    pieces = [sorted((i for i in side if i.landed), key=lambda i: i.time_s) for side in (own, further)]
    if min(len(piece) for piece in pieces) < 2:
        return None
    first, second = sorted(pieces, key=lambda piece: piece[0].time_s)
    rest = [i for i in second if i.time_s > first[-1].time_s + _SETTLED_S / 2]
    if 2 * len(rest) <= len(second) or abs(float(np.median([i.x for i in rest[:3]])) - first[-1].x) > _STAYS:
        return None
    flights = np.diff([i.time_s for i in (*first, *rest)])
    ratios = flights[1:] / flights[:-1]
    return [*first, *rest] if ratios.min() >= _BOUNCES_BACK[0] and ratios.max() <= _BOUNCES_BACK[1] else None


def _fit(
    group: MentionGroup, action: Action, track: Track, look: dict[Action, float], evidence: PictureEvidence
) -> float:
    """How well a track fits what the words say of a thing: its action, its side, its size."""
    index = index_of(evidence)
    fit = look[action]
    if group.lead.direction in SIDE_CENTRE:
        fit *= float(np.clip(1.3 - 1.6 * abs(index.mean_x[track.id] - SIDE_CENTRE[group.lead.direction]), 0.2, 1.0))
    octaves = abs(float(np.log2(max(index.mean_area[track.id], 1e-4) / _SIZE_AREA[group.lead.size])))
    weight = 0.08 if group.lead.size in ("small", "large") else 0.02
    return fit * float(np.clip(1.1 - weight * octaves, 0.5, 1.0))


def _told_in_order(
    groups: Sequence[MentionGroup], tracks: Sequence[Track], owned: dict[str, list[Impact]]
) -> np.ndarray:
    """How well the place of each group among the words agrees with that of each track in time, (groups, tracks)."""
    told = np.argsort(np.argsort([g.sequence for g in groups])) / max(len(groups) - 1, 1)
    hardest = [max(owned[t.id], key=lambda i: i.strength).time_s for t in tracks]
    seen = np.argsort(np.argsort(hardest)) / max(len(tracks) - 1, 1)
    return np.asarray(1.0 - np.abs(told[:, None] - seen[None, :]))
