"""The writer and the validator of FilmScribe: a draft, the findings it earns, the revision that answers them."""

from __future__ import annotations

import pytest
from film_cases import blows, film, flash, track

from foleydesigner.agents import filmscribe_validator, filmscribe_writer
from foleydesigner.agents.filmscribe_validator import ValidatorRequest
from foleydesigner.agents.filmscribe_writer import WriterRequest
from foleydesigner.agents.spec_drafting import nature_of
from foleydesigner.errors import AgentError
from foleydesigner.text import SoundSpec, StructuredText

HAMMER = track("hammer", 0.0, 5.0, speed=0.5)
LEAF = track("leaf", 0.0, 5.0, x=(0.9, 0.9), speed=0.1, width=0.1, height=0.1)
FILM = film(
    5.0,
    tracks=[HAMMER, LEAF],
    impacts=[
        *blows([1.0, 2.0, 3.0], track_id="hammer"),
        *blows([4.0], [0.35], x=0.1, prefix="weak"),
    ],
    bursts=[flash("b0", 2.5)],
)


def draft(evidence=FILM) -> StructuredText:
    return filmscribe_writer.house().invoke(WriterRequest(evidence=evidence))


def findings(text: StructuredText, evidence=FILM):
    return filmscribe_validator.house().invoke(ValidatorRequest(evidence=evidence, text=text)).findings


def test_the_first_draft_holds_only_what_stands_out() -> None:
    text = draft()
    assert {s.id for s in text.specs} == {"s_hammer", "s_flash_shot_0"}
    hammer = next(s for s in text.specs if s.id == "s_hammer")
    assert hammer.nature == "strikes"
    assert hammer.onsets_s == (1.0, 2.0, 3.0)
    assert "1 flashes" in text.shots[0].description


def test_the_validator_asks_for_what_is_missing_and_the_writer_adds_it() -> None:
    first = draft()
    missing = [f for f in findings(first) if f.kind == "missing"]
    assert "weak0" in {t for f in missing for t in f.target_ids}
    second = filmscribe_writer.house().invoke(
        WriterRequest(evidence=FILM, previous=first, findings=tuple(findings(first)))
    )
    assert second.revision == 1
    assert findings(second) == ()
    assert {s.id for s in second.specs} >= {"s_hammer", "s_loose_0"}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"end_s": 9.0}, "outside_clip"),
        ({"evidence_ids": ("nothing",)}, "unsupported"),
        ({"evidence_ids": (), "track_ids": (), "onsets_s": (), "strengths": ()}, "unsupported"),
        ({"onsets_s": (1.4,), "strengths": (1.0,)}, "unsupported"),
    ],
)
def test_an_inaccurate_specification_is_found_and_removed(change: dict[str, object], kind: str) -> None:
    text = draft()
    spoiled = text.model_copy(
        update={"specs": tuple(s.model_copy(update=change) for s in text.specs if s.nature == "strikes")}
    )
    found = [f for f in findings(spoiled) if f.kind == kind]
    assert found
    assert found[0].target_ids == ("s_hammer",)
    revised = filmscribe_writer.think(WriterRequest(evidence=FILM, previous=spoiled, findings=tuple(found)))
    assert "s_hammer" not in {s.id for s in revised.specs}


def test_a_specification_across_a_cut_is_outside_its_shot() -> None:
    evidence = film(4.0, cuts_s=[2.0], impacts=blows([1.0, 3.0]))
    spec = SoundSpec(
        id="s_a", shot_ids=("shot_0",), nature="strikes", kind="impulsive", evidence_ids=("i0", "i1"),
        onsets_s=(1.0, 3.0), strengths=(1.0, 1.0), start_s=1.0, end_s=3.0, salience=1.0,
    )  # fmt: skip
    text = StructuredText(shots=(), specs=(spec,))
    kinds = {f.kind for f in findings(text, evidence)}
    assert "outside_shot" in kinds
    assert "missing" in kinds  # neither shot is described


def test_the_same_thing_written_twice_becomes_one() -> None:
    twins = film(4.0, tracks=[track("a", 0.0, 3.0), track("b", 0.0, 3.0)])
    text = draft(twins)
    found = [f for f in findings(text, twins) if f.kind == "duplicate"]
    assert found[0].target_ids == ("s_a", "s_b")
    revised = filmscribe_writer.think(WriterRequest(evidence=twins, previous=text, findings=tuple(found)))
    assert len(revised.specs) == 1
    assert set(revised.specs[0].track_ids) == {"a", "b"}


@pytest.mark.parametrize(
    ("made", "nature"),
    [
        (track("t", 0.0, 4.0, x=(0.1, 0.9), width=0.4, steadiness=0.9), "vehicle"),
        (track("t", 0.0, 4.0, x=(0.2, 0.6), width=0.1, height=0.5, period_s=0.55, periodicity=0.7), "gait"),
        (track("t", 0.0, 4.0), "gesture"),
        (track("t", 0.0, 4.0, width=0.9, height=0.9, speed=0.01, steadiness=0.9), "flow"),
    ],
)
def test_movement_tells_the_nature(made, nature: str) -> None:
    assert draft(film(4.0, tracks=[made])).specs[0].nature == nature


def test_a_still_picture_has_no_specification_and_is_valid() -> None:
    still = film(3.0)
    text = draft(still)
    assert text.specs == ()
    assert "nothing moves" in text.shots[0].description
    assert findings(text, still) == ()


def test_long_lit_and_shaken_evidence_is_not_trusted() -> None:
    shaken = film(3.0, impacts=[i.model_copy(update={"kind": "activity"}) for i in blows([1.0])], camera_motion=0.9)
    assert draft(shaken).specs == ()
    lamp = film(3.0, bursts=[flash("b0", 1.0, length_s=1.5)])
    assert draft(lamp).specs == ()


def test_an_illegal_reply_stops_the_job() -> None:
    def twice(request: WriterRequest) -> StructuredText:
        text = filmscribe_writer.think(request)
        return text.model_copy(update={"specs": (*text.specs, *text.specs)})

    mind = filmscribe_writer.house_mind("writer", twice, filmscribe_writer.check)
    with pytest.raises(AgentError, match="same id"):
        mind.invoke(WriterRequest(evidence=FILM))


def test_who_walks_is_slim_and_goes_across_and_a_ball_is_neither() -> None:
    walker = track("walker", 0.0, 3.0, x=(0.2, 0.6), width=0.1, height=0.35)
    ball = track("ball", 0.0, 3.0, x=(0.2, 0.6), width=0.1, height=0.17)
    lift = track("lift", 0.0, 3.0, x=(0.5, 0.6), width=0.1, height=0.35)
    assert [nature_of(t, ()) == "gait" for t in (walker, ball, lift)] == [True, False, False]
