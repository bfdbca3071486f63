"""One sound event out of one sounding thing: its times, its place, its words.

What the picture shows is timed by the picture. What only the words know is placed beside or around the picture, at a
plausible time, and says so in its `reason`.
"""

from __future__ import annotations

import re

from foleydesigner.agents.association import Association
from foleydesigner.agents.craft import SoundFacts
from foleydesigner.agents.event_context import Context
from foleydesigner.agents.event_hits import impulsive_hits
from foleydesigner.agents.event_placing import place
from foleydesigner.agents.event_spans import steady_spans
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.timing import Hits
from foleydesigner.script import Placement, Prominence, SoundEvent, Span

_LOUD = 0.8
"""Intensity of what the words call loud."""


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
    carried = found.track_ids if facts.showing == "vehicle" and placement.kind == "screen" else placement.track_ids
    evidence_ids = (*hits.impact_ids, *(b.id for b in found.bursts), *carried)
    background = facts.layer == "backgrounds" or group.distant or _goes_on_elsewhere(group, placement)
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


def _goes_on_elsewhere(group: MentionGroup, placement: Placement) -> bool:
    """A motor behind the wall, a fan next door: what goes on unseen and stays where it is is ambience.

    Not what comes, goes or is said to be loud: that happens, seen or not.
    """
    lead = group.lead
    moves = lead.approaching or lead.receding or lead.direction in ("left_to_right", "right_to_left")
    steady = group.facts.kind == "steady" and placement.kind == "offscreen"
    return steady and not moves and lead.intensity < _LOUD


def _prominence(facts: SoundFacts, placement: Placement) -> Prominence:
    """In front what is seen and made to be listened to; sparks under a hammer are seen, and still only go with it."""
    in_front = placement.kind == "screen" and facts.prominence != "background"
    return "foreground" if in_front else "middle"


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
