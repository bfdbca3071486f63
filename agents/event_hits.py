"""When the hits of an impulsive event fall: by flashes, by steps, by impacts, else at a plausible time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleydesigner.agents.association import Association
from foleydesigner.agents.craft import Showing
from foleydesigner.agents.event_context import Context
from foleydesigner.agents.hit_choice import repeated_hits, salient_hits, shutting, strongest_hits
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.picture_index import index_of
from foleydesigner.agents.rhythm import passes, steadied, with_hidden_beats
from foleydesigner.agents.signatures import bounces
from foleydesigner.agents.timing import Hits, burst_clusters, completed, hits_of, step_times, uttered
from foleydesigner.evidence import Impact

MIN_GAP_S: dict[Showing, float] = {
    "strikes": 0.1, "voice": 0.25, "gait": 0.22, "flash": 0.3, "gesture": 0.25, "vehicle": 0.2, "texture": 0.2,
}  # fmt: skip
"""Shortest time in which the same thing sounds anew, by how it shows."""
_PLAUSIBLE_STEP_S: dict[Showing, float] = {
    "strikes": 0.6, "voice": 0.7, "gait": 0.55, "flash": 1.2, "gesture": 1.0, "vehicle": 0.8, "texture": 1.0,
}  # fmt: skip
_ONCE = frozenset({"door", "glass", "explosion", "gunshot", "thunder", "whoosh"})
"""Families of which a mention without a number means one."""
_LAST_S = 0.05
"""Nothing begins later than this before the end."""
_FIRST_FLIGHT_S, _LAST_FLIGHT_S, _RESTITUTION = 0.7, 0.15, 0.75
"""Flights of a ball that is dropped from the waist, and what each leaves of its speed."""
_MOST_ASSUMED = 12
"""Hits given to a repeated sound that nothing in the picture times."""


def impulsive_hits(  # noqa: PLR0911 - one return a way of timing
    group: MentionGroup, found: Association, context: Context
) -> tuple[Hits, str]:
    """When the hits of a group fall, and why, in words."""
    showing, gap_s = group.facts.showing, MIN_GAP_S[group.facts.showing]
    window = context.window_s
    quoted = f"the words: {group.lead.clause!r}"
    if found.bursts:
        clusters = burst_clusters(found.bursts)
        tops = sorted(clusters, key=lambda c: -max(b.strength for b in c))[: group.count or len(clusters)]
        tops.sort(key=lambda c: c[0].time_s)
        later_s = group.later_s or 0.0
        tops = [c for c in tops if c[0].time_s + later_s < window[1]]
        hits = Hits(
            onsets_s=tuple(c[0].time_s + later_s for c in tops),
            strengths=tuple(max(b.strength for b in c) for c in tops),
        )
        if hits.onsets_s:
            when = f"{later_s:g} s after" if later_s else "one for"
            return hits, f"{when} each flash or flicker in the picture; {quoted}"
    if showing == "gait":
        hits = _steps(group, found, context)
        if hits.onsets_s:
            return hits, f"steps of the walker in the picture; {quoted}"
    impacts = found.impacts
    if showing == "voice":
        impacts = uttered(impacts, context.evidence)
    if impacts:
        goes_on = group.count is None and (showing == "gait" or group.lead.family == "percussion" or bounces(group))
        if group.repeated or goes_on:
            hits = steadied(hits_of(repeated_hits(impacts, gap_s)))
            if group.repeated and not bounces(group):
                hits = _behind_walkers(hits, impacts, context)
            return hits, f"every hit that the picture shows; {quoted}"
        if group.count is None and group.lead.family not in _ONCE:
            return hits_of(salient_hits(impacts, gap_s)), f"the strongest of its movements and their like; {quoted}"
        if group.lead.family == "door" and group.lead.variant == "close" and group.count is None:
            hits = _shut(impacts, context)
            if hits.onsets_s:
                return hits, f"where its swing ends; {quoted}"
        count = group.count or 1
        hits = hits_of(strongest_hits(impacts, count, gap_s))
        if len(hits.onsets_s) < count:
            missing = count - len(hits.onsets_s)
            hits = completed(hits, count, window, _PLAUSIBLE_STEP_S[showing])
            return hits, f"{missing} of {count} not seen: placed by the rhythm of the others; {quoted}"
        return hits, f"the {count} strongest of its movements; {quoted}"
    return _unseen_hits(group, context), f"nothing in the picture times it, so its time is only plausible; {quoted}"


def _behind_walkers(hits: Hits, impacts: Sequence[Impact], context: Context) -> Hits:
    """The hits of an action with those that it has to have while somebody walks past it."""
    index = index_of(context.evidence)
    own = {i.track_id for i in impacts if i.track_id}
    tracks = index.tracks_named(own)
    walkers = [t for t in context.evidence.tracks if t.step_s is not None and t.id not in own]
    if not tracks or not walkers:
        return hits
    others = [t for t in context.evidence.tracks if t not in walkers]
    boxes = np.concatenate([t.points.boxes for t in tracks])
    x1, y1, x2, y2 = (float(np.median(boxes[:, edge])) for edge in range(4))

    def hidden(time_s: float) -> bool:
        return passes(walkers, (x1, y1, x2, y2), time_s)

    def moves(time_s: float) -> bool:
        return passes(others, (x1, y1, x2, y2), time_s)

    start_s, end_s = context.window_s
    return with_hidden_beats(hits, hidden, moves, (start_s, end_s - _LAST_S))


def _shut(impacts: Sequence[Impact], context: Context) -> Hits:
    """A door shuts at the end of its swing: at its last impact there, else where its movement ends."""
    tracks = index_of(context.evidence).tracks_named({i.track_id for i in impacts if i.track_id})
    hardest = max(impacts, key=lambda i: i.strength)
    track = next((t for t in tracks if t.id == hardest.track_id), None)
    if track is None:
        return Hits()
    at = shutting(track, [i for i in impacts if i.track_id == track.id])
    if at is not None:
        return hits_of([at])
    shut_s = min(track.end_s, context.window_s[1] - _LAST_S)
    return Hits(onsets_s=(shut_s,), strengths=(1.0,), impact_ids=(hardest.id,))


def _steps(group: MentionGroup, found: Association, context: Context) -> Hits:
    """Footfalls over the walkers' tracks, one walker at a time."""
    tempo_s = float(np.interp(group.lead.speed, [0.0, 0.5, 1.0], [0.9, 0.55, 0.3]))
    start_s, end_s = context.window_s
    index = index_of(context.evidence)
    walkers = sorted(index.tracks_named(found.track_ids), key=lambda t: (t.start_s, t.id))
    onsets: dict[float, float] = {}
    impact_ids: list[str] = []
    for track in walkers:
        steps = step_times(track, index.impacts_of.get(track.id, ()), tempo_s)
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
    start_s, end_s = context.window_s
    if bounces(group):
        return _unseen_bounces(start_s + (0.1 + 0.8 * context.order) * (end_s - start_s), end_s)
    step_s = _PLAUSIBLE_STEP_S[group.facts.showing] * float(np.interp(group.lead.speed, [0, 0.5, 1], [1.6, 1.0, 0.6]))
    goes_on = group.repeated or (group.facts.showing == "gait" and group.count is None)  # nobody takes a single step
    count = group.count or (min(_MOST_ASSUMED, max(2, int((end_s - start_s) / step_s))) if goes_on else 1)
    if group.repeated:
        step_s = max(step_s, (end_s - start_s) / (count + 1))
    first_s = start_s + (0.05 if group.repeated else 0.1 + 0.8 * context.order) * (end_s - start_s)
    if group.distant:
        flash_s = min((b.time_s for b in context.evidence.bursts if start_s <= b.time_s < end_s), default=end_s)
        first_s = max(start_s + 0.05 * (end_s - start_s), min(first_s, flash_s - 1.2))
    step_s = min(step_s, max(end_s - first_s - 0.05, 0.0) / max(count, 1) or 1e-3)
    onsets = tuple(first_s + index * step_s for index in range(count))
    return Hits(onsets_s=onsets, strengths=(0.8,) * count, assumed=count)


def _unseen_bounces(first_s: float, end_s: float) -> Hits:
    """Landings of a ball that nobody sees: it drops once, and each flight is a share shorter than the one before it."""
    onsets, flight_s = [first_s], _FIRST_FLIGHT_S
    while flight_s >= _LAST_FLIGHT_S and onsets[-1] + flight_s < end_s - _LAST_S:
        onsets.append(onsets[-1] + flight_s)
        flight_s *= _RESTITUTION
    strengths = tuple(0.8 * _RESTITUTION**n for n in range(len(onsets)))
    return Hits(onsets_s=tuple(onsets), strengths=strengths, assumed=len(onsets))
