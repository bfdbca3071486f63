"""One thing that stays in its place, seen before and after somebody walked past it, is one track.

A tracker loses what is hidden for longer than it has patience, and a hand on the anvil is then two hands: the first of
them too short to be known by its beat. Two tracks are the same thing where the second begins in the place of the first,
in its colours, and somebody was before that place when the one ended and the other had not begun.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleydesigner.tools.appearance import alike
from foleydesigner.tools.corners import Corners, middle, share_inside, span
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.movement_cues import CUES

_LONGEST_S = 2.5
"""How long somebody hides a place at most while walking past."""
_CLEAN_SHARE = 0.6
"""Share of a track, from the end that nobody passed, that says where its place is."""
_SAME_PLACE, _STAYS = 0.5, 0.6
"""Share of the smaller usual box inside the other; how far, in its own size, a thing in its place may stray."""
_SAME_LOOK = 0.6


def rejoined(tracks: Sequence[LiveTrack], walkers: Sequence[LiveTrack], frame_rate: float) -> list[LiveTrack]:
    """The tracks of a shot, pieces of one thing joined where a walker parted them.

    Args:
        tracks: all but the walkers.
        walkers: who may have walked past.
        frame_rate: frames per second.
    """
    left = sorted(tracks, key=lambda track: (track.start_frame, track.number))
    whole: list[LiveTrack] = []
    while left:
        track = left.pop(0)
        while (later := next((o for o in left if _parted(track, o, walkers, frame_rate)), None)) is not None:
            left.remove(later)
            track = _joined(track, later) if later.end_frame > track.end_frame else _with_double(track, later)
        whole.append(track)
    return whole


def usual_place(track: LiveTrack, *, early: bool) -> tuple[Corners, float]:
    """Median box of the first or the last part of a track, cells, and how far its middle strays there, in its sizes."""
    boxes = np.asarray(track.boxes, dtype=np.float64).reshape(-1, 4)[: track.frames]
    count = max(1, round(_CLEAN_SHARE * len(boxes)))
    boxes = boxes[:count] if early else boxes[-count:]
    x1, y1, x2, y2 = (float(edge) for edge in np.median(boxes, axis=0))
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    strays = float(np.max(np.percentile(centres, 75, axis=0) - np.percentile(centres, 25, axis=0)))
    return (x1, y1, x2, y2), strays / span((x1, y1, x2, y2))


def _parted(track: LiveTrack, later: LiveTrack, walkers: Sequence[LiveTrack], frame_rate: float) -> bool:
    """True for two pieces of one thing that somebody parted by walking past."""
    gap = later.start_frame - track.end_frame
    if gap > _LONGEST_S * frame_rate or later.start_frame <= track.start_frame:
        return False
    (here, strayed), (there, strays) = usual_place(track, early=True), usual_place(later, early=False)
    if max(strayed, strays) > _STAYS or max(share_inside(here, there), share_inside(there, here)) < _SAME_PLACE:
        return False
    (x, y), (to_x, to_y) = middle(here), middle(there)
    if np.hypot(to_x - x, to_y - y) > _SAME_PLACE * max(span(here), span(there)):
        return False
    if alike(track.look, later.look) < _SAME_LOOK:
        return False
    first, last = sorted((track.end_frame - 1, later.start_frame))
    return any(_before(walker, here, first, last) for walker in walkers)


def _before(walker: LiveTrack, place: Corners, first: int, last: int) -> bool:
    """Whether a walker is before a place at any of the frames `first` to `last`."""
    frames = range(max(first, walker.start_frame), min(last + 1, walker.end_frame))
    return any(share_inside(place, walker.box_at(frame)) > 0.0 for frame in frames)


def _with_double(track: LiveTrack, double: LiveTrack) -> LiveTrack:
    """A track with what one that doubles it for a while saw better: in each frame that which moves more."""
    width, energy = len(CUES), CUES.index("energy")
    for frame in range(double.start_frame, double.end_frame):
        own, other = width * (frame - track.start_frame), width * (frame - double.start_frame)
        seen = double.cues[other : other + width]
        if len(seen) == width and own + width <= len(track.cues) and seen[energy] > track.cues[own + energy]:
            track.cues[own : own + width] = seen
    return track


def _joined(track: LiveTrack, later: LiveTrack) -> LiveTrack:
    """Both pieces and what lies between them, in which the thing is in its place and nothing is seen of it."""
    kept = min(track.frames, later.start_frame - track.start_frame)
    whole = track.piece(track.start_frame, track.start_frame + kept, len(CUES))
    whole.number, whole.look = track.number, track.look if track.mass >= later.mass else later.look
    whole.velocity, whole.last_seen, whole.usual_mass = later.velocity, later.last_seen, later.usual_mass
    whole.alone_frames = track.alone_frames + later.alone_frames
    whole.seen_frames = min(track.seen_frames, kept) + later.seen_frames
    whole.mass = track.mass + later.mass
    hidden = later.start_frame - whole.end_frame
    place = usual_place(later, early=False)[0]
    whole.boxes.extend(place * hidden)
    for curve in (whole.speeds_px, whole.feet):
        curve.extend([0.0] * hidden)
    whole.strides.extend([float("nan")] * (later.start_frame - whole.start_frame - len(whole.strides)))
    whole.path.extend([float("nan")] * (2 * (later.start_frame - whole.start_frame) - len(whole.path)))
    whole.cues.extend([0.0] * (len(CUES) * (later.start_frame - whole.start_frame) - len(whole.cues)))
    whole.boxes.extend(later.boxes)
    for own, more in ((whole.speeds_px, later.speeds_px), (whole.feet, later.feet), (whole.path, later.path)):
        own.extend(more)
    whole.strides.extend(later.strides)
    whole.cues.extend(later.cues)
    whole.box = later.box
    return whole
