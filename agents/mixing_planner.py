"""Mixing planner: diagnoses every track and says which specialists have to work on it (Algorithm 2, planning)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from foleydesigner.mix import Correction, Masking, MixPlan, Operation, TrackAnalysis, TrackPlan
from foleydesigner.model import Identifier, Line, Model
from foleydesigner.script import Layer
from foleydesigner.text import Finding

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

_AGREEMENT = 0.5
"""Below this a take is asked for again."""
_REVERB_TOLERANCE_S = 0.15
_RIGHT_S = 0.05


class TrackContext(Model):
    """What the planner knows of one track beside its sound."""

    event_id: Identifier
    layer: Layer
    placement: Literal["screen", "offscreen", "diffuse"]
    depth_m: Annotated[float, Field(gt=0.0)]
    scene_id: Identifier
    target_rt60_s: Annotated[float, Field(ge=0.0)]


class PlannerRequest(Model):
    """All tracks of a job at once; `retakes_allowed` is False once every take has had its second chance."""

    analyses: tuple[TrackAnalysis, ...]
    maskings: tuple[Masking, ...] = ()
    contexts: tuple[TrackContext, ...]
    retakes_allowed: bool = True
    mixed: bool = False
    """True after the first mix: the analyses are of the processed tracks, and only corrections may be asked for."""
    notes: tuple[Line, ...] = ()
    """Reviewers' notes on the mix."""


def _operations(
    analysis: TrackAnalysis, context: TrackContext, masked: dict[str, list[Masking]]
) -> tuple[list[Operation], list[str]]:
    """What one track needs, and why."""
    operations: list[Operation] = ["dynamics"]
    reasons = [f"{analysis.prominence} track at {analysis.loudness_lufs:.1f} LUFS needs its level"]
    own_s = analysis.rt60_s or 0.0
    if context.placement != "diffuse" and context.target_rt60_s > own_s + _REVERB_TOLERANCE_S:
        operations.append("reverberation")
        reasons.append(f"place asks for RT60 {context.target_rt60_s:.2f} s")
    partners = masked.get(analysis.event_id, [])
    if partners:
        operations.append("equalisation")
        worst = max(partners, key=lambda m: m.excess_db)
        reasons.append(
            f"{worst.masked_id} is buried by {worst.masker_id} in the {worst.band} by {worst.excess_db:.1f} dB"
        )
    elif analysis.high_db < -24.0 and context.depth_m <= 2.0 and analysis.prominence == "foreground":
        operations.append("equalisation")
        reasons.append("near, in front, and dull")
    return operations, reasons


_RANK = {"foreground": 0, "middle": 1, "background": 2}
_CORRECTION_DB = 3.0


def corrections(request: PlannerRequest) -> tuple[Correction, ...]:
    """What the measured mix still asks for: a masker that outranks nobody gives way, by half the excess, once."""
    rank = {analysis.event_id: _RANK[analysis.prominence] for analysis in request.analyses}
    asked: dict[str, Correction] = {}
    for masking in sorted(request.maskings, key=lambda m: (-m.excess_db, m.masked_id, m.masker_id)):
        masked, masker = masking.masked_id, masking.masker_id
        if rank[masker] <= rank[masked] or masker in asked:
            continue
        asked[masker] = Correction(
            event_id=masker,
            gain_db=-min(_CORRECTION_DB, masking.excess_db / 2.0),
            reason=f"still {masking.excess_db:.1f} dB over {masked} in the {masking.band}",
        )
    return tuple(asked[event_id] for event_id in sorted(asked))


def think(request: PlannerRequest) -> MixPlan:
    """Cross-modal validation (does the take fit its event), inter-track balance (maskings), acoustic fit (RT60)."""
    if request.mixed:
        plans = tuple(TrackPlan(event_id=a.event_id, operations=()) for a in request.analyses)
        return MixPlan(tracks=plans, maskings=request.maskings, corrections=corrections(request))
    # That a foreground covers a background is what a foreground is for.
    rank = {analysis.event_id: _RANK[analysis.prominence] for analysis in request.analyses}
    disturbing = [m for m in request.maskings if rank[m.masker_id] >= rank[m.masked_id]]
    masked: dict[str, list[Masking]] = {}
    for masking in disturbing:
        masked.setdefault(masking.masked_id, []).append(masking)
        masked.setdefault(masking.masker_id, []).append(masking)
    contexts = {context.event_id: context for context in request.contexts}
    tracks, findings, retakes = [], [], []
    for analysis in request.analyses:
        if analysis.agreement < _AGREEMENT:
            findings.append(
                Finding(
                    kind="incoherent",
                    severity="fundamental",
                    target_ids=(analysis.event_id,),
                    message=f"{analysis.label!r} is heard as {analysis.heard_as!r}"[:400],
                )
            )
            if request.retakes_allowed:
                retakes.append(analysis.event_id)
        operations, reasons = _operations(analysis, contexts[analysis.event_id], masked)
        tracks.append(TrackPlan(event_id=analysis.event_id, operations=tuple(operations), reasons=tuple(reasons)))
    return MixPlan(tracks=tuple(tracks), maskings=request.maskings, findings=tuple(findings), retake_ids=tuple(retakes))


_NOTE_DB = 3.0


def notes_on_level_db(notes: tuple[str, ...], track: TrackAnalysis) -> float:
    """What reviewers' notes ask of one track's level, dB: "feet louder", "softer wind" move it by 3 dB each.

    A note concerns a track when it names its layer or a word of its label; a note that names no track at all is for
    nobody.
    """
    names = {track.layer, track.layer.replace("_", " "), *(w for w in track.label.lower().split() if len(w) > 2)}
    total_db = 0.0
    for note in notes:
        words = note.lower()
        if any(name in words for name in names):
            total_db += _NOTE_DB * any(w in words for w in ("louder", "more ", "up", "forward"))
            total_db -= _NOTE_DB * any(w in words for w in ("softer", "quieter", "less ", "down", "too loud"))
    return min(12.0, max(-12.0, total_db))


def notes_on_reverb_db(notes: tuple[str, ...]) -> float:
    """What reviewers' notes ask of all reverb sends, dB: "wetter" and "drier" move them by 3 dB each."""
    total_db = 0.0
    for note in notes:
        words = note.lower()
        total_db += _NOTE_DB * any(w in words for w in ("wetter", "more reverb", "more room"))
        total_db -= _NOTE_DB * any(w in words for w in ("drier", "dryer", "less reverb", "less room", "too wet"))
    return min(12.0, max(-12.0, total_db))


def check(request: PlannerRequest, reply: MixPlan) -> list[Finding]:
    """Every track is planned once, and nothing else is."""
    asked = [analysis.event_id for analysis in request.analyses]
    planned = [plan.event_id for plan in reply.tracks]
    findings = []
    if sorted(asked) != sorted(planned):
        findings.append(
            Finding(
                kind="incoherent",
                severity="fundamental",
                message=f"planned {len(planned)} tracks {sorted(set(asked) ^ set(planned))[:4]}, expected {len(asked)}",
            )
        )
    unknown = set(reply.retake_ids) - set(asked)
    if unknown or (reply.retake_ids and not request.retakes_allowed):
        findings.append(
            Finding(
                kind="out_of_range",
                severity="fundamental",
                message=f"retakes {sorted(reply.retake_ids)[:4]} not allowed",
            )
        )
    return findings


def house() -> Runnable[PlannerRequest, MixPlan]:
    """The planner's house mind."""
    from foleydesigner.agents.minds import house_mind

    return house_mind("mixing_planner", think, check)
