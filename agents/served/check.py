"""One real request to each capability: does the model answer in the schema, does it see and hear, and how fast."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from foleydesigner.agents.served.brief import Brief, Sound
from foleydesigner.agents.served.client import Sampling
from foleydesigner.agents.served.desk import Desk
from foleydesigner.agents.served.endpoints import Capability
from foleydesigner.agents.served.media import picture
from foleydesigner.agents.served.schema import Answer, strict_schema

CAPABILITIES: tuple[Capability, ...] = ("vision", "text", "audio")
COST_OF_MISSING: dict[Capability, str] = {
    "vision": "FilmScribe writer, validator and source localiser are the house's; takes are not looked at",
    "text": "script expander, scorer, planner and the three specialists are the house's",
    "audio": "takes are judged by their figures, and by their pictures where there is a vision model",
}
_PROMPT = "# Check\n\nAnswer the question in the data."
_BEEPS, _RATE_HZ = 3, 16000


class Seen(Answer):
    """What the test picture shows."""

    colour: Literal["red", "green", "blue"]
    side: Literal["left", "right"]


class Read(Answer):
    """Which of the sounds is a hit."""

    hit: Literal["rain", "hammer", "wind"]


class Heard(Answer):
    """How often it beeps."""

    beeps: Annotated[int, Field(ge=0, le=9)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one capability can do.

    Attributes:
        capability: which.
        model: its name; empty where no server is named.
        works: it answered in the schema.
        right: its answer was right; None where there was none.
        seconds: that the answer took.
        tokens_per_s: written.
        detail: what went wrong.
    """

    capability: Capability
    model: str = ""
    works: bool = False
    right: bool | None = None
    seconds: float = 0.0
    tokens_per_s: float = 0.0
    detail: str = ""


def check_all(desk: Desk) -> list[Report]:
    """One request to each capability that has a server."""
    return [_check(desk, capability) for capability in CAPABILITIES]


def _check(desk: Desk, capability: Capability) -> Report:
    if not desk.serves(capability):
        return Report(capability=capability)
    question, answer, expected = _question(capability, desk)
    traits, model = desk.traits(capability), desk.model(capability)
    made = desk.ask(
        capability,
        question.messages(_PROMPT),
        strict_schema(answer),
        Sampling(temperature=0.0, seed=0, max_tokens=64),
        prompt_tokens=question.tokens(_PROMPT, traits),
        until_s=time.monotonic() + desk.settings.call_timeout_s,
    )
    last = made[-1]
    if last.outcome != "answered":
        return Report(capability=capability, model=model, detail=f"{last.outcome}: {last.detail}")
    rate = last.answer_tokens / last.seconds if last.seconds > 0.0 else 0.0
    timing: dict[str, Any] = {"seconds": round(last.seconds, 2), "tokens_per_s": round(rate, 1)}
    try:
        said = answer.model_validate_json(last.text)
    except ValidationError as error:
        detail = f"not in the schema: {error.errors(include_url=False)[0]['msg']}"
        return Report(capability=capability, model=model, detail=detail, **timing)
    return Report(capability=capability, model=model, works=True, right=said == expected, **timing)


def _question(capability: Capability, desk: Desk) -> tuple[Brief, type[Answer], Answer]:
    if capability == "vision":
        image = np.full((180, 320, 3), 235, np.uint8)
        image[50:130, 210:290] = (20, 40, 220)
        shown = picture("square", "a square", image, desk.traits("vision"))
        question = "Which colour has the square, and on which side of the image is it?"
        return Brief({"question": question}, (shown,)), Seen, Seen(colour="blue", side="right")
    if capability == "text":
        return Brief({"question": "Which of rain, hammer and wind is a hit?"}), Read, Read(hit="hammer")
    sound = Sound("beeps", "a few beeps", 2.0, _beeps())
    return Brief({"question": "How many beeps does one hear?"}, (), (sound,)), Heard, Heard(beeps=_BEEPS)


def _beeps() -> bytes:
    """Beeps of 1 kHz, 0.2 s each, in two seconds of silence; WAV, 16 kHz, mono."""
    import soundfile

    time_s = np.arange(2 * _RATE_HZ) / _RATE_HZ
    tone = 0.4 * np.sin(2 * np.pi * 1000.0 * time_s)
    starts = 0.2 + 0.6 * np.arange(_BEEPS)
    sounding = np.any((time_s[:, None] >= starts) & (time_s[:, None] < starts + 0.2), axis=1)
    wav = io.BytesIO()
    soundfile.write(wav, (tone * sounding).astype(np.float32), _RATE_HZ, format="WAV", subtype="PCM_16")
    return wav.getvalue()


def in_words(report: Report) -> str:
    """One line for a terminal."""
    name = f"{report.capability:7}"
    if not report.model:
        return f"{name} no server: {COST_OF_MISSING[report.capability]}"
    if not report.works:
        return f"{name} {report.model}: FAILED, {report.detail}; without it {COST_OF_MISSING[report.capability]}"
    verdict = "right" if report.right else "in the schema, but wrong"
    return f"{name} {report.model}: {verdict}, {report.seconds:.2f} s, {report.tokens_per_s:.0f} tokens/s"
