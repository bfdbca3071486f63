"""The FilmScribe validator of eq. 1: is the structured text accurate, is it complete?

Accuracy: every specification lies inside the clip and its shots, rests on evidence that exists, has its onsets at
impacts or flashes, and is written once. Completeness: every strong impact, every flash and every salient track is in
some specification, every shot is described.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Literal

import numpy as np
from langchain_core.runnables import Runnable

from foleydesigner.agents.minds import house_mind
from foleydesigner.agents.spec_drafting import SALIENT_TRACK, STRONG_IMPACT, saliences
from foleydesigner.agents.timing import trusted_bursts, trusted_impacts
from foleydesigner.evidence import PictureEvidence, Track
from foleydesigner.model import Model
from foleydesigner.text import Finding, SoundSpec, StructuredText

ROLE = "filmscribe_validator"
ONSET_TOLERANCE_S = 0.08
_SLACK_S = 0.05
_SAME_PLACE_IOU = 0.6
"""Mean overlap of boxes from which two tracks of one shot are one thing."""


class ValidatorRequest(Model):
    """A text and the picture that it claims to describe."""

    evidence: PictureEvidence
    text: StructuredText


class ValidatorReply(Model):
    """What is wrong; empty when the text is valid."""

    findings: tuple[Finding, ...] = ()


def think(request: ValidatorRequest) -> ValidatorReply:
    """The house rules: accuracy, then completeness."""
    return ValidatorReply(findings=(*accuracy(request), *_completeness(request)))


def accuracy(request: ValidatorRequest) -> tuple[Finding, ...]:
    """What is wrong with what is there; holds whoever looks at the picture."""
    return (*_accuracy(request), *_duplicates(request))


def _finding(
    kind: Literal["missing", "unsupported", "outside_clip", "outside_shot", "duplicate"],
    ids: tuple[str, ...],
    message: str,
) -> Finding:
    return Finding(kind=kind, severity="correctable", target_ids=ids, message=message[:400])


def _accuracy(request: ValidatorRequest) -> Iterator[Finding]:
    evidence = request.evidence
    shots = {s.id: s for s in evidence.shots}
    tracks = {t.id for t in evidence.tracks}
    points = {i.id: i.time_s for i in evidence.impacts} | {b.id: b.time_s for b in evidence.bursts}
    for spec in request.text.specs:
        if spec.end_s > evidence.clip.duration_s + _SLACK_S or spec.start_s > spec.end_s:
            yield _finding("outside_clip", (spec.id,), f"{spec.id} runs from {spec.start_s:.2f} to {spec.end_s:.2f} s")
            continue
        own = [shots[i] for i in spec.shot_ids if i in shots]
        if len(own) < len(spec.shot_ids) or not _inside(spec, own[0].start_s, own[-1].end_s):
            yield _finding(
                "outside_shot", (spec.id,), f"{spec.id} does not lie in its shots {', '.join(spec.shot_ids)}"
            )
            continue
        if not spec.track_ids and not spec.evidence_ids:
            yield _finding("unsupported", (spec.id,), f"{spec.id} rests on nothing in the picture")
            continue
        unknown = {*spec.track_ids} - tracks | {*spec.evidence_ids} - set(points)
        if unknown:
            yield _finding("unsupported", (spec.id,), f"{spec.id} rests on unknown evidence {sorted(unknown)[:3]}")
            continue
        times = np.array([points[e] for e in spec.evidence_ids])
        astray = [t for t in spec.onsets_s if not len(times) or float(np.min(np.abs(times - t))) > ONSET_TOLERANCE_S]
        if astray:
            yield _finding("unsupported", (spec.id,), f"{spec.id}: onset at {astray[0]:.3f} s with no impact near it")


def _inside(spec: SoundSpec, start_s: float, end_s: float) -> bool:
    return spec.start_s >= start_s - _SLACK_S and spec.end_s <= end_s + _SLACK_S


def _duplicates(request: ValidatorRequest) -> Iterator[Finding]:
    """Specifications of one nature that share evidence or whose tracks cover one another; each is named once."""
    tracks = {t.id: t for t in request.evidence.tracks}
    taken: set[str] = set()
    by_shot: dict[tuple[str, str], list[SoundSpec]] = {}
    for spec in request.text.specs:
        by_shot.setdefault((spec.shot_ids[0], spec.nature), []).append(spec)
    for siblings in by_shot.values():
        for first, second in combinations(siblings[:60], 2):
            if taken & {first.id, second.id}:
                continue
            shared = set(first.evidence_ids) & set(second.evidence_ids) or set(first.track_ids) & set(second.track_ids)
            pairs = [
                (tracks[a], tracks[b]) for a in first.track_ids for b in second.track_ids if {a, b} <= tracks.keys()
            ]
            if shared or any(_same_place(a, b) for a, b in pairs):
                taken |= {first.id, second.id}
                yield _finding("duplicate", (first.id, second.id), f"{first.id} and {second.id} are the same thing")


def _same_place(first: Track, second: Track) -> bool:
    """True when two tracks lie on one another for most of the shorter one's life."""
    if first.shot_id != second.shot_id:
        return False
    _, one, two = np.intersect1d(first.points.frames, second.points.frames, assume_unique=True, return_indices=True)
    if one.size == 0 or one.size < 0.5 * min(len(first.points), len(second.points)):
        return False
    a, b = first.points.boxes[one], second.points.boxes[two]
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    common = np.maximum(sides, 0.0).prod(axis=1)
    union = first.points.areas[one] + second.points.areas[two] - common
    overlaps = np.divide(common, union, out=np.zeros_like(common), where=union > 0.0)
    return float(np.mean(overlaps)) >= _SAME_PLACE_IOU


def _completeness(request: ValidatorRequest) -> Iterator[Finding]:
    evidence, text = request.evidence, request.text
    explained = {e for s in text.specs for e in (*s.evidence_ids, *s.track_ids)}
    impacts = trusted_impacts(evidence, 0.0, evidence.clip.duration_s)
    silent = [i.id for i in impacts if i.strength >= STRONG_IMPACT and i.id not in explained]
    if silent:
        yield _finding("missing", tuple(silent), f"{len(silent)} strong impacts are in no specification")
    dark = [b.id for b in trusted_bursts(evidence) if b.id not in explained]
    if dark:
        yield _finding("missing", tuple(dark), f"{len(dark)} flashes are in no specification")
    still = [t for t, share in saliences(evidence).items() if t not in explained and share >= SALIENT_TRACK]
    if still:
        yield _finding("missing", tuple(still), f"{len(still)} salient moving things are in no specification")
    described = {s.shot_id for s in text.shots if s.description}
    bare = [s.id for s in evidence.shots if s.id not in described]
    if bare:
        yield _finding("missing", tuple(bare), f"{len(bare)} shots are not described")


def check(request: ValidatorRequest, reply: ValidatorReply) -> list[Finding]:
    """Every finding points at something that exists."""
    evidence = request.evidence
    known = {s.id for s in request.text.specs} | {s.id for s in evidence.shots} | {t.id for t in evidence.tracks}
    known |= {i.id for i in evidence.impacts} | {b.id for b in evidence.bursts}
    strange = [f for f in reply.findings if not set(f.target_ids) <= known]
    return [
        Finding(kind="incoherent", severity="fundamental", message=f"finding on unknown ids: {f.message}"[:400])
        for f in strange
    ]


def house() -> Runnable[ValidatorRequest, ValidatorReply]:
    """The deterministic mind of this role."""
    return house_mind(ROLE, think, check)
