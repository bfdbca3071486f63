"""The stereo placement against the closed forms of its two laws."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.errors import EngineError
from foleydesigner.generator.spatial import place, place_blocks
from foleydesigner.tools import audio_source
from foleydesigner.tools.panning import film_ild_db

RATE = 48_000


def cue(*segments, placement="screen", width=1.0) -> EventCue:
    """A cue from segments given as (start_s, end_s, [(time_s, azimuth_deg, depth_m), ...])."""
    return EventCue(
        event_id="e",
        kind="steady",
        placement=placement,
        rate_num=24,
        rate_den=1,
        frame_count=240,
        clip_duration_s=10.0,
        pan_width=width,
        trajectory=Trajectory(
            segments=tuple(
                TrajectorySegment(
                    start_s=a,
                    end_s=b,
                    points=tuple(PositionPoint(time_s=t, azimuth_deg=az, depth_m=d) for t, az, d in points),
                )
                for a, b, points in segments
            )
        ),
    )


def still(azimuth_deg, depth_m=2.0, **kwargs) -> EventCue:
    return cue((0.0, 10.0, [(0.0, azimuth_deg, depth_m)]), **kwargs)


def noise(seconds, channels=1, seed=1):
    return (0.1 * np.random.default_rng(seed).standard_normal((channels, round(seconds * RATE)))).astype(np.float32)


def measured_delay_us(stereo):
    """t_L - t_R by the phase of the cross spectrum, least squares over 200 Hz - 8 kHz."""
    left, right = np.fft.rfft(stereo[0]), np.fft.rfft(stereo[1])
    frequency = np.fft.rfftfreq(stereo.shape[1], 1 / RATE)
    band = (frequency > 200) & (frequency < 1000)  # below half a turn for 0.5 ms
    cross = left[band] * np.conj(right[band])
    weight = np.abs(cross)
    slope = np.sum(weight * np.angle(cross) * frequency[band]) / np.sum(weight * frequency[band] ** 2)
    return -slope / (2 * np.pi) * 1e6


@pytest.mark.parametrize("azimuth_deg", [-45.0, -30.0, -7.3, 0.0, 15.0, 45.0])
def test_film_law_has_the_level_difference_it_was_asked_for_and_no_delay(azimuth_deg):
    dry = noise(0.5)
    placed = place(dry, still(azimuth_deg), 0.0, RATE)
    angle = np.pi / 4 * (azimuth_deg / 45.0 + 1.0)
    low = slice(50, 1000)  # below 2 kHz, where 2 m of air takes nothing
    rms = np.sqrt(np.mean(np.abs(np.fft.rfft(placed.astype(float))[:, low]) ** 2, axis=1))
    assert placed.dtype == np.float32
    assert rms[0] / np.hypot(*rms) == pytest.approx(np.cos(angle), abs=1e-5)
    assert np.hypot(*rms) == pytest.approx(np.sqrt(np.mean(np.abs(np.fft.rfft(dry[0])[low]) ** 2)), rel=0.005)
    if abs(azimuth_deg) < 45.0:
        assert 20 * np.log10(rms[0] / rms[1]) == pytest.approx(film_ild_db(azimuth_deg)[0], abs=0.001)
        assert abs(measured_delay_us(placed)) < 0.01


@pytest.mark.parametrize("azimuth_deg", [-45.0, -15.0, 0.0, 10.0, 45.0])
def test_spaced_pair_has_the_delay_of_its_equation(azimuth_deg):
    placed = place(noise(1.0), still(azimuth_deg), 0.0, RATE, law="spaced_pair", microphone_spacing_m=0.17)
    assert measured_delay_us(placed) == pytest.approx(0.17 * np.sin(np.deg2rad(azimuth_deg)) / 343.0 * 1e6, abs=0.5)


@pytest.mark.parametrize("time_s", [0.5, 1.0, 1.7])
def test_the_delay_follows_a_moving_source(time_s):
    path = cue((0.0, 10.0, [(0.0, -45.0, 2.0), (2.0, 45.0, 2.0)]))
    placed = place(noise(2.2), path, 0.0, RATE, law="spaced_pair")
    around = slice(round((time_s - 0.0425) * RATE), round((time_s + 0.0425) * RATE))
    expected = 0.17 * np.sin(np.deg2rad(-45.0 + 45.0 * time_s)) / 343.0 * 1e6
    assert measured_delay_us(placed[:, around] * np.hanning(around.stop - around.start)) == pytest.approx(
        expected, abs=5.0
    )


def test_spaced_pair_keeps_level_and_time():
    n = 9600
    dry = np.zeros((1, n), np.float32)
    dry[0, 4800] = 1.0
    placed = place(dry, still(45.0), 0.0, RATE, law="spaced_pair").astype(float)
    energy = np.sum(placed**2, axis=1)
    assert 10 * np.log10(energy[0] / energy[1]) == pytest.approx(0.0, abs=0.05)
    centre = np.sum(np.arange(n) * (placed**2).sum(axis=0)) / energy.sum()
    assert centre == pytest.approx(4800.0, abs=0.5)  # the pair's middle: no absolute delay


def test_spaced_pair_is_flat_to_20_khz():
    time = np.arange(RATE) / RATE
    for frequency in (100.0, 5000.0, 20000.0):
        dry = (0.5 * np.sin(2 * np.pi * frequency * time))[None].astype(np.float32)
        reference = place(dry, still(0.0), 0.0, RATE).astype(float)  # same distance and air
        placed = place(dry, still(23.0), 0.0, RATE, law="spaced_pair").astype(float)
        level = np.sqrt(np.mean(placed[:, 1000:-1000] ** 2) / np.mean(reference[:, 1000:-1000] ** 2))
        assert 20 * np.log10(level) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("law", ["film", "spaced_pair"])
def test_a_fast_mover_does_not_click(law):
    # 90 degrees and 2 -> 20 m in 0.2 s: the derivative may not exceed the tone's own, plus the gain ramps' share.
    time = np.arange(RATE) / RATE
    dry = (0.5 * np.sin(2 * np.pi * 200.0 * time))[None].astype(np.float32)
    path = cue((0.0, 10.0, [(0.4, -45.0, 2.0), (0.6, 45.0, 20.0)]))
    placed = place(dry, path, 0.0, RATE, law=law).astype(float)[:, 100:-100]
    own_step = 0.5 * 2 * np.pi * 200.0 / RATE
    assert np.abs(np.diff(placed)).max() < 1.1 * own_step
    # second difference: a click would stand far above the tone's curvature
    assert np.abs(np.diff(placed, n=2)).max() < 6.0 * own_step * 2 * np.pi * 200.0 / RATE


def test_a_cut_fades_in_8_ms_and_never_glides():
    dry = np.full((1, RATE), 0.5, np.float32)
    path = cue((0.0, 0.5, [(0.1, -45.0, 2.0), (0.3, -45.0, 2.0)]), (0.5, 1.0, [(0.7, 45.0, 2.0)]))
    placed = place(dry, path, 0.0, RATE)
    before, after = round(0.4955 * RATE), round(0.5045 * RATE)
    assert placed[0, 1000:before] == pytest.approx(0.5, abs=1e-4)
    assert np.abs(placed[1, 1000:before]).max() < 1e-6
    assert placed[1, after:-1000] == pytest.approx(0.5, abs=1e-4)
    assert np.abs(placed[0, after:-1000]).max() < 1e-6
    assert np.abs(np.diff(placed[:, 1000:-1000])).max() < 0.5 / (0.007 * RATE)


def test_clip_time_counts_from_the_take_start():
    path = cue((0.0, 5.0, [(2.0, -45.0, 2.0), (3.0, 45.0, 2.0)]))
    placed = place(np.full((1, RATE), 0.1, np.float32), path, 2.0, RATE)
    middle = placed[:, RATE // 2]
    assert middle[0] == pytest.approx(middle[1], rel=1e-3)
    assert placed[0, 100] > 50 * abs(placed[1, 100])


def test_offscreen_is_hard_left_or_right_and_behind_folds_to_the_front():
    dry = noise(0.1)
    right = place(dry, still(100.0, placement="offscreen"), 0.0, RATE)
    assert np.abs(right[0]).max() < 1e-6 < np.abs(right[1]).max()
    behind = place(dry, still(180.0, placement="offscreen"), 0.0, RATE)
    np.testing.assert_allclose(behind[0], behind[1], atol=1e-6)


def test_pan_width_scales_the_azimuth():
    dry = noise(0.1)
    np.testing.assert_array_equal(
        place(dry, still(40.0, width=0.5), 0.0, RATE), place(dry, still(20.0, width=1.0), 0.0, RATE)
    )
    centred = place(dry, still(40.0, width=0.0), 0.0, RATE)
    np.testing.assert_allclose(centred[0], centred[1], atol=1e-6)


def test_distance_is_quieter_duller_and_bounded():
    dry = noise(1.0)
    near, far, farther = (place(dry, still(0.0, d), 0.0, RATE).astype(float) for d in (2.0, 8.0, 900.0))
    low = slice(50, 400)
    spectra = [np.abs(np.fft.rfft(x[0]))[:20000] for x in (near, far, farther)]
    assert 20 * np.log10(spectra[1][low].mean() / spectra[0][low].mean()) == pytest.approx(-6.0, abs=0.1)
    assert 20 * np.log10(spectra[2][low].mean() / spectra[0][low].mean()) > -16.0
    high = slice(11900, 12100)
    from foleydesigner.tools.propagation import air_absorption_db_per_m

    dulled = 20 * np.log10(spectra[1][high].mean() / spectra[0][high].mean()) + 6.0
    assert dulled == pytest.approx(-6.0 * air_absorption_db_per_m(12000.0), abs=0.1)


def test_diffuse_keeps_its_channels_and_width_keeps_the_power():
    ambience = noise(2.0, channels=2)
    np.testing.assert_array_equal(place(ambience, still(0.0, 30.0, placement="diffuse"), 0.0, RATE), ambience)
    narrow = place(ambience, still(0.0, placement="diffuse", width=0.0), 0.0, RATE)
    np.testing.assert_allclose(narrow[0], narrow[1], atol=1e-7)
    assert 10 * np.log10(np.mean(narrow**2) / np.mean(ambience**2)) == pytest.approx(0.0, abs=0.1)


def test_a_mono_ambience_becomes_two_unlike_channels():
    wide = place(noise(2.0), still(0.0, placement="diffuse"), 0.0, RATE)
    assert abs(np.corrcoef(wide)[0, 1]) < 0.2
    assert 10 * np.log10(np.mean(wide**2) / 0.01) == pytest.approx(0.0, abs=0.2)


def test_blocks_make_the_same_samples_at_any_length():
    dry = noise(2.1)
    path = cue((0.0, 1.0, [(0.0, -40.0, 3.0), (1.0, 40.0, 30.0)]), (1.0, 3.0, [(1.0, 0.0, 5.0)]))
    from foleydesigner.tools.moving import moving_blocks, render_moving
    from foleydesigner.tools.panning import SpacedPairLaw

    whole = render_moving(dry, path, 0.0, RATE, SpacedPairLaw())
    pieces = np.concatenate(
        [b for _, b in moving_blocks(dry, path, 0.0, RATE, SpacedPairLaw(), block_samples=7001)], axis=1
    )
    np.testing.assert_allclose(pieces, whole, atol=2e-7)
    starts = [first for first, _ in place_blocks(dry, path, 0.0, RATE)]
    assert starts == list(range(0, dry.shape[1], 1 << 15))


def test_point_source_keeps_the_mean_power():
    def folded(dry):
        return audio_source.whole(audio_source.folded(audio_source.ArraySource(dry)))

    mono = noise(0.5)
    np.testing.assert_array_equal(folded(mono), mono)
    np.testing.assert_allclose(folded(np.concatenate([mono, mono])), mono, atol=1e-7)
    apart = noise(1.0, channels=2)
    assert np.mean(folded(apart) ** 2) == pytest.approx(np.mean(apart**2), rel=1e-3)
    assert not folded(np.concatenate([mono, -mono])).any()


@pytest.mark.parametrize("shape", [(3, 100), (100,)])
def test_a_wrong_shape_is_refused(shape):
    with pytest.raises(EngineError, match=r"one or two|\(channels, samples\)"):
        place(np.zeros(shape, np.float32), still(0.0), 0.0, RATE)


def test_nan_is_refused_and_nothing_gives_nothing():
    with pytest.raises(EngineError, match="finite"):
        place(np.full((1, 100), np.nan, np.float32), still(0.0), 0.0, RATE)
    assert place(np.zeros((1, 0), np.float32), still(0.0), 0.0, RATE).shape == (2, 0)
    assert not place(np.zeros((1, 500), np.float32), still(30.0), 0.0, RATE, law="spaced_pair").any()
