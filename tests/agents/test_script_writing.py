"""Expander and scorer: words meet picture, craft fills in, faults are found and repaired."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from film_cases import WORDLESS, blows, film, flash, mention, play, track

from foleydesigner.agents import filmscribe_writer, script_expander, script_scorer
from foleydesigner.agents.constraints import read_note
from foleydesigner.agents.filmscribe_validator import ValidatorRequest
from foleydesigner.agents.filmscribe_validator import think as validate
from foleydesigner.agents.filmscribe_writer import WriterRequest
from foleydesigner.agents.script_expander import ExpanderRequest
from foleydesigner.agents.script_scorer import ScorerRequest
from foleydesigner.agents.spaces import place_scenes
from foleydesigner.errors import AgentError
from foleydesigner.evidence import PictureEvidence
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import SoundEvent
from foleydesigner.search import Candidate, Constraint, Score
from foleydesigner.text import StructuredText


def text_of(evidence: PictureEvidence) -> StructuredText:
    text = filmscribe_writer.think(WriterRequest(evidence=evidence))
    found = validate(ValidatorRequest(evidence=evidence, text=text)).findings
    return filmscribe_writer.think(WriterRequest(evidence=evidence, previous=text, findings=found))


def request(evidence: PictureEvidence, words: Screenplay, **more: object) -> ExpanderRequest:
    given = {
        "evidence": evidence,
        "text": text_of(evidence),
        "screenplay": words,
        "spaces": place_scenes(evidence, words),
        "emphasis": "semantic_alignment",
    }
    return ExpanderRequest.model_validate(given | more)


def write(evidence: PictureEvidence, words: Screenplay, **more: object) -> tuple[SoundEvent, ...]:
    return script_expander.house().invoke(request(evidence, words, **more)).events


def score(evidence: PictureEvidence, words: Screenplay, events: tuple[SoundEvent, ...], **more: object) -> Score:
    asked = ScorerRequest(
        evidence=evidence,
        text=text_of(evidence),
        screenplay=words,
        spaces=place_scenes(evidence, words),
        events=events,
        **more,
    )
    return script_scorer.house().invoke(asked)


def of_family(events: tuple[SoundEvent, ...], family: str) -> list[SoundEvent]:
    return [e for e in events if e.family == family]


DOG = film(
    4.0,
    tracks=[track("dog", 0.0, 4.0, x=(0.6, 0.6), width=0.5, height=0.6)],
    impacts=blows([0.5, 1.0, 2.2, 3.0], [0.7, 0.2, 1.0, 0.3], x=0.7, track_id="dog"),
)
TWO_BARKS = play(mention("m1", "dog", "animal", subject="dog", variant="dog", count=2))


def test_twice_is_the_two_strongest_jerks() -> None:
    events = write(DOG, TWO_BARKS)
    (bark,) = of_family(events, "animal")
    assert bark.onsets_s == (0.5, 2.2)
    assert bark.origin == "both"
    assert bark.prominence == "foreground"
    assert bark.placement.track_ids == ("dog",)
    assert not of_family(events, "impact")  # the dog's other movements are the dog's
    assert score(DOG, TWO_BARKS, events).value > 0.95


def test_a_count_that_the_picture_does_not_reach_says_so() -> None:
    words = play(mention("m1", "dog", "animal", count=6))
    (bark,) = of_family(write(DOG, words), "animal")
    assert len(bark.onsets_s) == 6
    assert "2 of 6 not seen" in bark.reason


def test_again_and_again_is_every_blow_and_no_swing() -> None:
    evidence = film(
        5.0,
        tracks=[track("h", 0.0, 5.0)],
        impacts=blows([0.6, 1.1, 1.4, 2.3, 3.3], [0.9, 0.8, 0.2, 1.0, 0.8], track_id="h"),
    )
    words = play(
        mention("m1", "anvil", "impact", subject="hammer", material="metal", repeated=True),
        mention("m2", "metal_ring", "impact", material="metal", clause="the ring of iron"),
    )
    struck = of_family(write(evidence, words), "impact")
    assert [e.onsets_s for e in struck] == [(0.6, 1.1, 2.3, 3.3)]
    assert set(struck[0].mention_ids) == {"m1", "m2"}


def test_drums_share_the_blows_between_them() -> None:
    beat = [0.5 + 0.6 * n for n in range(12)]
    between = [5.6, 6.2, 6.8]
    evidence = film(8.0, tracks=[track("d", 0.0, 8.0)], impacts=blows(sorted(beat + between), track_id="d"))
    words = play(
        mention("m1", "bass_drum", "percussion", variant="bass_drum", repeated=True),
        mention("m2", "snare", "percussion", variant="snare", after=True, sequence=1),
        mention("m3", "cymbal", "percussion", variant="cymbal", after=True, sequence=2),
    )
    drums = of_family(write(evidence, words), "percussion")
    assert {e.variant for e in drums} == {"bass_drum", "snare", "cymbal"}
    bass = next(e for e in drums if e.variant == "bass_drum")
    assert len(bass.onsets_s) >= 10
    assert bass.onsets_s[0] == pytest.approx(0.5, abs=0.03)
    every = sorted(t for e in drums for t in e.onsets_s)
    assert len(every) == len(beat) + len(between)
    assert min(b - a for a, b in itertools.pairwise(every)) > 0.1


def test_lightning_sounds_at_the_flashes_far_thunder_does_not_pretend_and_the_hum_never_stops() -> None:
    evidence = film(10.0, cuts_s=[5.0], bursts=[flash("b0", 3.0), flash("b1", 4.2), flash("b2", 6.0)])
    words = play(
        mention("m1", "wind", "wind", layer="backgrounds", kind="steady"),
        mention("m2", "thunder", "thunder", distant=True, offscreen=True, sequence=1),
        mention("m3", "electrical_hum", "drone", kind="steady", subject="saucer", sequence=2),
        mention("m4", "lightning", "thunder", variant="strike", sequence=3),
        interior=False,
        mood="ominous",
    )
    events = write(evidence, words)
    far, near = sorted(of_family(events, "thunder"), key=lambda e: e.placement.kind)
    assert near.onsets_s == (3.0, 4.2, 6.0)
    assert near.placement.kind == "screen"
    assert far.placement.kind == "offscreen"
    assert far.onsets_s[0] <= 3.0 - 1.0
    assert "plausible" in far.reason
    assert far.prominence == "background"
    for family in ("wind", "drone"):
        (steady,) = of_family(events, family)
        assert [(s.start_s, s.end_s) for s in steady.spans] == [(0.0, 10.0)]
    assert {e.mood for e in events} == {"ominous"}


def test_a_train_follows_its_track_on_the_side_that_the_words_name() -> None:
    left = track("left", 1.0, 8.0, x=(0.35, 0.1), width=0.4, steadiness=0.9, growth=3.0)
    right = track("right", 1.0, 8.0, x=(0.8, 0.9), width=0.4, steadiness=0.9)
    words = play(
        mention("m1", "train", "engine", kind="steady", direction="left", approaching=True, size="very_large"),
        interior=False,
    )
    evidence = film(10.0, tracks=[left, right])
    events = write(evidence, words)
    train = next(e for e in of_family(events, "engine") if e.mention_ids)
    assert train.placement.track_ids == ("left",)
    assert (train.spans[0].start_s, train.spans[0].end_s) == (0.0, 10.0)
    levels = dict(zip(train.spans[0].level_times_s, train.spans[0].levels, strict=True))
    assert levels[0.0] < levels[4.0]
    assert score(evidence, words, events).findings == ()


def test_walkers_named_or_not_step() -> None:
    walker = track("w", 0.0, 4.0, x=(0.2, 0.7), width=0.1, height=0.5, period_s=0.5, periodicity=0.8)
    evidence = film(4.0, tracks=[walker])
    words = play(mention("m1", "footsteps_wood", "footsteps", layer="feet"), action=("A man walks in.",))
    events = write(evidence, words)
    (steps,) = of_family(events, "footsteps")
    assert len(steps.onsets_s) == pytest.approx(8, abs=1)
    assert steps.layer == "feet"
    (cloth,) = of_family(events, "cloth")
    assert cloth.layer == "moves"
    assert of_family(write(evidence, WORDLESS), "footsteps")


def test_a_wordless_blow_still_sounds_and_a_still_picture_only_has_air() -> None:
    struck = write(film(3.0, impacts=blows([1.0, 2.0])), WORDLESS)
    assert of_family(struck, "impact")[0].onsets_s == (1.0, 2.0)
    still = write(film(3.0), WORDLESS)
    assert [(e.family, e.origin) for e in still] == [("room_tone", "craft")]
    shaken = film(3.0, impacts=[i.model_copy(update={"kind": "activity"}) for i in blows([1.0])], camera_motion=0.9)
    assert {e.origin for e in write(shaken, WORDLESS)} == {"craft"}


def test_an_unseen_sound_is_placed_beside_the_picture() -> None:
    words = play(mention("m1", "door", "door", layer="props", direction="right", offscreen=True))
    (door,) = of_family(write(DOG, words), "door")
    assert door.placement.kind == "offscreen"
    assert door.placement.azimuth_deg == 70.0
    assert door.origin == "screenplay"


def test_an_unseen_ball_drops_once_and_bounces_ever_faster() -> None:
    words = play(mention("m1", "ball", "impact", variant="ball", repeated=True, offscreen=True))
    (ball,) = [e for e in of_family(write(DOG, words), "impact") if e.origin == "screenplay"]
    flights = np.diff(ball.onsets_s)
    assert len(flights) >= 2
    assert flights[1:] / flights[:-1] == pytest.approx(0.75)
    assert np.divide(ball.strengths[1:], ball.strengths[:-1]) == pytest.approx(0.75)


def test_a_start_of_movement_is_no_slam() -> None:
    start = blows([0.3], [1.0])[0].model_copy(update={"kind": "jolt"})
    evidence = film(impacts=[start, *blows([4.0], [0.5], prefix="end")])
    (door,) = of_family(write(evidence, play(mention("m1", "door_close", "door", variant="close"))), "door")
    assert door.onsets_s == pytest.approx((4.0,))


def test_what_goes_on_unseen_is_ambience_unless_it_comes_or_is_loud() -> None:
    def motor(**facts: object) -> SoundEvent:
        said = mention("m1", "car", "engine", kind="steady", variant="car", offscreen=True, **facts)
        (event,) = of_family(write(DOG, play(said)), "engine")
        assert event.placement.kind == "offscreen"
        return event

    assert motor().prominence == "background"
    assert motor(approaching=True).prominence == "middle"
    assert motor(direction="left_to_right").prominence == "middle"
    assert motor(intensity=0.9).prominence == "middle"
    said = mention("m1", "door", "door", layer="props", offscreen=True)
    assert of_family(write(DOG, play(said)), "door")[0].prominence == "middle"


def test_events_are_bounded() -> None:
    words = play(*(mention(f"m{n}", f"thing_{n}", "handling", layer="props", variant=f"v{n}") for n in range(80)))
    assert len(write(DOG, words)) <= 40


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda e: e.model_copy(update={"layer": "feet"}), "wrong_layer"),
        (lambda e: e.model_copy(update={"onsets_s": e.onsets_s[:1], "strengths": e.strengths[:1]}), "wrong_count"),
        (lambda e: e.model_copy(update={"mood": "joyful"}), "wrong_mood"),
        (lambda e: e.model_copy(update={"onsets_s": (1.5, 2.2)}), "unsupported"),
        (lambda e: e.model_copy(update={"onsets_s": (0.5, 7.0)}), "outside_clip"),
    ],
)
def test_each_fault_lowers_the_score_and_is_refined_away(spoil, kind: str) -> None:
    good = write(DOG, TWO_BARKS)
    bad = tuple(spoil(e) if e.family == "animal" else e for e in good)
    judged = score(DOG, TWO_BARKS, bad)
    assert kind in {f.kind for f in judged.findings}
    assert judged.value < score(DOG, TWO_BARKS, good).value
    parent = Candidate(id="n001", depth=1, made_by="expand", emphasis="semantic_alignment", events=bad, score=judged)
    mended = write(DOG, TWO_BARKS, mode="refine", parent=parent)
    assert kind not in {f.kind for f in score(DOG, TWO_BARKS, mended).findings}


def test_two_things_that_are_both_seen_may_strike_at_once() -> None:
    (bark,) = of_family(write(DOG, TWO_BARKS), "animal")
    assert bark.placement.track_ids
    elsewhere = bark.placement.model_copy(update={"track_ids": ("other",)})
    twin = bark.model_copy(update={"id": "twin", "label": "another", "evidence_ids": ("seen",), "placement": elsewhere})
    assert "overlapping_layers" not in {f.kind for f in score(DOG, TWO_BARKS, (bark, twin)).findings}
    same = twin.model_copy(update={"placement": bark.placement})
    assert "overlapping_layers" in {f.kind for f in score(DOG, TWO_BARKS, (bark, same)).findings}


def test_missing_air_and_twin_events_are_refined_away() -> None:
    good = write(DOG, TWO_BARKS)
    (bark,) = of_family(good, "animal")
    twin = bark.model_copy(update={"id": "twin", "origin": "picture", "mention_ids": ()})
    bad = (bark, twin)
    judged = score(DOG, TWO_BARKS, bad)
    assert {"overlapping_layers", "ambiguous", "uncovered_scene"} <= {f.kind for f in judged.findings}
    parent = Candidate(id="n001", depth=1, made_by="expand", emphasis="semantic_alignment", events=bad, score=judged)
    mended = write(DOG, TWO_BARKS, mode="refine", parent=parent)
    assert len(of_family(mended, "animal")) == 1
    assert of_family(mended, "room_tone")


def test_silent_words_are_a_fundamental_failure() -> None:
    judged = score(DOG, TWO_BARKS, ())
    assert {f.severity for f in judged.findings if "m1" in f.target_ids} == {"fundamental"}
    assert judged.value <= min(judged.correspondence, judged.separation, judged.tone) + script_scorer.HEADROOM


@pytest.mark.parametrize(
    ("note", "wish", "words"),
    [
        ("No footsteps, please", "drop", "footstep"),
        ("without the barking", "drop", "bark"),
        ("thunder louder", "louder", "thunder"),
        ("less rain", "softer", "rain"),
    ],
)
def test_simple_notes_are_read(note: str, wish: str, words: str) -> None:
    (instruction,) = read_note(note)
    assert (instruction.wish, instruction.words) == (wish, frozenset({words}))


def test_a_reviewer_can_drop_and_turn_down() -> None:
    note = Constraint(origin="reviewer", message="no dog")
    events = write(DOG, TWO_BARKS, constraints=(note,))
    assert not of_family(events, "animal")
    assert not [f for f in score(DOG, TWO_BARKS, events, constraints=(note,)).findings if "dog" in f.message]
    quiet = write(DOG, TWO_BARKS, constraints=(Constraint(origin="reviewer", message="dog softer"),))
    assert of_family(quiet, "animal")[0].intensity == pytest.approx(0.3)
    assert read_note("I do not like it") == ()


def test_an_event_after_the_end_stops_the_job() -> None:
    asked = request(DOG, TWO_BARKS)

    def late(question: ExpanderRequest) -> script_expander.ExpanderReply:
        reply = script_expander.think(question)
        moved = tuple(
            e.model_copy(update={"onsets_s": (9.0,), "strengths": (1.0,)}) if e.onsets_s else e for e in reply.events
        )
        return reply.model_copy(update={"events": moved})

    with pytest.raises(AgentError, match=r"9\.000 s of 4\.000 s"):
        script_expander.house_mind("expander", late, script_expander.check).invoke(asked)


def test_the_same_request_has_the_same_reply() -> None:
    asked = request(DOG, TWO_BARKS, seed=7)
    assert script_expander.think(asked) == script_expander.think(asked)


def test_things_that_travel_go_to_the_words_that_say_so() -> None:
    """A ball from left to right, then a walker from right to left: neither takes the other's hits."""
    evidence = film(
        8.0,
        cuts_s=[4.0],
        tracks=[
            track("ball", 0.0, 4.0, x=(0.1, 0.9), width=0.05, height=0.08),
            track("walker", 4.0, 8.0, x=(0.9, 0.1), width=0.12, height=0.5, shot="shot_1"),
        ],
        impacts=[
            *blows([0.8, 1.6, 2.4, 3.2], [0.4, 0.4, 0.3, 0.3], track_id="ball"),
            *blows([5.0, 6.0], track_id="walker", prefix="w"),
        ],
    )
    words = play(
        mention("m1", "ball", "impact", repeated=True, direction="left_to_right"),
        mention("m2", "footsteps_wood", "footsteps", layer="feet", direction="right_to_left", sequence=1),
    )
    events = write(evidence, words)
    (ball,), (steps,) = of_family(events, "impact"), of_family(events, "footsteps")
    assert ball.onsets_s == (0.8, 1.6, 2.4, 3.2)
    assert ball.placement.track_ids == ("ball",)
    assert steps.placement.track_ids == ("walker",)
    assert min(steps.onsets_s) >= 4.0


def test_what_fills_the_picture_evenly_is_a_passage_and_its_judder_is_explained() -> None:
    train = track("train", 0.0, 6.0, x=(0.5, 0.4), width=0.7, height=0.7, speed=0.12, steadiness=0.6)
    evidence = film(6.0, tracks=[train], impacts=blows([1.0, 2.0, 3.0], x=0.4, track_id="train"))
    events = write(evidence, WORDLESS)
    assert {e.family for e in events} == {"engine", "wind"}
    assert score(evidence, WORDLESS, events).findings == ()


def test_a_cloth_pass_follows_a_body_and_never_the_clouds() -> None:
    cloud = track("cloud", 0.0, 6.0, y=0.15, width=0.6, height=0.2, speed=0.04, steadiness=0.3)
    wind = mention("m1", "wind", "wind", layer="backgrounds", kind="steady")
    words = play(wind, interior=False, action=("A man stands.",))
    assert not of_family(write(film(6.0, tracks=[cloud]), words), "cloth")
    body = track("body", 0.0, 6.0, y=0.6, width=0.15, height=0.5, speed=0.1)
    (cloth,) = of_family(write(film(6.0, tracks=[cloud, body]), words), "cloth")
    assert cloth.placement.track_ids == ("body",)
