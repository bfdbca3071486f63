"""The summing bus, in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foleydesigner.tools import audio_bus
from foleydesigner.tools.audio_bus import AudioBus


@pytest.fixture(params=["memory", "disk"], autouse=True)
def _where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "disk":
        monkeypatch.setattr(audio_bus, "IN_MEMORY", 0)


def ramp(n: int) -> np.ndarray:
    return np.stack([np.arange(n), -np.arange(n)]).astype(np.float32)


def test_tracks_are_summed_where_they_belong(tmp_path: Path) -> None:
    with AudioBus(tmp_path, 2, 10) as bus:
        bus.add(ramp(4), 2)
        bus.add(ramp(4), 4, gain=0.5)
        total = np.concatenate(list(bus.blocks()), axis=1)
    expected = [0, 0, 0, 1, 2, 3.5, 1, 1.5, 0, 0]
    np.testing.assert_array_equal(total, [expected, [-v for v in expected]])
    assert total.dtype == np.float32


def test_what_lies_beyond_either_end_is_dropped(tmp_path: Path) -> None:
    with AudioBus(tmp_path, 2, 4) as bus:
        bus.add(ramp(6), -2)
        bus.add(ramp(3), 9)
        bus.add(ramp(3), -9)
        np.testing.assert_array_equal(bus.read(0, 4)[0], [2, 3, 4, 5])


def test_a_growing_bus_keeps_what_lies_beyond_its_end(tmp_path: Path) -> None:
    with AudioBus(tmp_path, 2, 0, grows=True) as bus:
        bus.add(ramp(3), 0)
        bus.add(ramp(3), 7)
        assert bus.samples == 10
        np.testing.assert_array_equal(bus.read(0, 10)[0], [0, 1, 2, 0, 0, 0, 0, 0, 1, 2])
        bus.trim(8)
        assert [block.shape[1] for block in bus.blocks()] == [8]


def test_a_bus_that_outgrows_memory_goes_on_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_bus, "IN_MEMORY", 100)
    monkeypatch.setattr(audio_bus, "BLOCK", 16)
    rng = np.random.default_rng(1)
    expected = np.zeros((1, 400), np.float32)
    with AudioBus(tmp_path, 1, 0, grows=True) as bus:
        for start in rng.integers(0, 350, 40):
            piece = rng.standard_normal((1, 50)).astype(np.float32)
            bus.add(piece, int(start))
            expected[:, start : start + 50] += piece
        np.testing.assert_array_equal(bus.read(0, bus.samples), expected[:, : bus.samples])


def test_blocks_cover_everything_once_and_nothing_is_left_behind(tmp_path: Path) -> None:
    samples = audio_bus.BLOCK + 7
    with AudioBus(tmp_path, 1, samples) as bus:
        bus.add(np.ones((1, samples), np.float32), 0)
        lengths = [block.shape[1] for block in bus.blocks(2.0)]
        assert lengths == [audio_bus.BLOCK, 7]
        assert all(float(block.min()) == 2.0 == float(block.max()) for block in bus.blocks(2.0))
    assert list(tmp_path.iterdir()) == []


def test_a_stretch_is_changed_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_bus, "BLOCK", 4)
    with AudioBus(tmp_path, 2, 12) as bus:
        bus.add(ramp(12), 0)
        bus.change(lambda at, block: block + np.float32(100 * at), 3, 9)
        bus.scale(2.0)
        expected = [0, 2, 4, 606, 608, 610, 612, 1414, 1416, 18, 20, 22]
        np.testing.assert_array_equal(bus.read(0, 12)[0], expected)
        assert bus.peak() == 1416.0
