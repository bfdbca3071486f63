"""Makes the hand-written films importable, and gives a desk whose server is scripted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from foleydesigner.agents.served.desk import Desk
from foleydesigner.config import Settings
from foleydesigner.evals.puppets.answers import Puppet
from foleydesigner.evals.puppets.server import MODEL, ScriptedServer, serving
from foleydesigner.job import JobFolder


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server without faults and latency; tests may give it some."""
    with serving(ScriptedServer(Puppet())) as scripted:
        yield scripted


@pytest.fixture
def desk(server: ScriptedServer, tmp_path: Path) -> Iterator[Desk]:
    """A desk of an empty job that asks the scripted server."""
    settings = Settings(omni_url=server.url, omni_model=MODEL, call_timeout_s=1.0, answer_timeout_s=10.0)
    opened = Desk(JobFolder(tmp_path / "job"), settings)
    yield opened
    opened.close()
