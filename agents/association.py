"""Which evidence in the picture belongs to which sounding thing of the screenplay.

Two steps. *Affinity*: how well a specification of the structured text fits a group of mentions, by nature, side, size,
approach and salience. *Sharing*: every impact (and every flash) goes to exactly one group, so that no movement sounds
twice; height, side, order of the words and strength decide between groups that want the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from foleydesigner.agents.craft import Showing
from foleydesigner.agents.hit_sharing import SIDE_CENTRE, share_impacts
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.picture_index import index_of, upright
from foleydesigner.agents.signatures import action_of, shares_by_action
from foleydesigner.evidence import Burst, Impact, PictureEvidence, Track
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
_SAME_MOMENT_S = 0.08
_TRAVELS = {"left_to_right": 1.0, "right_to_left": -1.0}
_OPPOSITE = {"left": "right", "right": "left"}
_TRAVELLED = 0.1
"""Share of the picture's width that a thing has to cross before it counts as going somewhere."""
_CROSSED = 0.35
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
    index = index_of(evidence)
    xs = [index.mean_x[t] for t in spec.track_ids if t in index.mean_x]
    xs += [index.impacts[e].x for e in spec.evidence_ids if e in index.impacts]
    xs += [index.bursts[e].box.centre[0] for e in spec.evidence_ids if e in index.bursts]
    return float(np.mean(xs)) if xs else 0.5


def affinity(group: MentionGroup, spec: SoundSpec, evidence: PictureEvidence) -> float:
    """How well a specification fits a group of mentions, in [0, 1]."""
    fit = _FIT[group.facts.showing].get(spec.nature, 0.0)
    lead = group.lead
    index = index_of(evidence)
    tracks = index.tracks_named(spec.track_ids)
    if lead.direction in SIDE_CENTRE:
        away = abs(spec_centre_x(spec, evidence) - SIDE_CENTRE[lead.direction])
        fit *= 1.0 if away < 0.25 else max(0.3, 1.25 - away)
    if tracks:
        area = float(np.mean([index.mean_area[t.id] for t in tracks]))
        octaves = abs(np.log2(max(area, 1e-4) / _SIZE_AREA[group.facts.size]))
        fit *= float(np.clip(1.1 - 0.08 * octaves, 0.7, 1.1))
        growth = float(np.mean([t.growth for t in tracks]))
        fit *= _travel_fit(lead.direction, tracks)
        if group.facts.showing == "gait":
            fit *= 1.0 if any(upright(t) for t in tracks) else 0.6
            fit *= _walking_fit(tracks)
        if lead.approaching != lead.receding:
            agrees = growth > 0.0 if lead.approaching else growth < 0.0
            fit *= 1.1 if agrees else 0.85
    return float(np.clip(fit * (0.6 + 0.4 * spec.salience), 0.0, 1.0))


def _may_be(group: MentionGroup, spec: SoundSpec, evidence: PictureEvidence) -> bool:
    """False for what lies on the other side than the words say: a second reading leaves it out altogether."""
    other_side = _OPPOSITE.get(group.lead.direction or "")
    return other_side is None or abs(spec_centre_x(spec, evidence) - SIDE_CENTRE[other_side]) > 0.25


def _walking_fit(tracks: Sequence[Track]) -> float:
    """1 for who crosses a good part of the picture, half for who stays where they are, whatever their arms do."""
    return float(np.mean([np.interp(np.ptp(t.points.centres[:, 0]), [0.0, _CROSSED], [0.5, 1.0]) for t in tracks]))


def _travel_fit(direction: str | None, tracks: Sequence[Track]) -> float:
    """1 where a thing goes the way the words say, or they say none; little where it goes the other way."""
    if direction not in _TRAVELS:
        return 1.0
    ways = [_TRAVELS[direction] * (t.points[-1].box.centre[0] - t.points[0].box.centre[0]) for t in tracks]
    longest = max(ways, key=abs, default=0.0)
    return 0.3 if longest < -_TRAVELLED else 1.2 if longest > _TRAVELLED else 0.9


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
    again = choice > 0
    told = _telling_order(groups, specs, evidence)
    tables = [
        _ranked(
            [(s, affinity(group, s, evidence) * late[s.id]) for s in specs if not again or _may_be(group, s, evidence)],
            0 if group.lead.direction in _OPPOSITE else choice,
        )
        for group, late in zip(groups, told, strict=True)
    ]
    seen = [index for index, group in enumerate(groups) if not group.offscreen]
    flashing = [i for i in seen if _by_light(groups[i], tables[i])]
    hitting = [i for i in seen if groups[i].facts.kind == "impulsive" and i not in flashing]
    acting = shares_by_action([groups[i] for i in hitting], impacts, evidence) if not again else {}
    shown = {i.id for own in acting.values() for i in own}
    open_to = [i for number, i in enumerate(hitting) if number not in acting]
    rest = share_impacts([groups[i] for i in open_to], [tables[i] for i in open_to], _left(impacts, shown, acting))
    shares = [acting[n] if n in acting else rest[open_to.index(i)] for n, i in enumerate(hitting)]
    # What lands, shuts, breaks or beats sounds where a movement ends; none begins with it.
    shares = [
        [i for i in own if i.kind != "jolt"] if action_of(groups[g]) else own
        for g, own in zip(hitting, shares, strict=True)
    ]
    walking = [i for i in seen if groups[i].facts.showing == "gait"]
    walks = _share_walks([tables[i] for i in walking])
    for index, table in zip(walking, walks, strict=True):
        tables[index] = table
    driving = [i for i in seen if groups[i].facts.showing == "vehicle" and groups[i].facts.kind == "steady"]
    if 1 < len(driving) <= len({spec.id for i in driving for spec, _ in tables[i]}):
        for index, table in zip(driving, _share_walks([tables[i] for i in driving]), strict=True):
            tables[index] = table
    impacts_of: Mapping[int, list[Impact]] = dict(zip(hitting, shares, strict=True))
    bursts = index_of(evidence).bursts
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


