"""Reads movement from the picture: tracks, impacts, flashes, activity. Frames go in one by one; none is kept."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evidence import Burst, Impact, Shot, Track
from foleydesigner.tools.bounce_series import with_series
from foleydesigner.tools.bursts import BurstDetector
from foleydesigner.tools.flow import CELL_PX, CellMotion, FlowReader
from foleydesigner.tools.impact_sources import (
    Stretch,
    crosses_edge,
    handed_over,
    lives,
    once_each,
    strengths_of,
    with_dead_stop,
    with_landings,
    with_whole_picture,
)
from foleydesigner.tools.live_track import LiveTrack, without_doubles
from foleydesigner.tools.movement_cues import CUES, LATENCY, ImpactReader
from foleydesigner.tools.onsets import (
    MIN_GAP_S,
    WEAKEST,
    Candidate,
    cue_scales,
    favour_rhythm,
    find_impacts,
)
from foleydesigner.tools.periodicity import period_of
from foleydesigner.tools.rejoining import rejoined
from foleydesigner.tools.second_look import ShotMemory
from foleydesigner.tools.timeline import Timeline
from foleydesigner.tools.track_evidence import to_track
from foleydesigner.tools.tracking import Tracker
from foleydesigner.tools.walks import WalkReader
from foleydesigner.tools.witnesses import passed_by, passings

_SHORTEST_S = 0.2
_SEEN_SHARE = 0.15
_TRACKS_PER_SHOT = 8
_FULL_CAMERA_SPEED = 0.5
"""Camera movement, picture widths per second, that counts as 1."""
_SHORTEST_STEP_S, _GAIT_PERIODICITY = 0.28, 0.45
"""A runner takes at most three and a half steps a second."""
_BEFORE_S = 4.0
"""How long before it is followed a bouncing thing may have been seen: longer than four of its flights."""
_OPENING_S, _OPENING_GAIN = 0.25, 0.7
_OVER_CUT_S = 0.2
"""How soon after a cut a thing is followed again that was followed until it."""


@dataclass(frozen=True)
class MotionResult:
    """What moved. Lists are sorted by time."""

    tracks: tuple[Track, ...]
    impacts: tuple[Impact, ...]
    bursts: tuple[Burst, ...]
    activity: tuple[float, ...]
    """Residual motion, one a frame; the clip's maximum is 1 (all 0 where nothing moves)."""
    camera_motion: dict[str, float]
    """By shot id, in [0, 1]: 1 = half a picture width a second or more."""
    shot_activity: dict[str, float]
    """By shot id, in [0, 1]: mean share of the picture that moves against the camera."""


