"""Profiles and the command line that vLLM is started with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from foleydesigner import gpus, serve, serve_profiles
from foleydesigner.cli_models import MODEL_KINDS, PROFILE_NAMES
from foleydesigner.errors import ConfigurationError, ServingError
from foleydesigner.gpus import Gpu
from foleydesigner.serve_profiles import PROFILES, Starter, chosen, command_line, variables

STARTER = Starter(command=("vllm", "serve"))
GPUS = (Gpu(0, "A", 100.0, 48000.0), Gpu(1, "A", 100.0, 48000.0))


def value(command: tuple[str, ...], option: str) -> str:
    return command[command.index(option) + 1]


def test_help_lists_every_profile() -> None:
    assert tuple(PROFILES) == PROFILE_NAMES
    assert {server.name for profile in PROFILES.values() for server in profile.servers} <= set(MODEL_KINDS)


def test_the_command_line_says_everything() -> None:
    (vision, audio) = chosen("paper", {})
    command = command_line(STARTER, vision, host="127.0.0.1", port=8010, gpu_memory=0.45)
    assert command[:3] == ("vllm", "serve", "Qwen/Qwen2.5-VL-7B-Instruct")
    assert value(command, "--host") == "127.0.0.1"
    assert value(command, "--port") == "8010"
    assert value(command, "--max-model-len") == "16384"
    assert value(command, "--gpu-memory-utilization") == "0.45"
    guided = json.loads(value(command, "--structured-outputs-config"))
    assert guided == {"backend": "guidance", "disable_any_whitespace": True}
    assert json.loads(value(command, "--limit-mm-per-prompt")) == {"image": 16, "video": 0}
    assert json.loads(value(command, "--mm-processor-kwargs")) == {"max_pixels": 602112}
    heard = command_line(STARTER, audio, host="127.0.0.1", port=8011)
    assert json.loads(value(heard, "--limit-mm-per-prompt")) == {"audio": 4}
    assert "--mm-processor-kwargs" not in heard
    assert "--gpu-memory-utilization" not in heard


def test_options_go_before_the_profile() -> None:
    (vision,) = chosen("small", {"vision": "/models/mine"})
    command = command_line(STARTER, vision, host="::1", port=9, context=4096, images=3)
    assert command[2] == "/models/mine"
    assert value(command, "--max-model-len") == "4096"
    assert json.loads(value(command, "--limit-mm-per-prompt"))["image"] == 3


def test_a_text_model_of_its_own_takes_the_text_mind() -> None:
    servers = chosen("paper", {"text": "mine"})
    assert [(server.name, server.minds) for server in servers] == [
        ("vision", ("vision",)),
        ("audio", ("audio",)),
        ("text", ("text",)),
    ]
    assert "--limit-mm-per-prompt" not in command_line(STARTER, servers[2], host="127.0.0.1", port=1)


@pytest.mark.parametrize(
    ("profile", "models", "words"),
    [("small", {"audio": "x"}, "--audio-model with profile small"), ("big", {}, "profile 'big'")],
)
def test_what_does_not_fit_is_said(profile: str, models: dict[str, str | None], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        chosen(profile, models)


def test_the_lines_to_set() -> None:
    (omni,) = chosen("omni", {})
    lines = variables([(omni, "http://127.0.0.1:8010")])
    assert lines["FOLEY_OMNI_URL"] == lines["FOLEY_TEXT_URL"] == "http://127.0.0.1:8010/v1"
    assert lines["FOLEY_AUDIO_MODEL"] == "Qwen/Qwen2.5-Omni-7B"
    assert len(lines) == 8


@pytest.mark.parametrize(("tool", "start"), [("uvx", ()), ("uv", ("tool", "run"))])
def test_uv_brings_vllm_in_its_own_environment(
    monkeypatch: pytest.MonkeyPatch, tool: str, start: tuple[str, ...]
) -> None:
    monkeypatch.setattr(
        serve_profiles.shutil, "which", lambda name, path=None: f"/bin/{name}" if name == tool else None
    )
    command = serve_profiles.uv_starter("9.9").command
    assert command[: 1 + len(start)] == (f"/bin/{tool}", *start)
    assert command[-4:] == ("--from", "vllm[audio]==9.9", "vllm", "serve")


def test_without_uv_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_profiles.shutil, "which", lambda name, path=None: None)
    with pytest.raises(ServingError, match="neither uvx nor uv was found"):
        serve_profiles.uv_starter("9.9")


def test_an_interpreter_that_has_vllm() -> None:
    starter = serve_profiles.on_cpu(serve_profiles.python_starter(Path(sys.executable)), cache_gb=2)
    (vision,) = chosen("small", {})
    command = command_line(starter, vision, host="127.0.0.1", port=1)
    assert command[:4] == (sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model")
    assert "--enforce-eager" in command
    assert starter.environment["VLLM_CPU_KVCACHE_SPACE"] == "2"
    with pytest.raises(ServingError, match="nowhere"):
        serve_profiles.python_starter(Path("/nowhere/python"))


def planned(found: tuple[Gpu, ...], tmp_path: Path, **options: float) -> tuple[serve.Plan, ...]:
    return serve.plans(chosen("paper", {}), STARTER, found, host="127.0.0.1", port=8010, logs=tmp_path, **options)


def test_one_gpu_is_shared_and_two_are_dealt_out(tmp_path: Path) -> None:
    shared = planned(GPUS[:1], tmp_path)
    assert [value(plan.launch.command, "--gpu-memory-utilization") for plan in shared] == ["0.45", "0.45"]
    dealt = planned(GPUS, tmp_path)
    assert [value(plan.launch.command, "--gpu-memory-utilization") for plan in dealt] == ["0.9", "0.9"]
    assert [plan.launch.environment["CUDA_VISIBLE_DEVICES"] for plan in dealt] == ["0", "1"]
    assert [plan.launch.port for plan in dealt] == [8010, 8011]
    assert value(planned(GPUS, tmp_path, gpu_memory=0.5)[0].launch.command, "--gpu-memory-utilization") == "0.5"


def test_the_key_is_handed_on_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLEY_API_KEY", "secret-key")
    plan = planned((), tmp_path)[0]
    assert plan.launch.environment["VLLM_API_KEY"] == "secret-key"
    assert "secret-key" not in serve.shown(plan)
    assert "VLLM_NO_USAGE_STATS=1" in serve.shown(plan)


def test_no_gpu_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus.shutil, "which", lambda name: None)
    with pytest.raises(ServingError, match="no GPU was found"):
        serve.require_gpus()


def test_gpus_are_read_from_the_table() -> None:
    table = "0, NVIDIA RTX A6000, 412, 49140\n1, NVIDIA L4, 0, 23034\nNo devices were found\n2, odd, [N/A], 1\n"
    found = gpus.read(table)
    assert found == (Gpu(0, "NVIDIA RTX A6000", 412.0, 49140.0), Gpu(1, "NVIDIA L4", 0.0, 23034.0))
    assert [gpu.index for gpu in gpus.visible(found, "1")] == [1]
    assert gpus.visible(found, "1,0") == (found[1], found[0])
    assert gpus.visible(found, "GPU-8932f937") == found
    assert gpus.visible(found, None) == found
