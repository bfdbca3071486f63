"""Servers answer as minds need it: they name their model, look at pictures, and keep a schema."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict, Field

from foleydesigner.evals.serving import chat
from foleydesigner.evals.serving.servers import Endpoint

pytestmark = pytest.mark.serving


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Sound(Closed):
    label: str = Field(min_length=1, max_length=60)
    layer: Literal["feet", "moves", "props", "hard_fx", "bg"]
    prominence: int = Field(ge=0, le=10)
    on_screen: bool
    note: str | None = Field(max_length=80)


class Reply(Closed):
    summary: str = Field(max_length=200)
    sounds: list[Sound] = Field(min_length=1, max_length=3)


SCHEMA = Reply.model_json_schema()
WORDS = "A steel ball bounces on a wooden floor. Which sounds are heard? Answer in JSON."


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (180, 320, 3), dtype=np.uint8)


def noise(seed: int, length_s: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.1, round(length_s * 16000)).astype(np.float32)


def must_be_whole(reply: chat.Reply) -> Reply:
    assert reply.finish_reason == "stop", reply.text[-200:]
    return Reply.model_validate_json(reply.text)


@pytest.mark.parametrize("name", ["vision", "audio", "text", "smollm2"])
def test_the_model_is_named(name: str, request: pytest.FixtureRequest) -> None:
    endpoint: Endpoint = request.getfixturevalue(name)
    listed = chat.fetch(f"{endpoint.url}/models")
    assert endpoint.model in [model["id"] for model in listed["data"]]


@pytest.mark.parametrize("seed", range(3))
def test_vision_keeps_the_schema_with_pictures(vision: Endpoint, seed: int) -> None:
    asked = chat.ask(vision.url, vision.model, WORDS, SCHEMA, images=[picture(seed), picture(seed + 9)], seed=seed)
    must_be_whole(asked)


def test_pictures_reach_the_model(vision: Endpoint) -> None:
    blind = chat.ask(vision.url, vision.model, WORDS, SCHEMA)
    one = chat.ask(vision.url, vision.model, WORDS, SCHEMA, images=[picture(0)])
    two = chat.ask(vision.url, vision.model, WORDS, SCHEMA, images=[picture(0), picture(1)])
    # 320 x 180 px are 11 x 6 tokens of 28 px, and two that mark begin and end.
    assert one.prompt_tokens - blind.prompt_tokens == two.prompt_tokens - one.prompt_tokens == 11 * 6 + 2


def test_a_film_frame_stays_small(vision: Endpoint) -> None:
    frame = np.zeros((1080, 1920, 3), np.uint8)
    blind = chat.ask(vision.url, vision.model, "x", limit=1)
    asked = chat.ask(vision.url, vision.model, "x", limit=1, images=[frame])
    assert 500 < asked.prompt_tokens - blind.prompt_tokens <= 770


@pytest.mark.parametrize("seed", range(3))
def test_audio_keeps_the_schema_with_sounds(audio: Endpoint, seed: int) -> None:
    sounds = [noise(seed, 2.0), noise(seed + 9, 0.5)]
    must_be_whole(chat.ask(audio.url, audio.model, WORDS, SCHEMA, sounds=sounds, seed=seed))


def test_sounds_reach_the_model(audio: Endpoint) -> None:
    deaf = chat.ask(audio.url, audio.model, WORDS, SCHEMA)
    one = chat.ask(audio.url, audio.model, WORDS, SCHEMA, sounds=[noise(0, 2.0)])
    # 25 tokens a second, and two that mark begin and end.
    assert one.prompt_tokens - deaf.prompt_tokens == 50 + 2


@pytest.mark.parametrize("seed", range(3))
def test_text_keeps_the_schema(text: Endpoint, seed: int) -> None:
    must_be_whole(chat.ask(text.url, text.model, WORDS, SCHEMA, seed=seed))


def test_a_real_small_model_keeps_the_schema(smollm2: Endpoint) -> None:
    must_be_whole(chat.ask(smollm2.url, smollm2.model, WORDS, SCHEMA, temperature=0.0))


def test_what_guidance_cannot_keep_is_refused_and_not_ignored(text: Endpoint) -> None:
    from foleydesigner.evals.serving.keywords import table

    verdicts = dict(table(text.url, text.model))
    refused = {"not", "uniqueItems", "contains", "propertyNames", "if/then", "dependentRequired"}
    assert {name for name, verdict in verdicts.items() if verdict == "refused"} == refused
    assert "ignored" not in verdicts.values()
