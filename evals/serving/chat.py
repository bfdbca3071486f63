"""One question to an OpenAI-compatible server with guided decoding, by the standard library alone."""

from __future__ import annotations

import base64
import io
import json
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ServingError

_UNPROXIED = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Reply:
    """What came back."""

    text: str
    finish_reason: str
    """`stop` when the model ended by itself, `length` when it was cut."""
    prompt_tokens: int
    tokens: int
    seconds: float

    @property
    def tokens_per_s(self) -> float:
        """Tokens of the reply over the whole time, reading the prompt included."""
        return self.tokens / self.seconds


def ask(
    url: str,
    model: str,
    words: str,
    schema: dict[str, Any] | None = None,
    *,
    images: Sequence[NDArray[np.uint8]] = (),
    sounds: Sequence[NDArray[np.float32]] = (),
    limit: int = 1500,
    seed: int = 0,
    temperature: float = 0.7,
    timeout_s: float = 300.0,
) -> Reply:
    """Ask once.

    Args:
        url: the server, with /v1.
        model: the name that it serves.
        words: the question.
        schema: JSON schema that the reply has to keep; None = free text.
        images: pictures (height, width, 3), RGB, sent as PNG data URLs.
        sounds: mono in [−1, 1] at 16 kHz, sent as WAV in base64 (`input_audio`).
        limit: tokens of the reply at most.
        seed: of the sampling.
        temperature: of the sampling.
        timeout_s: how long to wait.

    Raises:
        ServingError: the server refused, or did not answer.
    """
    content: list[dict[str, Any]] = [{"type": "text", "text": words}]
    content += [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in images]
    content += [{"type": "input_audio", "input_audio": {"data": wav(sound), "format": "wav"}} for sound in sounds]
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": content if images or sounds else words}],
        "max_tokens": limit,
        "seed": seed,
        "temperature": temperature,
    }
    if schema is not None:
        form = {"name": "reply", "schema": schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    began = time.perf_counter()
    answer = fetch(f"{url}/chat/completions", body, timeout_s)
    choice, usage = answer["choices"][0], answer["usage"]
    return Reply(
        text=choice["message"]["content"] or "",
        finish_reason=choice["finish_reason"],
        prompt_tokens=usage["prompt_tokens"],
        tokens=usage["completion_tokens"],
        seconds=time.perf_counter() - began,
    )


def fetch(url: str, body: object = None, timeout_s: float = 10.0) -> Any:
    """JSON of a GET, or of a POST with a body.

    Raises:
        ServingError: the server refused, or did not answer.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})  # noqa: S310 - a server we started
    try:
        with _UNPROXIED.open(request, timeout=timeout_s) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        said = error.read().decode("utf-8", "replace")[:300]
        raise ServingError(f"{url} answered {error.code}: {said}", "a reply", "change the request") from error
    except (OSError, ValueError) as error:
        raise ServingError(f"{url} did not answer ({error})", "a reply", "see the server's log") from error


def data_url(image: NDArray[np.uint8]) -> str:
    """A picture (height, width, 3), RGB, as PNG inside a URL."""
    import cv2

    coded = cv2.imencode(".png", image[..., ::-1])[1]
    return "data:image/png;base64," + base64.b64encode(coded.tobytes()).decode("ascii")


def wav(sound: NDArray[np.float32], rate_hz: int = 16000) -> str:
    """A mono sound in [−1, 1] as 16-bit WAV in base64."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate_hz, len(sound), "NONE", ""))
        writer.writeframes((np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return base64.b64encode(file.getvalue()).decode("ascii")
