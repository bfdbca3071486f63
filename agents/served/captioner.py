"""The caption writer played by a language model, step by step: sound, place, space, then the sentence."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from foleydesigner.agents import caption_writer
from foleydesigner.agents.caption_writer import CaptionReply
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.mind import Role
from foleydesigner.agents.served.schema import Answer, Text
from foleydesigner.tools.place_words import ClipFacts

_SENTENCE = r"[ !#-\[\]-~]"


class CaptionAnswer(Answer):
    """The steps, then the sentence."""

    sound: Text
    place: Text
    space: Text
    caption: Annotated[str, Field(pattern=rf"^{_SENTENCE}{{10,320}}$", max_length=320)]


def compose(request: ClipFacts, desk: Desk) -> Brief:
    """The facts."""
    moves = request.motion == "linear"
    places = [{"direction": request.from_direction, "distance": request.from_zone}]
    if moves:
        places.append({"direction": request.to_direction, "distance": request.to_zone})
    return Brief(
        {
            "sound": request.sound,
            "moves": moves,
            "places": places,
            "reverb": request.reverb,
            "model": desk.model("text"),
        }
    )


def understand(request: ClipFacts, said: CaptionAnswer, brief: Brief) -> CaptionReply:
    """The sentence."""
    return CaptionReply(caption=said.caption.strip(), caption_by=str(brief.data["model"]))


ROLE = Role(
    name=caption_writer.ROLE,
    capability="text",
    answer=CaptionAnswer,
    compose=compose,
    understand=understand,
    check=caption_writer.check,
    think=caption_writer.think,
    temperature=0.7,
    max_tokens=400,
)
