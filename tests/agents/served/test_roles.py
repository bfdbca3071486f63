"""What each role makes of a model's answer: right ones become replies, everything else is refused with its reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from film_cases import WORDLESS, blows, film, flash, mention, play, track

from foleydesigner.agents.dynamics import DynamicsRequest, DynamicsTrack
from foleydesigner.agents.equalisation import EqualisationRequest
from foleydesigner.agents.filmscribe_validator import ValidatorRequest
from foleydesigner.agents.filmscribe_writer import WriterRequest
from foleydesigner.agents.mixing_planner import PlannerRequest, TrackContext
from foleydesigner.agents.reverberation import ReverberationRequest
from foleydesigner.agents.script_expander import ExpanderRequest
from foleydesigner.agents.script_scorer import ScorerRequest
from foleydesigner.agents.served import (
    equaliser,
    expander,
    level,
    listener,
    localiser,
    planner,
    room,
    scorer,
    validator,
    writer,
)
from foleydesigner.agents.served.brief import Brief, Picture
from foleydesigner.agents.served.endpoints import BoxConvention
from foleydesigner.agents.served.mind import MisreadError
from foleydesigner.agents.source_localiser import LocaliserRequest
from foleydesigner.agents.spaces import place_scenes
from foleydesigner.agents.track_listener import ListenerReply
from foleydesigner.mix import Masking, TrackAnalysis
from foleydesigner.script import SoundEvent
from foleydesigner.search import Constraint
from foleydesigner.text import StructuredText

HAMMER = track("track_1", 0.0, 4.0, x=(0.3, 0.3))
FILM = film(
    8.0,
    cuts_s=(4.0,),
    tracks=[HAMMER, track("track_2", 4.0, 8.0, x=(0.1, 0.9), shot="shot_1")],
    impacts=[*blows([1.0, 2.0, 3.0], [0.9, 0.8, 1.0], x=0.3, track_id="track_1"), *blows([6.0], prefix="j")],
    bursts=[flash("b1", 5.0)],
)
NOTHING = Brief({})


# ── writer


def written(evidence: Any = FILM, **changes: Any) -> StructuredText:
    spec = {
        "subject": "Smith",
        "nature": "strikes",
        "kind": "impulsive",
        "families": ["impact", "bell", "impact"],
        "track_ids": ["track_1"],
        "evidence_ids": ["i2", "i0"],
        "from_s": 0.5,
        "to_s": 3.5,
        "salience": 0.9,
    } | changes
    shots = [{"shot_id": shot.id, "description": "a smith"} for shot in evidence.shots]
    said = writer.WriterAnswer.model_validate({"shots": shots, "specs": [spec]})
    return writer.understand(WriterRequest(evidence=evidence), said, NOTHING)


def test_a_writers_hits_stand_where_the_evidence_has_them() -> None:
    (spec,) = written().specs
    assert spec.onsets_s == (1.0, 3.0)
    assert spec.strengths == (0.9, 1.0)
    assert spec.families == ("impact", "bell")
    assert spec.shot_ids == ("shot_0",)
    assert (spec.subject, spec.start_s, spec.end_s) == ("smith", 0.5, 3.5)


def test_a_steady_thing_has_no_hits_and_spans_its_shots() -> None:
    (spec,) = written(kind="steady", nature="vehicle", from_s=3.0, to_s=5.5).specs
    assert spec.onsets_s == ()
    assert spec.shot_ids == ("shot_0", "shot_1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"evidence_ids": ["i0", "i99"]}, "unknown ids i99"),
        ({"track_ids": ["track_9"]}, "unknown ids track_9"),
        ({"track_ids": [], "evidence_ids": []}, "rests on no track"),
        ({"to_s": 9.0}, "is not inside 0.000 to 8.000 s"),
        ({"from_s": 3.5, "to_s": 3.0}, "is not inside"),
    ],
)
def test_what_a_writer_may_not_write(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(MisreadError, match=reason):
        written(**changes)


def test_a_shot_without_description_is_sent_back() -> None:
    with pytest.raises(MisreadError, match="shot_0 has no description"):
        writer.understand(
            WriterRequest(evidence=FILM),
            writer.WriterAnswer.model_validate({"shots": [{"shot_id": "shot_9", "description": "x"}], "specs": []}),
            NOTHING,
        )


def test_a_film_of_many_shots_is_asked_about_in_parts_and_joined() -> None:
    long = film(120.0, cuts_s=[float(t) for t in range(2, 120, 2)], impacts=blows([float(t) for t in range(1, 120, 2)]))
    request = WriterRequest(evidence=long, previous=StructuredText(shots=(), specs=()))
    parts = writer.split(request)
    assert 20 <= len(parts) <= 24
    assert [s.id for p in parts for s in p.evidence.shots] == [s.id for s in long.shots]
    assert sorted(i.id for p in parts for i in p.evidence.impacts) == sorted(i.id for i in long.impacts)
    replies = []
    for part in parts:
        inside = part.evidence.shots[0]
        replies.append(
            written(
                part.evidence, track_ids=[], evidence_ids=[part.evidence.impacts[0].id],
                from_s=inside.start_s, to_s=inside.end_s,
            )
        )  # fmt: skip
    joined = writer.join(request, replies)
    assert len({spec.id for spec in joined.specs}) == len(parts)
    assert len(joined.shots) == len(long.shots)
    assert joined.revision == 1


# ── validator


def validated(text: StructuredText, *findings: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    said = validator.ValidatorAnswer.model_validate({"findings": list(findings)})
    reply = validator.understand(ValidatorRequest(evidence=FILM, text=text), said, NOTHING)
    return [(f.kind, f.target_ids) for f in reply.findings]


def test_arithmetic_finds_what_a_model_overlooks() -> None:
    (spec,) = written().specs
    late = spec.model_copy(update={"id": "late", "onsets_s": (1.5,), "strengths": (1.0,)})
    text = StructuredText(shots=(), specs=(late,))
    assert validated(text) == [("unsupported", ("late",))]
    missing = {"kind": "missing", "about": ["j0"], "message": "the door"}
    assert ("missing", ("j0",)) in validated(text, missing)


@pytest.mark.parametrize(
    ("finding", "reason"),
    [
        ({"kind": "missing", "about": ["nowhere"], "message": "x"}, "unknown ids nowhere"),
        ({"kind": "duplicate", "about": ["i0"], "message": "x"}, "has to name a specification"),
    ],
)
def test_a_validator_speaks_of_what_exists(finding: dict[str, Any], reason: str) -> None:
    with pytest.raises(MisreadError, match=reason):
        validated(written(), finding)


# ── expander and scorer

SCRIPT = play(mention("m1", "hammer_anvil", "impact"))
SPACES = place_scenes(FILM, SCRIPT)
LINE: dict[str, Any] = {
    "label": "Hammer on anvil", "prompt": "ringing blow", "family": "impact", "layer": "props",
    "prominence": "foreground", "kind": "impulsive", "evidence_ids": ["i0", "i1", "i2"], "times_s": [], "spans": [],
    "place": "screen", "track_ids": ["track_1"], "x": 0.3, "azimuth_deg": 0.0, "mention_ids": ["m1"],
    "material": "iron", "surface": "", "size": "medium", "intensity": 0.8, "speed": 0.5, "mood": "neutral",
    "reason": "seen",
}  # fmt: skip


def expanded(*lines: dict[str, Any], **facts: Any) -> tuple[SoundEvent, ...]:
    request = ExpanderRequest(
        evidence=FILM, text=written(), screenplay=SCRIPT, spaces=SPACES, emphasis="semantic_alignment", **facts
    )
    said = expander.ExpanderAnswer.model_validate({"events": list(lines), "what_was_done": "drafted"})
    reply = expander.understand(request, said, NOTHING)
    assert expander.check(request, reply) == []
    return reply.events


def test_an_event_is_hit_where_the_evidence_is() -> None:
    (event,) = expanded(LINE)
    assert event.id == "hammer_on_anvil"
    assert event.onsets_s == (1.0, 2.0, 3.0)
    assert event.strengths == (0.9, 0.8, 1.0)
    assert (event.origin, event.placement.kind, event.placement.track_ids) == ("both", "screen", ("track_1",))
    assert event.ucs_id == "OBJImpt"


def test_hits_that_no_evidence_shows_are_the_models_and_near_ones_are_one() -> None:
    (event,) = expanded(LINE | {"times_s": [2.01, 7.5]})
    assert event.onsets_s == (1.0, 2.0, 3.0, 7.5)


def test_steady_events_sound_where_said_or_while_their_track_is_seen() -> None:
    steady = LINE | {"kind": "steady", "family": "engine", "layer": "hard_fx", "evidence_ids": []}
    (said,) = expanded(steady | {"spans": [{"from_s": 5.0, "to_s": 7.0}, {"from_s": 4.5, "to_s": 5.5}]})
    assert [(s.start_s, s.end_s) for s in said.spans] == [(4.5, 7.0)]
    (seen,) = expanded(steady | {"track_ids": ["track_2"]})
    assert [(s.start_s, s.end_s) for s in seen.spans] == [(4.0, 8.0)]


def test_two_lines_of_one_label_get_two_names() -> None:
    events = expanded(LINE, LINE)
    assert len({event.id for event in events}) == 2


def test_what_a_reviewer_will_not_have_is_not_there() -> None:
    constraint = Constraint(origin="reviewer", message="no hammer", avoid_event_labels=("Hammer on anvil",))
    other = LINE | {"label": "Far bell", "family": "bell", "place": "offscreen", "evidence_ids": [], "times_s": [4.0]}
    assert [e.label for e in expanded(LINE, other, constraints=(constraint,))] == ["Far bell"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"evidence_ids": ["i77"]}, "unknown ids i77"),
        ({"track_ids": ["nobody"]}, "unknown ids nobody"),
        ({"layer": "feet"}, "impact belongs on props or hard_fx"),
        ({"times_s": [8.5]}, "8.5 s is not inside 0.000 to 8.000 s"),
        ({"evidence_ids": []}, "has no hit"),
        ({"kind": "steady", "evidence_ids": [], "track_ids": []}, "has no span"),
        ({"kind": "steady", "spans": [{"from_s": 3.0, "to_s": 2.0}]}, "is not inside"),
    ],
)
def test_what_an_expander_may_not_write(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(MisreadError, match=reason):
        expanded(LINE | changes)


def test_an_empty_script_is_none_where_something_asks_for_one() -> None:
    request = ExpanderRequest(
        evidence=FILM, text=written(), screenplay=SCRIPT, spaces=SPACES, emphasis="semantic_alignment"
    )
    said = expander.ExpanderAnswer(events=[], what_was_done="")
    (finding,) = expander.check(request, expander.understand(request, said, NOTHING))
    assert finding.kind == "missing"


def scored(correspondence: float, separation: float, tone: float, *findings: dict[str, Any]) -> float:
    request = ScorerRequest(
        evidence=FILM, text=written(), screenplay=WORDLESS, spaces=place_scenes(FILM, WORDLESS), events=expanded(LINE)
    )
    said = scorer.ScorerAnswer(
        correspondence=correspondence,
        separation=separation,
        tone=tone,
        findings=[scorer.ScoreFinding.model_validate(f) for f in findings],
    )
    return scorer.understand(request, said, NOTHING).value


def test_the_score_is_arithmetic_over_the_models_criteria() -> None:
    assert scored(0.9, 0.8, 0.7) == pytest.approx(0.5 * 0.9 + 0.3 * 0.8 + 0.2 * 0.7)
    low = {"kind": "missing", "severity": "fundamental", "about": ["m1"], "message": "x"}
    with pytest.raises(MisreadError, match="unknown ids m1"):
        scored(0.2, 1.0, 1.0, low)
    assert scored(0.2, 1.0, 1.0, low | {"about": ["i0"]}) == pytest.approx(0.35)  # capped by the worst
    with pytest.raises(MisreadError, match="no finding says why"):
        scored(0.2, 1.0, 1.0)


# ── localiser


def located(convention: BoxConvention, box: tuple[float, float, float, float], time_s: float = 1.0) -> Any:
    (event,) = expanded(LINE)
    picture = Picture("p", "x", 644, 364, b"")
    brief = Brief({"images": [{"image": 1, "shot": "shot_0", "time_s": time_s}]}, (picture,), boxes=convention)
    line = dict(zip(("x1", "y1", "x2", "y2"), box, strict=True))
    said = localiser.LocaliserAnswer.model_validate({"boxes": [{"image": 1} | line]})
    return localiser.understand(LocaliserRequest(evidence=FILM, event=event), said, brief)


def test_both_box_conventions_name_the_same_place() -> None:
    pixels = located("image_pixels", (322.0, 182.0, 644.0, 364.0))
    shares = located("thousandths", (500.0, 500.0, 1000.0, 1000.0))
    assert pixels == shares
    (entry,) = pixels.boxes
    assert (entry.shot_id, entry.boxes[0].time_s, pixels.method) == ("shot_0", 1.0, "keyframes")
    assert entry.boxes[0].box.centre == pytest.approx((0.75, 0.75))


def test_a_box_on_the_events_own_track_yields_to_the_track() -> None:
    reply = located("thousandths", (250.0, 400.0, 350.0, 600.0))
    assert reply.method == "tracks"
    assert len(reply.boxes[0].boxes) == len(HAMMER.points)


@pytest.mark.parametrize("box", [(0.0, 0.0, 1200.0, 500.0), (500.0, 0.0, 400.0, 500.0), (10.0, 10.0, 11.0, 11.0)])
def test_boxes_outside_or_inside_out_are_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(MisreadError, match="is not inside it"):
        located("thousandths", box)


def test_the_localiser_is_asked_about_the_shots_in_which_it_sounds() -> None:
    (event,) = expanded(LINE)
    assert [s.id for s in localiser.shots_of_event(LocaliserRequest(evidence=FILM, event=event))] == ["shot_0"]


# ── listener


def test_no_model_talks_a_measured_fault_away() -> None:
    measured = ListenerReply(heard_as="a hit", agreement=0.3, objections=("late",))
    said = [
        ListenerReply(heard_as="a bell", agreement=1.0),
        ListenerReply(heard_as="x", agreement=0.8, objections=("dull",)),
    ]
    heard = listener.combined(measured, said)
    assert heard.agreement == 0.3
    assert heard.heard_as == "a bell"
    assert heard.objections == ("late", "dull")
    assert listener.combined(measured.model_copy(update={"agreement": 1.0}), said).agreement == pytest.approx(0.9)


# ── mixers


def analysis(name: str, peak_dbfs: float = -10.0) -> TrackAnalysis:
    return TrackAnalysis(
        event_id=name, label=name, layer="props", prominence="middle", loudness_lufs=-30.0, peak_dbfs=peak_dbfs,
        low_db=-3.0, mid_db=-3.0, high_db=-20.0, centroid_hz=800.0, active_s=1.0,
    )  # fmt: skip


def context(name: str, scene: str = "scene_1", rt60_s: float = 0.8) -> TrackContext:
    return TrackContext(
        event_id=name, layer="props", placement="screen", depth_m=3.0, scene_id=scene, target_rt60_s=rt60_s
    )


PAIR = PlannerRequest(
    analyses=(analysis("a"), analysis("b")),
    contexts=(context("a"), context("b")),
    maskings=(Masking(masked_id="a", masker_id="b", band="mid", excess_db=6.0),),
)


def planned(request: PlannerRequest, **answer: Any) -> Any:
    lines = [{"event_id": i, "operations": ["dynamics"], "reason": "x"} for i in ("a", "b")]
    said = {"tracks": lines, "retake_ids": [], "corrections": []} | answer
    return planner.understand(request, planner.PlannerAnswer.model_validate(said), NOTHING)


def test_a_plan_names_every_track_once() -> None:
    plan = planned(PAIR, retake_ids=["b", "b"])
    assert [t.event_id for t in plan.tracks] == ["a", "b"]
    assert plan.maskings == PAIR.maskings
    assert plan.retake_ids == ("b",)
    assert planned(PAIR.model_copy(update={"retakes_allowed": False}), retake_ids=["b"]).retake_ids == ()
    line = {"event_id": "a", "operations": [], "reason": ""}
    with pytest.raises(MisreadError, match="missing: \\['b'\\]"):
        planned(PAIR, tracks=[line])
    with pytest.raises(MisreadError, match="twice: \\['a'\\]"):
        planned(PAIR, tracks=[line, line, line | {"event_id": "b"}])
    with pytest.raises(MisreadError, match="unknown tracks"):
        planned(PAIR, retake_ids=["c"])


def test_after_the_mix_only_levels_are_corrected() -> None:
    correction = {"event_id": "b", "gain_db": -2.0, "reason": "over a"}
    plan = planned(PAIR.model_copy(update={"mixed": True}), tracks=[], corrections=[correction])
    assert [t.operations for t in plan.tracks] == [(), ()]
    assert [(c.event_id, c.gain_db) for c in plan.corrections] == [("b", -2.0)]


def test_many_tracks_are_planned_in_parts() -> None:
    names = [f"t{n}" for n in range(45)]
    request = PlannerRequest(analyses=tuple(map(analysis, names)), contexts=tuple(map(context, names)))
    parts = planner.split(request)
    assert [len(p.analyses) for p in parts] == [15, 15, 15]
    assert all([a.event_id for a in p.analyses] == [c.event_id for c in p.contexts] for p in parts)


def reverberated(rt60_s: float, **changes: Any) -> Any:
    request = ReverberationRequest(tracks=(context("a"), context("b")))
    said = {
        "rooms": [{"scene_id": "scene_1", "rt60_s": rt60_s, "damping": 0.5} | changes],
        "sends": [{"event_id": i, "send_db": -12.0, "reason": "x"} for i in ("a", "b")],
    }
    return room.understand(request, room.ReverberationAnswer.model_validate(said), NOTHING)


def test_a_room_is_like_the_place() -> None:
    first, second = reverberated(1.0).settings
    assert (first.target_rt60_s, first.room_size) == (1.0, second.room_size)
    with pytest.raises(MisreadError, match=r"does not fit a place of 0\.80 s"):
        reverberated(6.0)
    with pytest.raises(MisreadError, match="without a room"):
        reverberated(1.0, scene_id="elsewhere")


def test_an_equaliser_leaves_out_a_highpass_of_nothing() -> None:
    lines = [
        {"event_id": i, "low_db": -3.0, "mid_db": 0.0, "high_db": 2.0, "highpass_hz": hz, "reason": ""}
        for i, hz in (("b", 80.0), ("a", 0.0))
    ]
    said = equaliser.EqualisationAnswer.model_validate({"tracks": lines})
    settings = equaliser.understand(EqualisationRequest(analyses=PAIR.analyses), said, NOTHING).settings
    assert [(s.event_id, s.highpass_hz) for s in settings] == [("a", None), ("b", 80.0)]


@pytest.mark.parametrize(("gain_db", "refused"), [(10.0, False), (10.1, True)])
def test_no_track_is_lifted_over_full_scale(gain_db: float, refused: bool) -> None:
    request = DynamicsRequest(
        tracks=(DynamicsTrack(analysis=analysis("a", -10.0), kind="impulsive", intensity=0.5, depth_m=2.0),)
    )
    line = {
        "event_id": "a", "gain_db": gain_db, "compressor_threshold_db": 0.0, "compressor_ratio": 2.0, "reason": "",
    }  # fmt: skip
    said = level.DynamicsAnswer.model_validate({"tracks": [line]})
    if refused:
        with pytest.raises(MisreadError, match=r"peak at \+0\.1 dBFS"):
            level.understand(request, said, NOTHING)
        return
    (setting,) = level.understand(request, said, NOTHING).settings
    assert setting.gain_db == pytest.approx(gain_db)
    assert setting.compressor_threshold_db is None
    assert np.isfinite(setting.gain_db)
