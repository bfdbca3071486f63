"""Moving regions, and their identity from frame to frame.

Where two tracks meet in one region it is divided between them by colour and place, and both keep their size and course
while edges that are in plain sight correct them: that is what keeps the identity of two people who cross. A track that
rests keeps its place for a while.
"""

from __future__ import annotations

import numpy as np

from foleydesigner.tools.appearance import alike, own_colours
from foleydesigner.tools.corners import Corners, follow, grown, share_inside, shifted, span, union
from foleydesigner.tools.corners import middle as middle_of
from foleydesigner.tools.flow import CellMotion
from foleydesigner.tools.gait import lowest_energy
from foleydesigner.tools.live_track import CLEAR, LiveTrack
from foleydesigner.tools.regions import MIN_CELLS, Region, find_regions
from foleydesigner.tools.track_matching import divided, emerging, match

MAX_LIVE = 16
_REST_S = 1.5
_LOST_S = 0.4
_BEHIND_S = 1.0
"""How long a thing on a steady course may be hidden by what stands before it."""
_INWARD, _INWARD_WHOLE, _INWARD_RUNNING = 0.08, 0.3, 0.6
"""Share of the way by which a box edge shrinks to what is seen: slowly when parts come to rest."""
_COURSES = 0.3
"""Difference of velocity, cells a frame, from which two tracks are on courses of their own."""
_PART_SHARE = 0.6
_OTHER_LOOK = 0.5
"""Likeness below which two things are told apart by their colours."""
_PARTIAL, _HALF = 0.35, 0.6
"""Share of its usual size under which a thing is half hidden, and its middle says nothing of its course."""
_IN_SIGHT = 0.75
"""Share of a thing's usual size that has to be in sight for its cells alone to say where it is."""
_UNMOVED_CELLS = 2.0
"""How far the edges of what changes on its spot may stray."""
_FLOWING_CELLS = 40.0
_MOST_OFF = 3.0
_STEADY, _AGILE = 0.25, 0.5
"""Share of a frame's movement that a large and a small thing take up."""
_CORRECTED, _STEERED = 0.25, 0.1
"""Share of what an edge in plain sight says that place and velocity take over while two things overlap."""

Claim = tuple[Region, list[LiveTrack]]
"""A region, and all tracks that have a part in it."""


