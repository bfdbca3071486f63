"""What no words ask for, but every film has: air under each scene, cloth, unexplained blows.

A scene's background is continuous over its cuts; a cloth pass follows a person's movement; a blow or a walker in the
picture that the screenplay does not mention still sounds, behind what it does mention.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from foleydesigner.agents.craft import FAMILY_FACTS
from foleydesigner.agents.event_hits import MIN_GAP_S
from foleydesigner.agents.event_placing import tracks_by_shot
from foleydesigner.agents.event_spans import passage_span
from foleydesigner.agents.event_writing import slug
from foleydesigner.agents.hit_choice import repeated_hits
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.picture_index import body_like, index_of
from foleydesigner.agents.timing import burst_clusters, hits_of, level_span, step_times, sure_bursts
from foleydesigner.evidence import Impact, PictureEvidence, Track
from foleydesigner.screenplay import Scene
from foleydesigner.script import Family, Placement, SceneSpace, SoundEvent, Span
from foleydesigner.text import SoundSpec

_PERSON = re.compile(
    r"\b(man|woman|boy|girl|child|children|kid|he|she|they|person|people|someone|somebody|men|women|guy|lady|gentleman|"
    r"soldiers?|drummer|dancers?|runner|workers?|(black)?smith|players?|driver|cop|officer|guard|doctor|nurse|teacher|"
    r"students?|waiter|waitress|mother|father|king|queen|priest|thief|hunter|fighters?|boxers?|cook|chef|carpenter|sister|"
    r"brother|friends?|stranger|figure|hero|heroine|detective|actor|actress|singer|pianist|guitarist|musicians?|cyclist|"
    r"rider|skater|swimmer|climber|farmer|sailor|pilot|clerk|bride|groom|pedestrians?|passers?-?by|crowd)\b",
    re.IGNORECASE,
)
_SURE_BLOW = 0.6
"""A contact that the words do not mention has to be this strong (of the clip's strongest) to be given a sound."""


def names_person(scene: Scene) -> bool:
    """True when the scene's words have a human being in them."""
    return any(_PERSON.search(line) for line in (*scene.action, *(m.subject for m in scene.mentions)))


def is_personal(group: MentionGroup) -> bool:
    """True for a sound whose maker's clothes may be heard with it: a person's, not a dog's, a ball's or a train's."""
    return group.facts.showing in ("gait", "gesture") or bool(_PERSON.search(group.lead.subject))


def background(space: SceneSpace, duration_s: float, silent_words: bool) -> SoundEvent:
    """The air of a place over the whole scene: room tone inside, a light wind outside."""
    family: Family = "room_tone" if space.interior else "wind"
    facts = FAMILY_FACTS[family]
    label = f"{'room tone' if space.interior else 'light air'}{', ' + space.place.lower() if space.place else ''}"
    return SoundEvent(
        id=slug(f"air {space.scene_id}"),
        label=label[:400],
        prompt=f"{facts.prompt}, {space.place.lower()}".strip(", ")[:400],
        family=family,
        layer="backgrounds",
        prominence="background",
        kind="steady",
        spans=(Span(start_s=space.start_s, end_s=min(space.end_s, duration_s)),),
        placement=Placement(kind="diffuse"),
        origin="craft",
        ucs_id=facts.ucs_id,
        intensity=0.25 if not silent_words else 0.3,
        reason="every place has its air; it runs on over the cuts of the scene",
    )


def cloth_pass(
    space: SceneSpace, specs: Sequence[SoundSpec], own: set[str], others: set[str], evidence: PictureEvidence
) -> SoundEvent | None:
    """Clothing that moves with a person's body, as loud as it moves; None where no body moves.

    Args:
        space: the scene.
        specs: what FilmScribe saw in it.
        own: tracks on which a person's sounds rest.
        others: tracks on which the sounds of anything else rest.
        evidence: for the tracks.
    """
    bodies = [s for s in specs if s.nature in ("gesture", "gait", "strikes") and s.track_ids]
    ids = {t for s in bodies for t in s.track_ids} - others
    able = (t for t in index_of(evidence).tracks_named(ids) if t.mean_speed > 0.01 and t.end_s - t.start_s >= 0.4)
    tracks = [t for t in able if t.id in own or body_like(t)]
    tracks = _strongest_per_shot(tracks, evidence)
    if not tracks:
        return None
    facts = FAMILY_FACTS["cloth"]
    end_s = min(space.end_s, evidence.clip.duration_s)
    return SoundEvent(
        id=slug(f"cloth {space.scene_id}"),
        label="clothes of the person who moves",
        prompt=facts.prompt,
        family="cloth",
        layer="moves",
        prominence="background",
        kind="steady",
        spans=_merged([level_span(max(t.start_s, space.start_s), min(t.end_s, end_s), [t], floor=0.1) for t in tracks]),
        placement=Placement(kind="screen", track_ids=tuple(t.id for t in tracks)),
        origin="craft",
        evidence_ids=tuple(t.id for t in tracks),
        ucs_id=facts.ucs_id,
        intensity=0.3,
        reason="a cloth pass: the words name a person, and a body moves here",
    )


def picture_event(
    spec: SoundSpec, impacts: Sequence[Impact], evidence: PictureEvidence, named: bool
) -> SoundEvent | None:
    """A sound for what the picture shows and no words mention; None where that is too slight to be sure of.

    Args:
        spec: what FilmScribe saw.
        impacts: the clip's impacts that may be sounded and are not sounded yet.
        evidence: for tracks and flashes.
        named: a screenplay speaks about this scene, so that the sound stays behind those it asks for.
    """
    family = spec.families[0] if spec.families else None
    if family is None or spec.nature == "flow" or (named and spec.nature in ("gesture", "flow", "activity", "flash")):
        return None
    facts = FAMILY_FACTS[family]
    index, named_points = index_of(evidence), set(spec.evidence_ids)
    tracks = index.tracks_named(spec.track_ids)
    own = [i for i in impacts if i.id in named_points]
    onsets: tuple[float, ...] = ()
    strengths: tuple[float, ...] = ()
    spans: tuple[Span, ...] = ()
    used: tuple[str, ...] = ()
    if facts.kind == "steady":
        if not tracks or (family == "cloth" and not all(body_like(t) for t in tracks)):
            return None
        first, last = min(t.start_s for t in tracks), max(t.end_s for t in tracks)
        moving = spec.nature == "vehicle"
        spans = (
            passage_span(tracks, 0.0, evidence.clip.duration_s, False)
            if moving
            else level_span(first, last, tracks, 0.2),
        )
    elif spec.nature == "flash":
        clusters = burst_clusters([b for b in sure_bursts(evidence) if b.id in named_points])
        onsets = tuple(c[0].time_s for c in clusters)
        strengths = tuple(max(b.strength for b in c) for c in clusters)
        used = tuple(b.id for c in clusters for b in c)
    elif spec.nature == "gait" and tracks:
        steps = step_times(tracks[0], own, 0.55)
        onsets, strengths, used = steps.onsets_s, steps.strengths, steps.impact_ids
    else:
        if named:  # beside what the words ask for, only unmistakable contacts
            own = [i for i in own if i.strength >= _SURE_BLOW and i.kind in ("contact", "stop")]
        kept = repeated_hits(own, MIN_GAP_S["strikes"])
        hits = hits_of(kept)
        onsets, strengths, used = hits.onsets_s, hits.strengths, hits.impact_ids
    if not onsets and not spans:
        return None
    placed = tracks_by_shot(spec.track_ids, used, evidence)
    hit = [i.x for i in index.impacts_named(used)]
    hit += [index.bursts[b].box.centre[0] for b in used if b in index.bursts]
    x = sum(hit) / len(hit) if hit else sum(p.box.centre[0] for t in tracks for p in t.points[:1]) / max(len(tracks), 1)
    side = "left" if x < 0.37 else "right" if x > 0.63 else "centre"
    label = f"{spec.subject or facts.prompt} ({spec.nature} in the picture, {side}, from {spec.start_s:.2f} s)"
    return SoundEvent(
        id=slug(f"seen {family} {spec.id}"),
        label=label[:400],
        prompt=facts.prompt,
        family=family,
        layer=facts.layer,
        prominence="middle" if named or spec.salience < 0.5 else "foreground",
        kind=facts.kind,
        onsets_s=onsets,
        strengths=strengths,
        spans=spans,
        placement=Placement(kind="screen", track_ids=placed, x=sum(hit) / len(hit) if hit else None),
        origin="picture",
        evidence_ids=tuple(dict.fromkeys((*used, *placed))),
        ucs_id=facts.ucs_id,
        intensity=round(0.3 + 0.3 * spec.salience, 4) if named else round(0.45 + 0.3 * spec.salience, 4),
        reason=f"seen and not mentioned: {spec.nature}, salience {spec.salience:.2f}",
    )


def _strongest_per_shot(tracks: Sequence[Track], evidence: PictureEvidence) -> list[Track]:
    chosen = set(tracks_by_shot([t.id for t in tracks], (), evidence))
    return sorted((t for t in tracks if t.id in chosen), key=lambda t: t.start_s)


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, each cut where the next begins."""
    out: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start_s):
        if out and span.start_s < out[-1].end_s:
            if span.end_s <= out[-1].end_s:
                continue
            kept = [(t, v) for t, v in zip(span.level_times_s, span.levels, strict=True) if t >= out[-1].end_s]
            span = Span(
                start_s=out[-1].end_s,
                end_s=span.end_s,
                level_times_s=tuple(t for t, _ in kept),
                levels=tuple(v for _, v in kept),
            )
        out.append(span)
    return tuple(out)
