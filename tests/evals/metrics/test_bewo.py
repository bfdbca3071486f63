"""The published delay errors on sounds whose delay is known."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.evals.metrics import bewo
from foleydesigner.evals.metrics.gcc_bewo import GccPhat
from foleydesigner.tools.panning import interaural_delay_s

FIVE_DEG = (-45.0, -15.0, 0.0, 15.0, 45.0)
SPACING_M = 0.17


def delayed(delay_s: float, seconds: float = 2.0, seed: int = 0) -> np.ndarray:
    """White noise at 16 kHz whose left channel is `delay_s` late, exactly: by the phase of its whole spectrum."""
    count = round(seconds * bewo.RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    turn = np.exp(-1j * np.pi * np.fft.rfftfreq(count, 1.0 / bewo.RATE_HZ) * delay_s)
    return 0.1 * np.stack([np.fft.irfft(spectrum * turn), np.fft.irfft(spectrum * turn.conj())]).astype(np.float32)


def test_centred_mono_scores_what_follows_from_the_spacing() -> None:
    delays = [np.full(20, interaural_delay_s(azimuth, SPACING_M)) for azimuth in FIVE_DEG]
    # 1000 (d / c)^2 in ms^2, times the mean squared sine of the five azimuths.
    wanted = 1e3 * (1e3 * SPACING_M / 343.0) ** 2 * np.mean(np.sin(np.deg2rad(FIVE_DEG)) ** 2)
    assert wanted == pytest.approx(55.7, abs=0.05)
    assert bewo.mono_floor(delays) == pytest.approx(wanted)
    mono = np.repeat(delayed(0.0)[:1], 2, axis=0)
    trace = GccPhat(step=64).trace_s(mono)
    heard = bewo.sounding(mono)
    assert np.mean([bewo.annotated_error(trace, delay, heard) for delay in delays]) == pytest.approx(wanted)


def test_the_right_delays_score_only_what_whole_samples_cost() -> None:
    for azimuth in FIVE_DEG:
        delay_s = float(interaural_delay_s(azimuth, SPACING_M))
        sound = delayed(delay_s)
        trace = GccPhat(step=64).trace_s(sound)
        # No interpolation: the nearest sixteenth of a millisecond is what is read.
        nearest_s = round(delay_s * bewo.RATE_HZ) / bewo.RATE_HZ
        assert trace == pytest.approx(nearest_s)
        error = bewo.annotated_error(trace, np.full(len(trace), delay_s), bewo.sounding(sound))
        assert error == pytest.approx(1e3 * (1e3 * (nearest_s - delay_s)) ** 2)
        assert error < 1.0
        assert bewo.squared_error(trace, trace) == 0.0


def test_every_window_of_the_definition_is_read() -> None:
    sound = delayed(3 / bewo.RATE_HZ, 0.272)
    whole = GccPhat().trace_s(sound)
    assert whole.shape == (2, bewo.SHIFTS + 1)
    assert whole == pytest.approx(3 / bewo.RATE_HZ)
    assert GccPhat().name == "GCC-PHAT"
    assert "17 of the 513" in GccPhat(32).name


def test_silence_reads_the_centre_and_is_left_out_of_the_annotated_error() -> None:
    sound = delayed(5 / bewo.RATE_HZ, 3.0)
    sound[:, bewo.RATE_HZ :] = 0.0
    trace = GccPhat(step=128).trace_s(sound)
    heard = bewo.sounding(sound)
    assert trace[-5:] == pytest.approx(0.0)
    assert heard[:9].all()
    assert not heard[-5:].any()
    assert bewo.annotated_error(trace[:10], np.full(10, 5 / bewo.RATE_HZ), heard[:10]) == pytest.approx(0.0, abs=2.0)
    assert bewo.annotated_error(trace, np.zeros(len(trace)), np.zeros(len(trace), dtype=bool)) is None


def test_frames_are_those_of_ten_a_second_held_inside_the_clip() -> None:
    starts = bewo.frame_starts(160_000)
    assert len(starts) == 100
    assert list(starts[:3]) == [0, 0, 1280]
    assert starts[50] == 80_000 - 1920
    assert starts[-1] == 160_000 - 4352
    assert len(bewo.frame_starts(16_000 * 3)) == 30
    assert len(bewo.frame_starts(16_000 * 60)) == 100


def test_other_rates_and_what_cannot_be_measured() -> None:
    tone = np.zeros((2, 48_000), np.float32)
    assert bewo.at_rate(tone, 48_000).shape == (2, 16_000)
    with pytest.raises(EngineError, match="two finite channels"):
        bewo.at_rate(tone[:1], 48_000)
    with pytest.raises(EngineError, match=r"0\.272 s at least"):
        bewo.at_rate(tone[:, :4000], 16_000)
    with pytest.raises(EngineError, match="one for each of 3 frames"):
        bewo.annotated_error(np.zeros((3, 1)), np.zeros(4), np.zeros(4, dtype=bool))
