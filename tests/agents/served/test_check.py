"""`foley models check`: what works, what is wrong, what is missing."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile

from foleydesigner.agents.served.check import _beeps, check_all, in_words
from foleydesigner.agents.served.desk import Desk
from foleydesigner.config import Settings
from foleydesigner.evals.puppets.faults import FaultPlan
from foleydesigner.evals.puppets.server import MODEL, ScriptedServer
from foleydesigner.job import JobFolder


def test_right_wrong_and_how_fast(server: ScriptedServer, tmp_path: Path) -> None:
    desk = Desk(JobFolder(tmp_path / "job"), Settings(omni_url=server.url, omni_model=MODEL))
    try:
        vision, text, audio = check_all(desk)
    finally:
        desk.close()
    assert (vision.works, vision.right, text.right) == (True, True, True)
    assert (audio.works, audio.right) == (True, False)  # there are three beeps
    assert vision.seconds > 0.0
    assert in_words(text).startswith(f"text    {MODEL}: right, ")
    assert "in the schema, but wrong" in in_words(audio)


def test_what_is_not_there_and_what_it_costs(server: ScriptedServer, tmp_path: Path) -> None:
    server.faults = FaultPlan(seed=0, share=1.0, kinds=("prose",))
    desk = Desk(JobFolder(tmp_path / "job"), Settings(text_url=server.url, text_model=MODEL))
    try:
        lines = [in_words(report) for report in check_all(desk)]
    finally:
        desk.close()
    assert lines[0].startswith("vision  no server: FilmScribe writer, validator and source localiser are the house's")
    assert "text    scripted-omni: FAILED, not in the schema: Invalid JSON" in lines[1]
    assert "without it script expander" in lines[1]
    assert lines[2].startswith("audio   no server")


def test_there_are_three_beeps() -> None:
    samples, rate_hz = soundfile.read(io.BytesIO(_beeps()))
    loud = np.abs(samples).reshape(-1, rate_hz // 100).max(axis=1) > 0.1
    assert int(np.sum(np.diff(loud.astype(int)) == 1)) == 3
