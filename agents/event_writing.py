"""One sound event out of one sounding thing: its times, its place, its words.

What the picture shows is timed by the picture. What only the words know is placed beside or around the picture, at a
plausible time, and says so in its `reason`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foleydesigner.agents.association import Association
from foleydesigner.agents.craft import Showing, SoundFacts
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.rhythm import steadied
from foleydesigner.agents.timing import (
    Hits,
    burst_clusters,
    completed,
    energy_curve,
    hits_of,
    level_span,
    repeated_hits,
    salient_hits,
    step_times,
    strongest_hits,
    uttered,
)
from foleydesigner.evidence import Impact, PictureEvidence, Track
from foleydesigner.script import Placement, Prominence, SceneSpace, SoundEvent, Span

MIN_GAP_S: dict[Showing, float] = {
    "strikes": 0.1, "voice": 0.25, "gait": 0.22, "flash": 0.3, "gesture": 0.25, "vehicle": 0.2, "texture": 0.2,
}  # fmt: skip
"""Shortest time in which the same thing sounds anew, by how it shows."""
_PLAUSIBLE_STEP_S: dict[Showing, float] = {
    "strikes": 0.6, "voice": 0.7, "gait": 0.55, "flash": 1.2, "gesture": 1.0, "vehicle": 0.8, "texture": 1.0,
}  # fmt: skip
_OFFSCREEN_AZIMUTH_DEG = {"left": -70.0, "right": 70.0, "centre": 0.0, "left_to_right": -60.0, "right_to_left": 60.0}
_SCREEN_X = {"left": 0.2, "centre": 0.5, "right": 0.8, "left_to_right": 0.5, "right_to_left": 0.5}
_FAR_M, _NEAR_M = 60.0, 8.0
_ONCE = frozenset({"door", "glass", "explosion", "gunshot", "thunder", "whoosh"})
"""Families of which a mention without a number means one."""
_STRUCK_VARIANTS = frozenset({"sparks", "debris"})
"""Steady sounds that blows set off."""
_FLURRY_S = 0.6
_MOST_ASSUMED = 12
"""Hits given to a repeated sound that nothing in the picture times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a scene's events are written against; `order` is the group's place in the scene, in [0, 1]."""

    evidence: PictureEvidence
    space: SceneSpace
    order: float = 0.5


def slug(words: str) -> str:
    """A name that is a legal identifier, at most 40 characters."""
    cleaned = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40].strip("_")
    return cleaned if cleaned and cleaned[0].isalpha() else f"sound_{cleaned}".rstrip("_")


def write_event(group: MentionGroup, found: Association, context: Context) -> SoundEvent:
    """The event that a group of mentions asks for, on the evidence that was found for it."""
    lead, facts = group.lead, group.facts
    seen = bool(found.impacts or found.bursts) or (bool(found.specs) and facts.kind == "steady")
    spans: tuple[Span, ...] = ()
    hits = Hits()
    if facts.kind == "steady":
        spans, reason = steady_spans(group, found, context)
    else:
        hits, reason = impulsive_hits(group, found, context)
        seen = hits.assumed < len(hits.onsets_s)
    label = _label(group)
    placement = place(group, found, context, hits, spans, seen)
    evidence_ids = (*hits.impact_ids, *(b.id for b in found.bursts), *placement.track_ids)
    background = facts.layer == "backgrounds" or group.distant
    return SoundEvent(
        id=slug(label),
        label=label,
        prompt=_prompt(group),
        family=lead.family,
        variant=lead.variant,
        layer=facts.layer,
        prominence="background" if background else _prominence(facts, placement),
        kind=facts.kind,
        onsets_s=hits.onsets_s,
        strengths=hits.strengths,
        spans=spans,
        placement=placement,
        origin="both" if seen else "screenplay",
        mention_ids=group.ids,
        evidence_ids=tuple(dict.fromkeys(evidence_ids)),
        ucs_id=facts.ucs_id,
        material=facts.material,
        surface=facts.surface,
        size=facts.size,
        intensity=min(1.0, lead.intensity * (0.6 if group.distant else 1.0)),
        speed=lead.speed,
        reason=reason[:400],
    )


def _prominence(facts: SoundFacts, placement: Placement) -> Prominence:
    """In front what is seen and made to be listened to; sparks under a hammer are seen, and still only go with it."""
    in_front = placement.kind == "screen" and facts.prominence != "background"
    return "foreground" if in_front else "middle"


def impulsive_hits(  # noqa: PLR0911 - one return a way of timing
    group: MentionGroup, found: Association, context: Context
) -> tuple[Hits, str]:
    """When the hits of a group fall, and why, in words."""
    showing, gap_s = group.facts.showing, MIN_GAP_S[group.facts.showing]
    window = _inside(context)
    quoted = f"the words: {group.lead.clause!r}"
    if found.bursts:
        clusters = burst_clusters(found.bursts)
        tops = sorted(clusters, key=lambda c: -max(b.strength for b in c))[: group.count or len(clusters)]
        tops.sort(key=lambda c: c[0].time_s)
        hits = Hits(
            onsets_s=tuple(c[0].time_s for c in tops), strengths=tuple(max(b.strength for b in c) for c in tops)
        )
        return hits, f"one for each flash or flicker in the picture; {quoted}"
    if showing == "gait":
        hits = _steps(group, found, context)
        if hits.onsets_s:
            return hits, f"steps of the walker in the picture; {quoted}"
    impacts = found.impacts
    if showing == "voice":
        impacts = uttered(impacts, context.evidence)
    if impacts:
        if group.repeated or (group.count is None and (showing == "gait" or group.lead.family == "percussion")):
            return steadied(hits_of(repeated_hits(impacts, gap_s))), f"every hit that the picture shows; {quoted}"
        if group.count is None and group.lead.family not in _ONCE:
            return hits_of(salient_hits(impacts, gap_s)), f"the strongest of its movements and their like; {quoted}"
        count = group.count or 1
        hits = hits_of(strongest_hits(impacts, count, gap_s))
        if len(hits.onsets_s) < count:
            missing = count - len(hits.onsets_s)
            hits = completed(hits, count, window, _PLAUSIBLE_STEP_S[showing])
            return hits, f"{missing} of {count} not seen: placed by the rhythm of the others; {quoted}"
        return hits, f"the {count} strongest of its movements; {quoted}"
    return _unseen_hits(group, context), f"nothing in the picture times it, so its time is only plausible; {quoted}"


def _inside(context: Context) -> tuple[float, float]:
    return context.space.start_s, min(context.space.end_s, context.evidence.clip.duration_s)


def _steps(group: MentionGroup, found: Association, context: Context) -> Hits:
    """Footfalls over the walkers' tracks, one walker at a time."""
    tempo_s = float(np.interp(group.lead.speed, [0.0, 0.5, 1.0], [0.9, 0.55, 0.3]))
    start_s, end_s = _inside(context)
    ids = set(found.track_ids)
    walkers = sorted((t for t in context.evidence.tracks if t.id in ids), key=lambda t: (t.start_s, t.id))
    onsets: dict[float, float] = {}
    impact_ids: list[str] = []
    for track in walkers:
        own = [i for i in context.evidence.impacts if i.track_id == track.id]
        steps = step_times(track, own, tempo_s)
        impact_ids += steps.impact_ids
        for onset_s, strength in zip(steps.onsets_s, steps.strengths, strict=True):
            if start_s <= onset_s < end_s and all(abs(onset_s - other) > 0.15 for other in onsets):
                onsets[onset_s] = strength
    ordered = sorted(onsets)[: group.count] if group.count else sorted(onsets)
    return Hits(
        onsets_s=tuple(ordered),
        strengths=tuple(onsets[t] for t in ordered),
        impact_ids=tuple(dict.fromkeys(impact_ids)),
    )


