"""Timing rules against movements whose hits are known."""

from __future__ import annotations

import numpy as np
import pytest
from film_cases import blows, film, flash, track

from foleydesigner.agents.hit_choice import repeated_hits, shutting, strongest_hits
from foleydesigner.agents.rhythm import beat_s_of, passes, steadied, with_hidden_beats
from foleydesigner.agents.spaces import place_scenes, target_rt60_s
from foleydesigner.agents.timing import (
    Hits,
    burst_clusters,
    completed,
    hits_of,
    level_span,
    step_times,
    thin,
    trusted_impacts,
    uttered,
)
from foleydesigner.evidence import Track, TrackPath
from foleydesigner.screenplay import Scene, Screenplay


def test_the_n_strongest_keep_their_distance() -> None:
    seen = blows([0.5, 0.6, 2.0, 3.0], [1.0, 0.95, 0.8, 0.3])
    assert [i.time_s for i in strongest_hits(seen, 2, 0.25)] == [0.5, 2.0]
    assert [i.time_s for i in strongest_hits(seen, 1, 0.25)] == [0.5]
    assert len(strongest_hits(seen, 9, 0.25)) == 3


def test_a_beat_admits_a_weak_hit_only_where_it_is_due_and_seen() -> None:
    beat = blows([0.5, 1.0, 1.5, 2.5, 3.0, 3.5])
    due = blows([2.02], [0.1], prefix="due")
    astray = blows([2.8], [0.1], prefix="astray")
    times = [i.time_s for i in repeated_hits([*beat, *due, *astray], 0.1)]
    assert times == [0.5, 1.0, 1.5, 2.02, 2.5, 3.0, 3.5]
    assert 2.0 not in [i.time_s for i in repeated_hits(beat, 0.1)]


def test_lacking_hits_are_marked_as_assumed_and_stay_in_the_window() -> None:
    full = completed(hits_of(blows([1.0])), 4, (0.0, 3.0), 0.6)
    assert len(full.onsets_s) == 4
    assert full.assumed == 3
    assert list(full.onsets_s) == sorted(full.onsets_s)
    assert full.onsets_s[0] >= 0.0
    assert full.onsets_s[-1] < 3.0


def test_flicker_is_one_clap() -> None:
    groups = burst_clusters([flash("a", 1.0), flash("b", 1.1), flash("c", 3.0)])
    assert [[b.id for b in g] for g in groups] == [["a", "b"], ["c"]]


def test_a_walker_without_impacts_steps_in_its_period() -> None:
    walk = track("w", 1.0, 4.0, period_s=0.5, periodicity=0.8)
    steps = step_times(walk, [], 0.55)
    assert len(steps.onsets_s) == pytest.approx(6, abs=1)
    assert np.diff(steps.onsets_s) == pytest.approx(0.5, abs=1e-6)
    whole_cycle = track("w", 1.0, 4.0, period_s=1.0, periodicity=0.8)
    assert np.diff(step_times(whole_cycle, [], 0.55).onsets_s) == pytest.approx(0.5, abs=1e-6)


def test_levels_follow_speed_and_never_leave_the_unit_range() -> None:
    slow, fast = track("s", 0.0, 2.0, speed=0.1), track("f", 2.0, 4.0, speed=0.4)
    span = level_span(0.0, 4.0, [slow, fast], floor=0.2)
    first = span.levels[span.level_times_s.index(1.0)]
    last = span.levels[span.level_times_s.index(3.0)]
    assert first == pytest.approx(0.2 + 0.8 * 0.25, abs=0.02)
    assert last == pytest.approx(1.0, abs=0.02)
    assert min(span.levels) >= 0.2


def test_steady_beating_is_drawn_to_its_beat() -> None:
    rng = np.random.default_rng(1)
    true = 0.5 + 0.6 * np.arange(12)
    seen = true + rng.normal(0.0, 0.04, 12)
    drawn = np.array(steadied(hits_of(blows(list(seen)))).onsets_s)
    assert np.sqrt(np.mean((drawn - true) ** 2)) < 0.7 * np.sqrt(np.mean((seen - true) ** 2))
    irregular = hits_of(blows([0.1, 0.9, 1.1, 2.6, 2.9, 4.8, 5.0]))
    assert steadied(irregular) == irregular


def test_assumed_hits_are_not_drawn() -> None:
    hits = Hits(onsets_s=tuple(float(n) for n in range(8)), strengths=(1.0,) * 8, assumed=2)
    assert steadied(hits) is hits


