"""Every impact to at most one sounding thing: height, side, order of the words, beat and strength decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.timing import adaptive_threshold
from foleydesigner.evidence import Impact
from foleydesigner.text import SoundSpec

_TELLING_SPREAD = 0.2
"""Impacts that lie closer together in height than this share of the picture are of one height."""
_BEAT_RANGE_S = (0.3, 1.6)
SIDE_CENTRE = {"left": 0.2, "centre": 0.5, "right": 0.8}


def share_impacts(
    groups: Sequence[MentionGroup], tables: Sequence[list[tuple[SoundSpec, float]]], impacts: Sequence[Impact]
) -> list[list[Impact]]:
    """Every impact to at most one group."""
    if not groups:
        return []
    fits = np.zeros((len(groups), len(impacts)))
    for row, table in enumerate(tables):
        by_impact: dict[str, float] = {}
        for spec, value in table:
            for evidence_id in spec.evidence_ids:
                by_impact[evidence_id] = max(by_impact.get(evidence_id, 0.0), value)
        fits[row] = [by_impact.get(i.id, 0.0) for i in impacts]
    if len(groups) == 1:
        return [[i for i, fit in zip(impacts, fits[0], strict=True) if fit > 0.0]]
    costs = np.where(fits > 0.0, 1.0 - fits, np.inf)
    rhythm = _rhythm_cost(groups, impacts)
    costs += _order_cost(groups, impacts) + _place_cost(groups, impacts) + rhythm
    # What lies under the threshold is nobody's hit, unless it keeps a beat or the counts asked for need it.
    threshold = adaptive_threshold(impacts)
    weak = np.array([i.strength < threshold and not i.landed for i in impacts], dtype=bool)
    if int(np.sum(~weak)) >= sum(_wanted(g) for g in groups):
        # What goes on is thinned later by its own rhythm, so it may own weak hits.
        goes_on = np.array([g.repeated for g in groups])[:, None]
        costs[:, weak] = np.where(goes_on | (rhythm[:, weak] < 0.0), costs[:, weak], np.inf)
    owner = _cheapest(costs)
    _feed_the_hungry(owner, costs, groups, impacts)
    return [[i for i, who in zip(impacts, owner, strict=True) if who == row] for row in range(len(groups))]


def _cheapest(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Row of the least cost per column, -1 where none is finite; near-ties go in turn, so that equals share evenly."""
    owner = np.full(costs.shape[1], -1, dtype=np.int64)
    load = np.zeros(costs.shape[0])
    for column in range(costs.shape[1]):
        least = costs[:, column].min()
        if np.isfinite(least):
            equal = np.flatnonzero(costs[:, column] <= least + 0.05)
            owner[column] = equal[np.argmin(load[equal])]
            load[owner[column]] += 1
    return owner


def _rhythm_cost(groups: Sequence[MentionGroup], impacts: Sequence[Impact]) -> NDArray[np.float64]:
    """What goes on steadily keeps the beat; what plays over it takes the hits between."""
    cost = np.zeros((len(groups), len(impacts)))
    steady = [g.repeated for g in groups]
    if all(steady) or not any(steady) or len(impacts) < 5:
        return cost
    times, weights = np.array([i.time_s for i in impacts]), np.array([i.strength for i in impacts])
    # The beat is the period at which the hits, wound round a circle of that length, point the same way.
    periods = np.geomspace(*_BEAT_RANGE_S, 240)
    turns = np.exp(2j * np.pi * times[None, :] / periods[:, None]) @ weights / weights.sum()
    best = int(np.argmax(np.abs(turns)))
    if abs(turns[best]) < 0.4:
        return cost
    phase = np.angle(np.exp(2j * np.pi * times / periods[best]) / turns[best]) / (2 * np.pi)
    off_beat = np.abs(phase) > 0.2
    cost[np.array(steady)] = np.where(off_beat, 0.35, -0.35)
    return cost


def _order_cost(groups: Sequence[MentionGroup], impacts: Sequence[Impact]) -> NDArray[np.float64]:
    """What it costs, per (group, impact), to leave the order of the words; 0 where the words leave the order open."""
    times = np.array([i.time_s for i in impacts])
    cost = np.zeros((len(groups), len(impacts)))
    if len(times) < 2 or not any(g.after for g in groups):
        return cost
    position = (times - times.min()) / max(float(np.ptp(times)), 1e-9)
    ranks = sorted({g.sequence for g in groups})
    for row, group in enumerate(groups):
        rank = ranks.index(group.sequence)
        begins, ends = rank / len(ranks), (rank + 1) / len(ranks)
        # "Steadily" is not ended by "then": what goes on may sound under what follows.
        late = 0.0 if group.repeated else np.clip(position - ends, 0.0, None)
        early = np.clip(begins - position, 0.0, None) if group.after else 0.0
        cost[row] = 1.5 * early + (0.5 if group.count is None else 2.0) * late
    return cost


def _place_cost(groups: Sequence[MentionGroup], impacts: Sequence[Impact]) -> NDArray[np.float64]:
    """What it costs, per (group, impact), to sit at another height or side than the words and the craft expect."""
    cost = np.zeros((len(groups), len(impacts)))
    heights, sides = np.array([i.y for i in impacts]), np.array([i.x for i in impacts])
    low, high = np.quantile(heights, [0.1, 0.9]) if len(heights) else (0.0, 0.0)
    if high - low > _TELLING_SPREAD and len({g.height for g in groups}) > 1:
        relative = np.clip((heights - low) / (high - low), 0.0, 1.0)
        for row, group in enumerate(groups):
            cost[row] += 0.5 * np.abs(relative - group.height)
    for row, group in enumerate(groups):
        if group.lead.direction in SIDE_CENTRE:
            cost[row] += np.abs(sides - SIDE_CENTRE[group.lead.direction])
    return cost


def _wanted(group: MentionGroup) -> int:
    """Hits that a group needs at least."""
    return group.count or (2 if group.repeated else 1)


def _feed_the_hungry(
    owner: NDArray[np.int64], costs: NDArray[np.float64], groups: Sequence[MentionGroup], impacts: Sequence[Impact]
) -> None:
    """Give groups with fewer impacts than they ask for the cheapest ones of groups that can spare some (in place)."""
    wants = [_wanted(g) for g in groups]
    strengths = np.array([i.strength for i in impacts])
    for row, want in enumerate(wants):
        while int(np.sum(owner == row)) < want:
            sizes = [int(np.sum(owner == other)) for other in range(len(groups))]
            givers = [o for o in range(len(groups)) if o != row and sizes[o] > wants[o]]
            spare = np.isin(owner, givers) & np.isfinite(costs[row])
            if not spare.any():
                break
            candidates = np.flatnonzero(spare)
            regret = costs[row, candidates] - costs[owner[candidates], candidates] - 0.5 * strengths[candidates]
            owner[candidates[int(np.argmin(regret))]] = row