def _unseen_hits(group: MentionGroup, context: Context) -> Hits:
    """Plausible times for what no picture shows: in the order of the words, clear of the flashes that are seen."""
    start_s, end_s = _inside(context)
    step_s = _PLAUSIBLE_STEP_S[group.facts.showing] * float(np.interp(group.lead.speed, [0, 0.5, 1], [1.6, 1.0, 0.6]))
    count = group.count or (min(_MOST_ASSUMED, max(2, int((end_s - start_s) / step_s))) if group.repeated else 1)
    if group.repeated:
        step_s = max(step_s, (end_s - start_s) / (count + 1))
    first_s = start_s + (0.05 if group.repeated else 0.1 + 0.8 * context.order) * (end_s - start_s)
    if group.distant:
        flash_s = min((b.time_s for b in context.evidence.bursts if start_s <= b.time_s < end_s), default=end_s)
        first_s = max(start_s + 0.05 * (end_s - start_s), min(first_s, flash_s - 1.2))
    step_s = min(step_s, max(end_s - first_s - 0.05, 0.0) / max(count, 1) or 1e-3)
    onsets = tuple(first_s + index * step_s for index in range(count))
    return Hits(onsets_s=onsets, strengths=(0.8,) * count, assumed=count)


def steady_spans(group: MentionGroup, found: Association, context: Context) -> tuple[tuple[Span, ...], str]:
    """Where a steady sound runs, and why, in words."""
    start_s, end_s = _inside(context)
    quoted = f"the words: {group.lead.clause!r}"
    ids = set(found.track_ids)
    tracks = [t for t in context.evidence.tracks if t.id in ids and t.end_s > start_s and t.start_s < end_s]
    if group.lead.variant in _STRUCK_VARIANTS:
        blows = [i for i in context.evidence.impacts if start_s <= i.time_s < end_s and i.kind in ("contact", "stop")]
        spans = flurry_spans(repeated_hits(blows, _FLURRY_S), end_s)
        if spans:
            return spans, f"a flurry after each blow in the picture; {quoted}"
    if group.facts.showing == "texture" or group.lead.family == "drone" or group.facts.layer == "backgrounds":
        follow = tracks if group.facts.layer != "backgrounds" else []
        return (level_span(start_s, end_s, follow, floor=0.6),), f"goes on over every cut of the scene; {quoted}"
    if not tracks:
        return (Span(start_s=start_s, end_s=end_s),), f"no single thing in the picture carries it; {quoted}"
    return (
        passage_span(tracks, start_s, end_s, group.lead.approaching),
    ), f"follows what moves in the picture; {quoted}"


