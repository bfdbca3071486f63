"""A model's caption is kept when it says the facts; else the template's is."""

from __future__ import annotations

import json

from foleydesigner.agents import caption_writer
from foleydesigner.agents.served.captioner import ROLE
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.mind import prompt_of, prompt_version, served_mind
from foleydesigner.evals.puppets.server import MODEL, ScriptedServer
from foleydesigner.tools.place_words import ClipFacts, problems

FACTS = ClipFacts(
    sound="A dog barks", motion="linear", from_direction="left", from_zone="far", to_direction="front", to_zone="near",
    reverb="hall",
)  # fmt: skip
RIGHT = "In a hall a dog barks far away on the left, then close by straight ahead."
WRONG = "A dog barks in a hall far away on the right, then close by straight ahead."


class Scripted:
    """Says one caption after the other."""

    def __init__(self, *captions: str) -> None:
        self.captions, self.bodies = list(captions), list[dict[str, object]]()

    def answer(self, body: dict[str, object]) -> str:
        self.bodies.append(body)
        steps = {"sound": "a dog barks", "place": "left, far, then ahead, near", "space": "a hall"}
        return json.dumps(steps | {"caption": self.captions.pop(0)})


def test_a_right_caption_is_kept_and_says_whose_it_is(desk: Desk, server: ScriptedServer) -> None:
    server.puppet = Scripted(RIGHT)  # type: ignore[assignment]
    reply = served_mind(ROLE, desk).invoke(FACTS)
    assert (reply.caption, reply.caption_by) == (RIGHT, MODEL)


def test_a_wrong_one_is_told_what_is_wrong_and_mended(desk: Desk, server: ScriptedServer) -> None:
    scripted = Scripted(WRONG, RIGHT)
    server.puppet = scripted  # type: ignore[assignment]
    assert served_mind(ROLE, desk).invoke(FACTS).caption == RIGHT
    assert "direction 'left' is not said" in json.dumps(scripted.bodies[1])


def test_one_that_stays_wrong_gives_way_to_the_template(desk: Desk, server: ScriptedServer) -> None:
    server.puppet = Scripted(WRONG, WRONG, WRONG)  # type: ignore[assignment]
    reply = served_mind(ROLE, desk).invoke(FACTS)
    assert reply.caption_by == "template"
    assert problems(reply.caption, FACTS) == []
    assert caption_writer.check(FACTS, reply) == []


def test_the_prompt_is_the_one_that_was_reviewed() -> None:
    assert len(prompt_of(caption_writer.ROLE)) < 2000
    assert prompt_version(caption_writer.ROLE) == "9cde716c0414"
