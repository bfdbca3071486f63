"""The reverb return rings for the time that was asked for, at the level that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import ConfigurationError, EngineError
from foleydesigner.mix import ReverbSettings
from foleydesigner.tools.reverb import (
    StreamingReverb,
    calibration,
    reachable_rt60_s,
    reverb_return,
    room_size_for,
    short_response,
)
from foleydesigner.tools.reverberation_time import rt60_of_impulse_response

RATE = 48_000


def settings(rt60_s, damping=0.5, send_db=0.0, width=1.0):
    return ReverbSettings(
        event_id="e",
        scene_id="s",
        send_db=send_db,
        room_size=room_size_for(rt60_s, damping),
        damping=damping,
        width=width,
        target_rt60_s=rt60_s,
    )


def impulse():
    click = np.zeros((1, 100), np.float32)
    click[0, 0] = 1.0
    return click


@pytest.mark.parametrize("damping", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("rt60_s", [0.15, 0.3, 0.5, 0.7, 1.0, 1.8, 3.0])
def test_measured_rt60_is_the_target(rt60_s, damping):
    wet = reverb_return(impulse(), settings(rt60_s, damping), RATE)
    assert rt60_of_impulse_response(wet, RATE) == pytest.approx(rt60_s, rel=0.10)


@pytest.mark.parametrize("rt60_s", [0.0, 0.3, 0.9, 2.5])
@pytest.mark.parametrize("width", [0.5, 1.0])
def test_send_is_the_energy_of_the_return_over_the_track(rt60_s, width):
    dry = (0.1 * np.random.default_rng(1).standard_normal((1, 3 * RATE))).astype(np.float32)
    wet = reverb_return(np.concatenate([dry, dry]), settings(rt60_s, send_db=-12.0, width=width), RATE)
    energy = np.sum(wet.astype(float) ** 2) / (2 * np.sum(dry.astype(float) ** 2))
    assert 10 * np.log10(energy) == pytest.approx(-12.0, abs=1.0)


def test_return_is_stereo_with_its_tail_and_decorrelated():
    dry = np.zeros((1, RATE // 10), np.float32)
    dry[0, :50] = 0.5
    for rt60_s in (0.4, 1.5):
        wet = reverb_return(dry, settings(rt60_s), RATE)
        assert wet.dtype == np.float32
        assert wet.shape[0] == 2
        assert wet.shape[1] - dry.shape[1] >= rt60_s * RATE
        assert abs(np.corrcoef(wet)[0, 1]) < 0.5
        assert np.abs(wet[:, -1]).max() < 1e-3 * np.abs(wet).max()


def test_open_air_gives_only_early_reflections():
    wet = reverb_return(impulse(), settings(0.0), RATE)
    assert wet.shape[1] <= 0.11 * RATE
    late = np.abs(wet[:, round(0.09 * RATE) :]).max()
    assert late < 0.01 * np.abs(wet).max()
    assert np.abs(wet[:, : round(0.016 * RATE)]).max() < 1e-9


def test_pre_delay_moves_the_return():
    plain = reverb_return(impulse(), settings(0.4), RATE)
    late = reverb_return(impulse(), settings(0.4), RATE, pre_delay_s=0.02)
    np.testing.assert_allclose(late[:, 960:], plain, atol=1e-7)


@pytest.mark.parametrize("rt60_s", [0.0, 0.3, 1.2])
def test_a_stream_of_blocks_sounds_the_same(rt60_s):
    dry = (0.1 * np.random.default_rng(4).standard_normal((2, RATE))).astype(np.float32)
    stream = StreamingReverb(settings(rt60_s), RATE, pre_delay_s=0.01)
    pieces = [stream.push(dry[:, first : first + 4999]) for first in range(0, RATE, 4999)]
    assert [piece.shape[1] for piece in pieces[:2]] == [4999, 4999]
    joined = np.concatenate([*pieces, stream.flush()], axis=1)
    np.testing.assert_allclose(joined, reverb_return(dry, settings(rt60_s), RATE, pre_delay_s=0.01), atol=1e-5)


@pytest.mark.parametrize("samples", [0, 1, 2, 5])
def test_very_short_tracks_ring_too(samples):
    wet = reverb_return(np.full((1, samples), 0.5, np.float32), settings(1.0), RATE)
    assert wet.shape[1] > RATE
    assert wet.any() == (samples > 0)


def test_same_settings_same_bytes():
    for rt60_s in (0.3, 1.2):
        first, second = (reverb_return(impulse(), settings(rt60_s), RATE) for _ in range(2))
        assert first.tobytes() == second.tobytes()


def test_calibration_is_monotonic_and_inverts():
    table = calibration()
    assert (np.diff(table.rt60_s, axis=0) > 0).all()
    assert (np.diff(table.rt60_s, axis=1) < 0).all()
    for damping in (0.0, 0.33, 1.0):
        shortest, longest = reachable_rt60_s(damping)
        assert 0.5 < shortest < 0.7
        assert longest > 9.0
        for rt60_s in (0.8, 2.0, 6.0):
            assert table.rt60(room_size_for(rt60_s, damping), damping) == pytest.approx(rt60_s, rel=1e-6)
        assert room_size_for(0.1, damping) == 0.0
        assert room_size_for(60.0, damping) == 1.0


def test_damping_shortens_the_highs_of_small_rooms():
    bright, dull = (short_response(0.4, damping, RATE)[0] for damping in (0.0, 1.0))
    late = slice(round(0.15 * RATE), None)

    def highs(response):
        power = np.abs(np.fft.rfft(response[late])) ** 2
        return power[power.size // 2 :].sum() / power.sum()

    assert highs(dull) < 0.3 * highs(bright)


def test_bad_input_is_refused():
    with pytest.raises(EngineError, match="shape"):
        reverb_return(np.zeros((6, 10), np.float32), settings(1.0), RATE)
    with pytest.raises(ConfigurationError, match="pre-delay"):
        reverb_return(impulse(), settings(1.0), RATE, pre_delay_s=-1.0)