class Tracker:
    """Follows regions through one shot after the other."""

    def __init__(self, *, frame_rate: float, cell_px: float, numbered: int = 0) -> None:
        self._rest_frames = max(3, round(_REST_S * frame_rate))
        self._lost_frames = max(2, round(_LOST_S * frame_rate))
        self._behind_frames = round(_BEHIND_S * frame_rate)
        self._cell_px = cell_px
        self.numbered = numbered
        self._rows = self._columns = 0
        self._strangers: set[frozenset[int]] = set()
        self.live: list[LiveTrack] = []
        self.ended: list[LiveTrack] = []

    def cut(self) -> None:
        """End every track: nothing is carried over a cut."""
        for track in self.live:
            self._end(track)
        self.live = []
        self._strangers.clear()

    def update(self, frame: int, motion: CellMotion) -> None:
        """Take one frame's moving cells; afterwards every live track has one more box."""
        regions = find_regions(motion, self._cell_px)
        self._rows, self._columns = motion.change.shape
        owners = match(self.live, regions, self._lost_frames)
        self._drop_beginners(owners)
        regions, owners = self._with_emerging(regions, owners)
        for track in self.live:
            self._observe(track, frame, [(r, o) for r, o in zip(regions, owners, strict=True) if track in o])
        for region, owned_by in zip(regions, owners, strict=True):
            if not owned_by and len(self.live) < MAX_LIVE:
                self.numbered += 1
                track = LiveTrack(self.numbered, frame, region.box, region.flow, frame)
                self.live.append(track)
                track.learn(region.look, region.mass)
                self._record(track, region.box, region.speed * self._cell_px, region.mass)
        for track in self.live:
            track.path.extend([float("nan")] * (2 * track.frames - len(track.path)))
            track.strides.extend([float("nan")] * (track.frames - len(track.strides)))
            while len(track.feet) < track.frames:
                track.feet.append(lowest_energy(motion.change, track.box))
        self._absorb()
        self._retire(frame)

    def _with_emerging(
        self, regions: list[Region], owners: list[list[LiveTrack]]
    ) -> tuple[list[Region], list[list[LiveTrack]]]:
        """The regions with those who come out from behind somebody made regions of their own, which nobody owns yet."""
        out: list[tuple[Region, list[LiveTrack]]] = []
        for region, own in zip(regions, owners, strict=True):
            known = len(own) == 1 and own[0].alone_frames >= self._lost_frames
            foreign = emerging(region, own[0]) if known else None
            if foreign is None or foreign.all():
                out.append((region, own))
            else:
                out += [(region.part(~foreign), own), (region.part(foreign), [])]
        return [r for r, _ in out], [o for _, o in out]

    def _drop_beginners(self, owners: list[list[LiveTrack]]) -> None:
        """Forget tracks that have just begun, or never moved, and meet a mover: the shadow under its ball."""
        for own in owners:
            if any(track.seen_frames >= self._lost_frames and track.moved > _UNMOVED_CELLS for track in own):
                young = self._lost_frames // 2
                gone = [t for t in own if t.seen_frames < young or t.moved <= _UNMOVED_CELLS]
                own[:] = [track for track in own if track not in gone]
                self.live = [track for track in self.live if track not in gone]

    def _observe(self, track: LiveTrack, frame: int, claims: list[Claim]) -> None:
        """Move a track's box to what is seen of it, or along its course where it is hidden or at rest."""
        if not claims:
            steady = track.seen_frames >= 2 * self._lost_frames and abs(track.velocity[0]) >= CLEAR
            patience = self._behind_frames if steady else self._lost_frames // 2
            running = frame - track.last_seen <= patience
            keep = 1.0 if steady and running else 0.7
            track.velocity = (track.velocity[0] * keep, track.velocity[1] * 0.7)
            self._record(track, track.predicted() if running else track.box, 0.0, 0.0)
            return
        hidden = all(owners[0] is not track for _, owners in claims)
        if hidden and track.pace < CLEAR and frame - track.last_seen > 2:
            self._record(track, track.box, 0.0, 0.0)  # it rests, and somebody passes in front of it
            return
        met = [other for _, owners in claims for other in owners if self._meets(track, other)]
        parts = [self._own_part(track, *claim) for claim in claims]
        seen = [part for part in parts if part is not None]
        mass = sum(part.mass for part in seen)
        told_apart = all(alike(track.look, other.look) < _OTHER_LOOK for other in met)
        if met and not (told_apart and mass >= _IN_SIGHT * track.usual_mass):
            self._pass_by(track, frame, seen, met)
            return
        if not hidden or track.pace >= CLEAR:
            track.last_seen = frame  # what rests behind somebody else is not seen to be there
        alone = all(len(owners) == 1 for _, owners in claims)
        if len(seen) == 1 and (alone or met) and (middle := seen[0].middle) is not None:
            track.path.extend(middle)
            track.strides.append(seen[0].stride)
        if alone:
            track.learn(max(seen, key=lambda part: part.mass).look, mass)
        box = follow(track.predicted(), union(part.box for part in seen), self._inward(track, seen))
        if self._half_hidden(track, mass):
            box = track.predicted()  # it goes on, as large as it is, behind what stands before it
        self._steer(track, box, max(seen, key=lambda part: part.mass))
        self._record(track, box, max(part.speed for part in seen) * self._cell_px, mass)

    def _half_hidden(self, track: LiveTrack, mass: float) -> bool:
        """True for a large thing on its way of which much less is seen than there is."""
        large = track.usual_mass >= _FLOWING_CELLS and track.alone_frames >= 2 * self._lost_frames
        if not large or abs(track.velocity[0]) < CLEAR or mass >= _HALF * track.usual_mass:
            return False
        then = track.box_at(max(track.start_frame, track.end_frame - self._lost_frames))
        travelled = middle_of(track.box)[0] - middle_of(then)[0]
        expected = 0.5 * self._lost_frames * track.velocity[0]
        return travelled >= expected if expected > 0.0 else travelled <= expected

    @staticmethod
    def _inward(track: LiveTrack, seen: list[Region]) -> float:
        """How readily a box shrinks: where a thing is seen whole before its background, it is no larger than that."""
        whole = all(part.figure is not None for part in seen)
        running = track.pace > 0.03 * span(track.box)
        return _INWARD_RUNNING if running else _INWARD_WHOLE if whole else _INWARD

    def _steer(self, track: LiveTrack, box: Corners, seen: Region) -> None:
        """Take up the movement of the last frame: of its middle, where the whole of it is known; else its flow.

        The middle of what comes into the picture, or out from behind something else, moves less than the thing does.
        """
        if seen.mass < _PARTIAL * track.usual_mass or self._half_hidden(track, seen.mass):
            return
        share = _STEADY if seen.mass >= _FLOWING_CELLS else _AGILE
        path = track.path
        whole = box[0] > 1.0 and box[2] < self._columns - 1.0 and len(path) == 2 * (track.frames + 1)
        if whole and len(path) >= 4 and path[-3] == path[-3]:
            track.steer(path[-2] - path[-4], path[-1] - path[-3], share)
        elif seen.mass >= _FLOWING_CELLS and np.hypot(*seen.flow) >= CLEAR:
            track.steer(seen.flow[0], seen.flow[1], share)
        else:
            (x, y), (old_x, old_y) = middle_of(box), middle_of(track.box)
            track.steer(x - old_x, y - old_y, share)

    def _own_part(self, track: LiveTrack, region: Region, owners: list[LiveTrack]) -> Region | None:
        """What a track has of a region that it may share; None for next to nothing."""
        parted = [other for other in owners if other is track or self._meets(track, other)]
        if len(parted) == 1:
            return self._without_bystanders(track, region)
        parted.sort(key=lambda other: other.number)
        own = divided(region, parted)[parted.index(track)]
        return region.part(own) if own.sum() >= MIN_CELLS else None

    def _without_bystanders(self, track: LiveTrack, region: Region) -> Region:
        """A region without what only stands there in colours that the track never had: what it passes in front of."""
        if region.colours is None or track.look is None or track.seen_frames < self._lost_frames:
            return region
        own = np.isfinite(region.flows[:, 0]) | own_colours(track.look, region.colours)
        return region.part(own) if own.sum() >= MIN_CELLS else region

    def _pass_by(self, track: LiveTrack, frame: int, seen: list[Region], met: list[LiveTrack]) -> None:
        """Keep size and course while something else is before it; what is in plain sight corrects them."""
        if seen or track.pace >= CLEAR:
            track.last_seen = frame
        box = track.predicted()
        if seen:
            visible = union(part.moving_box for part in seen)
            dx, dy = _plain_offsets(box, visible, [grown(other.predicted(), 1.0) for other in met])
            box = shifted(box, _CORRECTED * dx, _CORRECTED * dy)
            flow = max(seen, key=lambda part: part.mass).flow
            track.velocity = tuple(old + _STEERED * (new - old) for old, new in zip(track.velocity, flow, strict=True))  # type: ignore[assignment]
        mass = sum(part.mass for part in seen)
        self._record(track, box, max((part.speed for part in seen), default=0.0) * self._cell_px, mass)

    def _meets(self, track: LiveTrack, other: LiveTrack) -> bool:
        """True for two tracks that are two things: on courses of their own when they met, or of different colours.

        Once strangers, always strangers: behind one another both may rest.
        """
        if other is track:
            return False
        pair = frozenset((track.number, other.number))
        if pair in self._strangers:
            return True
        apart = float(np.hypot(track.velocity[0] - other.velocity[0], track.velocity[1] - other.velocity[1]))
        alone = min(track.alone_frames, other.alone_frames) >= self._lost_frames
        own_ways = alone and apart > CLEAR
        seen = min(track.seen_frames, other.seen_frames) >= self._lost_frames // 2
        if own_ways or (seen and alike(track.look, other.look) < _OTHER_LOOK):
            self._strangers.add(pair)
            return True
        return False

    def _absorb(self) -> None:
        """End tracks that have long shared the place and course of a greater one: they are parts of it."""
        for track in self.live:
            hosted = any(
                other.mass > track.mass
                and frozenset((track.number, other.number)) not in self._strangers
                and share_inside(track.box, other.box) > _PART_SHARE
                and np.hypot(track.velocity[0] - other.velocity[0], track.velocity[1] - other.velocity[1]) <= _COURSES
                for other in self.live
            )
            track.hosted_frames = track.hosted_frames + 1 if hosted else 0
            if track.hosted_frames > self._lost_frames:
                track.last_seen = max(track.start_frame, track.end_frame - 1 - track.hosted_frames)
                if track.last_seen - track.start_frame > self._lost_frames:
                    self._end(track)
        self.live = [track for track in self.live if track.hosted_frames <= self._lost_frames]

    def _record(self, track: LiveTrack, box: Corners, speed_px: float, mass: float) -> None:
        """One more frame of a track, its box cut at the upper and lower edge of the picture."""
        x1, y1, x2, y2 = box
        rows = float(self._rows)
        track.record((x1, min(max(y1, 0.0), rows - 1.0), x2, min(max(y2, 1.0), rows)), speed_px, mass)

    def _retire(self, frame: int) -> None:
        """End the tracks that have gone: at once out of the picture, soon where they ran, late where they rested."""
        kept = []
        for track in self.live:
            young = track.seen_frames < self._lost_frames
            patience = self._lost_frames // 2 if young else self._rest_frames
            gone = frame > track.last_seen and _leaves(track, self._columns)
            if gone or frame - track.last_seen > patience:
                self._end(track)
            else:
                kept.append(track)
        self.live = kept

    def _end(self, track: LiveTrack) -> None:
        """Keep what was seen, without the wait at the end; single blinks are forgotten."""
        track.trim()
        if track.seen_frames >= 2:
            self.ended.append(track)


def _plain_offsets(box: Corners, seen: Corners, others: list[Corners]) -> tuple[float, float]:
    """How far what is seen lies from where it should, by the edges that nothing else can hide; cells right and down."""
    offsets = []
    for axis in (0, 1):
        free = [
            seen[edge] - box[edge]
            for edge in (axis, axis + 2)
            if all(not other[axis] < seen[edge] < other[axis + 2] for other in others)
        ]
        offsets.append(float(np.clip(sum(free) / len(free), -_MOST_OFF, _MOST_OFF)) if free else 0.0)
    return offsets[0], offsets[1]


def _leaves(track: LiveTrack, columns: int) -> bool:
    """True for a track that ran over the left or right edge of the picture."""
    speed, (x1, _, x2, _) = track.velocity[0], track.predicted()
    return (speed < -CLEAR and x1 <= 1.0) or (speed > CLEAR and x2 >= columns - 1.0)
