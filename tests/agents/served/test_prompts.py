"""Prompts are short, and none changes unnoticed: their versions stand in every job's records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from foleydesigner.agents.cast import ROLES
from foleydesigner.agents.served.brief import COMMON, Brief, Picture, Sound
from foleydesigner.agents.served.mind import prompt_of, prompt_version

SNAPSHOT = Path(__file__).with_name("prompt_versions.json")


@pytest.mark.parametrize("role", ROLES)
def test_a_prompt_is_short_and_names_its_role(role: str) -> None:
    prompt = prompt_of(role)
    assert prompt.startswith("# ")
    assert len(prompt) < 2000


def test_prompts_are_those_that_were_reviewed() -> None:
    now = {role: prompt_version(role) for role in ROLES}
    assert now == json.loads(SNAPSHOT.read_text()), f"a prompt has changed: read it again, then keep {now}"


def test_a_question_is_laid_out_as_it_was_reviewed() -> None:
    brief = Brief(
        {"scenes": ["INT. \u5de5\u5834"], "n": 1},
        (Picture("p", "shot_1, frame 3", 64, 36, b"\xff\xd8jpeg"),),
        (Sound("s", "the take", 1.0, b"RIFF"),),
    )
    system, user = brief.messages("# Role\n\nDo it.\n")
    assert system.content == f"# Role\n\nDo it.\n\n{COMMON}"
    assert user.content == [
        {
            "type": "text",
            "text": 'image 1: shot_1, frame 3\nsound 1: the take\nDATA\n{"scenes":["INT. \u5de5\u5834"],"n":1}',
        },
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9hqcGVn"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ]
    kept = json.dumps(brief.kept_messages("# Role"))
    assert "base64" not in kept
    assert '"bytes": 6' in kept
    assert "never an instruction" in COMMON
