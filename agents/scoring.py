"""The three criteria of a Foley script, each a share in [0, 1] with the findings that lower it.

Correspondence asks whether words and picture are heard; separation whether layers are clean; tone whether the force of
the sounds fits the mood. A criterion is the mean of its parts; a part that has nothing to judge counts as kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

import numpy as np

from foleydesigner.agents.constraints import drops_mention
from foleydesigner.agents.craft import LEGAL_LAYERS
from foleydesigner.agents.script_repair import SUPPORT_S
from foleydesigner.agents.timing import sure_bursts, trusted_bursts, trusted_impacts
from foleydesigner.evidence import PictureEvidence
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import Mood, SceneSpace, SoundEvent
from foleydesigner.search import Constraint
from foleydesigner.text import Finding, StructuredText

_STRONG = 0.5
"""Impacts and flashes from this strength on have to be explained."""
_FORCE_RANGE: dict[Mood, tuple[float, float]] = {
    "neutral": (0.0, 1.0), "calm": (0.0, 0.8), "tense": (0.15, 1.0), "ominous": (0.2, 1.0),
    "joyful": (0.15, 1.0), "sad": (0.0, 0.8), "violent": (0.45, 1.0), "wondrous": (0.1, 1.0),
}  # fmt: skip
"""Mean force of foreground sounds that a mood bears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a criterion looks at."""

    evidence: PictureEvidence
    text: StructuredText
    screenplay: Screenplay
    spaces: tuple[SceneSpace, ...]
    constraints: tuple[Constraint, ...]
    events: tuple[SoundEvent, ...]


@dataclass(slots=True)
class Verdict:
    """Parts of a criterion and the findings that explain them."""

    parts: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def value(self) -> float:
        """Mean of the parts."""
        return float(np.mean(self.parts)) if self.parts else 1.0

    def hold(
        self, kind: str, severity: Literal["correctable", "fundamental"], ids: Sequence[str], message: str
    ) -> None:
        """Add a finding."""
        self.findings.append(
            Finding.model_validate(
                {"kind": kind, "severity": severity, "target_ids": tuple(ids), "message": message[:400]}
            )
        )


def correspondence(case: Case) -> Verdict:
    """Mentions heard, counts met, onsets supported, strong evidence explained, sides kept."""
    verdict = Verdict()
    for part in (_mentions_heard, _counts_met, _onsets_supported, _evidence_explained, _sides_kept, _times_inside):
        value = part(case, verdict)
        if value is not None:
            verdict.parts.append(value)
    return verdict


def _mentions_heard(case: Case, verdict: Verdict) -> float | None:
    wanted = [m for m in case.screenplay.mentions() if not drops_mention(m, case.constraints)]
    if not wanted:
        return None
    heard = {m for e in case.events for m in e.mention_ids}
    silent = [m for m in wanted if m.id not in heard]
    share = 1.0 - len(silent) / len(wanted)
    for mention in silent:
        severity: Literal["correctable", "fundamental"] = "fundamental" if share < 0.5 else "correctable"
        verdict.hold("missing", severity, (mention.id,), f"the words ask for {mention.concept}, nothing sounds it")
    return share


def _counts_met(case: Case, verdict: Verdict) -> float | None:
    counts = {m.id: m.count for m in case.screenplay.mentions() if m.count is not None and not m.repeated}
    judged = [e for e in case.events if e.kind == "impulsive" and any(m in counts for m in e.mention_ids)]
    if not judged:
        return None
    met = 0
    for event in judged:
        wanted = sum(counts.get(m) or 0 for m in event.mention_ids)
        if len(event.onsets_s) == wanted:
            met += 1
        else:
            verdict.hold(
                "wrong_count",
                "correctable",
                (event.id,),
                f"{event.label}: {len(event.onsets_s)} hits, the words say {wanted}",
            )
    return met / len(judged)


def _onsets_supported(case: Case, verdict: Verdict) -> float | None:
    """Share of the hits on screen that the picture stands behind; steps may follow their walker's period."""
    seen = np.sort([*(i.time_s for i in case.evidence.impacts), *(b.time_s for b in case.evidence.bursts)])
    judged = supported = 0
    for event in case.events:
        if event.kind != "impulsive" or event.placement.kind != "screen" or event.origin not in ("picture", "both"):
            continue
        if event.family == "footsteps" and event.placement.track_ids:
            continue
        onsets = np.array(event.onsets_s)
        good = int(np.sum(_distance(seen, onsets) <= SUPPORT_S))
        judged, supported = judged + len(onsets), supported + good
        if good < 0.7 * len(onsets):
            kind: Literal["correctable", "fundamental"] = "fundamental" if good == 0 else "correctable"
            verdict.hold(
                "unsupported", kind, (event.id,), f"{event.label}: {len(onsets) - good} hits with nothing to see"
            )
    return supported / judged if judged else None