def _left(impacts: Sequence[Impact], shown: set[str], acting: Mapping[int, list[Impact]]) -> list[Impact]:
    """Impacts that no acting thing has, and no reading of the same moment either."""
    times = [i.time_s for own in acting.values() for i in own]
    return [
        i
        for i in impacts
        if i.id not in shown and (i.track_id is not None or all(abs(i.time_s - t) >= _SAME_MOMENT_S for t in times))
    ]


def _by_light(group: MentionGroup, table: list[tuple[SoundSpec, float]]) -> bool:
    """True when flashes time the group: it shows as light, and there is light (thunder has nothing else to go by)."""
    if group.facts.showing != "flash" or group.facts.kind != "impulsive":
        return False
    return group.lead.family == "thunder" or any(spec.nature == "flash" for spec, _ in table)


def _telling_order(
    groups: Sequence[MentionGroup], specs: Sequence[SoundSpec], evidence: PictureEvidence
) -> list[dict[str, float]]:
    """Per group, a factor in [0.6, 1] for each specification: a film is told in the order of its shots.

    Where the scene has several shots and several sounding things, one that is spoken of early is rather looked for in
    the early shots; inside a shot the words' order says nothing.
    """
    index = index_of(evidence)
    shots = sorted({index.shot_at(s.start_s).start_s for s in specs})
    timed = [g for g in groups if g.facts.kind == "impulsive" and not g.offscreen]
    if len(shots) < 2 or len(timed) < 2:
        return [{s.id: 1.0 for s in specs} for _ in groups]
    place = {s.id: shots.index(index.shot_at(s.start_s).start_s) / (len(shots) - 1) for s in specs}
    ranks = sorted({g.sequence for g in timed})
    factors = []
    for group in groups:
        if group not in timed or len(ranks) < 2:
            factors.append({s.id: 1.0 for s in specs})
            continue
        at = ranks.index(group.sequence) / (len(ranks) - 1)
        factors.append({s.id: 1.0 - 0.4 * abs(place[s.id] - at) for s in specs})
    return factors


def _ranked(fits: Sequence[tuple[SoundSpec, float]], choice: int) -> list[tuple[SoundSpec, float]]:
    """Specifications that fit at least half as well as the best, best first."""
    scored = sorted(fits, key=lambda pair: (-pair[1], pair[0].id))
    scored = [pair for pair in scored if pair[1] >= LEAST_AFFINITY]
    scored = scored[min(choice, max(len(scored) - 1, 0)) :]
    return [pair for pair in scored if pair[1] >= 0.5 * scored[0][1]]


def _share_walks(tables: Sequence[list[tuple[SoundSpec, float]]]) -> list[list[tuple[SoundSpec, float]]]:
    """Every walker steps, every vehicle drives, for one group: the best fit, among near-equals the one with fewest."""
    offers: dict[str, list[tuple[float, int]]] = {}
    for row, table in enumerate(tables):
        for spec, fit in table:
            offers.setdefault(spec.id, []).append((fit, row))
    owner: dict[str, int] = {}
    load = [0] * len(tables)
    for name in sorted(offers, key=lambda n: (-max(offers[n])[0], n)):
        best = max(offers[name])[0]
        owner[name] = min((row for fit, row in offers[name] if fit >= best - 0.05), key=lambda row: (load[row], row))
        load[owner[name]] += 1
    return [[pair for pair in table if owner[pair[0].id] == row] for row, table in enumerate(tables)]


def _turn(bursts: tuple[Burst, ...], index: int, count: int) -> tuple[Burst, ...]:
    """Flashes shared between several flashing things: in the order of the words."""
    ordered = sorted(bursts, key=lambda b: b.time_s)
    first, last = (len(ordered) * index) // count, (len(ordered) * (index + 1)) // count
    return tuple(ordered[first:last])