def flurry_spans(blows: Sequence[Impact], end_s: float) -> tuple[Span, ...]:
    """What each blow sets flying: a short span after it that dies away."""
    spans = []
    for number, blow in enumerate(blows):
        limit_s = blows[number + 1].time_s if number + 1 < len(blows) else end_s
        stop_s = min(blow.time_s + _FLURRY_S, limit_s, end_s)
        if stop_s - blow.time_s > 0.05:
            times = (blow.time_s, (2 * blow.time_s + stop_s) / 3, stop_s)
            spans.append(Span(start_s=blow.time_s, end_s=stop_s, level_times_s=times, levels=(1.0, 0.5, 0.0)))
    return tuple(spans)


def passage_span(tracks: Sequence[Track], start_s: float, end_s: float, approaching: bool) -> Span:
    """A passage: heard before it is seen and after it is gone, swelling with speed and size.

    Levels rise from and fall to nothing over the lead and the tail, and never drop under a third while the thing is
    seen.
    """
    seen_from, seen_to = min(t.start_s for t in tracks), max(t.end_s for t in tracks)
    lead_s, tail_s = (4.0 if approaching else 2.0), 3.0
    first = max(start_s, seen_from - lead_s)
    last = min(end_s, seen_to + tail_s)
    step_s = max(0.1, (last - first) / 200)
    times = np.arange(first, last, step_s)
    if len(times) < 2:
        return Span(start_s=first, end_s=max(last, first + 1e-3))
    levels = 0.35 + 0.65 * energy_curve(tracks, times)
    before = np.interp(times, [seen_from - lead_s, seen_from], [0.0, 1.0])
    after = np.interp(times, [seen_to, seen_to + tail_s], [1.0, 0.0])
    levels = levels * before * after
    return Span(
        start_s=first,
        end_s=last,
        level_times_s=tuple(round(float(t), 4) for t in times),
        levels=tuple(round(float(np.clip(v, 0.0, 1.0)), 4) for v in levels),
    )


