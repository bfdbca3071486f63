"""The summing bus."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foleydesigner.tools import audio_bus
from foleydesigner.tools.audio_bus import AudioBus


def ramp(n: int) -> np.ndarray:
    return np.stack([np.arange(n), -np.arange(n)]).astype(np.float32)


def test_tracks_are_summed_where_they_belong(tmp_path: Path) -> None:
    with AudioBus(tmp_path / "bus.f32", 2, 10) as bus:
        bus.add(ramp(4), 2)
        bus.add(ramp(4), 4, gain=0.5)
        total = np.concatenate(list(bus.blocks()), axis=1)
    expected = [0, 0, 0, 1, 2, 3.5, 1, 1.5, 0, 0]
    np.testing.assert_array_equal(total, [expected, [-v for v in expected]])
    assert total.dtype == np.float32


def test_what_lies_beyond_either_end_is_dropped(tmp_path: Path) -> None:
    with AudioBus(tmp_path / "bus.f32", 2, 4) as bus:
        bus.add(ramp(6), -2)
        bus.add(ramp(3), 9)
        bus.add(ramp(3), -9)
        np.testing.assert_array_equal(bus.read(0, 4)[0], [2, 3, 4, 5])


def test_blocks_cover_everything_once_and_the_file_goes_away(tmp_path: Path) -> None:
    samples = audio_bus.BLOCK + 7
    with AudioBus(tmp_path / "bus.f32", 1, samples) as bus:
        bus.add(np.ones((1, samples), np.float32), 0)
        lengths = [block.shape[1] for block in bus.blocks(2.0)]
        assert lengths == [audio_bus.BLOCK, 7]
        assert all(float(block.min()) == 2.0 == float(block.max()) for block in bus.blocks(2.0))
    assert not (tmp_path / "bus.f32").exists()
