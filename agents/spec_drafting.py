"""From evidence to sound-event specifications: how a track, impacts or a flash would sound.

The picture alone is read here. Names of things are out of reach of movement analysis, so a specification says *how*
something moves (its nature) and which families of sound that usually is, best first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleydesigner.agents.picture_index import FILLING_AREA, SLIM, even, index_of, steps_across
from foleydesigner.agents.timing import burst_clusters, hits_of, trusted_bursts, trusted_impacts
from foleydesigner.evidence import Burst, Impact, PictureEvidence, Shot, Track
from foleydesigner.script import EventKind, Family
from foleydesigner.text import Nature, ShotText, SoundSpec

STRONG_IMPACT = 0.3
"""From this strength on (share of the clip's strongest) an impact has to be explained."""
SALIENT_TRACK = 0.15
"""From this salience on a track has to be explained."""
_FAMILIES: dict[Nature, tuple[Family, ...]] = {
    "strikes": ("impact", "percussion", "handling", "door"),
    "gait": ("footsteps", "cloth"),
    "vehicle": ("engine", "mechanism", "whoosh"),
    "flash": ("thunder", "explosion", "gunshot"),
    "gesture": ("cloth", "handling", "whoosh"),
    "flow": ("wind", "water", "fire"),
    "activity": ("handling", "cloth"),
}
_KINDS: dict[Nature, EventKind] = {
    "strikes": "impulsive", "gait": "impulsive", "vehicle": "steady", "flash": "impulsive", "gesture": "steady",
    "flow": "steady", "activity": "impulsive",
}  # fmt: skip


def saliences(evidence: PictureEvidence) -> dict[str, float]:
    """Per track, its share of the clip's strongest movement (speed, size, duration), in [0, 1]."""
    index = index_of(evidence)
    carried = {
        t.id: t.mean_speed * float(np.sqrt(index.mean_area[t.id])) * float(np.sqrt(max(t.end_s - t.start_s, 0.0)))
        for t in evidence.tracks
    }
    top = max(carried.values(), default=0.0)
    return {name: round(min(1.0, value / top), 4) if top > 0 else 0.0 for name, value in carried.items()}


def nature_of(track: Track, impacts: Sequence[Impact]) -> Nature:  # noqa: PLR0911 - one return a nature
    """What a track's movement is like.

    A vehicle moves evenly and rigidly over a second or more; a walker crosses the picture upright in a rhythm of steps;
    a flow (clouds, leaves, grass) moves slowly and without a jerk; strikes end in contacts; what is left is a gesture.
    """
    life_s = track.end_s - track.start_s
    first, last = track.points[0].box, track.points[-1].box
    travelled = float(np.hypot(last.centre[0] - first.centre[0], last.centre[1] - first.centre[1]))
    tall = float(np.mean(track.points.heights - track.points.widths)) > 0.0
    contacts = [i for i in impacts if i.kind in ("contact", "stop", "reversal") and i.strength >= STRONG_IMPACT]
    rhythm = track.period_s is not None and track.periodicity >= 0.5 and abs(track.growth) <= 2.0
    across = float(np.ptp(track.points.centres[:, 0]))
    if steps_across(track):
        return "gait"
    if sum(i.landed for i in impacts) >= 2:
        return "strikes"
    in_step = rhythm and track.period_s is not None and 0.25 <= track.period_s <= 1.4 and across >= 0.2 and tall
    if in_step or (across >= 0.2 and life_s >= 2.0 and _walks(track)):
        return "gait"
    hard = len(contacts) >= 2 or any(i.strength >= 0.6 for i in contacts)
    jerk, idle = even(track)
    strong_rate = len(contacts) / max(life_s, 1e-6)
    large = track.mean_area >= FILLING_AREA and life_s >= 2.0 and track.mean_speed >= 0.08
    if large and track.steadiness >= 0.35 and jerk <= 2.0 and idle <= 0.35:
        return "vehicle"  # so large and so even: what looks like blows is its own judder
    slow = track.mean_area >= 0.05 and life_s >= 2.0 and track.mean_speed < 0.08 and track.steadiness >= 0.35
    if slow and jerk <= 3.0 and strong_rate <= 1.2:
        return "flow"
    if track.steadiness >= 0.55 and life_s >= 1.0 and track.mean_area >= 0.02 and not hard:
        return "flow" if track.mean_area > 0.35 and travelled < 0.05 and track.mean_speed < 0.05 else "vehicle"
    if contacts:
        return "strikes"
    return "gesture"


def _walks(track: Track) -> bool:
    """True for a slim upright box of a person's size that goes straight on at one height; a ball is not slim."""
    heights, widths = track.points.heights, track.points.widths
    level = float(np.std(track.points.centres[:, 1])) < 0.1
    slim = float(heights.mean()) > SLIM * float(widths.mean())
    times, xs = track.points.times_s, track.points.centres[:, 0]
    straight = abs(float(np.corrcoef(times, xs)[0, 1])) >= 0.9 if float(np.ptp(xs)) > 0.0 else False
    return level and slim and straight and float(heights.mean()) >= 0.12 and track.mean_area <= 0.2


def track_specs(evidence: PictureEvidence) -> list[SoundSpec]:
    """The specification of every track with its impacts, in the order of the tracks."""
    impacts: dict[str, list[Impact]] = {}
    for impact in trusted_impacts(evidence, 0.0, evidence.clip.duration_s):
        impacts.setdefault(impact.track_id or "", []).append(impact)
    weight = saliences(evidence)
    return [_track_spec(t, impacts.get(t.id, []), weight[t.id], evidence.clip.duration_s) for t in evidence.tracks]


def _track_spec(track: Track, own: list[Impact], weight: float, duration_s: float) -> SoundSpec:
    nature = nature_of(track, own)
    hits = hits_of(own)
    strongest = max((i.strength for i in own), default=0.0)
    impulsive = _KINDS[nature] == "impulsive" and bool(own or nature == "gait")
    return SoundSpec(
        id=f"s_{track.id}"[:48],
        shot_ids=(track.shot_id,),
        nature=nature,
        kind="impulsive" if impulsive else "steady",
        families=_FAMILIES[nature],
        track_ids=(track.id,),
        evidence_ids=tuple(i.id for i in own),
        onsets_s=hits.onsets_s if impulsive else (),
        strengths=hits.strengths if impulsive else (),
        start_s=track.start_s,
        end_s=min(max(track.end_s, track.start_s), duration_s),
        salience=max(weight, round(strongest, 4) if nature == "strikes" else 0.0),
    )


def impact_spec(name: str, impacts: Sequence[Impact], evidence: PictureEvidence) -> SoundSpec:
    """The specification of impacts of one shot that no track carries."""
    contacts = sum(i.kind != "activity" for i in impacts)
    nature: Nature = "strikes" if contacts * 2 >= len(impacts) else "activity"
    hits = hits_of(impacts)
    families = _FAMILIES["strikes"] if nature == "strikes" else _FAMILIES["activity"]
    return SoundSpec(
        id=name[:48],
        shot_ids=(index_of(evidence).shot_at(impacts[0].time_s).id,),
        nature=nature,
        kind="impulsive",
        families=families,
        evidence_ids=tuple(i.id for i in impacts),
        onsets_s=hits.onsets_s,
        strengths=hits.strengths,
        start_s=min(i.time_s for i in impacts),
        end_s=max(i.time_s for i in impacts),
        salience=round(max(i.strength for i in impacts), 4),
    )


def flash_specs(evidence: PictureEvidence) -> list[SoundSpec]:
    """One specification a shot for its flashes."""
    by_shot: dict[str, list[Burst]] = {}
    for burst in trusted_bursts(evidence):
        by_shot.setdefault(index_of(evidence).shot_at(burst.time_s).id, []).append(burst)
    return [_flash_spec(shot_id, bursts, evidence) for shot_id, bursts in by_shot.items()]


def _flash_spec(shot_id: str, bursts: list[Burst], evidence: PictureEvidence) -> SoundSpec:
    high = float(np.mean([b.box.centre[1] for b in bursts])) < 0.55
    wide = float(np.mean([b.box.area for b in bursts])) > 0.1
    families: tuple[Family, ...] = ("thunder", "explosion") if high and wide else ("explosion", "gunshot")
    if not wide:
        families = ("gunshot", "explosion")
    clusters = burst_clusters(bursts)
    return SoundSpec(
        id=f"s_flash_{shot_id}"[:48],
        shot_ids=(shot_id,),
        nature="flash",
        kind="impulsive",
        families=families,
        evidence_ids=tuple(b.id for b in bursts),
        onsets_s=tuple(c[0].time_s for c in clusters),
        strengths=tuple(max(b.strength for b in c) for c in clusters),
        start_s=bursts[0].time_s,
        end_s=min(max(b.end_s for b in bursts), evidence.clip.duration_s),
        salience=round(max(b.strength for b in bursts), 4),
    )


def loose_groups(evidence: PictureEvidence) -> list[list[Impact]]:
    """Impacts without a track, per shot and side by side: a gap of 0.25 of the width parts two sources."""
    shots: dict[str, list[Impact]] = {}
    for impact in trusted_impacts(evidence, 0.0, evidence.clip.duration_s):
        if impact.track_id is None:
            shots.setdefault(index_of(evidence).shot_at(impact.time_s).id, []).append(impact)
    groups: list[list[Impact]] = []
    for impacts in shots.values():
        ordered = sorted(impacts, key=lambda i: (i.x, i.id))
        run = [ordered[0]]
        for impact in ordered[1:]:
            if impact.x - run[-1].x > 0.25:
                groups.append(run)
                run = []
            run.append(impact)
        groups.append(run)
    return [sorted(g, key=lambda i: (i.time_s, i.id)) for g in groups]


def describe_shots(evidence: PictureEvidence) -> tuple[ShotText, ...]:
    """Each shot in words: light, camera, and what moves where and how."""
    weight = saliences(evidence)
    return tuple(ShotText(shot_id=s.id, description=_describe(s, evidence, weight)) for s in evidence.shots)


def _describe(shot: Shot, evidence: PictureEvidence, weight: dict[str, float]) -> str:
    light = "dark" if shot.brightness < 0.25 else "bright" if shot.brightness > 0.6 else "evenly lit"
    camera = "locked-off" if shot.camera_motion < 0.05 else "moving" if shot.camera_motion < 0.4 else "fast-moving"
    parts = [f"{shot.end_s - shot.start_s:.1f} s, {light}, {camera} camera"]
    index = index_of(evidence)
    tracks = sorted(index.tracks_of_shot.get(shot.id, ()), key=lambda t: (-weight[t.id], t.id))
    for track in tracks[:4]:
        x = index.mean_x[track.id]
        side = "left" if x < 0.37 else "right" if x > 0.63 else "centre"
        area = index.mean_area[track.id]
        size = "small" if area < 0.03 else "large" if area > 0.15 else "middle-sized"
        way = "approaching" if track.growth > 0.5 else "receding" if track.growth < -0.5 else "staying at its distance"
        rhythm = f", repeating every {track.period_s:.2f} s" if track.period_s and track.periodicity >= 0.4 else ""
        parts.append(f"{size} thing moving at the {side}, {way}{rhythm}")
    hits = len(index.impacts_between(shot.start_s, shot.end_s))
    flashes = sum(shot.start_s <= b.time_s < shot.end_s for b in evidence.bursts)
    parts += [f"{hits} impacts"] if hits else []
    parts += [f"{flashes} flashes"] if flashes else []
    if not tracks and not hits and not flashes:
        parts.append("nothing moves")
    return "; ".join(parts)[:400]
