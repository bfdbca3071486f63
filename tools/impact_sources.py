"""Whose impact it is: the readings of tracks, of their paths and of the whole picture made one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foleydesigner.tools.bounce_series import Owned
from foleydesigner.tools.bounces import before, foretold, in_series, launched
from foleydesigner.tools.corners import grown, share_inside
from foleydesigner.tools.landings import Flight, change_of_pace, flights, landings, uneven_clock
from foleydesigner.tools.live_track import LiveTrack
from foleydesigner.tools.movement_cues import CUES
from foleydesigner.tools.onsets import MIN_GAP_S, WEAKEST, Candidate
from foleydesigner.tools.timeline import Timeline
from foleydesigner.tools.witnesses import Passing, behind, touches

_NEAR_CELLS = 6.0
_SAME_MOMENT_S = 0.07
_LEAST_SALIENCE = 0.02
"""Share of the clip's strongest impact under which a track's own are its noise."""
_EDGE_CELLS, _CROSSING_CELLS = 1.5, 3.0
_LEAST_BOUNCES = 2
_LONE_SALIENCE = 0.25
"""Salience of the hardest bounce of a track that shows no other impact."""
_FALL_SHARE = 0.08
_BREAK_FRAMES, _BROKEN_OFF = 3, 0.5
"""Frames without movement after which, and share of the greatest before which, a movement has broken off."""
_LAST_SHARE, _FAINT = 0.1, 0.4
"""Share of the greatest movement that is its last, and movement (`CUES` "energy") too faint to be told from none."""
_STOP_STRENGTH = 0.15
_STOP_SALIENCE = 0.06
"""Salience of an end that is no more than that: what is seen striking comes first."""
_SWING_S, _TREMBLING_S = (0.25, 2.5), 0.3
"""Shortest and longest life of what swings to and stays; how soon it may be seen to tremble."""
_HIDDEN = 0.4
"""Share of a thing's box inside another's from which it may only be hidden."""
_BESIDE_CELLS = 2.0
"""How far beside a walker an impact read of them may lie."""
Stretch = tuple[float, float]
"""(start, end) in seconds of a free flight."""


def with_landings(
    own: list[Candidate],
    live: LiveTrack,
    times_s: NDArray[np.float64],
    moments: Sequence[LiveTrack] = (),
    passing: Timeline[tuple[float, Passing]] | None = None,
) -> tuple[list[Candidate], list[Stretch]]:
    """A track's impacts, told by its path where it flies freely, and the flights.

    Where a flight ends in a contact, the contact is an impact at the moment where the two flights meet, as hard as the
    path turns there. Inside a flight nothing is struck, whatever the movement looks like. A thing that bounces landed
    before it was followed where one of `moments`, tracks of the same shot, touches the ground in its place, and where
    an impact was read of somebody who walked past there (`passing`).
    """
    path = np.asarray(live.path, dtype=np.float64).reshape(-1, 2)
    pace = uneven_clock(times_s[live.start_frame : live.start_frame + len(path)])
    found = landings(path, pace)
    flown = flights(path, found, pace)
    hardest = max((landing.jump for landing in found), default=1.0)
    top = max((c.salience for c in own), default=0.0)
    clock = np.arange(len(times_s), dtype=np.float64)
    flown = [f for f in flown if _falls(live, path, f)]
    rows = live.start_frame + np.array([(f.first_row, f.last_row) for f in flown]).reshape(-1, 2)
    stretches: list[Stretch] = [(float(a), float(b)) for a, b in np.interp(rows, clock, times_s)]
    sure = {f.last_row for f in flown} | {f.first_row for f in flown}
    if sum(landing.row in sure for landing in found) < _LEAST_BOUNCES:
        sure, stretches = set(), []  # what comes down once may be anything
    sure |= {landing.row for landing in in_series(found)}
    certain = [landing for landing in found if landing.row in sure]
    known = certain[:2]
    certain = [*([launch] if (launch := launched(path, certain)) is not None else []), *certain]
    added: list[Candidate] = []
    struck = [float(np.interp(c.time_s, times_s, clock)) - live.start_frame for c in own]

    def touched(row: float, most: float) -> float | None:
        near = min((s for s in struck if abs(s - row) <= most), key=lambda s: abs(s - row), default=None)
        if near is None:
            near = touches(live, [live, *moments], row, most, known)
        return near if near is not None or passing is None else behind(live, passing, row, most, known)

    former = before(certain, touched)
    if former:  # and before that it was in the air, for half of a flight at least
        earliest, later = former[-1].row, [certain[0], *former][-2].row
        since = live.start_frame + np.array([earliest - (later - earliest) / 2, earliest, certain[0].row])
        aloft = np.interp(since, clock, times_s)
        stretches += [(float(aloft[0]), float(aloft[1])), (float(aloft[1]), float(aloft[2]))]
    for landing in (*certain, *foretold(path, certain, found), *former):
        time_s = float(np.interp(live.start_frame + landing.row, clock, times_s))
        if change_of_pace(pace, landing.row):
            time_s = _seen_striking(own, time_s)
        own = [c for c in own if abs(c.time_s - time_s) >= _SAME_MOMENT_S]
        at = int(np.clip(round(landing.row), 0, live.frames - 1))
        x1, y1, x2, y2 = live.box_at(live.start_frame + at)
        salience = (top or _LONE_SALIENCE) * min(landing.jump / hardest, 1.0)
        touched_at = (x1 + x2) / 2, y2
        added.append(
            Candidate(time_s, live.start_frame + at, salience, *touched_at, "contact", landed=True, high=y2 - y1)
        )
    own = [c for c in own if not any(a < c.time_s < b for a, b in stretches)]
    return sorted([*own, *added], key=lambda c: c.time_s), stretches


def _seen_striking(own: Sequence[Candidate], time_s: float) -> float:
    """When a contact was seen that the path puts at `time_s`, by the movement itself; as the path has it if by none."""
    near = [c.time_s for c in own if c.kind == "contact" and abs(c.time_s - time_s) < _SAME_MOMENT_S]
    return min(near, key=lambda seen: abs(seen - time_s), default=time_s)


def _falls(live: LiveTrack, path: NDArray[np.float64], flight: Flight) -> bool:
    """Whether a thing comes down in a flight by what can be told from its own stirring: a share of its height."""
    y = path[int(np.ceil(flight.first_row)) : int(flight.last_row) + 1, 1]
    heights = np.asarray(live.boxes, dtype=np.float64).reshape(-1, 4)[:, 3::-2]
    return float(np.nanmax(y) - np.nanmin(y)) >= _FALL_SHARE * float(np.median(heights[:, 0] - heights[:, 1]))


def with_dead_stop(
    own: list[Candidate],
    live: LiveTrack,
    others: Timeline[tuple[int, LiveTrack]],
    times_s: NDArray[np.float64],
    columns: int,
) -> list[Candidate]:
    """A track's impacts; of one that shows none, its end: a door in its frame, too slow and narrow to be seen striking.

    What moves in one place for a while, and then no more, has come to something. Left out is what goes out of the
    picture or behind something else, and what lives for a moment or for long.
    """
    end = live.end_frame
    box = live.box_at(end - 1)
    at_edge = box[0] <= _EDGE_CELLS or box[2] >= columns - _EDGE_CELLS
    if own or at_edge or end >= len(times_s):
        return own
    if not _SWING_S[0] <= times_s[end] - times_s[live.start_frame] <= _SWING_S[1]:
        return own
    last = _stopped_row(live)
    stop_s = float(times_s[live.start_frame + last])
    around_s = times_s[live.start_frame] - _TREMBLING_S, times_s[end] + _TREMBLING_S
    first, after = np.searchsorted(times_s, around_s).tolist()
    rest = [other for _, other in others.meeting(first - 1, after + 1) if other is not live]
    hidden = any(
        other.start_frame <= end - 1 < other.end_frame and share_inside(box, other.box_at(end - 1)) > _HIDDEN
        for other in rest
        if not _trembles(other, live, times_s)
    )
    if hidden or any(_trembles(live, other, times_s) for other in rest):
        return own
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return [Candidate(stop_s, live.start_frame + last, _STOP_SALIENCE, x, y, "stop", ended=True)]


def _stopped_row(live: LiveTrack) -> int:
    """The row at which a thing has stopped: where the movement of what is seen to move breaks off, else its last.

    What moved slowly half a second ago is still seen to move; how hard it moved has ended when it did. A leaf that
    turns about its hinge fades out before it is shut, as its edge comes across the line of sight: where even a tenth of
    its movement would be seen, it has ended with the last of it. Of what hardly moves its outline is all that is known.
    """
    energy = np.asarray(live.cues, dtype=np.float64).reshape(-1, len(CUES))[: live.frames, CUES.index("energy")]
    top = float(energy.max(initial=0.0))
    moving = np.flatnonzero(energy > _LAST_SHARE * top)
    if top < _FAINT or len(moving) < _BREAK_FRAMES or moving[-1] + _BREAK_FRAMES >= live.frames:
        return live.frames - 1
    before = float(energy[moving[-1] + 1 - _BREAK_FRAMES : moving[-1] + 1].mean())
    ended = _LAST_SHARE * top >= _FAINT or before >= _BROKEN_OFF * top
    return int(moving[-1]) + 1 if ended else live.frames - 1


def _trembles(live: LiveTrack, former: LiveTrack, times_s: NDArray[np.float64]) -> bool:
    """True for what begins where and when another ends: the same thing, still trembling."""
    begins_s, ends_s = (float(times_s[min(f, len(times_s) - 1)]) for f in (live.start_frame, former.end_frame))
    if abs(begins_s - ends_s) > _TREMBLING_S or former.start_frame >= live.start_frame:
        return False
    here, there = live.box_at(live.start_frame), former.box_at(former.end_frame - 1)
    return max(share_inside(here, there), share_inside(there, here)) > _HIDDEN


def with_whole_picture(
    found: Sequence[Owned], whole: Iterable[Candidate], kept: dict[int, LiveTrack], flown: dict[int, list[Stretch]]
) -> list[Owned]:
    """The impacts of the tracks with those of the whole picture.

    Where one track has an impact at that moment it is the same one: the whole picture, which loses nothing at the rim
    of a box, says when and how hard, the track says where. Where several have, the whole picture only mixes them.
    """
    together, living = list(found), lives(kept)
    moments = Timeline((c.time_s, c.time_s, place) for place, (c, _) in enumerate(together))
    for candidate in whole:
        time_s = candidate.time_s
        near = dict.fromkeys(moments.meeting(time_s - _SAME_MOMENT_S, time_s + _SAME_MOMENT_S))
        same = [place for place in near if abs(together[place][0].time_s - time_s) < _SAME_MOMENT_S]
        if not same:
            owner = _track_at(candidate, living)
            if not _aloft(candidate, owner, flown):
                moments.add(time_s, time_s, len(together))
                together.append((candidate, owner))
        elif len(same) == 1:
            own, number = together[same[0]]
            if not own.landed and candidate.salience > own.salience:
                together[same[0]] = replace(candidate, x=own.x, y=own.y, frame=own.frame), number
                moments.add(time_s, time_s, same[0])  # where it was is looked at in vain
    return together


def handed_over(
    found: Sequence[Owned],
    passing: Sequence[Passing],
    others: dict[int, LiveTrack],
    flown: dict[int, list[Stretch]],
) -> list[Owned]:
    """The impacts of all but walkers with those read where somebody walks: to whom they pass, or else to the walker.

    What strikes at that moment beside the walker already has it.
    """
    handed, living = list(found), lives(others)
    moments = Timeline((c.time_s, c.time_s, c) for c, _ in found)
    for seen in passing:
        impact, (x1, y1, x2, y2) = seen.impact, grown(seen.box, _BESIDE_CELLS)
        known = any(
            abs(other.time_s - impact.time_s) < MIN_GAP_S and x1 <= other.x <= x2 and y1 <= other.y <= y2
            for other in moments.meeting(impact.time_s - MIN_GAP_S, impact.time_s + MIN_GAP_S)
        )
        if not known and not impact.landed:
            owner = _track_at(impact, living)
            handed.append((impact, seen.walker if owner is None or _aloft(impact, owner, flown) else owner))
    return handed


def _aloft(impact: Candidate, owner: int | None, flown: dict[int, list[Stretch]]) -> bool:
    """Whether its track is in the air at that moment: it strikes nothing there."""
    return owner is not None and any(a < impact.time_s < b for a, b in flown[owner])


def strengths_of(candidates: list[tuple[Candidate, int | None]]) -> list[float]:
    """Strength of each impact: the geometric mean of its shares of the clip's strongest and of its own track's.

    A small or distant thing moves little of the picture, and hits as hard as it can all the same.
    """
    # A film too short to stand out from anything has candidates without salience.
    strongest = max((c.salience for c, _ in candidates), default=0.0) or 1.0
    own: dict[int | None, float] = {None: strongest}
    for candidate, number in candidates:
        if number is not None:
            own[number] = max(own.get(number, 0.0), candidate.salience)
    strengths = []
    for candidate, number in candidates:
        share = candidate.salience / max(own[number], 1e-9)
        if candidate.ended:
            strengths.append(_STOP_STRENGTH)
        elif candidate.landed:  # its own path vouches for it, however small or far away it is
            strengths.append(max(WEAKEST, share, float(np.sqrt(candidate.salience / strongest * share))))
        elif candidate.salience >= _LEAST_SALIENCE * strongest:
            strengths.append(float(np.sqrt(candidate.salience / strongest * share)))
        else:
            strengths.append(0.0)
    return strengths


def crosses_edge(candidate: Candidate, live: LiveTrack, columns: int) -> bool:
    """True while a thing comes in or goes out at the left or right edge: what is cut off there has not stopped."""
    boxes = np.asarray(live.boxes, dtype=np.float64).reshape(-1, 4)
    row = int(np.clip(candidate.frame - live.start_frame, 0, len(boxes) - 1))
    at_left, at_right = boxes[row, 0] <= _EDGE_CELLS, boxes[row, 2] >= columns - _EDGE_CELLS
    if not at_left and not at_right:
        return False
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    reach = max(4, len(boxes) // 8)
    moved = float(middle[min(row + reach, len(boxes) - 1)] - middle[max(row - reach, 0)])
    return abs(moved) > _CROSSING_CELLS


def lives(tracks: dict[int, LiveTrack]) -> Timeline[tuple[int, LiveTrack]]:
    """Tracks with their numbers, by the frames that they live."""
    return Timeline((live.start_frame, live.end_frame, (number, live)) for number, live in tracks.items())


def _track_at(candidate: Candidate, living: Timeline[tuple[int, LiveTrack]]) -> int | None:
    """The smallest track whose box holds the place of an impact."""
    holding = []
    for number, live in living.meeting(candidate.frame, candidate.frame):
        row = candidate.frame - live.start_frame
        if 0 <= row < live.frames:
            x1, y1, x2, y2 = live.boxes[4 * row : 4 * row + 4]
            if x1 - 2 <= candidate.x <= x2 + 2 and y1 - 2 <= candidate.y <= y2 + 2:
                holding.append(((x2 - x1) * (y2 - y1), number))
    return min(holding)[1] if holding else None


def once_each(found: Iterable[Owned]) -> list[Owned]:
    """Each moment once, the first of those that are one; in order of time."""
    moments: Timeline[Owned] = Timeline()
    for item in found:
        time_s = item[0].time_s
        near = moments.meeting(time_s - MIN_GAP_S, time_s + MIN_GAP_S)
        if not any(same_impact(*item, *other) for other in near):
            moments.add(time_s, time_s, item)
    return moments.items


def same_impact(candidate: Candidate, number: int | None, other: Candidate, owner: int | None) -> bool:
    """One moment read twice: the same track, no track, or two tracks that meet there."""
    if abs(candidate.time_s - other.time_s) >= MIN_GAP_S:
        return False
    # What strikes is seen in the middle of a thing, where it lands is told at its foot.
    apart = max(abs(candidate.y - other.y) - max(candidate.high, other.high), 0.0)
    near = abs(candidate.x - other.x) + apart < _NEAR_CELLS
    return number == owner or number is None or owner is None or near
