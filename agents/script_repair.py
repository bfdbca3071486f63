"""Targeted adjustments: what is changed in a candidate to answer the findings that a scorer holds against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents.craft import LEGAL_LAYERS
from foleydesigner.agents.craft_layers import background, picture_event
from foleydesigner.agents.emotion import modulate
from foleydesigner.agents.picture_index import index_of
from foleydesigner.agents.script_drafting import Brief, draft_events, in_script_order
from foleydesigner.agents.spaces import space_at
from foleydesigner.agents.timing import THRUST_S, Hits, completed, nearest_distance
from foleydesigner.evidence import PictureEvidence
from foleydesigner.script import SoundEvent
from foleydesigner.text import Finding

Events = list[SoundEvent]
Repair = Callable[[Events, Finding, Brief], Events]

LONGEST_ROLL_S = 15.0
"""Thunder is heard up to some five kilometres from its flash."""
SUPPORT_S = 0.08
"""An onset further than this from every impact and flash is not supported by the picture."""
_VOICES = frozenset({"animal", "breath"})


def supported(event: SoundEvent, evidence: PictureEvidence) -> NDArray[np.bool_]:
    """Which of an impulsive event's onsets the picture stands behind, (n,).

    A call comes up to a thrust early, thunder long after its flash.
    """
    seen = np.sort([*(i.time_s for i in evidence.impacts), *(b.time_s for b in evidence.bursts)])
    early_s = THRUST_S if event.family in _VOICES else 0.0
    onsets = np.array(event.onsets_s)
    near: NDArray[np.bool_] = nearest_distance(seen, onsets + early_s / 2) <= early_s / 2 + SUPPORT_S
    if event.family == "thunder":
        flashes = index_of(evidence).bursts
        lit_s = [flashes[e].time_s for e in event.evidence_ids if e in flashes]
        near |= np.array([any(0.0 < t - s <= LONGEST_ROLL_S for s in lit_s) for t in onsets], dtype=np.bool_)
    return near


def repair(
    events: Sequence[SoundEvent], findings: Sequence[Finding], brief: Brief
) -> tuple[tuple[SoundEvent, ...], list[str]]:
    """The events with each finding answered in turn, and a note for each change."""
    current, notes = list(events), []
    for finding in findings:
        fix = _REPAIRS.get(finding.kind)
        changed = fix(current, finding, brief) if fix else current
        if changed != current:
            notes.append(f"{finding.kind}: {finding.message}"[:400])
            current = changed
    return in_script_order(current), notes


def _replace(events: Events, changed: dict[str, SoundEvent | None]) -> Events:
    """The events with some exchanged (or dropped, where the new one is None)."""
    swapped = [changed.get(e.id, e) for e in events]
    return [e for e in swapped if e is not None]


def _without_onsets(event: SoundEvent, keep: Sequence[bool]) -> SoundEvent | None:
    onsets = tuple(t for t, k in zip(event.onsets_s, keep, strict=True) if k)
    strengths = tuple(s for s, k in zip(event.strengths, keep, strict=True) if k)
    return event.model_copy(update={"onsets_s": onsets, "strengths": strengths}) if onsets else None


def _separate(events: Events, finding: Finding, brief: Brief) -> Events:
    """Shared hits stay with the first target; an event that has none left goes, its mentions move over."""
    by_id = {e.id: e for e in events}
    kept, weaker = (by_id.get(i) for i in (*finding.target_ids[:2], "", "")[:2])
    if kept is None or weaker is None:
        return events
    rest = None
    if weaker.kind == "impulsive" and kept.kind == "impulsive":
        taken = np.array(kept.onsets_s)
        rest = _without_onsets(weaker, [bool(np.min(np.abs(taken - t)) > SUPPORT_S) for t in weaker.onsets_s])
    mentions = kept.mention_ids if rest else tuple(dict.fromkeys((*kept.mention_ids, *weaker.mention_ids)))
    return _replace(events, {weaker.id: rest, kept.id: kept.model_copy(update={"mention_ids": mentions})})


def _move_layer(events: Events, finding: Finding, brief: Brief) -> Events:
    targets = set(finding.target_ids)
    return [
        e.model_copy(update={"layer": LEGAL_LAYERS[e.family][0]}) if e.id in targets else e for e in events
    ]  # fmt: skip


def _disambiguate(events: Events, finding: Finding, brief: Brief) -> Events:
    """Labels that are alike get what sets them apart: variant, side, or their number."""
    changed: dict[str, SoundEvent | None] = {}
    by_id = {e.id: e for e in events}
    for number, event_id in enumerate(finding.target_ids, start=1):
        event = by_id.get(event_id)
        if event is not None:
            mark = f"{event.variant or event.material or event.family} {number}".replace("_", " ")
            changed[event_id] = event.model_copy(update={"label": f"{event.label[:360]} ({mark})"})
    return _replace(events, changed)


def _recount(events: Events, finding: Finding, brief: Brief) -> Events:
    """Exactly as many hits as the words say: the hardest stay, lacking ones follow the rhythm."""
    wanted = {m.id: m.count for m in brief.screenplay.mentions() if m.count is not None}
    changed: dict[str, SoundEvent | None] = {}
    for event in events:
        count = sum(wanted.get(m) or 0 for m in event.mention_ids)
        if event.id not in finding.target_ids or event.kind != "impulsive" or not count:
            continue
        if len(event.onsets_s) > count:
            hardest = set(np.argsort([-s for s in event.strengths], kind="stable")[:count].tolist())
            changed[event.id] = _without_onsets(event, [i in hardest for i in range(len(event.onsets_s))])
        else:
            space = space_at(brief.spaces, event.in_s)
            window = (space.start_s, min(space.end_s, brief.evidence.clip.duration_s))
            hits = completed(Hits(onsets_s=event.onsets_s, strengths=event.strengths), count, window, 0.6)
            reason = f"{hits.assumed} hits not seen, placed by rhythm; {event.reason}"[:400]
            changed[event.id] = event.model_copy(
                update={"onsets_s": hits.onsets_s, "strengths": hits.strengths, "reason": reason}
            )
    return _replace(events, changed)


def _add_missing(events: Events, finding: Finding, brief: Brief) -> Events:
    """Mentions that were left out are drafted again; evidence that nothing explains gets a picture-driven sound."""
    targets, present = set(finding.target_ids), {m for e in events for m in e.mention_ids}
    drafted = [e for e in draft_events(brief) if targets & set(e.mention_ids) - present]
    if drafted:
        return [*events, *drafted]
    free = index_of(brief.evidence).impacts_named(targets)
    added: Events = []
    for spec in brief.text.specs:
        if targets & {*spec.evidence_ids, *spec.track_ids}:
            event = picture_event(spec, free, brief.evidence, named=False)
            if event is not None:
                space = space_at(brief.spaces, event.in_s)
                lower = event.model_copy(update={"prominence": "middle", "intensity": min(event.intensity, 0.5)})
                added.append(modulate(lower, space.mood, 1.0))
    return [*events, *added]


def _drop_unsupported(events: Events, finding: Finding, brief: Brief) -> Events:
    """Hits that claim the picture and have nothing in it go."""
    changed: dict[str, SoundEvent | None] = {}
    for event in events:
        if event.id in finding.target_ids and event.kind == "impulsive":
            changed[event.id] = _without_onsets(event, [bool(k) for k in supported(event, brief.evidence)])
    return _replace(events, changed)


def _clip_times(events: Events, finding: Finding, brief: Brief) -> Events:
    end_s = brief.evidence.clip.duration_s
    changed: dict[str, SoundEvent | None] = {}
    for event in events:
        if event.id not in finding.target_ids:
            continue
        if event.kind == "impulsive":
            changed[event.id] = _without_onsets(event, [t < end_s for t in event.onsets_s])
        else:
            spans = tuple(
                s if s.end_s <= end_s else s.model_copy(update={"end_s": end_s})
                for s in event.spans
                if s.start_s < end_s
            )
            changed[event.id] = event.model_copy(update={"spans": spans}) if spans else None
    return _replace(events, changed)


def _cover_scene(events: Events, finding: Finding, brief: Brief) -> Events:
    duration_s = brief.evidence.clip.duration_s
    added = [background(s, duration_s, silent_words=False) for s in brief.spaces if s.scene_id in finding.target_ids]
    moods = {s.scene_id: s.mood for s in brief.spaces if s.scene_id in finding.target_ids}
    return [*events, *(modulate(e, mood, 1.0) for e, mood in zip(added, moods.values(), strict=True))]


def _set_mood(events: Events, finding: Finding, brief: Brief) -> Events:
    changed: dict[str, SoundEvent | None] = {}
    for event in events:
        if event.id in finding.target_ids:
            space = space_at(brief.spaces, event.in_s)
            changed[event.id] = modulate(event, space.mood, 1.0)
    return _replace(events, changed)


_REPAIRS: dict[str, Repair] = {
    "duplicate": _separate,
    "overlapping_layers": _separate,
    "wrong_layer": _move_layer,
    "ambiguous": _disambiguate,
    "wrong_count": _recount,
    "missing": _add_missing,
    "unsupported": _drop_unsupported,
    "outside_clip": _clip_times,
    "uncovered_scene": _cover_scene,
    "wrong_mood": _set_mood,
}