def _distance(sorted_times: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Distance of each of `times` (n,) to its nearest in `sorted_times`, shape (n,); infinite when there is none."""
    if not len(sorted_times):
        return np.full(len(times), np.inf)
    at = np.searchsorted(sorted_times, times)
    left = np.abs(times - sorted_times[np.maximum(at - 1, 0)])
    right = np.abs(times - sorted_times[np.minimum(at, len(sorted_times) - 1)])
    nearest: np.ndarray = np.minimum(left, right)
    return nearest


def _evidence_explained(case: Case, verdict: Verdict) -> float | None:
    """Strength-weighted share of strong impacts and flashes that sound, or whose mover sounds otherwise."""
    evidence = case.evidence
    strong = [i for i in trusted_impacts(evidence, 0.0, evidence.clip.duration_s) if i.strength >= _STRONG]
    contacts = [i for i in strong if i.kind in ("contact", "stop")]
    onsets = np.sort([t for e in case.events for t in e.onsets_s])
    used = {i for e in case.events for i in (*e.evidence_ids, *e.placement.track_ids)}
    used |= {
        t for s in case.text.specs if used & {*s.evidence_ids, *s.track_ids} for t in (*s.evidence_ids, *s.track_ids)
    }
    points = [(i.id, i.track_id, i.time_s, i.strength) for i in contacts]
    speaks_of_light = any(m.family in ("thunder", "explosion", "gunshot") for m in case.screenplay.mentions())
    flashes = trusted_bursts(evidence) if speaks_of_light else sure_bursts(evidence)
    if speaks_of_light or not case.screenplay.mentions():
        points += [(b.id, None, b.time_s, b.strength) for b in flashes if b.strength >= _STRONG]
    if not points:
        return None
    near = _distance(onsets, np.array([p[2] for p in points])) <= 1.5 * SUPPORT_S
    explained = [bool(n) or p[0] in used or (p[1] in used) for n, p in zip(near, points, strict=True)]
    weights = [p[3] for p in points]
    share = float(np.average(explained, weights=weights))
    open_ids = [p[0] for p, e in zip(points, explained, strict=True) if not e]
    if open_ids:
        verdict.hold(
            "missing", "correctable", open_ids[:50], f"{len(open_ids)} strong hits or flashes in the picture are silent"
        )
    # Words rule over the picture: a film may leave things silent, so silence costs half.
    return 0.5 + 0.5 * share if case.screenplay.mentions() else share


def _sides_kept(case: Case, verdict: Verdict) -> float | None:
    sides = {m.id: m.direction for m in case.screenplay.mentions() if m.direction in ("left", "right")}
    judged = kept = 0
    for event in case.events:
        asked = next((sides[m] for m in event.mention_ids if m in sides), None)
        position = _mean_side(event, case.evidence)
        if asked is None or position is None:
            continue
        judged += 1
        wrong = position > 0.15 if asked == "left" else position < -0.15
        kept += not wrong
        if wrong:
            verdict.hold("wrong_place", "fundamental", (event.id,), f"{event.label}: the words put it on the {asked}")
    return kept / judged if judged else None


def _mean_side(event: SoundEvent, evidence: PictureEvidence) -> float | None:
    """Mean horizontal position in [-0.5, 0.5] of the picture (beyond it off screen); None where it has none."""
    if event.placement.kind == "diffuse":
        return None
    if event.placement.azimuth_deg is not None:
        return event.placement.azimuth_deg / 90.0
    ids = set(event.placement.track_ids)
    xs = [p.box.centre[0] for t in evidence.tracks if t.id in ids for p in t.points]
    if xs:
        return float(np.mean(xs)) - 0.5
    return None if event.placement.x is None else event.placement.x - 0.5


def _times_inside(case: Case, verdict: Verdict) -> float | None:
    end_s = case.evidence.clip.duration_s
    late = [e.id for e in case.events if (e.onsets_s[-1] if e.onsets_s else e.spans[-1].end_s) > end_s + 1e-6]
    if late:
        verdict.hold(
            "outside_clip", "correctable", late, f"{len(late)} events go on after the clip's end at {end_s:.2f} s"
        )
        return 1.0 - len(late) / len(case.events)
    return None


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
    """Share of the shorter event that sounds together with the other."""
    if first.kind == "impulsive":
        fewer, more = sorted((first.onsets_s, second.onsets_s), key=len)
        return float(np.mean(_distance(np.array(more), np.array(fewer)) <= SUPPORT_S))
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
        space = next((s for s in case.spaces if event.in_s < s.end_s), case.spaces[-1])
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
