"""One family by itself: what is asked for is what is made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from foleydesigner.cli import cli
from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.judges import audioset_table
from foleydesigner.generator.procedural.engine import ProceduralEngine
from foleydesigner.generator.procedural.trial import INTERVAL_S, trial_request
from foleydesigner.script import FAMILIES


def test_hits_come_at_their_interval_and_the_rest_goes_on() -> None:
    hits = trial_request("footsteps", 3.0, 0).cue
    assert np.allclose(np.diff(hits.onsets_s), INTERVAL_S["footsteps"])
    assert hits.spans == ()
    rain = trial_request("rain", 3.0, 0, {"level": 0.5}).cue
    assert [(s.start_s, s.end_s, s.levels) for s in rain.spans] == [(0.0, 3.0, (0.5, 0.5))]
    assert len(trial_request("impact", 1.0, 0, {"interval_s": "0.1"}).cue.onsets_s) == 4


@pytest.mark.parametrize(
    ("family", "settings", "reason"),
    [
        ("dog", {}, "no family is called 'dog'"),
        ("rain", {"colour": "red"}, "no parameter is called 'colour'"),
        ("rain", {"intensity": "loud"}, "intensity is 'loud'"),
        ("rain", {"intensity": "1.5"}, r"intensity is 1\.5"),
        ("rain", {"size": "vast"}, "size is 'vast'"),
        ("impact", {"strength": "2"}, "strength is 2"),
        ("impact", {"interval_s": "nan"}, "interval_s is nan"),
        ("impact", {"count": "0"}, "count is 0"),
    ],
)
def test_what_cannot_be_is_said(family: str, settings: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        trial_request(family, 2.0, 0, settings)


def test_the_judges_table_covers_every_family_with_settings_that_can_be_made() -> None:
    table = audioset_table()
    assert set(table["accepted"]) == set(table["settings"]) == set(FAMILIES)
    for family in FAMILIES:
        assert table["accepted"][family]
        assert len(table["settings"][family]) == 3
        for setting in table["settings"][family]:
            chosen = {name: value for name, value in setting.items() if name != "concept"}
            assert trial_request(family, 1.0, 0, chosen).event.family == family


def test_the_command_lists_and_renders(tmp_path: Path) -> None:
    listed = CliRunner().invoke(cli, ["sounds"])
    assert listed.exit_code == 0
    assert all(f"  {family} " in listed.output for family in FAMILIES)
    out = tmp_path / "bell.wav"
    options = ["--seconds", "3", "--seed", "4", "--set", "size=large", "--out", str(out)]
    made = CliRunner().invoke(cli, ["sounds", "render", "bell", *options])
    assert made.exit_code == 0, made.output
    audio, rate_hz = soundfile.read(out, always_2d=True)
    assert (rate_hz, audio.shape[1]) == (48000, 2)
    assert np.abs(audio).max() > 0.01
    (take,) = ProceduralEngine(workers=1).render([trial_request("bell", 3.0, 4, {"size": "large"})])
    assert take.dry.samples == len(audio)
    refused = CliRunner().invoke(cli, ["sounds", "render", "bell", "--set", "size", "--out", str(out)])
    assert refused.exit_code == 2
