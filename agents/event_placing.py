"""Where an event stands: on what carries it in the picture, else beside or around the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleydesigner.agents.association import Association
from foleydesigner.agents.event_context import Context
from foleydesigner.agents.event_spans import STRUCK_VARIANTS
from foleydesigner.agents.mentions import MentionGroup
from foleydesigner.agents.picture_index import index_of
from foleydesigner.agents.timing import Hits
from foleydesigner.evidence import PictureEvidence, Track
from foleydesigner.script import Placement, Span

_OFFSCREEN_AZIMUTH_DEG = {"left": -70.0, "right": 70.0, "centre": 0.0, "left_to_right": -60.0, "right_to_left": 60.0}
_SCREEN_X = {"left": 0.2, "centre": 0.5, "right": 0.8, "left_to_right": 0.5, "right_to_left": 0.5}
_FAR_M, _NEAR_M = 60.0, 8.0
SPEED_OF_SOUND_M_S = 343.0


def tracks_by_shot(
    track_ids: Sequence[str], impact_ids: Sequence[str], evidence: PictureEvidence, side_x: float | None = None
) -> tuple[str, ...]:
    """One track a shot: most of the impacts, then nearest to the words' side `side_x`, then most movement."""
    index = index_of(evidence)
    weight: dict[str, float] = {}
    for impact in index.impacts_named(impact_ids):
        if impact.track_id is not None:
            weight[impact.track_id] = weight.get(impact.track_id, 0.0) + impact.strength

    def rank(t: Track) -> tuple[float, bool, float]:
        away = 0.0 if side_x is None else abs(index.mean_x[t.id] - side_x)
        moved = t.mean_speed * float(np.sqrt(index.mean_area[t.id])) * (t.end_s - t.start_s)
        return weight.get(t.id, 0.0), away < 0.2, moved

    best: dict[str, Track] = {}
    for track in index.tracks_named(track_ids):
        rival = best.get(track.shot_id)
        if rival is None or rank(track) > rank(rival):
            best[track.shot_id] = track
    return tuple(t.id for t in sorted(best.values(), key=lambda t: (t.start_s, t.id)))


def place(
    group: MentionGroup, found: Association, context: Context, hits: Hits, spans: Sequence[Span], seen: bool
) -> Placement:
    """In the picture where it is seen; beside it or all around where only the words know it."""
    lead, facts, evidence = group.lead, group.facts, context.evidence
    depth_m = _FAR_M if group.distant else None
    if group.later_s and found.bursts:  # light arrives at once, sound 343 m a second
        depth_m = min(SPEED_OF_SOUND_M_S * group.later_s, 1000.0)
    if facts.layer == "backgrounds" and not lead.direction:
        return Placement(kind="diffuse", depth_m=depth_m)
    if seen and not group.offscreen and not (group.distant and facts.showing == "flash" and not found.bursts):
        on_screen = _seen_at(group, found, evidence, hits, depth_m)
        if on_screen is not None:
            return on_screen
    if facts.kind == "steady" and not lead.direction and not group.offscreen and facts.showing == "texture":
        near = (i for s in spans for i in index_of(evidence).impacts_between(s.start_s - 1e-6, s.start_s + 1e-6))
        blown = [i.x for i in near]
        if blown and lead.variant in STRUCK_VARIANTS:
            return Placement(kind="screen", x=float(np.mean(blown)), depth_m=depth_m)
        return Placement(kind="diffuse", depth_m=depth_m)
    if not group.offscreen and not group.distant and lead.direction in _SCREEN_X:
        return Placement(kind="screen", x=_SCREEN_X[lead.direction])
    return Placement(
        kind="offscreen",
        azimuth_deg=_OFFSCREEN_AZIMUTH_DEG.get(lead.direction or "centre", 0.0),
        depth_m=depth_m or _NEAR_M,
    )


def _seen_at(
    group: MentionGroup, found: Association, evidence: PictureEvidence, hits: Hits, depth_m: float | None
) -> Placement | None:
    """The place in the picture of what carries a group: tracks, else its impacts or flashes; None without."""
    direction = group.lead.direction
    side_x = _SCREEN_X[direction] if direction in ("left", "right") else None
    tracks = tracks_by_shot(found.track_ids, hits.impact_ids, evidence, side_x)
    own = index_of(evidence).impacts_named(hits.impact_ids)
    xs = [(i.x, i.strength + 1e-3) for i in own] or [(b.box.centre[0], b.strength + 1e-3) for b in found.bursts]
    if not tracks and not xs:
        return None
    x = float(np.average([v for v, _ in xs], weights=[w for _, w in xs])) if xs else None
    if group.facts.kind == "steady" and side_x is not None:
        x = side_x
    return Placement(kind="screen", track_ids=tracks, x=x, depth_m=depth_m)
