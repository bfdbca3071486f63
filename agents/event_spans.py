"""Where a steady event sounds, and how loud: over the scene, after each blow, or as long as something passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleydesigner.agents.association import Association
from foleydesigner.agents.event_context import Context
from foleydesigner.agents.hit_choice import repeated_hits
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.picture_index import index_of
from foleydesigner.agents.timing import energy_curve, level_span
from foleydesigner.evidence import Impact, Track
from foleydesigner.script import Span

STRUCK_VARIANTS = frozenset({"sparks", "debris"})
"""Steady sounds that blows set off."""
_FLURRY_S, _LEAST_FLURRY_S = 0.6, 0.3


def steady_spans(group: MentionGroup, found: Association, context: Context) -> tuple[tuple[Span, ...], str]:
    """Where a steady sound runs, and why, in words."""
    start_s, end_s = context.window_s
    quoted = f"the words: {group.lead.clause!r}"
    index = index_of(context.evidence)
    tracks = [t for t in index.tracks_named(found.track_ids) if t.end_s > start_s and t.start_s < end_s]
    if group.lead.variant in STRUCK_VARIANTS:
        blows = [i for i in index.impacts_between(start_s, end_s) if i.kind in ("contact", "stop")]
        spans = flurry_spans(repeated_hits(blows, _LEAST_FLURRY_S), end_s)
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
