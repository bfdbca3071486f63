"""The first criterion of a Foley script: correspondence, whether words and picture are heard.

A criterion is the mean of its parts, each a share in [0, 1] with the findings that lower it; a part that has nothing
to judge counts as kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from foleydesigner.agents.constraints import drops_mention
from foleydesigner.agents.picture_index import FILLING_AREA, index_of
from foleydesigner.agents.score_case import Case, Verdict
from foleydesigner.agents.script_repair import SUPPORT_S, supported
from foleydesigner.agents.timing import nearest_distance, sure_bursts, trusted_bursts, trusted_impacts
from foleydesigner.evidence import PictureEvidence, Track
from foleydesigner.script import SoundEvent

_STRONG = 0.5
"""Impacts and flashes from this strength on have to be explained."""


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
    judged = backed = 0
    for event in case.events:
        if event.kind != "impulsive" or event.placement.kind != "screen" or event.origin not in ("picture", "both"):
            continue
        if event.family == "footsteps" and event.placement.track_ids:
            continue
        count, good = len(event.onsets_s), int(np.sum(supported(event, case.evidence)))
        judged, backed = judged + count, backed + good
        if good < 0.7 * count:
            kind: Literal["correctable", "fundamental"] = "fundamental" if good == 0 else "correctable"
            verdict.hold("unsupported", kind, (event.id,), f"{event.label}: {count - good} hits with nothing to see")
    return backed / judged if judged else None


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
    near = nearest_distance(onsets, np.array([p[2] for p in points])) <= 1.5 * SUPPORT_S
    vehicles = _vehicle_tracks(case)
    explained = [
        bool(n) or p[0] in used or p[1] in used or _judders(p[0], p[2], vehicles, case)
        for n, p in zip(near, points, strict=True)
    ]
    weights = [p[3] for p in points]
    share = float(np.average(explained, weights=weights))
    open_ids = [p[0] for p, e in zip(points, explained, strict=True) if not e]
    if open_ids:
        verdict.hold(
            "missing", "correctable", open_ids[:50], f"{len(open_ids)} strong hits or flashes in the picture are silent"
        )
    # Words rule over the picture: a film may leave things silent, so silence costs half.
    return 0.5 + 0.5 * share if case.screenplay.mentions() else share


def _vehicle_tracks(case: Case) -> dict[str, list[Track]]:
    """Per shot, the tracks of vehicles and machines that sound."""
    index = index_of(case.evidence)
    shots: dict[str, list[Track]] = {}
    for event in case.events:
        if event.family in ("engine", "mechanism") and event.placement.kind == "screen":
            for track in index.tracks_named((*event.evidence_ids, *event.placement.track_ids)):
                shots.setdefault(track.shot_id, []).append(track)
    return shots


def _judders(impact_id: str, time_s: float, vehicles: Mapping[str, Sequence[Track]], case: Case) -> bool:
    """True for an impact within a vehicle that sounds: its own movement, not a blow.

    In a shot that a vehicle fills, nothing beside it can be told from it.
    """
    index = index_of(case.evidence)
    impact, passing = index.impacts.get(impact_id), vehicles.get(index.shot_at(time_s).id, ())
    if impact is None:
        return False
    if any(index.mean_area[t.id] >= FILLING_AREA for t in passing):
        return True
    for track in passing:
        if track.start_s - 0.1 <= time_s <= track.end_s + 0.1:
            box = track.points.nearest(time_s).box
            if box.x1 - 0.05 <= impact.x <= box.x2 + 0.05 and box.y1 - 0.05 <= impact.y <= box.y2 + 0.05:
                return True
    return False


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
    tracks = index_of(evidence).tracks_named(event.placement.track_ids)
    if tracks:
        return float(np.mean(np.concatenate([t.points.centres[:, 0] for t in tracks]))) - 0.5
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
