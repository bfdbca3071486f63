"""The compose file serves what the profiles say, to this host only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from foleydesigner.serve_profiles import PROFILES, VLLM_VERSION, Starter, command_line

yaml = pytest.importorskip("yaml")
FILE = Path(__file__).resolve().parents[2] / "deploy" / "compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text("utf-8"))["services"]


def options(command: tuple[str, ...] | list[str]) -> dict[str, str]:
    joined = [part.split("=", 1) for part in command]
    return {name: value for name, value in joined if name not in ("--gpu-memory-utilization",)}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_served_with_the_same_options(services: dict[str, Any], profile: str) -> None:
    found = {
        options(service["command"])["--model"]: options(service["command"])
        for service in services.values()
        if profile in service["profiles"]
    }
    asked = {}
    for server in PROFILES[profile].servers:
        line = command_line(Starter(command=()), server, host="x", port=1)[1:]
        pairs = dict(zip(line[::2], line[1::2], strict=True))
        for inside in ("--host", "--port", "--served-model-name"):
            del pairs[inside]
        asked[server.model] = {"--model": server.model, **pairs}
    assert found == asked


def test_each_is_watched_bound_to_this_host_and_of_the_tested_release(services: dict[str, Any]) -> None:
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert "/health" in service["healthcheck"]["test"][-1]
        assert service["volumes"] == ["models:/root/.cache/huggingface"]
        assert service["image"].endswith(f":v{VLLM_VERSION}")
    assert f"vllm[audio]=={VLLM_VERSION}" in FILE.read_text("utf-8")
