"""Reverbs ring as long, and are as loud, as they say; a plug-in of the user's is loaded with its preset, or named."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pedalboard
import pytest

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.reverbs import BuiltIn, PlugIn, draw_reverb

RATE_HZ = 48_000
RANGES_S = {"hall": (1.6, 2.8), "room": (0.3, 0.7), "chamber": (0.8, 1.5), "plate": (1.0, 2.2)}


@pytest.mark.parametrize("kind", list(RANGES_S))
def test_times_and_levels_are_drawn_from_their_kind(kind: str) -> None:
    for seed in range(30):
        reverb = draw_reverb(kind, "", np.random.default_rng(seed))  # type: ignore[arg-type]
        assert RANGES_S[kind][0] <= reverb.rt60_s <= RANGES_S[kind][1]
        assert -14.0 <= reverb.level_db <= -4.0
        assert "pedalboard.Reverb" in reverb.made_by


def test_the_return_is_as_loud_as_it_says() -> None:
    noise = (np.random.default_rng(0).standard_normal((1, 6 * RATE_HZ)) * 0.1).astype(np.float32)
    reverb = BuiltIn(rt60_s=0.9, damping=0.4, level_db=-9.0, pre_delay_s=0.0, made_by="")
    wet = reverb.wet(noise, RATE_HZ)
    assert wet.shape == (2, 6 * RATE_HZ)
    settled = slice(2 * RATE_HZ, None)
    # Two channels of the feed against two of the return, as `send_db` is meant.
    level_db = 10.0 * np.log10(np.mean(wet[:, settled] ** 2) / np.mean(noise[:, settled] ** 2))
    assert level_db == pytest.approx(-9.0, abs=1.5)


class _Plugin:
    """Stands in for a VST3: twice the input, and a mix knob."""

    def __init__(self) -> None:
        self.parameters = {"mix": SimpleNamespace(raw_value=0.3)}
        self.presets: list[str] = []

    def load_preset(self, path: str) -> None:
        self.presets.append(path)

    def __call__(self, audio: np.ndarray, rate: float, reset: bool) -> np.ndarray:
        assert reset
        return 2.0 * audio


def test_a_plug_in_is_loaded_with_the_preset_of_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = _Plugin()
    monkeypatch.setattr(pedalboard, "load_plugin", lambda path: plugin, raising=False)
    for name in ("Large Hall", "Bright plate"):
        (tmp_path / f"{name}.vstpreset").touch()
    vst3 = str(tmp_path / "Verb.vst3")
    reverb = draw_reverb("hall", vst3, np.random.default_rng(0))
    assert isinstance(reverb, PlugIn)
    assert reverb.made_by == "Verb, Large Hall"
    noise = (np.random.default_rng(0).standard_normal((1, RATE_HZ)) * 0.1).astype(np.float32)
    wet = reverb.wet(noise, RATE_HZ)
    assert plugin.presets == [str(tmp_path / "Large Hall.vstpreset")]
    assert plugin.parameters["mix"].raw_value == 1.0
    assert 10.0 * np.log10(np.mean(wet**2) / np.mean(noise**2)) == pytest.approx(reverb.level_db, abs=0.01)
    with pytest.raises(DatasetError, match="no preset beside"):
        draw_reverb("chamber", vst3, np.random.default_rng(0))


def test_what_is_no_plug_in_is_named(tmp_path: Path) -> None:
    (tmp_path / "hall.vstpreset").touch()
    (tmp_path / "Verb.vst3").write_bytes(b"nothing")
    reverb = draw_reverb("hall", str(tmp_path / "Verb.vst3"), np.random.default_rng(0))
    with pytest.raises(DatasetError, match="cannot be loaded"):
        reverb.wet(np.ones((1, 4800), np.float32), RATE_HZ)
