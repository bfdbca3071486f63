"""Shared by all tests: no network, one thread for numerics."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

# Fixtures of a whole module make jobs before `_own_settings` can speak: their traces would be sent, some time later.
os.environ["FOLEY_TRACE"] = "off"


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads the settings file, or a server's address, of whoever runs it."""
    monkeypatch.setenv("FOLEY_TRACE", "off")
    monkeypatch.setenv("FOLEY_SETTINGS_FILE", str(tmp_path_factory.getbasetemp() / "no_settings.toml"))
    for name in [name for name in os.environ if name.startswith("FOLEY_") and name.endswith(("_URL", "_KEY", "MINDS"))]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any test that tries to reach another machine."""

    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any, *rest: Any) -> None:
        here = self.family == getattr(socket, "AF_UNIX", None) or address[0] == "127.0.0.1"
        if not here:
            raise AssertionError(f"a test tried to connect to {address}")
        connect(self, address, *rest)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