def tracks_by_shot(
    track_ids: Sequence[str], impact_ids: Sequence[str], evidence: PictureEvidence, side_x: float | None = None
) -> tuple[str, ...]:
    """One track a shot: most of the impacts, then nearest to the words' side `side_x`, then most movement."""
    wanted, hit = set(track_ids), set(impact_ids)
    weight: dict[str, float] = {}
    for impact in evidence.impacts:
        if impact.id in hit and impact.track_id in wanted:
            weight[impact.track_id] = weight.get(impact.track_id, 0.0) + impact.strength
    best: dict[str, Track] = {}
    for track in evidence.tracks:
        if track.id not in wanted:
            continue

        def rank(t: Track) -> tuple[float, bool, float]:
            away = 0.0 if side_x is None else abs(float(np.mean([p.box.centre[0] for p in t.points])) - side_x)
            moved = t.mean_speed * float(np.sqrt(t.mean_area)) * (t.end_s - t.start_s)
            return weight.get(t.id, 0.0), away < 0.2, moved

        rival = best.get(track.shot_id)
        if rival is None or rank(track) > rank(rival):
            best[track.shot_id] = track
    return tuple(t.id for t in sorted(best.values(), key=lambda t: (t.start_s, t.id)))


def place(
    group: MentionGroup, found: Association, context: Context, hits: Hits, spans: Sequence[Span], seen: bool
) -> Placement:
    """In the picture where it is seen; beside it or all around where only the words know it."""
    lead, facts, evidence = group.lead, group.facts, context.evidence
    depth_m = _FAR_M if group.distant else None
    if facts.layer == "backgrounds" and not lead.direction:
        return Placement(kind="diffuse", depth_m=depth_m)
    if seen and not group.offscreen and not (group.distant and facts.showing == "flash" and not found.bursts):
        on_screen = _seen_at(group, found, evidence, hits, depth_m)
        if on_screen is not None:
            return on_screen
    if facts.kind == "steady" and not lead.direction and not group.offscreen and facts.showing == "texture":
        blown = [i.x for i in evidence.impacts if any(abs(i.time_s - s.start_s) < 1e-6 for s in spans)]
        if blown and lead.variant in _STRUCK_VARIANTS:
            return Placement(kind="screen", x=float(np.mean(blown)), depth_m=depth_m)
        return Placement(kind="diffuse", depth_m=depth_m)
    if not group.offscreen and not group.distant and lead.direction in _SCREEN_X:
        return Placement(kind="screen", x=_SCREEN_X[lead.direction])
    return Placement(
        kind="offscreen",
        azimuth_deg=_OFFSCREEN_AZIMUTH_DEG.get(lead.direction or "centre", 0.0),
        depth_m=depth_m or _NEAR_M,
    )


def _seen_at(
    group: MentionGroup, found: Association, evidence: PictureEvidence, hits: Hits, depth_m: float | None
) -> Placement | None:
    """The place in the picture of what carries a group: tracks, else its impacts or flashes; None without."""
    direction = group.lead.direction
    side_x = _SCREEN_X[direction] if direction in ("left", "right") else None
    tracks = tracks_by_shot(found.track_ids, hits.impact_ids, evidence, side_x)
    own = [i for i in evidence.impacts if i.id in set(hits.impact_ids)]
    xs = [(i.x, i.strength + 1e-3) for i in own] or [(b.box.centre[0], b.strength + 1e-3) for b in found.bursts]
    if not tracks and not xs:
        return None
    x = float(np.average([v for v, _ in xs], weights=[w for _, w in xs])) if xs else None
    return Placement(kind="screen", track_ids=tracks, x=x, depth_m=depth_m)


def _label(group: MentionGroup) -> str:
    lead = group.lead
    what = lead.concept.replace("_", " ")
    if lead.subject and lead.subject not in what:
        what = f"{lead.subject}: {what}"
    return (f"far {what}" if group.distant and "far" not in what else what)[:400]


def _prompt(group: MentionGroup) -> str:
    facts, lead = group.facts, group.lead
    parts = [facts.prompt]
    parts += [word for word in (facts.material, facts.surface) if word and word not in facts.prompt]
    if facts.size != "medium":
        parts.append(facts.size.replace("_", " "))
    if group.distant:
        parts.append("far away")
    if lead.repeated:
        parts.append("repeated")
    return ", ".join(parts)[:400]
