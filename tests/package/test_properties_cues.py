"""Activation, trajectories and equation 3 over arbitrary onsets, spans, rates and shots."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.script import Span

FAST = settings(derandomize=True, deadline=None, max_examples=80)
RATES = st.sampled_from(
    [Fraction(24), Fraction(25), Fraction(24_000, 1001), Fraction(30_000, 1001), Fraction(374, 25), Fraction(120)]
)
FRAMES = 240
LATEST_FRAME = 8_000_000


@st.composite
def trajectories(draw: st.DrawFn) -> Trajectory:
    """Shots end to end, each with points somewhere inside."""
    edges = sorted(draw(st.sets(st.integers(1, 99), max_size=4)))
    segments = []
    for start, end in itertools.pairwise([0, *edges, 100]):
        times = sorted(draw(st.lists(st.integers(start * 10, end * 10), min_size=1, max_size=4, unique=True)))
        points = tuple(
            PositionPoint(
                time_s=t / 100, azimuth_deg=draw(st.floats(-180.0, 180.0)), depth_m=draw(st.floats(0.05, 1000.0))
            )
            for t in times
        )
        segments.append(TrajectorySegment(start_s=start / 10, end_s=end / 10, points=points))
    return Trajectory(segments=tuple(segments))


def cue(rate: Fraction, frames: int = FRAMES, **changes: object) -> EventCue:
    point = PositionPoint(time_s=0.0, azimuth_deg=10.0, depth_m=3.0)
    values: dict[str, object] = {
        "event_id": "ev",
        "kind": "impulsive",
        "placement": "screen",
        "rate_num": rate.numerator,
        "rate_den": rate.denominator,
        "frame_count": frames,
        "clip_duration_s": float(frames / rate),
        "trajectory": Trajectory(segments=(TrajectorySegment(start_s=0.0, end_s=1e4, points=(point,)),)),
    }
    return EventCue.model_validate(values | changes)


@FAST
@given(RATES, st.sets(st.integers(0, FRAMES - 1), max_size=12), st.floats(0.0, 0.99))
def test_hits_activate_their_frames_and_no_others(rate: Fraction, frames: set[int], within: float) -> None:
    onsets = sorted(float((Fraction(n) + Fraction(within)) / rate) for n in frames)
    active = cue(rate, onsets_s=tuple(onsets), strengths=(1.0,) * len(onsets)).activation()
    assert set(np.flatnonzero(active).tolist()) == frames
    assert set(np.unique(active).tolist()) <= {0, 1}
    assert active.shape == (FRAMES,)


@FAST
@given(RATES, st.integers(0, LATEST_FRAME - 1))
def test_the_start_of_a_frame_belongs_to_it_however_late_in_a_film(rate: Fraction, frame: int) -> None:
    late = cue(rate, LATEST_FRAME, onsets_s=(float(frame / rate),), strengths=(1.0,))
    assert np.flatnonzero(late.activation()).tolist() == [frame]


@FAST
@given(RATES, st.lists(st.integers(0, 4000), min_size=2, max_size=8, unique=True))
def test_spans_activate_every_frame_that_they_touch(rate: Fraction, edges_ms: list[int]) -> None:
    edges = [Fraction(ms, 1000) for ms in sorted(edges_ms[: len(edges_ms) // 2 * 2])]
    pairs = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < FRAMES / rate]
    spans = tuple(Span(start_s=float(a), end_s=float(b)) for a, b in pairs)
    active = cue(rate, kind="steady", spans=spans).activation()
    for n in range(FRAMES):
        shown = (Fraction(n) / rate, Fraction(n + 1) / rate)
        # Times are floats: what touches a frame by less than a microsecond may be either.
        inside = any(min(shown[1], b) - max(shown[0], a) > Fraction(1, 10**6) for a, b in pairs)
        apart = all(min(shown[1], b) - max(shown[0], a) < -Fraction(1, 10**6) for a, b in pairs)
        assert not (inside and not active[n])
        assert not (apart and active[n])


@FAST
@given(trajectories(), st.lists(st.floats(0.0, 10.0), min_size=1, max_size=20))
def test_a_position_lies_between_the_points_of_its_own_shot(path: Trajectory, times: list[float]) -> None:
    azimuth, depth = path.sample(np.array(times))
    for time_s, theta, metres in zip(times, azimuth, depth, strict=True):
        shot = [s for s in path.segments if s.start_s <= time_s][-1]
        angles, distances = [p.azimuth_deg for p in shot.points], [p.depth_m for p in shot.points]
        assert min(angles) - 1e-9 <= theta <= max(angles) + 1e-9
        assert min(distances) - 1e-9 <= metres <= max(distances) + 1e-9


@FAST
@given(trajectories())
def test_points_are_where_they_are(path: Trajectory) -> None:
    for number, shot in enumerate(path.segments):
        after = path.segments[number + 1].start_s if number + 1 < len(path.segments) else np.inf
        own = [p for p in shot.points if p.time_s < after]
        azimuth, depth = path.sample(np.array([p.time_s for p in own]))
        np.testing.assert_allclose(azimuth, [p.azimuth_deg for p in own])
        np.testing.assert_allclose(depth, [p.depth_m for p in own])


@FAST
@given(trajectories(), RATES, st.sets(st.integers(0, FRAMES - 1), max_size=20))
def test_equation_3_masks_positions_by_the_activation(path: Trajectory, rate: Fraction, frames: set[int]) -> None:
    onsets = tuple(sorted(float((Fraction(n) + Fraction(1, 2)) / rate) for n in frames))
    own = cue(rate, trajectory=path, onsets_s=onsets, strengths=(1.0,) * len(onsets))
    azimuth, depth = path.sample((np.arange(FRAMES) + 0.5) / float(rate))
    active = own.activation()
    np.testing.assert_array_equal(own.positions(), np.stack([depth * active, azimuth * active], axis=1))


@FAST
@given(st.floats(-180.0, 180.0), st.floats(-180.0, 180.0), st.floats(0.05, 1e3), st.floats(0.05, 1e3), st.floats(0, 1))
def test_between_two_points_a_position_moves_evenly(a: float, b: float, near: float, far: float, share: float) -> None:
    points = (
        PositionPoint(time_s=2.0, azimuth_deg=a, depth_m=near),
        PositionPoint(time_s=6.0, azimuth_deg=b, depth_m=far),
    )
    path = Trajectory(segments=(TrajectorySegment(start_s=0.0, end_s=10.0, points=points),))
    azimuth, depth = path.sample(np.array([2.0 + 4.0 * share, 0.0, 10.0]))
    np.testing.assert_allclose(azimuth, [a + share * (b - a), a, b], atol=1e-9)
    np.testing.assert_allclose(depth, [near + share * (far - near), near, far], atol=1e-9)
