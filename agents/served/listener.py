"""The track listener played by models: one hears the take, one sees its mel-spectrogram, and the house measures.

What the house mind measures (silence, late hits, a spectrum that cannot be) no model talks away: the agreement is never
above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import Field

from foleydesigner.agents import track_listener
from foleydesigner.agents.served.brief import Brief
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.endpoints import Capability
from foleydesigner.agents.served.media import picture_file, sound_file
from foleydesigner.agents.served.mind import Role, served_mind
from foleydesigner.agents.served.schema import Answer, Share, Text
from foleydesigner.agents.track_listener import ListenerReply, ListenerRequest
from foleydesigner.text import Finding

NAME = "track_listener"
SENSES: tuple[Capability, ...] = ("audio", "vision")


class ListenerAnswer(Answer):
    """What it sounds like, and how well that fits."""

    heard_as: Text
    agreement: Share
    objections: Annotated[list[Text], Field(max_length=4)]


def _data(request: ListenerRequest) -> dict[str, Any]:
    return {
        "event": request.label,
        "family": request.family,
        "kind": request.kind,
        "asked_hits": request.asked_hits,
        "measured": {
            "loudness_lufs": round(request.loudness_lufs, 1),
            "centroid_hz": round(request.centroid_hz),
            "sounds_for_s": round(request.active_s, 2),
            "low_mid_high_db": [round(v, 1) for v in (request.low_db, request.mid_db, request.high_db)],
        },
    }


def compose_sound(request: ListenerRequest, desk: Desk) -> Brief:
    """The take; for a model that sees too, its picture with it."""
    traits = desk.traits("audio")
    sound = sound_file(desk.job.root / request.take, "the take", traits) if request.take else None
    both = desk.serves("vision") and desk.endpoints["vision"].model == desk.model("audio")
    return Brief(
        _data(request),
        compose_picture(request, desk).pictures if both else (),
        (sound,) if sound is not None else (),
    )


def compose_picture(request: ListenerRequest, desk: Desk) -> Brief:
    """The take's mel-spectrogram."""
    path = desk.job.root / request.mel_picture
    shown = picture_file(path, "mel-spectrogram of the take", desk.traits("vision")) if request.mel_picture else None
    return Brief(_data(request), (shown,) if shown is not None else ())


def understand(request: ListenerRequest, said: ListenerAnswer, brief: Brief) -> ListenerReply:
    """The reply, one to one."""
    objections = tuple(text for text in said.objections if text.strip())
    return ListenerReply(heard_as=said.heard_as, agreement=said.agreement, objections=objections)


def check(request: ListenerRequest, reply: ListenerReply) -> list[Finding]:
    """The role's own checks, and that something is said."""
    findings = track_listener.check(request, reply)
    if not reply.heard_as.strip():
        message = "heard_as is empty: say what it sounds like"
        findings.append(Finding(kind="incoherent", severity="correctable", message=message))
    return findings


def _role(capability: Capability) -> Role[ListenerRequest, ListenerAnswer, ListenerReply]:
    return Role(
        name=NAME,
        capability=capability,
        answer=ListenerAnswer,
        compose=compose_sound if capability == "audio" else compose_picture,
        understand=understand,
        check=check,
        think=track_listener.think,
        max_tokens=384,
    )


def combined(measured: ListenerReply, said: Sequence[ListenerReply]) -> ListenerReply:
    """The first one's words, everybody's objections, the mean agreement but no more than was measured."""
    agreement = sum(reply.agreement for reply in said) / len(said)
    objections = tuple(dict.fromkeys(o for reply in (measured, *said) for o in reply.objections))
    return ListenerReply(
        heard_as=said[0].heard_as, agreement=min(measured.agreement, agreement), objections=objections[:8]
    )


def mind(desk: Desk) -> Runnable[ListenerRequest, ListenerReply]:
    """Ears and eyes at once, as far as there are models for them."""
    capabilities: list[Capability] = [c for c in SENSES if desk.serves(c)]
    if len({desk.model(c) for c in capabilities}) == 1:
        capabilities = capabilities[:1]  # one model takes both in one question
    senses = [served_mind(_role(capability), desk) for capability in capabilities]

    def listen(request: ListenerRequest) -> ListenerReply:
        with ThreadPoolExecutor(len(senses), thread_name_prefix=NAME) as pool:
            said = list(pool.map(lambda sense: sense.invoke(request), senses))
        return combined(track_listener.think(request), said)

    return RunnableLambda(listen, name=NAME).with_config(run_name=NAME)
