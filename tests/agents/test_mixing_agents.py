"""House minds of the planner, the three specialists and the track listener."""

from __future__ import annotations

import math

import pytest

from foleydesigner.agents import dynamics, equalisation, mixing_planner, reverberation, track_listener
from foleydesigner.errors import AgentError
from foleydesigner.mix import Masking, MixPlan, TrackAnalysis, TrackPlan


def analysis(event_id: str, **changes: object) -> TrackAnalysis:
    values: dict = {
        "event_id": event_id,
        "label": "hammer on anvil",
        "layer": "hard_fx",
        "prominence": "foreground",
        "loudness_lufs": -20.0,
        "peak_dbfs": -6.0,
        "rt60_s": None,
        "low_db": -9.0,
        "mid_db": -2.0,
        "high_db": -8.0,
        "centroid_hz": 2000.0,
        "active_s": 1.0,
    }
    return TrackAnalysis.model_validate(values | changes)


def context(event_id: str, **changes: object) -> mixing_planner.TrackContext:
    values: dict = {
        "event_id": event_id,
        "layer": "hard_fx",
        "placement": "screen",
        "depth_m": 3.0,
        "scene_id": "scene_1",
        "target_rt60_s": 0.5,
    }
    return mixing_planner.TrackContext.model_validate(values | changes)


def masking(masked: str, masker: str, excess_db: float, band: str = "mid") -> Masking:
    return Masking.model_validate({"masked_id": masked, "masker_id": masker, "band": band, "excess_db": excess_db})


# planner


def test_a_dry_track_in_a_room_gets_reverberation_and_a_diffuse_one_does_not() -> None:
    request = mixing_planner.PlannerRequest(
        analyses=(analysis("ev_1"), analysis("ev_2", layer="backgrounds", prominence="background")),
        contexts=(context("ev_1"), context("ev_2", placement="diffuse", layer="backgrounds")),
    )
    plan = mixing_planner.house().invoke(request)
    operations = {track.event_id: set(track.operations) for track in plan.tracks}
    assert operations["ev_1"] == {"dynamics", "reverberation"}
    assert operations["ev_2"] == {"dynamics"}


def test_masked_tracks_and_their_maskers_go_to_the_equaliser() -> None:
    request = mixing_planner.PlannerRequest(
        analyses=(analysis("ev_1"), analysis("ev_2"), analysis("ev_3")),
        maskings=(masking("ev_1", "ev_2", 12.0),),
        contexts=tuple(context(f"ev_{n}", target_rt60_s=0.0) for n in (1, 2, 3)),
    )
    plan = mixing_planner.house().invoke(request)
    needing = [track.event_id for track in plan.tracks if "equalisation" in track.operations]
    assert needing == ["ev_1", "ev_2"]


def test_a_take_that_does_not_fit_is_asked_for_again_once_only() -> None:
    values = {"analyses": (analysis("ev_1", agreement=0.2, heard_as="silence"),), "contexts": (context("ev_1"),)}
    first = mixing_planner.house().invoke(mixing_planner.PlannerRequest(**values))
    assert first.retake_ids == ("ev_1",)
    assert "silence" in first.findings[0].message
    second = mixing_planner.house().invoke(mixing_planner.PlannerRequest(**values, retakes_allowed=False))
    assert second.retake_ids == ()
    assert second.findings


def test_corrections_lower_the_less_important_masker_and_are_bounded() -> None:
    request = mixing_planner.PlannerRequest(
        analyses=(analysis("ev_1"), analysis("ev_2", prominence="background"), analysis("ev_3")),
        maskings=(masking("ev_1", "ev_2", 20.0), masking("ev_2", "ev_1", 20.0), masking("ev_3", "ev_1", 20.0)),
        contexts=tuple(context(f"ev_{n}") for n in (1, 2, 3)),
        mixed=True,
    )
    corrections = mixing_planner.house().invoke(request).corrections
    assert [(c.event_id, c.gain_db) for c in corrections] == [("ev_2", -3.0)]


def test_a_plan_that_forgets_a_track_fails_its_check() -> None:
    request = mixing_planner.PlannerRequest(analyses=(analysis("ev_1"),), contexts=(context("ev_1"),))
    wrong = MixPlan(tracks=(TrackPlan(event_id="ev_9", operations=()),))
    assert mixing_planner.check(request, wrong)
    assert not mixing_planner.check(request, mixing_planner.think(request))


