"""Where sounds are found in the picture."""

from __future__ import annotations

import pytest
from film_cases import blows, film, track

from foleydesigner.agents import source_localiser
from foleydesigner.agents.source_localiser import LocaliserReply, LocaliserRequest
from foleydesigner.errors import AgentError
from foleydesigner.script import Placement, SoundEvent, Span

FILM = film(
    6.0,
    cuts_s=[3.0],
    tracks=[track("a", 0.0, 3.0, x=(0.2, 0.8), depth_m=5.0), track("b", 3.0, 6.0, x=(0.9, 0.9), shot="shot_1")],
    impacts=[*blows([1.0], x=0.3), *blows([4.0], x=0.7, prefix="j")],
)


def event(**facts: object) -> SoundEvent:
    given: dict[str, object] = {
        "id": "e", "label": "e", "prompt": "e", "family": "impact", "layer": "props", "kind": "impulsive",
        "onsets_s": (1.0, 4.0), "strengths": (1.0, 1.0), "origin": "picture", "placement": Placement(kind="screen"),
    }  # fmt: skip
    return SoundEvent.model_validate(given | facts)


def locate(e: SoundEvent) -> LocaliserReply:
    return source_localiser.house().invoke(LocaliserRequest(evidence=FILM, event=e))


def test_tracks_give_a_box_a_frame_and_a_set_a_shot() -> None:
    steady = event(kind="steady", onsets_s=(), strengths=(), spans=(Span(start_s=0, end_s=6),),
                   placement=Placement(kind="screen", track_ids=("a", "b")))  # fmt: skip
    reply = locate(steady)
    assert reply.method == "tracks"
    assert [b.shot_id for b in reply.boxes] == ["shot_0", "shot_1"]
    assert reply.boxes[0].boxes[0].box.centre[0] == pytest.approx(0.2)
    assert reply.boxes[0].boxes[0].depth_m == 5.0
    assert not reply.boxes[0].held


def test_hits_without_a_track_sit_at_their_impacts() -> None:
    reply = locate(event(evidence_ids=("i0", "j0")))
    assert reply.method == "impacts"
    assert [round(b.boxes[0].box.centre[0], 3) for b in reply.boxes] == [0.3, 0.7]
    assert all(b.held for b in reply.boxes)


@pytest.mark.parametrize("kind", ["offscreen", "diffuse"])
def test_what_is_not_on_screen_has_no_box(kind: str) -> None:
    reply = locate(event(placement=Placement(kind=kind, azimuth_deg=-70.0 if kind == "offscreen" else None)))
    assert (reply.boxes, reply.method) == ((), "off_screen")


def test_a_bare_position_needs_no_box() -> None:
    assert locate(event(placement=Placement(kind="screen", x=0.2))).method == "placement"


def test_boxes_out_of_their_shot_are_refused() -> None:
    def astray(request: LocaliserRequest) -> LocaliserReply:
        reply = source_localiser.think(request)
        return reply.model_copy(
            update={"boxes": tuple(b.model_copy(update={"shot_id": "shot_9"}) for b in reply.boxes)}
        )

    mind = source_localiser.house_mind("localiser", astray, source_localiser.check)
    with pytest.raises(AgentError, match="two sets"):
        mind.invoke(LocaliserRequest(evidence=FILM, event=event(evidence_ids=("i0", "j0"))))
