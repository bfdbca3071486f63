"""Which evidence in the picture belongs to which sounding thing of the screenplay.

Two steps. *Affinity*: how well a specification of the structured text fits a group of mentions, by nature, side, size,
approach and salience. *Sharing*: every impact (and every flash) goes to exactly one group, so that no movement sounds
twice; height, side, order of the words and strength decide between groups that want the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents.craft import Showing
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.timing import adaptive_threshold
from foleydesigner.evidence import Burst, Impact, PictureEvidence
from foleydesigner.text import Nature, SoundSpec

_FIT: dict[Showing, dict[Nature, float]] = {
    "strikes": {
        "strikes": 1.0,
        "activity": 0.7,
        "gesture": 0.5,
        "gait": 0.3,
        "flash": 0.1,
        "vehicle": 0.2,
        "flow": 0.1,
    },
    "voice": {"gesture": 0.9, "strikes": 0.8, "activity": 0.7, "gait": 0.5, "vehicle": 0.2, "flow": 0.1},
    "gait": {"gait": 1.0, "gesture": 0.6, "strikes": 0.4, "activity": 0.35, "vehicle": 0.2},
    "vehicle": {"vehicle": 1.0, "flow": 0.5, "activity": 0.4, "gesture": 0.35, "strikes": 0.3, "gait": 0.2},
    # A shot without a muzzle flash still shows as a recoil.
    "flash": {"flash": 1.0, "strikes": 0.45, "activity": 0.4, "gesture": 0.4},
    "gesture": {"gesture": 1.0, "gait": 0.8, "strikes": 0.6, "activity": 0.5, "vehicle": 0.3},
    "texture": {"flow": 1.0, "vehicle": 0.5, "activity": 0.3, "gesture": 0.2},
}
LEAST_AFFINITY = 0.25
"""Under this a specification has nothing to do with the words."""
_TELLING_SPREAD = 0.2
"""Impacts that lie closer together in height than this share of the picture are of one height."""
_BEAT_RANGE_S = (0.3, 1.6)
_SIDE_CENTRE = {"left": 0.2, "centre": 0.5, "right": 0.8}
_SIZE_AREA = {"small": 0.02, "medium": 0.08, "large": 0.2, "very_large": 0.4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """What of the picture one group rests on."""

    specs: tuple[SoundSpec, ...] = ()
    impacts: tuple[Impact, ...] = ()
    bursts: tuple[Burst, ...] = ()
    affinity: float = 0.0

    @property
    def track_ids(self) -> tuple[str, ...]:
        """Tracks of its specifications and impacts, without repeats."""
        named = [t for s in self.specs for t in s.track_ids]
        named += [i.track_id for i in self.impacts if i.track_id]
        return tuple(dict.fromkeys(named))


def spec_centre_x(spec: SoundSpec, evidence: PictureEvidence) -> float:
    """Mean horizontal position of what the specification rests on, share of the width; 0.5 without a place."""
    ids, evidence_ids = set(spec.track_ids), set(spec.evidence_ids)
    xs = [float(np.mean([p.box.centre[0] for p in t.points])) for t in evidence.tracks if t.id in ids]
    xs += [i.x for i in evidence.impacts if i.id in evidence_ids]
    xs += [b.box.centre[0] for b in evidence.bursts if b.id in evidence_ids]
    return float(np.mean(xs)) if xs else 0.5


def affinity(group: MentionGroup, spec: SoundSpec, evidence: PictureEvidence) -> float:
    """How well a specification fits a group of mentions, in [0, 1]."""
    fit = _FIT[group.facts.showing].get(spec.nature, 0.0)
    lead = group.lead
    tracks = [t for t in evidence.tracks if t.id in set(spec.track_ids)]
    if lead.direction in _SIDE_CENTRE:
        away = abs(spec_centre_x(spec, evidence) - _SIDE_CENTRE[lead.direction])
        fit *= 1.0 if away < 0.25 else max(0.3, 1.25 - away)
    if tracks:
        area = float(np.mean([t.mean_area for t in tracks]))
        octaves = abs(np.log2(max(area, 1e-4) / _SIZE_AREA[group.facts.size]))
        fit *= float(np.clip(1.1 - 0.08 * octaves, 0.7, 1.1))
        growth = float(np.mean([t.growth for t in tracks]))
        if lead.approaching != lead.receding:
            agrees = growth > 0.0 if lead.approaching else growth < 0.0
            fit *= 1.1 if agrees else 0.85
    return float(np.clip(fit * (0.6 + 0.4 * spec.salience), 0.0, 1.0))


def associate(
    groups: Sequence[MentionGroup],
    specs: Sequence[SoundSpec],
    impacts: Sequence[Impact],
    evidence: PictureEvidence,
    choice: int = 0,
) -> list[Association]:
    """One association a group.

    Args:
        groups: sounding things of one scene.
        specs: specifications that lie in the scene.
        impacts: impacts of the scene that may be sounded.
        evidence: for tracks and flashes.
        choice: 0 = best fit; n = the n best specifications of each group are passed over where others are left (a
        sibling
            that was regenerated because the first reading failed).
    """
    tables = [_ranked(group, specs, evidence, choice) for group in groups]
    seen = [index for index, group in enumerate(groups) if not group.offscreen]
    flashing = [i for i in seen if _by_light(groups[i], tables[i])]
    hitting = [i for i in seen if groups[i].facts.kind == "impulsive" and i not in flashing]
    shares = _share_impacts([groups[i] for i in hitting], [tables[i] for i in hitting], impacts)
    impacts_of: Mapping[int, list[Impact]] = dict(zip(hitting, shares, strict=True))
    bursts = {b.id: b for b in evidence.bursts}
    found = []
    for index, (group, table) in enumerate(zip(groups, tables, strict=True)):
        if group.offscreen:
            found.append(Association())
            continue
        mine = [spec for spec, _ in table]
        flashes = tuple(bursts[e] for s in mine for e in s.evidence_ids if e in bursts) if index in flashing else ()
        if index in flashing and len(flashing) > 1:
            flashes = _turn(flashes, flashing.index(index), len(flashing))
        taken = tuple(impacts_of.get(index, ()))
        if index in hitting:
            owned = {i.id for i in taken}
            mine = [s for s in mine if owned & set(s.evidence_ids)] or mine[:1]
        elif group.facts.kind == "steady":
            mine = mine if group.facts.showing == "vehicle" else mine[:2]
        best = max((value for _, value in table), default=0.0)
        found.append(Association(specs=tuple(mine), impacts=taken, bursts=flashes, affinity=best))
    return found


def _by_light(group: MentionGroup, table: list[tuple[SoundSpec, float]]) -> bool:
    """True when flashes time the group: it shows as light, and there is light (thunder has nothing else to go by)."""
    if group.facts.showing != "flash" or group.facts.kind != "impulsive":
        return False
    return group.lead.family == "thunder" or any(spec.nature == "flash" for spec, _ in table)


def _ranked(
    group: MentionGroup, specs: Sequence[SoundSpec], evidence: PictureEvidence, choice: int
) -> list[tuple[SoundSpec, float]]:
    """Specifications that fit at least half as well as the best, best first."""
    scored = sorted(((s, affinity(group, s, evidence)) for s in specs), key=lambda pair: (-pair[1], pair[0].id))
    scored = [pair for pair in scored if pair[1] >= LEAST_AFFINITY]
    scored = scored[min(choice, max(len(scored) - 1, 0)) :]
    return [pair for pair in scored if pair[1] >= 0.5 * scored[0][1]]


def _turn(bursts: tuple[Burst, ...], index: int, count: int) -> tuple[Burst, ...]:
    """Flashes shared between several flashing things: in the order of the words."""
    ordered = sorted(bursts, key=lambda b: b.time_s)
    first, last = (len(ordered) * index) // count, (len(ordered) * (index + 1)) // count
    return tuple(ordered[first:last])


def _share_impacts(
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
    weak = np.array([i.strength < threshold for i in impacts], dtype=bool)
    if int(np.sum(~weak)) >= sum(_wanted(g) for g in groups):
        costs[:, weak] = np.where(rhythm[:, weak] < 0.0, costs[:, weak], np.inf)
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
        if group.lead.direction in _SIDE_CENTRE:
            cost[row] += np.abs(sides - _SIDE_CENTRE[group.lead.direction])
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
