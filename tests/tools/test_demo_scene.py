"""The demo's film: its truth, and that it is the same film each time."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from foleydesigner.script import FoleyScript, SoundEvent
from foleydesigner.tools import demo_scene
from foleydesigner.tools.demo_scene import Bounces


def test_the_ball_touches_the_floor_exactly_at_its_contacts() -> None:
    ball = Bounces()
    contacts = ball.contacts_s()
    assert contacts[0] == ball.first_s
    np.testing.assert_allclose(np.diff(contacts)[1:] / np.diff(contacts)[:-1], ball.restitution)
    for contact in contacts:
        assert ball.height(contact) == pytest.approx(0.0, abs=1e-12)
        assert ball.height(contact - 0.05) > 0.01
    middle = (contacts[0] + contacts[1]) / 2
    assert ball.height(middle) == pytest.approx(1.9 * ball.flight_s**2 / 8)  # g T^2 / 8


def test_the_scene_is_written_whole_and_reproducibly(tmp_path: Path) -> None:
    clip, screenplay = demo_scene.write_demo_scene(tmp_path / "a")
    again, _ = demo_scene.write_demo_scene(tmp_path / "b")
    assert clip.read_bytes() == again.read_bytes()
    assert screenplay.read_text("utf-8").startswith("INT. WORKSHOP - NIGHT")
    truth = json.loads((tmp_path / "a" / "truth.json").read_text("utf-8"))
    assert len(truth["bounces_s"]) == len(truth["bounce_azimuths_deg"]) == 5
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == demo_scene.FRAME_RATE
        assert sum(1 for _ in container.decode(stream)) == 192


def test_a_foot_on_the_floor_does_not_slide() -> None:
    times = 5.0 + np.linspace(0.0, 0.54, 12)
    spots = [demo_scene.walker_x(t) - demo_scene.foot_of((t - 5.0) / 0.55)[0] for t in times]
    np.testing.assert_allclose(spots, spots[0], atol=1e-12)
    before, after = (demo_scene.foot_of(v) for v in (1.999999, 2.0))
    assert before == pytest.approx(after, abs=1e-4)


def test_the_comparison_counts_what_is_near() -> None:
    truth = demo_scene.truth()
    onsets = tuple(t + 0.01 for t in truth["bounces_s"][:4])
    event = {
        "id": "ball", "label": "ball", "prompt": "ball", "family": "impact", "layer": "props", "kind": "impulsive",
        "onsets_s": onsets, "strengths": (1.0,) * 4, "placement": {"kind": "screen", "x": 0.5}, "origin": "picture",
    }  # fmt: skip
    script = FoleyScript.model_construct(events=(SoundEvent.model_validate(event),))
    assert demo_scene.compare(script)[0] == "bounces: 4 of 5 found, median 10 ms off"
    assert demo_scene.compare(FoleyScript.model_construct(events=()))[1] == "steps: 0 of 7 found"
