"""Two criteria of a Foley script: clean layers (separation) and a force that fits the mood (tone)."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from foleydesigner.agents.craft import LEGAL_LAYERS
from foleydesigner.agents.score_case import Case, Verdict
from foleydesigner.agents.script_repair import SUPPORT_S
from foleydesigner.agents.spaces import space_at
from foleydesigner.agents.timing import nearest_distance
from foleydesigner.script import Mood, SceneSpace, SoundEvent

_FORCE_RANGE: dict[Mood, tuple[float, float]] = {
    "neutral": (0.0, 1.0), "calm": (0.0, 0.8), "tense": (0.15, 1.0), "ominous": (0.2, 1.0),
    "joyful": (0.15, 1.0), "sad": (0.0, 0.8), "violent": (0.45, 1.0), "wondrous": (0.1, 1.0),
}  # fmt: skip
"""Mean force of foreground sounds that a mood bears."""


def separation(case: Case) -> Verdict:
    """Layers legal for the family, sounds of one kind not on top of one another, every scene with its own air."""
    verdict = Verdict()
    events = case.events
    wrong = [e for e in events if e.layer not in LEGAL_LAYERS[e.family]]
    for event in wrong:
        verdict.hold(
            "wrong_layer", "correctable", (event.id,), f"{event.label} ({event.family}) is on layer {event.layer}"
        )
    verdict.parts.append(1.0 - len(wrong) / len(events) if events else 0.0)
    clashes = 0
    for first, second in combinations(events, 2):
        if first.layer != second.layer or first.family != second.family or first.kind != second.kind:
            continue
        if first.label == second.label:
            clashes += 1
            verdict.hold(
                "ambiguous", "correctable", (first.id, second.id), f"two events are both called {first.label!r}"
            )
        if _overlap(first, second) > 0.5:
            clashes += 1
            strong, weak = sorted(
                (first, second), key=lambda e: (e.origin not in ("both", "screenplay"), -len(e.onsets_s))
            )
            verdict.hold(
                "overlapping_layers",
                "correctable",
                (strong.id, weak.id),
                f"{weak.label} sounds on top of {strong.label}",
            )
    verdict.parts.append(max(0.0, 1.0 - 2.0 * clashes / max(len(events), 1)))
    bare = [s for s in case.spaces if _air_share(s, case) < 0.95]
    for space in bare:
        verdict.hold(
            "uncovered_scene", "correctable", (space.scene_id,), f"scene {space.scene_id} has stretches without any air"
        )
    verdict.parts.append(1.0 - len(bare) / len(case.spaces))
    return verdict


def _overlap(first: SoundEvent, second: SoundEvent) -> float:
    """Share of the shorter event that sounds with the other; two things that are both seen may strike at once."""
    if first.kind == "impulsive":
        tracks, others = (set(e.placement.track_ids) for e in (first, second))
        if tracks and others and not tracks & others and not set(first.evidence_ids) & set(second.evidence_ids):
            return 0.0
        fewer, more = sorted((first.onsets_s, second.onsets_s), key=len)
        return float(np.mean(nearest_distance(np.array(more), np.array(fewer)) <= SUPPORT_S))
    if first.variant != second.variant or first.placement.kind != second.placement.kind:
        return 0.0
    if set(first.placement.track_ids) != set(second.placement.track_ids):
        return 0.0
    together = sum(
        max(0.0, min(a.end_s, b.end_s) - max(a.start_s, b.start_s)) for a in first.spans for b in second.spans
    )
    shorter = min(sum(s.end_s - s.start_s for s in e.spans) for e in (first, second))
    return together / max(shorter, 1e-9)


def _air_share(space: SceneSpace, case: Case) -> float:
    """Largest share of the scene that one background covers."""
    end_s = min(space.end_s, case.evidence.clip.duration_s)
    length = max(end_s - space.start_s, 1e-9)
    shares = [
        sum(max(0.0, min(s.end_s, end_s) - max(s.start_s, space.start_s)) for s in e.spans) / length
        for e in case.events
        if e.layer == "backgrounds"
    ]
    return max(shares, default=0.0)


def tone(case: Case) -> Verdict:
    """Every event in its scene's mood, the foreground's force within what the mood bears."""
    verdict = Verdict()
    strays = []
    for event in case.events:
        space = space_at(case.spaces, event.in_s)
        if event.mood != space.mood:
            strays.append(event.id)
    if strays:
        verdict.hold("wrong_mood", "correctable", strays, f"{len(strays)} events are not in the mood of their scene")
    verdict.parts.append(1.0 - len(strays) / max(len(case.events), 1))
    for space in case.spaces:
        front = [e for e in case.events if e.prominence == "foreground" and space.start_s <= e.in_s < space.end_s]
        if not front:
            continue
        force = float(np.mean([e.intensity for e in front]))
        low, high = _FORCE_RANGE[space.mood]
        miss = max(low - force, force - high, 0.0)
        verdict.parts.append(max(0.0, 1.0 - 2.0 * miss))
        if miss > 0.0:
            message = f"foreground force {force:.2f} in a {space.mood} scene, which bears {low:.2f} to {high:.2f}"
            verdict.hold("wrong_mood", "fundamental" if miss > 0.25 else "correctable", [e.id for e in front], message)
    return verdict
