"""The picture in numbers, short enough for a model, and cut into parts that it can take."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from foleydesigner.evidence import Curve, Impact, PictureEvidence, Shot, Track
from foleydesigner.text import Finding, SoundSpec

MOST_PARTS = 24
"""Questions into which one request is cut at most."""
_MOST_IMPACTS, _MOST_TRACKS, _MOST_BURSTS = 48, 12, 16
Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Items in runs of at most `size`, as even as may be."""
    if not items:
        return []
    count = math.ceil(len(items) / size)
    edges = [round(len(items) * k / count) for k in range(count + 1)]
    return [items[a:b] for a, b in itertools.pairwise(edges)]


def shots_of_parts(evidence: PictureEvidence) -> list[Sequence[Shot]]:
    """Shots in groups, one a question: single shots while there are few, runs of them in a long film."""
    return chunks(evidence.shots, math.ceil(len(evidence.shots) / MOST_PARTS))


def part_of_picture(evidence: PictureEvidence, shots: Sequence[Shot]) -> PictureEvidence:
    """The evidence of some neighbouring shots, still on the clip's own clock."""
    if len(shots) == len(evidence.shots):
        return evidence
    start_s, end_s = shots[0].start_s, shots[-1].end_s
    names = {shot.id for shot in shots}
    return evidence.model_copy(
        update={
            "shots": tuple(shots),
            "tracks": tuple(t for t in evidence.tracks if t.shot_id in names),
            "impacts": tuple(i for i in evidence.impacts if start_s <= i.time_s < end_s),
            "bursts": tuple(b for b in evidence.bursts if start_s <= b.time_s < end_s),
            "activity": Curve(values=()),
        }
    )


def in_shots(spec: SoundSpec, shots: Sequence[Shot]) -> bool:
    """Whether a specification begins in one of the shots."""
    return spec.shot_ids[0] in {shot.id for shot in shots}


def picture_ids(evidence: PictureEvidence) -> set[str]:
    """Ids of all that is seen: shots, tracks, impacts, flashes."""
    shots_and_tracks = {shot.id for shot in evidence.shots} | {track.id for track in evidence.tracks}
    return shots_and_tracks | {impact.id for impact in evidence.impacts} | {burst.id for burst in evidence.bursts}


def picture_data(evidence: PictureEvidence) -> dict[str, Any]:
    """Shots, tracks, impacts and flashes as plain data; of too many the strongest."""
    impacts = sorted(sorted(evidence.impacts, key=lambda i: -i.strength)[:_MOST_IMPACTS], key=lambda i: i.time_s)
    bursts = sorted(sorted(evidence.bursts, key=lambda b: -b.strength)[:_MOST_BURSTS], key=lambda b: b.time_s)
    longest = sorted(evidence.tracks, key=lambda t: -t.mean_area * (t.end_s - t.start_s))[:_MOST_TRACKS]
    return {
        "clip": {"duration_s": round(evidence.clip.duration_s, 3), "fps": round(float(evidence.clip.frame_rate), 3)},
        "shots": [shot_data(shot) for shot in evidence.shots],
        "tracks": [track_data(track) for track in sorted(longest, key=lambda t: (t.start_s, t.id))],
        "impacts": [impact_data(impact) for impact in impacts],
        "flashes": [
            {"id": b.id, "time_s": round(b.time_s, 3), "strength": round(b.strength, 2), "x": round(b.box.centre[0], 2)}
            for b in bursts
        ],
    }


def shot_data(shot: Shot) -> dict[str, Any]:
    """One shot."""
    return {
        "id": shot.id,
        "from_s": round(shot.start_s, 3),
        "to_s": round(shot.end_s, 3),
        "camera": round(shot.camera_motion, 2),
        "activity": round(shot.activity, 2),
        "brightness": round(shot.brightness, 2),
    }


def track_data(track: Track) -> dict[str, Any]:
    """One moving thing: when it is seen, from where to where, how large, how fast, how regular."""
    first, last = track.points[0].box, track.points[-1].box
    data: dict[str, Any] = {
        "id": track.id,
        "shot": track.shot_id,
        "from_s": round(track.start_s, 3),
        "to_s": round(track.end_s, 3),
        "x": [round(first.centre[0], 2), round(last.centre[0], 2)],
        "y": [round(first.centre[1], 2), round(last.centre[1], 2)],
        "size": round(track.mean_area, 4),
        "speed": round(track.mean_speed, 2),
    }
    if track.step_s is not None:
        data["step_s"] = round(track.step_s, 3)
    elif track.period_s is not None:
        data["period_s"] = round(track.period_s, 3)
    return data


def impact_data(impact: Impact) -> dict[str, Any]:
    """One impact."""
    data = {"id": impact.id, "time_s": round(impact.time_s, 3), "strength": round(impact.strength, 2)}
    return data | {"kind": impact.kind, "x": round(impact.x, 2), "track": impact.track_id or ""}


def spec_data(spec: SoundSpec) -> dict[str, Any]:
    """One specification of the structured text."""
    return {
        "id": spec.id,
        "nature": spec.nature,
        "kind": spec.kind,
        "subject": spec.subject,
        "families": list(spec.families[:3]),
        "track_ids": list(spec.track_ids[:6]),
        "evidence_ids": list(spec.evidence_ids[:24]),
        "from_s": round(spec.start_s, 3),
        "to_s": round(spec.end_s, 3),
        "salience": round(spec.salience, 2),
    }


def finding_data(findings: Iterable[Finding], most: int = 12) -> list[dict[str, Any]]:
    """Findings as a model is told them."""
    return [
        {"kind": f.kind, "severity": f.severity, "about": list(f.target_ids[:8]), "message": f.message}
        for f in list(findings)[:most]
    ]
