"""A whole candidate drafted scene by scene: what the words ask for, what the picture shows, then craft."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from foleydesigner.agents.association import Association, associate
from foleydesigner.agents.constraints import apply_constraints, drops_mention
from foleydesigner.agents.craft_layers import background, cloth_pass, is_personal, names_person, picture_event
from foleydesigner.agents.emotion import modulate
from foleydesigner.agents.event_context import Context
from foleydesigner.agents.event_writing import write_event
from foleydesigner.agents.mentions import group_mentions
from foleydesigner.agents.picture_index import index_of
from foleydesigner.agents.spaces import space_at
from foleydesigner.agents.timing import LEAST_STRENGTH, trusted_bursts, trusted_impacts
from foleydesigner.evidence import Impact, PictureEvidence
from foleydesigner.screenplay import Scene, Screenplay
from foleydesigner.script import LAYERS, SceneSpace, SoundEvent
from foleydesigner.search import Constraint, Emphasis
from foleydesigner.text import SoundSpec, StructuredText

MOST_EVENTS_A_SCENE = 40
_EMOTION_WEIGHT: dict[Emphasis, float] = {
    "diegetic_separation": 1.0,
    "semantic_alignment": 1.0,
    "emotional_modulation": 1.5,
}
_FLICKER_S = 0.3
"""How long after a flash its light still plays on things."""
_AFTERMATH_S, _AFTERMATH_X = 0.7, 0.2
"""What stirs this soon after a blow that sounds, and this near to it (share of the width), is what the blow did."""
_FILLING = 0.5
"""Salience from which a vehicle is what a shot is about."""
_ORIGIN_RANK = {"both": 0, "screenplay": 1, "picture": 2, "craft": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """All that a draft is made from; `choice` > 0 reads the picture in a next-best way."""

    evidence: PictureEvidence
    text: StructuredText
    screenplay: Screenplay
    spaces: tuple[SceneSpace, ...]
    emphasis: Emphasis
    constraints: tuple[Constraint, ...] = ()
    choice: int = 0


def draft_events(brief: Brief) -> list[SoundEvent]:
    """All events of a candidate, constraints kept, in script order."""
    events: list[SoundEvent] = []
    for scene, space in zip(brief.screenplay.scenes, brief.spaces, strict=True):
        events += _draft_scene(brief, scene, space)
    return list(in_script_order(apply_constraints(events, brief.constraints)))


def _draft_scene(brief: Brief, scene: Scene, space: SceneSpace) -> list[SoundEvent]:
    evidence = brief.evidence
    wanted = [m for m in scene.mentions if not drops_mention(m, brief.constraints)]
    groups = group_mentions(scene.model_copy(update={"mentions": tuple(wanted)}))
    specs = [s for s in brief.text.specs if s.start_s < space.end_s and s.end_s > space.start_s]
    impacts = trusted_impacts(evidence, space.start_s, space.end_s)
    found = associate(groups, specs, impacts, evidence, brief.choice)
    events = []
    for index, (group, association) in enumerate(zip(groups, found, strict=True)):
        context = Context(evidence=evidence, space=space, order=(index + 0.5) / len(groups))
        events.append(write_event(group, association, context))
    named = bool(groups)
    if not (named and brief.emphasis == "diegetic_separation"):
        walkers = not named or names_person(scene)
        seen = [s for s in specs if walkers or s.nature != "gait"]
        events += _unmentioned(seen, found, impacts, events, evidence, named)
    own = {t for a, g in zip(found, groups, strict=True) if is_personal(g) for t in a.track_ids}
    others = {t for a in found for t in a.track_ids} - own
    if names_person(scene):
        cloth = cloth_pass(space, specs, own, others, evidence)
        events += [cloth] if cloth else []
    if not _has_air(events, space, evidence.clip.duration_s):
        events.append(background(space, evidence.clip.duration_s, silent_words=not named))
    weight = _EMOTION_WEIGHT[brief.emphasis]
    return [modulate(e, space.mood, weight) for e in most_wanted(events)]


def _unmentioned(
    specs: Sequence[SoundSpec],
    found: Sequence[Association],
    impacts: Sequence[Impact],
    events: Sequence[SoundEvent],
    evidence: PictureEvidence,
    named: bool,
) -> list[SoundEvent]:
    """Sounds for specifications that no mention has claimed, on impacts that nothing sounds yet."""
    claimed = {s.id for a in found for s in a.specs}
    tracks = {t for a in found for t in a.track_ids}
    sounding = sorted(t for e in events for t in e.onsets_s)
    # A flash makes everything it lights seem to jerk: impacts within it are the light's.
    lit = [(b.time_s - 0.1, b.end_s + _FLICKER_S) for b in trusted_bursts(evidence)]
    struck = sorted((i.time_s, i.x) for e in events for i in index_of(evidence).impacts_named(e.evidence_ids))
    strong = (i for i in impacts if i.strength >= LEAST_STRENGTH)
    free = {
        i.id: i
        for i in strong
        if not any(a <= i.time_s <= b for a, b in lit)
        and not any(0.0 < i.time_s - t < _AFTERMATH_S and abs(i.x - x) < _AFTERMATH_X for t, x in struck)
    }
    out: list[SoundEvent] = []
    passing = {s.shot_ids[0]: s for s in reversed(passages(specs))}
    specs = [s for s in specs if not _part_of_passage(s, passing)] + list(passing.values())
    for spec in sorted(specs, key=lambda s: (-s.salience, s.id)):
        if spec.id in claimed or tracks & set(spec.track_ids):
            continue
        own = [free[e] for e in spec.evidence_ids if e in free]
        event = picture_event(spec, [i for i in own if not _near(sounding, i.time_s, 0.1)], evidence, named)
        if event is not None:
            out.append(event)
            for onset_s in event.onsets_s:
                insort(sounding, onset_s)
    return out


def _part_of_passage(spec: SoundSpec, passing: Mapping[str, SoundSpec]) -> bool:
    """True for what goes on in a shot that a vehicle fills: the passage sounds for all of it but walkers and light."""
    return spec.shot_ids[0] in passing and spec.nature not in ("gait", "flash")


def passages(specs: Sequence[SoundSpec]) -> list[SoundSpec]:
    """Per shot, the passage of its large vehicles as one specification."""
    shots: dict[str, list[SoundSpec]] = {}
    for spec in specs:
        if spec.nature == "vehicle":
            shots.setdefault(spec.shot_ids[0], []).append(spec)
    joined = []
    for vehicles in shots.values():
        lead = max(vehicles, key=lambda s: (s.salience, s.id))
        if lead.salience >= _FILLING:
            tracks = tuple(dict.fromkeys(t for s in vehicles for t in s.track_ids))
            first_s, last_s = min(s.start_s for s in vehicles), max(s.end_s for s in vehicles)
            joined.append(lead.model_copy(update={"track_ids": tracks, "start_s": first_s, "end_s": last_s}))
    return joined


def _near(times: Sequence[float], time_s: float, within_s: float) -> bool:
    """True when one of the ascending `times` lies closer than `within_s`."""
    at = bisect_left(times, time_s)
    return any(abs(times[j] - time_s) < within_s for j in (at - 1, at) if 0 <= j < len(times))


def _has_air(events: Sequence[SoundEvent], space: SceneSpace, duration_s: float) -> bool:
    """True when the words themselves give the scene a background over its whole length."""
    end_s = min(space.end_s, duration_s)
    return any(
        e.layer == "backgrounds"
        and e.kind == "steady"
        and e.spans[0].start_s <= space.start_s + 0.1
        and e.spans[-1].end_s >= end_s - 0.1
        and (e.family == "room_tone" or not space.interior)
        for e in events
    )


def most_wanted(events: Sequence[SoundEvent], scenes: int = 1) -> list[SoundEvent]:
    """At most `MOST_EVENTS_A_SCENE` a scene: the asked-for before the seen before the added, the scene's air always."""
    ranked = sorted(events, key=lambda e: (e.layer != "backgrounds", _ORIGIN_RANK[e.origin], -e.intensity, e.id))
    return ranked[: MOST_EVENTS_A_SCENE * scenes]


def crowded_scenes(events: Sequence[SoundEvent], spaces: Sequence[SceneSpace]) -> tuple[str, ...]:
    """A line for each scene that holds as many sounds as it may, or more: others may have been left out there."""
    counts = Counter(space_at(spaces, event.in_s).scene_id for event in events)
    return tuple(
        f"{scene_id} holds {count} sounds, and {MOST_EVENTS_A_SCENE} are the most that a scene is given: what is less "
        "wanted is left out; divide it into scenes in the screenplay to hear more"
        for scene_id, count in counts.items()
        if count >= MOST_EVENTS_A_SCENE
    )


def in_script_order(events: Sequence[SoundEvent]) -> tuple[SoundEvent, ...]:
    """Events by layer, then time, with unique ids."""
    used: set[str] = set()
    ordered = []
    for event in sorted(events, key=lambda e: (LAYERS.index(e.layer), e.in_s, e.id)):
        name, number = event.id, 2
        while name in used:
            name, number = f"{event.id[:43]}_{number}", number + 1
        used.add(name)
        ordered.append(event if name == event.id else event.model_copy(update={"id": name}))
    return tuple(ordered)
