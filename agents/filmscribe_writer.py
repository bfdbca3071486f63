"""The FilmScribe writer of eq. 1: T(k+1) = Writer(V, T(k), Validator(V, T(k))), from the picture alone.

The first draft is conservative: only what stands out. Each revision answers the validator's findings: what is missing
is added, what the picture does not support goes, what was written twice becomes one.
"""

from __future__ import annotations

from langchain_core.runnables import Runnable

from foleydesigner.agents.minds import house_mind
from foleydesigner.agents.spec_drafting import (
    describe_shots,
    flash_specs,
    impact_spec,
    loose_groups,
    saliences,
    track_specs,
)
from foleydesigner.evidence import PictureEvidence
from foleydesigner.model import Model
from foleydesigner.text import Finding, SoundSpec, StructuredText

ROLE = "filmscribe_writer"
_DRAFT_SALIENCE = 0.4
_DRAFT_STRENGTH = 0.5


class WriterRequest(Model):
    """The picture, the text so far, and what the validator holds against it."""

    evidence: PictureEvidence
    previous: StructuredText | None = None
    findings: tuple[Finding, ...] = ()


def think(request: WriterRequest) -> StructuredText:
    """The house rules: a first draft, or an answer to each finding."""
    if request.previous is None:
        return _first_draft(request.evidence)
    return _revise(request.evidence, request.previous, request.findings)


def _first_draft(evidence: PictureEvidence) -> StructuredText:
    specs = flash_specs(evidence)
    weight = saliences(evidence)
    for track, spec in zip(evidence.tracks, track_specs(evidence), strict=True):
        if weight[track.id] >= _DRAFT_SALIENCE or (spec.nature == "strikes" and spec.salience >= _DRAFT_STRENGTH):
            specs.append(spec)
    for number, group in enumerate(loose_groups(evidence)):
        strong = [i for i in group if i.strength >= _DRAFT_STRENGTH]
        if strong:
            specs.append(impact_spec(f"s_loose_{number}", strong, evidence))
    return StructuredText(revision=0, shots=describe_shots(evidence), specs=_in_order(specs))


def _revise(evidence: PictureEvidence, previous: StructuredText, findings: tuple[Finding, ...]) -> StructuredText:
    specs = {s.id: s for s in previous.specs}
    for finding in findings:
        if finding.kind in ("unsupported", "outside_clip", "outside_shot"):
            for target in finding.target_ids:
                specs.pop(target, None)
        elif finding.kind == "duplicate":
            twins = [specs.pop(t) for t in finding.target_ids if t in specs]
            if twins:
                merged = _merge(twins)
                specs[merged.id] = merged
    missing = {t for f in findings if f.kind == "missing" for t in f.target_ids}
    for track, spec in zip(evidence.tracks, track_specs(evidence), strict=True):
        if track.id in missing or missing & set(spec.evidence_ids):
            specs.setdefault(spec.id, spec)
    for number, group in enumerate(loose_groups(evidence)):
        name = f"s_loose_{number}"
        known = set(specs[name].evidence_ids) if name in specs else set()
        wanted = [i for i in group if i.id in missing or i.id in known]
        if any(i.id in missing for i in wanted):
            specs[name] = impact_spec(name, wanted, evidence)
    for spec in flash_specs(evidence):
        if missing & set(spec.evidence_ids):
            specs[spec.id] = spec
    return StructuredText(
        revision=previous.revision + 1, shots=describe_shots(evidence), specs=_in_order(list(specs.values()))
    )


def _merge(twins: list[SoundSpec]) -> SoundSpec:
    """One specification for a thing that was written several times; the most salient names it."""
    lead = max(twins, key=lambda s: (s.salience, s.id))
    hits = {t: v for s in sorted(twins, key=lambda s: s.salience) for t, v in zip(s.onsets_s, s.strengths, strict=True)}
    kept = sorted(hits) if lead.kind == "impulsive" else []
    return lead.model_copy(
        update={
            "shot_ids": tuple(dict.fromkeys(i for s in twins for i in s.shot_ids)),
            "track_ids": tuple(dict.fromkeys(i for s in twins for i in s.track_ids)),
            "evidence_ids": tuple(dict.fromkeys(i for s in twins for i in s.evidence_ids)),
            "onsets_s": tuple(kept),
            "strengths": tuple(hits[t] for t in kept),
            "start_s": min(s.start_s for s in twins),
            "end_s": max(s.end_s for s in twins),
        }
    )


def _in_order(specs: list[SoundSpec]) -> tuple[SoundSpec, ...]:
    return tuple(sorted(specs, key=lambda s: (s.start_s, s.id)))


def check(request: WriterRequest, reply: StructuredText) -> list[Finding]:
    """Ids unique, shots known: what the validator need not be asked for."""
    findings = []
    if len({s.id for s in reply.specs}) != len(reply.specs):
        findings.append(
            Finding(kind="duplicate", severity="fundamental", message="two specifications have the same id")
        )
    known = {s.id for s in request.evidence.shots}
    strange = [s.id for s in reply.specs if not set(s.shot_ids) <= known]
    if strange:
        findings.append(
            Finding(kind="outside_shot", severity="fundamental", target_ids=tuple(strange), message="unknown shots")
        )
    return findings


def house() -> Runnable[WriterRequest, StructuredText]:
    """The deterministic mind of this role."""
    return house_mind(ROLE, think, check)