def test_a_beat_goes_on_behind_who_walks_past() -> None:
    hits = hits_of(blows([2.0, 3.0, 4.0, 6.0, 7.0]))
    walker = [track("walker", 0.0, 9.0, x=(0.0, 1.0), width=0.1)]

    def times(x: float) -> list[float]:
        place = (x - 0.1, 0.4, x + 0.1, 0.6)
        return list(with_hidden_beats(hits, lambda t: passes(walker, place, t), lambda t: t < 8.8, (0.0, 9.0)).onsets_s)

    assert times(0.55) == pytest.approx([2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    assert times(0.9) == pytest.approx([2.0, 3.0, 4.0, 6.0, 7.0, 8.0])
    assert times(0.2) == pytest.approx([1.0, 2.0, 3.0, 4.0, 6.0, 7.0])
    assert times(0.35) == pytest.approx([2.0, 3.0, 4.0, 6.0, 7.0])
    hidden = with_hidden_beats(hits, lambda t: 4.5 < t < 5.5, lambda _: False, (0.0, 9.0))
    assert with_hidden_beats(hits, lambda t: t > 7.5, lambda _: False, (0.0, 9.0)).assumed == 0
    assert (hidden.assumed, hidden.strengths[3]) == (1, pytest.approx(0.7))


def test_a_beat_is_the_shortest_gap_where_single_hits_are_missing() -> None:
    assert beat_s_of(np.array([1.0, 2.0, 4.1, 5.1, 7.1])) == pytest.approx(6.1 / 6)
    assert beat_s_of(np.array([1.0, 2.0, 3.0, 4.0, 4.3])) == pytest.approx(1.0)
    assert beat_s_of(np.array([1.0, 2.0, 3.5, 4.5, 6.1])) is None
    assert beat_s_of(np.array([1.0, 2.0, 6.0, 7.0, 11.0])) is None
    assert beat_s_of(np.array([1.0])) is None
    seen = blows([0.9, 3.0, 4.1, 6.2, 7.3], [1.0] * 5)
    due = blows([2.0, 5.1], [0.2, 0.2])
    assert [i.time_s for i in repeated_hits([*seen, *due], 0.1)] == [0.9, 2.0, 3.0, 4.1, 5.1, 6.2, 7.3]


def test_what_keeps_no_beat_is_not_gone_on_with() -> None:
    for times in ([0.1, 0.9, 1.1, 2.6, 2.9, 4.8, 5.0], [1.0, 2.0, 4.0]):
        hits = hits_of(blows(times))
        assert with_hidden_beats(hits, lambda _: True, lambda _: True, (0.0, 9.0)) is hits


def test_thin_keeps_the_stronger_neighbour() -> None:
    assert [i.id for i in thin(blows([1.0, 1.05, 1.2], [0.5, 1.0, 0.9]), 0.1)] == ["i1", "i2"]


def test_a_bare_activity_peak_counts_less_after_a_cut_and_not_at_all_when_shaken() -> None:
    assert trusted_impacts(film(2.0, impacts=blows([0.1])), 0.0, 2.0)[0].strength == pytest.approx(0.8)
    assert trusted_impacts(film(2.0, impacts=blows([1.0])), 0.0, 2.0)[0].strength == 1.0


def test_one_scene_is_the_whole_clip_and_places_have_their_reverberation() -> None:
    spaces = place_scenes(film(8.0), Screenplay(scenes=(Scene(id="a", interior=True, place="CHURCH", mood="sad"),)))
    assert [(s.start_s, s.end_s, s.interior, s.mood) for s in spaces] == [(0.0, 8.0, True, "sad")]
    assert spaces[0].target_rt60_s == 4.0
    assert target_rt60_s("jungle", False) == 0.3
    assert target_rt60_s("living room", True) == 0.5
    assert target_rt60_s("nowhere known", False) == 0.2


def test_scenes_change_at_the_cut_that_fits_the_light() -> None:
    evidence = film(9.0, cuts_s=[2.0, 4.0, 6.0], brightness=[0.1, 0.1, 0.1, 0.8])
    scenes = (
        Scene(id="a", interior=False, time_of_day="NIGHT", action=("x" * 50,)),
        Scene(id="b", interior=False, time_of_day="DAY", action=("x" * 50,)),
    )
    spaces = place_scenes(evidence, Screenplay(scenes=scenes))
    assert [(s.start_s, s.end_s) for s in spaces] == [(0.0, 6.0), (6.0, 9.0)]


def test_more_scenes_than_shots_divide_the_time() -> None:
    scenes = tuple(Scene(id=f"s{n}") for n in range(4))
    spaces = place_scenes(film(8.0), Screenplay(scenes=scenes))
    assert [s.start_s for s in spaces] == pytest.approx([0.0, 2.0, 4.0, 6.0])
    assert spaces[-1].end_s == 8.0


def test_the_landings_of_a_bouncing_ball_are_found_however_weak() -> None:
    """Flights that shrink by 0.84 foretell the next landings; noise beside them stays silent."""
    flights = [0.86 * 0.84**n for n in range(6)]
    times = [0.5 + sum(flights[:n]) for n in range(7)]
    strengths = [1.0, 0.41, 0.37, 0.40, 0.1, 0.1, 0.3]
    noise = blows([0.9, 3.0], [0.1, 0.1], prefix="n")
    kept = repeated_hits([*blows(times, strengths), *noise], 0.1)
    assert [i.time_s for i in kept] == times


def test_a_bark_without_a_thrust_stays_at_its_impact() -> None:
    evidence = film(2.0, tracks=[track("dog", 0.0, 2.0)], impacts=blows([1.0], track_id="dog"))
    assert uttered(evidence.impacts, evidence) == evidence.impacts


def swung(speeds: list[float]) -> Track:
    """What swings in its place from 1 s on, a speed a frame."""
    still = track("door", 1.0, 1.0 + len(speeds) / 25)
    points = [p.model_copy(update={"speed": v}) for p, v in zip(still.points, speeds, strict=True)]
    return still.model_copy(update={"points": TrackPath(points)})


def test_a_door_shuts_where_its_swing_has_come_to_rest() -> None:
    trembling = swung([0.2] * 25 + [0.05] * 25)  # it strikes at 2 s and trembles until 3 s
    own = blows([1.2, 2.0, 2.2], [0.5, 0.9, 0.1], track_id="door")
    at = shutting(trembling, own)
    assert at is not None
    assert at.time_s == 2.0
    swinging = swung([0.2] * 50)
    assert shutting(swinging, own) is None
    late = shutting(swinging, blows([2.0, 2.7], [0.9, 0.5], track_id="door"))
    assert late is not None
    assert late.time_s == 2.7
    assert shutting(trembling, []) is None
