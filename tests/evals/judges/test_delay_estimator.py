"""The learned delay estimator: exact without a room, better than plain correlation in one."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.errors import CheckpointError, EngineError
from foleydesigner.evals.judges import delay_estimator as own
from foleydesigner.evals.judges.delay_estimator import LearnedDelay
from foleydesigner.evals.metrics.bewo import RATE_HZ, at_rate
from foleydesigner.evals.metrics.itd import frame_delays_s
from foleydesigner.tools.panning import interaural_delay_s

SPACING_M = 0.17


def delayed(delay_s: float, seconds: float, rate_hz: int, seed: int = 0) -> np.ndarray:
    """White noise whose left channel is `delay_s` late, exactly: by the phase of its whole spectrum."""
    count = round(seconds * rate_hz)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    turn = np.exp(-1j * np.pi * np.fft.rfftfreq(count, 1.0 / rate_hz) * delay_s)
    return 0.1 * np.stack([np.fft.irfft(spectrum * turn), np.fft.irfft(spectrum * turn.conj())]).astype(np.float32)


@pytest.mark.parametrize("delay_us", [200.0, -200.0, 37.0, 495.0, 0.0])
def test_a_delay_without_a_room_is_read_to_two_microseconds(delay_us: float) -> None:
    sound = delayed(1e-6 * delay_us, 2.0, 48_000)
    found = LearnedDelay().trace_s(at_rate(sound, 48_000))
    assert found.shape == (20, 4)
    np.testing.assert_allclose(1e6 * found, delay_us, atol=2.0)
    np.testing.assert_allclose(1e6 * frame_delays_s(sound[:, :24_000], 48_000), delay_us, atol=2.0)


def test_in_a_room_it_errs_less_than_plain_correlation() -> None:
    pyroomacoustics = pytest.importorskip("pyroomacoustics")
    learned, plain = [], []
    for seed, azimuth_deg in enumerate((-50.0, -20.0, 10.0, 35.0)):
        rng = np.random.default_rng(9000 + seed)
        dry = np.zeros(3 * RATE_HZ)
        for hit in np.arange(0.2, 2.8, 0.35):
            at = round(hit * RATE_HZ)
            dry[at : at + 2400] = rng.standard_normal(2400) * np.exp(-np.arange(2400) / 400.0)
        size = np.array([6.0, 8.0, 3.0]) + rng.uniform(0.0, 1.0, 3)
        room = pyroomacoustics.ShoeBox(size, fs=RATE_HZ, materials=pyroomacoustics.Material(0.35), max_order=12)
        middle, angle = np.array([3.1, 2.0, 1.5]), np.deg2rad(azimuth_deg)
        room.add_source(middle + 2.5 * np.array([np.sin(angle), np.cos(angle), 0.0]), signal=dry)
        half = np.array([0.5 * SPACING_M, 0.0, 0.0])
        room.add_microphone_array(np.stack([middle - half, middle + half], axis=1))
        room.simulate()
        wet = room.mic_array.signals[:, : len(dry)].astype(np.float32)
        true_s = float(interaural_delay_s(azimuth_deg, SPACING_M))
        for errors, estimator in ((learned, LearnedDelay()), (plain, LearnedDelay.plain())):
            errors.append(np.abs(estimator.trace_s(wet)[3:] - true_s).mean())
    assert 1e6 * np.mean(plain) > 20.0
    assert np.mean(learned) < 0.5 * np.mean(plain)


def test_exchanged_channels_turn_the_sign_and_silence_reads_the_middle() -> None:
    sound = delayed(1.5e-4, 1.0, RATE_HZ)
    estimator = LearnedDelay()
    np.testing.assert_allclose(estimator.delays_s(sound[::-1]), -estimator.delays_s(sound), atol=1e-9)
    assert not LearnedDelay().delays_s(np.zeros((2, RATE_HZ), np.float32)).any()
    # Level does not matter.
    np.testing.assert_allclose(estimator.delays_s(1e-3 * sound), estimator.delays_s(sound), atol=1e-8)


def test_silence_after_sound_is_neither_coherent_nor_endless() -> None:
    sound = delayed(1.5e-4, 2.0, RATE_HZ)
    sound[:, RATE_HZ:] = 0.0
    phases, inputs = own.cells(sound)
    assert np.abs(inputs[: own.BANDS]).max() <= 3.001
    assert np.abs(inputs[own.BANDS :]).max() <= 1.001
    assert inputs[own.BANDS :, 20:80].mean() > 0.9
    assert (inputs[own.BANDS :, 110:] < -0.999).all()
    assert not phases[110:].any()


def test_weights_are_small_and_others_are_refused(tmp_path: Path) -> None:
    shipped = resources.files("foleydesigner.evals.judges").joinpath("delay_estimator.npz")
    assert len(shipped.read_bytes()) <= 300_000
    weights = own.load_weights()
    assert {name: array.shape for name, array in weights.items()} == own.shapes()
    with pytest.raises(CheckpointError, match="cannot be read"):
        LearnedDelay(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(CheckpointError, match="cannot be read"):
        LearnedDelay(tmp_path / "text.npz")
    np.savez(tmp_path / "objects.npz", first=np.array([{}], dtype=object))
    with pytest.raises(CheckpointError, match="cannot be read"):
        LearnedDelay(tmp_path / "objects.npz")
    np.savez(tmp_path / "few.npz", **{name: array for name, array in weights.items() if name != "shares"})
    with pytest.raises(CheckpointError, match="other arrays"):
        LearnedDelay(tmp_path / "few.npz")
    broken = {name: np.full_like(array, np.nan) for name, array in weights.items()}
    np.savez(tmp_path / "nan.npz", **broken)
    with pytest.raises(CheckpointError, match="finite"):
        LearnedDelay(tmp_path / "nan.npz")


def test_the_convolution_is_the_textbook_s() -> None:
    rng = np.random.default_rng(0)
    rows, weight, bias = (rng.standard_normal(shape).astype(np.float32) for shape in ((3, 40), (2, 3, 5), (2,)))
    found = own.convolved(rows, weight, bias, 4)
    wanted = np.zeros((2, 40))
    for out in range(2):
        for at in range(40):
            taps = [(t, at + 4 * (t - 2)) for t in range(5) if 0 <= at + 4 * (t - 2) < 40]
            wanted[out, at] = bias[out] + sum(weight[out, k, t] * rows[k, j] for t, j in taps for k in range(3))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_bad_sound_is_refused() -> None:
    for wrong in (np.zeros(100), np.zeros((1, 4000)), np.zeros((2, 100)), np.full((2, 4000), np.nan)):
        with pytest.raises(EngineError, match="two finite channels"):
            LearnedDelay().delays_s(wrong)
