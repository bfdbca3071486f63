"""Hits moved onto their cue, the point source of a stereo take, and the best of several takes."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.generator.choice import Keeping, best
from foleydesigner.generator.point_source import delay_track, point_source, position_error_us
from foleydesigner.generator.realign import hits_near, realign
from foleydesigner.tools.delay import gcc_phat_delays_s
from foleydesigner.tools.fractional_delay import MARGIN, read_at

RATE = 48_000


def struck(onsets_s: list[float], length_s: float, seed: int = 0, decay_s: float = 0.06) -> np.ndarray:
    """Bursts of decaying noise that begin exactly at the given samples, (samples,)."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(length_s * RATE))
    for onset in onsets_s:
        first = round(onset * RATE)
        tail = rng.normal(size=out.size - first) * np.exp(-np.arange(out.size - first) / (decay_s * RATE))
        out[first:] += 0.3 * tail
    return out


def spread(mono: np.ndarray, delay_s: float | np.ndarray) -> np.ndarray:
    """Stereo with tau = t_L - t_R, symmetric."""
    half = 0.5 * RATE * np.broadcast_to(np.asarray(delay_s, float), mono.shape)
    padded = np.pad(mono, MARGIN + 40)
    at = np.arange(mono.size) + MARGIN + 40.0
    return np.stack([read_at(padded, at - half), read_at(padded, at + half)]).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_hits_come_to_stand_on_their_cue(seed: int) -> None:
    rng = np.random.default_rng(seed)
    asked = np.cumsum(rng.uniform(0.25, 0.8, 7))
    actual = asked + rng.uniform(-0.055, 0.055, 7)
    audio = spread(struck(actual.tolist(), asked[-1] + 1, seed), 3e-4)
    moved = realign(audio, RATE, asked.tolist())
    assert moved.missing == 0
    assert moved.audio.shape == audio.shape
    assert np.asarray(moved.shifts_s) == pytest.approx(asked - actual, abs=1e-3)
    assert hits_near(moved.audio, RATE, asked) == pytest.approx(asked, abs=1e-3)
    # the place between the channels is as it was, and so is the energy
    _, delays = gcc_phat_delays_s(moved.audio[:, round(asked[2] * RATE) :][:, : round(0.1 * RATE)], RATE)
    assert delays[0] == pytest.approx(3e-4, abs=1e-5)
    assert 10 * np.log10((moved.audio**2).sum() / (audio**2).sum()) == pytest.approx(0, abs=0.3)


def test_what_is_on_its_cue_stays_as_it_is() -> None:
    onsets = [0.3, 0.7, 1.4]
    audio = spread(struck(onsets, 2.0), 0.0)
    found = hits_near(audio, RATE, onsets)
    moved = realign(audio, RATE, found.tolist())
    assert np.abs(moved.audio - audio).max() < 1e-6
    assert moved.shifts_s == pytest.approx([0, 0, 0])


def test_a_sustained_tone_between_hits_has_no_gap_and_no_click() -> None:
    t = np.arange(2 * RATE) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 330 * t)
    audio = (struck([0.4, 1.2], 2.0, decay_s=0.02) + tone)[None].astype(np.float32)
    for asked in ([0.44, 1.15], [0.36, 1.25]):
        moved = realign(audio, RATE, asked).audio[0]
        between = moved[round((asked[0] + 0.25) * RATE) : round((asked[1] - 0.05) * RATE)].astype(np.float64)
        frames = np.lib.stride_tricks.sliding_window_view(between, 480)[::240]
        levels = 20 * np.log10(np.sqrt((frames**2).mean(axis=1)))
        assert np.ptp(levels) < 1.5
        assert np.abs(np.diff(between)).max() < 1.3 * np.abs(np.diff(tone)).max()


def test_fast_hits_and_hits_that_are_not_there() -> None:
    actual = [0.30, 0.38, 0.46, 0.54]
    asked = [0.31, 0.40, 0.47, 0.55, 0.9]
    moved = realign(struck(actual, 1.5, decay_s=0.008)[None].astype(np.float32), RATE, asked)
    assert moved.missing == 1
    assert np.isnan(moved.shifts_s[-1])
    assert hits_near(moved.audio, RATE, asked)[:4] == pytest.approx(asked[:4], abs=2e-3)
    nothing = realign(np.zeros((2, RATE), np.float32), RATE, [0.5])
    assert nothing.missing == 1
    assert not nothing.audio.any()
    assert realign(np.zeros((1, 10), np.float32), RATE, []).audio.shape == (1, 10)