@pytest.mark.parametrize(
    ("notes", "expected_db"),
    [
        (("hammer louder",), 3.0),
        (("the anvil is too loud",), -3.0),
        (("wind softer",), 0.0),
        (("hard fx up",) * 9, 12.0),
    ],
)
def test_notes_move_the_tracks_they_name(notes: tuple[str, ...], expected_db: float) -> None:
    assert mixing_planner.notes_on_level_db(notes, analysis("ev_1")) == expected_db


def test_notes_on_reverb() -> None:
    assert mixing_planner.notes_on_reverb_db(("wetter please", "feet louder")) == 3.0
    assert mixing_planner.notes_on_reverb_db(("far too wet, drier",)) == -3.0


# reverberation


def test_one_room_a_scene_and_deeper_with_distance() -> None:
    tracks = (context("ev_1", depth_m=1.0), context("ev_2", depth_m=4.0), context("ev_3", depth_m=16.0))
    settings = reverberation.house().invoke(reverberation.ReverberationRequest(tracks=tracks)).settings
    assert len({(s.room_size, s.damping) for s in settings}) == 1
    sends = [s.send_db for s in settings]
    assert sends == sorted(sends)
    assert sends[1] - sends[0] == pytest.approx(0.5 * 20.0 * math.log10(4.0))
    assert all(-26.0 <= send <= -3.0 for send in sends)


def test_direct_to_reverberant_ratio_grows_6_db_a_doubling_and_is_zero_at_the_critical_distance() -> None:
    rt60_s = 0.5
    critical_m = 0.057 * math.sqrt(reverberation.room_volume_m3(rt60_s) / rt60_s)
    assert reverberation.direct_to_reverberant_db(critical_m, rt60_s) == pytest.approx(0.0)
    near, far = (reverberation.direct_to_reverberant_db(d, rt60_s) for d in (2.0, 4.0))
    assert far - near == pytest.approx(20.0 * math.log10(2.0))


# equalisation


def test_the_less_important_masker_is_cut_and_the_masked_lifted_by_the_rest() -> None:
    request = equalisation.EqualisationRequest(
        analyses=(analysis("ev_1"), analysis("ev_2", prominence="background", layer="backgrounds")),
        maskings=(masking("ev_1", "ev_2", 10.0),),
    )
    front, back = equalisation.house().invoke(request).settings
    assert (back.low_db, back.mid_db, back.high_db) == (0.0, -8.0, 0.0)
    assert front.mid_db == pytest.approx(2.0)


def test_a_foreground_is_not_thinned_for_a_background() -> None:
    request = equalisation.EqualisationRequest(
        analyses=(analysis("ev_1", prominence="background"), analysis("ev_2")),
        maskings=(masking("ev_1", "ev_2", 15.0),),
    )
    assert all(s.low_db == s.mid_db == s.high_db == 0.0 for s in equalisation.house().invoke(request).settings)


def test_equals_share_the_cut() -> None:
    request = equalisation.EqualisationRequest(
        analyses=(analysis("ev_1"), analysis("ev_2")), maskings=(masking("ev_1", "ev_2", 6.0, "low"),)
    )
    masked, masker = equalisation.house().invoke(request).settings
    assert masker.low_db == pytest.approx(-3.0)
    assert masked.low_db == 0.0


# dynamics


def levelled(*tracks: dynamics.DynamicsTrack) -> list[float]:
    """Loudness of each track after its gain."""
    settings = dynamics.house().invoke(dynamics.DynamicsRequest(tracks=tracks)).settings
    return [t.analysis.loudness_lufs + s.gain_db for t, s in zip(tracks, settings, strict=True)]


def track(event_id: str, intensity: float = 0.5, depth_m: float = 2.0, **changes: object) -> dynamics.DynamicsTrack:
    return dynamics.DynamicsTrack(
        analysis=analysis(event_id, **changes), kind="impulsive", intensity=intensity, depth_m=depth_m
    )


def test_levels_do_not_depend_on_how_loud_the_take_was_made() -> None:
    quiet = levelled(track("ev_1", loudness_lufs=-38.0, peak_dbfs=-20.0))
    loud = levelled(track("ev_1", loudness_lufs=-22.0, peak_dbfs=-4.0))
    assert quiet == pytest.approx(loud)