class MotionAnalyser:
    """Fed with every frame of a clip once; about 60 bytes a frame, and as much again for each track on screen."""

    def __init__(self, *, frame_rate: float, width_px: int, height_px: int) -> None:
        self._frame_rate, self._width_px = frame_rate, width_px
        self._flow = FlowReader(frame_rate=frame_rate, width_px=width_px, height_px=height_px)
        self._tracker = Tracker(frame_rate=frame_rate, cell_px=CELL_PX)
        self._impacts = ImpactReader()
        self._walks = WalkReader(frame_rate=frame_rate)
        self._memory = ShotMemory(frame_rate=frame_rate)
        self._completed: list[LiveTrack] = []
        self._bursts = BurstDetector()
        self._cells = (max(1, height_px // CELL_PX), max(1, width_px // CELL_PX))
        self._times_s = array("d")
        self._cues = array("f")
        self._activity, self._camera, self._moving = array("f"), array("f"), array("f")

    def push(self, frame: int, time_s: float, rgb: NDArray[np.uint8], *, cut: bool) -> None:
        """Take the next frame.

        Args:
            frame: its number, counting from 0 without gaps.
            time_s: its presentation time.
            rgb: `(height_px, width_px, 3)`.
            cut: True on the first frame of a new shot.
        """
        motion = self._flow.push(rgb, cut=cut)
        self._impacts.push(motion, cut=cut)
        self._read_cues()
        if cut:
            self._close_shot()
        self._memory.push(motion, cut=cut)
        self._walks.push(motion.moving, motion.figure, cut=cut)
        self._tracker.update(len(self._times_s), motion)
        self._bursts.push(time_s, motion.luminance, motion.explained, cut=cut, still=motion.camera.is_still)
        self._note(time_s, motion)

    def finish(self, shots: tuple[Shot, ...]) -> MotionResult:
        """Close all tracks and find the impacts; call once, after the last frame."""
        self._cues.extend([0.0] * (len(CUES) * len(self._times_s) - len(self._cues)))
        self._close_shot()
        times_s = np.asarray(self._times_s)
        kept = self._worth_keeping(shots)
        bursts = self._bursts.finish()
        lit = Timeline((burst.time_s, burst.end_s, burst) for burst in bursts)
        candidates = [
            (_discounted(candidate, shots), number)
            for candidate, number in self._candidates(times_s, kept, shots)
            if not any(
                self._is_light(candidate, burst)
                for burst in lit.meeting(candidate.time_s - 2 * MIN_GAP_S, candidate.time_s + 2 * MIN_GAP_S)
            )
        ]
        tracks = {
            number: self._track(live, f"track_{place + 1}", shots, times_s)
            for place, (number, live) in enumerate(kept.items())
        }
        activity = np.asarray(self._activity, dtype=np.float64)
        return MotionResult(
            tracks=tuple(tracks.values()),
            impacts=self._named(candidates, tracks),
            bursts=bursts,
            activity=tuple(float(a) for a in activity / max(float(activity.max(initial=0.0)), 1e-9)),
            camera_motion=self._by_shot(self._camera, shots, 1.0 / _FULL_CAMERA_SPEED),
            shot_activity=self._by_shot(self._moving, shots, 1.0),
        )

    def _close_shot(self) -> None:
        """End every track, and follow the walkers of the shot to its end and theirs."""
        self._tracker.cut()
        tracks = self._walks.completed(self._tracker.ended, np.asarray(self._times_s))
        walkers = [track for track in tracks if track.gait is not None]
        numbered = self._tracker.numbered
        self._tracker = Tracker(frame_rate=self._frame_rate, cell_px=CELL_PX, numbered=numbered)
        others = self._memory.look_again(walkers, self._tracker)
        rest = [track for track in tracks if track.gait is None] if others is None else others
        self._completed += [*walkers, *rejoined(rest, walkers, self._frame_rate)]
        self._tracker.ended = []

    def _read_cues(self) -> None:
        """Cues speak of a frame whose neighbours have all been seen."""
        if len(self._times_s) < LATENCY:
            return
        self._cues.extend(self._impacts.read(None).tolist())
        for track in self._tracker.live:
            if track.frames >= LATENCY:
                x1, y1, x2, y2 = track.boxes[-4 * LATENCY :][:4]
                track.cues.extend(self._impacts.read((x1, y1, x2, y2)).tolist())

    def _note(self, time_s: float, motion: CellMotion) -> None:
        length_px = np.hypot(motion.residual_px[..., 0], motion.residual_px[..., 1])
        self._times_s.append(time_s)
        self._activity.append(float(length_px.mean()))
        self._camera.append(motion.camera.mean_px * self._frame_rate / self._width_px)
        self._moving.append(float(motion.moving.mean()))

    def _worth_keeping(self, shots: tuple[Shot, ...]) -> dict[int, LiveTrack]:
        """The tracks that lasted, the most massive of each shot, by their start."""
        shortest = max(3, round(_SHORTEST_S * self._frame_rate))
        lasting = [
            t for t in self._completed if t.frames >= shortest and t.seen_frames >= max(3, _SEEN_SHARE * t.frames)
        ]
        kept: list[LiveTrack] = []
        for shot in shots:
            own = [t for t in lasting if shot.start_frame <= t.start_frame < shot.end_frame]
            kept += without_doubles(sorted(own, key=lambda t: -t.mass))[:_TRACKS_PER_SHOT]
        return {track.number: track for track in sorted(kept, key=lambda t: (t.start_frame, t.number))}

    def _candidates(
        self, times_s: NDArray[np.float64], kept: dict[int, LiveTrack], shots: tuple[Shot, ...]
    ) -> list[tuple[Candidate, int | None]]:
        """Impacts of every track and of the whole picture, each moment once."""
        whole = np.asarray(self._cues, dtype=np.float32).reshape(-1, len(CUES))
        scales = cue_scales(whole)
        found: list[tuple[Candidate, int | None]] = []
        flown: dict[int, list[Stretch]] = {}
        walkers = {number: live for number, live in kept.items() if live.gait is not None}
        others = {number: live for number, live in kept.items() if live.gait is None}
        passing = [
            seen
            for number, live in walkers.items()
            for seen in passed_by(self._own_impacts(live, times_s, scales), number, live, times_s)
        ]
        walked_past, living = passings(passing, times_s), lives(kept)
        seen_before = Timeline((t.start_frame, t.end_frame, t) for t in self._completed if t.gait is None)
        for number, live in others.items():
            own = self._own_impacts(live, times_s, scales)
            recent = live.start_frame - round(_BEFORE_S * self._frame_rate)
            former = [t for t in seen_before.meeting(recent + 1, live.end_frame - 1) if t is not live]
            own, flown[number] = with_landings(own, live, times_s, former, walked_past)
            own = with_dead_stop(own, live, living, times_s, self._cells[1])
            found += [(c, number) for c in own]
        found = handed_over(found, passing, others, flown)
        flown |= {number: [] for number in walkers}
        of_the_picture = self._rhythmic(find_impacts(whole, times_s, 0, scales, self._frame_rate), whole)
        found = with_whole_picture(found, of_the_picture, kept, flown)
        found = with_series(found, list(self._over_cuts(others.values(), shots)))
        # Of two tracks that land at one moment and place, pieces of one thing, that which bounces longer has it.
        bounces = Counter(number for candidate, number in found if candidate.landed)
        return once_each(
            sorted(found, key=lambda item: (not item[0].landed, -item[0].landed * bounces[item[1]], -item[0].salience))
        )

    def _over_cuts(self, tracks: Iterable[LiveTrack], shots: tuple[Shot, ...]) -> Iterator[tuple[int, int]]:
        """Pairs of tracks that a cut parts: the first lives until it, the second begins soon after it."""
        near = round(_OVER_CUT_S * self._frame_rate)
        for shot in shots[1:]:
            until = [t for t in tracks if 0 <= shot.start_frame - t.end_frame <= near]
            since = [t for t in tracks if 0 <= t.start_frame - shot.start_frame <= near]
            yield from ((before.number, after.number) for before in until for after in since)

    def _own_impacts(self, live: LiveTrack, times_s: NDArray[np.float64], scales: dict[str, float]) -> list[Candidate]:
        """What a track's own movement shows."""
        cues = _padded(live)
        span = times_s[live.start_frame : live.start_frame + len(cues)]
        period_s, periodicity = period_of(cues[:, CUES.index("energy")].astype(np.float64), self._frame_rate)
        gait = period_s is not None and period_s >= _SHORTEST_STEP_S and periodicity >= _GAIT_PERIODICITY
        own = find_impacts(cues, span, live.start_frame, scales, self._frame_rate, gait=gait)
        return [c for c in self._rhythmic(own, cues) if not crosses_edge(c, live, self._cells[1])]

    def _is_light(self, candidate: Candidate, burst: Burst) -> bool:
        """True where a flash, not a movement, made the luminance change."""
        x, y = candidate.x / self._cells[1], candidate.y / self._cells[0]
        inside = burst.box.x1 <= x <= burst.box.x2 and burst.box.y1 <= y <= burst.box.y2
        return inside and burst.time_s - MIN_GAP_S <= candidate.time_s <= burst.end_s + MIN_GAP_S

    def _rhythmic(self, candidates: list[Candidate], cues: NDArray[np.float32]) -> list[Candidate]:
        period_s, periodicity = period_of(cues[:, CUES.index("stop")].astype(np.float64), self._frame_rate)
        return favour_rhythm(candidates, period_s, periodicity)

    def _named(self, candidates: list[tuple[Candidate, int | None]], tracks: dict[int, Track]) -> tuple[Impact, ...]:
        strengths = strengths_of(candidates)
        strong = [(c, number, s) for (c, number), s in zip(candidates, strengths, strict=True) if s >= WEAKEST]
        rows, columns = self._cells
        return tuple(
            Impact(
                id=f"impact_{i + 1}",
                time_s=max(0.0, c.time_s),
                strength=min(1.0, strength),
                x=float(np.clip(c.x / columns, 0.0, 1.0)),
                y=float(np.clip(c.y / rows, 0.0, 1.0)),
                track_id=None if number is None else tracks[number].id,
                kind=c.kind,
                landed=c.landed,
            )
            for i, (c, number, strength) in enumerate(strong)
        )

    def _track(self, live: LiveTrack, track_id: str, shots: tuple[Shot, ...], times_s: NDArray[np.float64]) -> Track:
        shot = next(shot for shot in shots if live.start_frame < shot.end_frame)
        rhythm = _padded(live)[:, CUES.index("energy")].astype(np.float64)
        return to_track(
            live, track_id, shot, times_s, self._cells, rhythm, frame_rate=self._frame_rate, width_px=self._width_px
        )

    def _by_shot(self, values: array[float], shots: tuple[Shot, ...], gain: float) -> dict[str, float]:
        """Mean of a value over each shot, in [0, 1]; the first frame of a shot says nothing."""
        means = {}
        for shot in shots:
            inside = np.asarray(values[shot.start_frame + 1 : shot.end_frame], dtype=np.float64)
            means[shot.id] = float(np.clip(gain * inside.mean(), 0.0, 1.0)) if inside.size else 0.0
        return means


def _padded(live: LiveTrack) -> NDArray[np.float32]:
    """A track's cues, one row a frame; the last frames before a cut have none."""
    cues = np.asarray(live.cues, dtype=np.float32).reshape(-1, len(CUES))[: live.frames]
    return np.concatenate([cues, np.zeros((live.frames - len(cues), len(CUES)), dtype=np.float32)])


def _discounted(candidate: Candidate, shots: tuple[Shot, ...]) -> Candidate:
    """What ends just after a cut began before it; how it was meant cannot be seen."""
    if not any(0.0 <= candidate.time_s - shot.start_s < _OPENING_S for shot in shots):
        return candidate
    gain = 0.0 if candidate.kind == "jolt" else _OPENING_GAIN  # the first look at a moving thing is no start
    return replace(candidate, salience=candidate.salience * gain)