def test_hits_at_either_end() -> None:
    audio = struck([0.0, 0.95], 1.0)[None].astype(np.float32)
    moved = realign(audio, RATE, [0.03, 0.93])
    assert hits_near(moved.audio, RATE, [0.03, 0.93]) == pytest.approx([0.03, 0.93], abs=1e-3)
    earlier = realign(struck([0.04, 0.5], 1.0)[None].astype(np.float32), RATE, [0.0, 0.5])
    assert hits_near(earlier.audio, RATE, [0.0, 0.5]) == pytest.approx([0.0, 0.5], abs=1.5e-3)


@pytest.mark.parametrize(
    ("audio", "asked"),
    [(np.zeros(9), [0.1]), (np.full((1, 9), np.nan), [0.1]), (np.zeros((1, 9)), [0.2, 0.1])],
)
def test_realignment_refuses_what_it_cannot_use(audio: np.ndarray, asked: list[float]) -> None:
    with pytest.raises(EngineError, match="ascending onsets"):
        realign(audio.astype(np.float32), RATE, asked)


@pytest.mark.parametrize("delay_us", [-480.0, -130.0, 0.0, 70.0, 400.0])
def test_the_point_source_has_no_comb_and_keeps_its_time(delay_us: float) -> None:
    mono = struck([0.2, 0.6, 1.1], 1.6)
    stereo = spread(mono, delay_us * 1e-6)
    back = point_source(stereo, RATE)
    assert back.shape == (1, mono.size)
    kept = np.fft.rfft(back[0]), np.fft.rfft(mono)
    for low, high in ((100, 1000), (1000, 4000), (4000, 12000)):
        band = slice(round(low * mono.size / RATE), round(high * mono.size / RATE))
        gained = 10 * np.log10((np.abs(kept[0][band]) ** 2).sum() / (np.abs(kept[1][band]) ** 2).sum())
        assert gained == pytest.approx(0, abs=0.3)
    assert hits_near(back, RATE, [0.21, 0.59, 1.12]) == pytest.approx([0.2, 0.6, 1.1], abs=1e-3)
    track = delay_track(stereo, RATE)
    asked = np.array([0.0, 2.0])
    assert position_error_us(track, asked, np.full(2, delay_us * 1e-6)) < 5
    assert position_error_us(track, asked, np.full(2, 1e-6 * (delay_us + 200))) == pytest.approx(200, abs=5)


def test_a_moving_source_is_followed() -> None:
    mono = 0.1 * np.random.default_rng(0).normal(size=3 * RATE)
    delays = 4.5e-4 * np.sin(2 * np.pi * np.arange(mono.size) / mono.size)
    stereo = spread(mono, delays)
    track = delay_track(stereo, RATE)
    wanted = np.interp(track.times_s, np.arange(mono.size) / RATE, delays)
    assert np.abs(track.delays_s - wanted).max() < 4e-5
    back = point_source(stereo, RATE, track)[0, RATE // 10 : -RATE // 10]
    plain = stereo.mean(axis=0)[RATE // 10 : -RATE // 10]
    original = mono[RATE // 10 : -RATE // 10]
    assert np.corrcoef(back, original)[0, 1] > 0.98
    assert np.corrcoef(plain, original)[0, 1] < 0.9


def test_silence_has_no_place() -> None:
    silent = np.zeros((2, RATE), np.float32)
    assert position_error_us(delay_track(silent, RATE), np.array([0.0]), np.array([0.0])) is None
    assert not point_source(silent, RATE).any()
    with pytest.raises(EngineError, match="two finite channels"):
        point_source(silent[:1], RATE)


def test_the_best_take_is_on_time_and_in_place() -> None:
    late = Keeping(asked=4, missing=0, shift_s=0.05, position_error_us=20)
    near = Keeping(asked=4, missing=0, shift_s=0.01, position_error_us=60)
    astray = Keeping(asked=4, missing=0, shift_s=0.01, position_error_us=480)
    lost = Keeping(asked=4, missing=2, shift_s=0.0, position_error_us=0)
    nothing = Keeping(asked=4, missing=4, shift_s=None, position_error_us=None, silent=True)
    assert best([late, astray, near, lost, nothing]) == 2
    assert best([lost, late]) == 1
    assert best([nothing, lost]) == 1
    assert best([near, near]) == 0
    steady = Keeping(asked=0, missing=0, shift_s=None, position_error_us=30)
    assert steady.cost == pytest.approx(0.3)
