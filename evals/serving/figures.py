"""What the servers of the proof take: seconds to start, memory, tokens a second; docs/serving.md quotes them.

python -m foleydesigner.evals.serving.figures CACHE
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from foleydesigner.evals.serving.chat import Reply, ask
from foleydesigner.evals.serving.servers import Endpoint, smollm2, tiny

TOKENS = 200
TOGETHER = 8
HEAD = "| server | start | memory | one picture or sound | tokens/s, one request | tokens/s, eight together |"


def figures(cache: Path) -> Iterator[str]:
    """Rows of a table, one server after the other."""
    starts: dict[str, Callable[[], AbstractContextManager[Endpoint]]] = {
        "tiny Qwen2.5-VL, vLLM": partial(tiny, cache, "vision"),
        "tiny Qwen2-Audio, vLLM": partial(tiny, cache, "audio"),
        "tiny Qwen2.5, vLLM": partial(tiny, cache, "text"),
        "SmolLM2-135M Q4_1, llama.cpp": partial(smollm2, cache),
    }
    yield HEAD
    yield "|---|---|---|---|---|---|"
    for name, start in starts.items():
        with start() as endpoint:
            yield row(name, endpoint)


def row(name: str, endpoint: Endpoint) -> str:
    """Measure one server that is healthy; the first question of each kind warms it up and is not counted."""
    written(endpoint)
    alone = written(endpoint)
    began = perf_counter()
    with ThreadPoolExecutor(TOGETHER) as pool:
        together = list(pool.map(lambda seed: written(endpoint, seed), range(TOGETHER)))
    rate = sum(reply.tokens for reply in together) / (perf_counter() - began)
    memory_mb = endpoint.server.resident_mb()
    memory = "not measured" if memory_mb is None else f"{memory_mb / 1024:.1f} GB"
    columns = [name, f"{endpoint.started_s:.0f} s", memory, seen(endpoint), f"{alone.tokens_per_s:.0f}", f"{rate:.0f}"]
    return "| " + " | ".join(columns) + " |"


def written(endpoint: Endpoint, seed: int = 0) -> Reply:
    """A string of 200 characters and more, so that every server writes about the same."""
    schema = {
        "type": "object",
        "properties": {"text": {"type": "string", "minLength": 2 * TOKENS}},
        "required": ["text"],
        "additionalProperties": False,
    }
    return ask(endpoint.url, endpoint.model, "Describe the sound of rain.", schema, limit=TOKENS, seed=seed)


def seen(endpoint: Endpoint) -> str:
    """Seconds until the first token after a full-HD picture, or after ten seconds of sound; else a dash."""
    rng = np.random.default_rng(0)
    question = partial(ask, endpoint.url, endpoint.model, "What is it?", limit=1)
    if "vl" in endpoint.model:
        frames = [rng.integers(0, 256, (1080, 1920, 3), dtype=np.uint8) for _ in range(2)]
        return f"{[question(images=[frame]) for frame in frames][-1].seconds:.2f} s"
    if "audio" in endpoint.model:
        sounds = [rng.normal(0.0, 0.1, 160000).astype(np.float32) for _ in range(2)]
        return f"{[question(sounds=[sound]) for sound in sounds][-1].seconds:.2f} s"
    return "–"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    for line in figures(parser.parse_args().cache):
        print(line, flush=True)  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main()