def test_backgrounds_lie_under_foregrounds_and_far_under_near() -> None:
    front, back = levelled(track("ev_1"), track("ev_2", prominence="background", layer="backgrounds"))
    assert front - back == pytest.approx(18.0)
    near, far = levelled(track("ev_1"), track("ev_2", depth_m=10.0))
    assert near - far == pytest.approx(2.0)
    soft, hard = levelled(track("ev_1", intensity=0.2), track("ev_2", intensity=0.8, peak_dbfs=-12.0))
    assert hard - soft == pytest.approx(0.6 * 8.0)


def test_a_cloth_pass_loses_6_db_a_doubling_and_written_clothes_do_not() -> None:
    def cloth(name: str, depth_m: float, prominence: str = "background") -> dynamics.DynamicsTrack:
        return track(name, depth_m=depth_m, layer="moves", prominence=prominence, loudness_lufs=-40.0, peak_dbfs=-30.0)

    near, step, far, out = levelled(cloth("ev_1", 1.0), cloth("ev_2", 3.0), cloth("ev_3", 6.0), cloth("ev_4", 60.0))
    assert near - step == pytest.approx(20.0 * math.log10(2.0))
    assert step - far == pytest.approx(20.0 * math.log10(2.0))
    assert near - out == pytest.approx(18.0)
    written = [cloth(f"ev_{n}", depth_m, "foreground") for n, depth_m in enumerate((1.0, 6.0))]
    close, away = levelled(*written)
    assert close - away == pytest.approx(1.0)


def test_gain_stays_in_range_for_a_nearly_silent_take() -> None:
    silent = track("ev_1", loudness_lufs=-100.0, peak_dbfs=-90.0)
    (settings,) = dynamics.house().invoke(dynamics.DynamicsRequest(tracks=(silent,))).settings
    assert settings.gain_db == 24.0


def test_a_bass_drum_is_not_lifted_over_full_scale() -> None:
    kick = track("ev_1", loudness_lufs=-39.0, peak_dbfs=-14.0)
    (settings,) = dynamics.house().invoke(dynamics.DynamicsRequest(tracks=(kick,))).settings
    assert kick.analysis.peak_dbfs + settings.gain_db == pytest.approx(-2.0)


def test_a_background_under_a_foreground_needs_no_equaliser() -> None:
    request = mixing_planner.PlannerRequest(
        analyses=(analysis("ev_1", prominence="background"), analysis("ev_2")),
        maskings=(masking("ev_1", "ev_2", 20.0),),
        contexts=(context("ev_1"), context("ev_2")),
    )
    plan = mixing_planner.house().invoke(request)
    assert not any("equalisation" in t.operations for t in plan.tracks)


# track listener


def heard(**changes: object) -> track_listener.ListenerRequest:
    values: dict = {
        "event_id": "ev_1",
        "label": "wind",
        "family": "wind",
        "kind": "steady",
        "asked_hits": 0,
        "clip_s": 10.0,
        "spanned_s": 10.0,
        "loudness_lufs": -30.0,
        "peak_dbfs": -12.0,
        "centroid_hz": 500.0,
        "active_s": 9.5,
        "low_db": -1.0,
        "mid_db": -7.0,
        "high_db": -20.0,
    }
    return track_listener.ListenerRequest.model_validate(values | changes)


def test_a_fitting_take_is_agreed_with() -> None:
    reply = track_listener.house().invoke(heard())
    assert reply.agreement == 1.0
    assert reply.objections == ()
    assert "continuous low" in reply.heard_as


@pytest.mark.parametrize(
    ("changes", "agreement", "word"),
    [
        ({"peak_dbfs": -90.0}, 0.0, "nothing"),
        ({"centroid_hz": 9000.0}, 0.6, "centre of gravity"),
        ({"active_s": 2.0}, 0.7, "sounds for 2.0 s"),
        ({"family": "impact", "kind": "impulsive", "asked_hits": 3, "onset_error_ms": 45.0}, 0.7, "45 ms"),
    ],
)
def test_objections_lower_the_agreement(changes: dict, agreement: float, word: str) -> None:
    reply = track_listener.house().invoke(heard(**changes))
    assert reply.agreement == pytest.approx(agreement)
    assert word in " ".join(reply.objections)


def test_a_reply_that_fails_its_check_stops_the_job() -> None:
    from foleydesigner.agents.minds import house_mind

    def hears_things(request: track_listener.ListenerRequest) -> track_listener.ListenerReply:
        return track_listener.ListenerReply(heard_as="a choir", agreement=1.0)

    mind = house_mind("track_listener", hears_things, track_listener.check)
    with pytest.raises(AgentError, match="track_listener"):
        mind.invoke(heard(peak_dbfs=-90.0))
