"""Real servers for the tests that are marked `serving`; each starts once, when the first test asks for it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foleydesigner.evals.serving import servers


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the loopback is open, and nothing else."""
    connect = socket.socket.connect

    def loopback_only(self: socket.socket, address: Any, *rest: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to connect to {address}")
        connect(self, address, *rest)

    monkeypatch.setattr(socket.socket, "connect", loopback_only)


@pytest.fixture(scope="session")
def cache() -> Path:
    """The folder that scripts/serving/run prepared."""
    named = os.environ.get("FOLEY_SERVING_CACHE")
    if not named:
        pytest.fail("FOLEY_SERVING_CACHE is not set; start these tests by scripts/serving/run")
    return Path(named)


@pytest.fixture(scope="session")
def vision(cache: Path) -> Iterator[servers.Endpoint]:
    with servers.tiny(cache, "vision") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def audio(cache: Path) -> Iterator[servers.Endpoint]:
    with servers.tiny(cache, "audio") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def text(cache: Path) -> Iterator[servers.Endpoint]:
    with servers.tiny(cache, "text") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def smollm2(cache: Path) -> Iterator[servers.Endpoint]:
    with servers.smollm2(cache) as endpoint:
        yield endpoint
