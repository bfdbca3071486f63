"""5.1: pan angles, ambience, the upmix of eq. 8, and the fold-down."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.cues import EventCue, PositionPoint, Trajectory, TrajectorySegment
from foleydesigner.errors import DeliveryError, EngineError
from foleydesigner.tools import surround
from foleydesigner.tools.foldown import FoldDownNull, film_order, fold_down, foldown_null_db, smpte_order
from foleydesigner.tools.moving import render_moving
from foleydesigner.tools.panning import CHANNELS_51, FilmLaw, SurroundLaw, loudspeaker_angle_deg

RATE = 48_000


def still(azimuth_deg, placement="screen") -> EventCue:
    segment = TrajectorySegment(
        start_s=0.0, end_s=10.0, points=(PositionPoint(time_s=0.0, azimuth_deg=azimuth_deg, depth_m=2.0),)
    )
    return EventCue(
        event_id="e",
        kind="steady",
        placement=placement,
        rate_num=24,
        rate_den=1,
        frame_count=240,
        clip_duration_s=10.0,
        trajectory=Trajectory(segments=(segment,)),
    )


def noise(seconds, channels=1, seed=1):
    return (0.1 * np.random.default_rng(seed).standard_normal((channels, round(seconds * RATE)))).astype(np.float32)


def levels(audio):
    return np.sqrt(np.sum(audio.astype(float) ** 2, axis=1) / np.sum(audio.astype(float) ** 2))


def test_pan_angles_meet_the_loudspeakers():
    azimuths = [-180.0, -110.0, -45.0, -22.5, 0.0, 15.0, 45.0, 77.5, 110.0, 150.0]
    angles = [-180.0, -110.0, -30.0, -15.0, 0.0, 10.0, 30.0, 70.0, 110.0, 150.0]
    np.testing.assert_allclose(loudspeaker_angle_deg(azimuths), angles)


def test_gains_keep_the_power_all_around():
    around = np.linspace(-180.0, 180.0, 721)
    for on_screen in (True, False):
        gains = SurroundLaw(on_screen=on_screen).gains(around)
        np.testing.assert_allclose(np.sum(gains**2, axis=0), 1.0)
        assert np.abs(np.diff(gains, axis=1)).max() < 0.03
    np.testing.assert_allclose(gains[:, 0], gains[:, -1], atol=1e-12)  # the ring closes behind


@pytest.mark.parametrize(
    ("azimuth_deg", "placement", "expected"),
    [
        (0.0, "screen", {"C": 1.0}),
        (-45.0, "screen", {"L": 1.0}),
        (22.5, "screen", {"C": 0.7071, "R": 0.7071}),
        (80.0, "screen", {"R": 1.0}),
        (110.0, "offscreen", {"Rs": 1.0}),
        (-77.5, "offscreen", {"L": 0.7071, "Ls": 0.7071}),
        (180.0, "offscreen", {"Ls": 0.7071, "Rs": 0.7071}),
    ],
)
def test_objects_stand_where_they_should(azimuth_deg, placement, expected):
    measured = levels(surround.object_51(noise(0.2), still(azimuth_deg, placement), 0.0, RATE))
    wanted = [expected.get(name, 0.0) for name in CHANNELS_51]
    np.testing.assert_allclose(measured, wanted, atol=2e-4)


def test_lfe_is_sent_only_on_request_low_passed_and_on_time():
    time = np.arange(2 * RATE) / RATE
    tone = {f: np.sin(2 * np.pi * f * time)[None].astype(np.float32) for f in (40.0, 120.0, 480.0)}
    middle = slice(RATE // 2, 3 * RATE // 2)
    assert not surround.object_51(tone[40.0], still(0.0), 0.0, RATE)[surround.LFE].any()
    gain_db = {}
    for frequency, dry in tone.items():
        sent = surround.object_51(dry, still(30.0), 0.0, RATE, lfe_send_db=0.0).astype(float)
        assert sent.shape == (6, dry.shape[1])
        gain_db[frequency] = 20 * np.log10(sent[surround.LFE, middle].std() / dry[0, middle].std())
    assert gain_db[40.0] == pytest.approx(-10.0, abs=0.1)
    assert gain_db[120.0] == pytest.approx(-13.01, abs=0.3)
    assert gain_db[480.0] < -10.0 - 46.0
    click = np.zeros((1, 40_000), np.float32)
    click[0, 20_000] = 1.0
    sent = surround.object_51(click, still(0.0), 0.0, RATE, lfe_send_db=0.0)
    assert np.argmax(sent[surround.LFE]) == np.argmax(sent[surround.C]) == 20_000


def test_ambience_is_around_decorrelated_and_keeps_its_power():
    ambience = noise(3.0, channels=2)
    around = surround.object_51(ambience, still(0.0, "diffuse"), 0.0, RATE)
    assert not around[surround.C].any()
    assert not around[surround.LFE].any()
    assert 10 * np.log10(np.sum(around.astype(float) ** 2) / np.sum(ambience.astype(float) ** 2)) == pytest.approx(
        0.0, abs=0.05
    )
    feeds = np.corrcoef(around[[surround.L, surround.R, surround.LS, surround.RS]]) - np.eye(4)
    assert np.abs(feeds).max() < 0.05
    spectrum = np.fft.rfft(around[surround.L]) * np.conj(np.fft.rfft(around[surround.LS]))
    correlation = np.fft.irfft(spectrum) / np.sqrt(np.sum(around[0] ** 2) * np.sum(around[surround.LS] ** 2))
    assert np.abs(correlation).max() < 0.4  # at any lag


def test_a_reverb_return_goes_half_behind():
    ended = np.pad(noise(1.0, channels=2), ((0, 0), (0, RATE // 4)))
    around = surround.StreamingDiffuse(RATE, surround.REVERB_SHARE).push(ended).astype(float)
    energy = np.sum(around**2, axis=1)
    assert 10 * np.log10(energy[[4, 5]].sum() / energy[[0, 1]].sum()) == pytest.approx(0.0, abs=0.1)


def test_upmix_is_eq_8_and_folds_down_to_the_stereo_mix():
    stereo = noise(1.0, channels=2)
    mix = surround.upmix_51(stereo, RATE)
    assert mix.shape == (6, RATE)
    assert pytest.approx(0.6246, abs=5e-5) == surround.UPMIX_SCALE
    left, right = stereo.astype(float)
    np.testing.assert_allclose(mix[surround.C], surround.UPMIX_SCALE * 0.35 * (left + right), atol=1e-6)
    np.testing.assert_allclose(mix[surround.LS], surround.UPMIX_SCALE * (0.5 * left - 0.35 * right), atol=1e-6)
    np.testing.assert_allclose(fold_down(mix), stereo, atol=1e-6)
    assert foldown_null_db(mix, stereo) < -120.0
    time = np.arange(RATE) / RATE
    bass = np.tile(0.3 * np.sin(2 * np.pi * 50.0 * time), (2, 1)).astype(np.float32)
    middle = slice(RATE // 4, -RATE // 4)
    np.testing.assert_allclose(
        surround.upmix_51(bass, RATE)[surround.LFE, middle], 10 ** (-0.5) * bass[0, middle], atol=2e-3
    )


def test_streamed_upmix_is_the_same_and_states_its_energy():
    stereo = noise(1.0, channels=2)
    upmix = surround.StreamingUpmix(RATE)
    pieces = [upmix.push(stereo[:, a : a + 5003]) for a in range(0, RATE, 5003)] + [upmix.flush()]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), surround.upmix_51(stereo, RATE), atol=1e-6)
    # independent channels: k^2 (1 + .35^2 + .5^2 + .35^2) in power
    assert upmix.energy_change_db == pytest.approx(10 * np.log10(0.62459**2 * (1 + 2 * 0.1225 + 0.25)), abs=0.05)
    centred = surround.StreamingUpmix(RATE)
    centred.push(np.tile(stereo[:1], (2, 1)))
    assert centred.energy_change_db == pytest.approx(10 * np.log10(0.62459**2 * (1 + 0.245 + 0.0225)), abs=0.01)
    assert surround.StreamingUpmix(RATE).energy_change_db == 0.0


def test_fold_down_drops_the_lfe_and_null_is_the_residual():
    one_each = np.eye(6, dtype=np.float32)
    np.testing.assert_allclose(
        fold_down(one_each), [[1, 0, 0.70711, 0, 0.70711, 0], [0, 1, 0.70711, 0, 0, 0.70711]], atol=1e-5
    )
    stereo = noise(1.0, channels=2)
    other = noise(1.0, channels=2, seed=2)
    mixed = np.zeros((6, RATE), np.float32)
    mixed[:2] = 0.5 * (stereo + 0.1 * other)
    # Residual of the best gain: 0.1^2 / (1 + 0.1^2) of the power.
    null = FoldDownNull()
    null.add(mixed, stereo)
    assert null.null_db == pytest.approx(10 * np.log10(0.01 / 1.01), abs=0.1)
    assert null.gain_db == pytest.approx(6.02, abs=0.1)
    assert null.level_change_db == pytest.approx(-5.98, abs=0.05)
    silent = np.zeros((6, 100), np.float32)
    assert foldown_null_db(silent, stereo[:, :100]) == 0.0
    assert foldown_null_db(silent, silent[:2]) == -150.0


def test_film_order_is_l_c_r_ls_rs_lfe_and_back():
    numbered = np.arange(6, dtype=np.float32)[:, None]
    assert [CHANNELS_51[int(k)] for k in film_order(numbered)[:, 0]] == ["L", "C", "R", "Ls", "Rs", "LFE"]
    np.testing.assert_array_equal(smpte_order(film_order(numbered)), numbered)


def test_wrong_shapes_are_refused():
    with pytest.raises(DeliveryError, match="6, samples"):
        fold_down(np.zeros((2, 10), np.float32))
    with pytest.raises(DeliveryError, match="same time"):
        foldown_null_db(np.zeros((6, 10), np.float32), np.zeros((2, 9), np.float32))
    with pytest.raises(EngineError, match="one or two"):
        surround.object_51(np.zeros((3, 10), np.float32), still(0.0), 0.0, RATE)


def test_two_channels_of_a_point_source_are_folded():
    mono = noise(0.1)
    both = surround.object_51(np.concatenate([mono, mono]), still(10.0), 0.0, RATE)
    np.testing.assert_allclose(both, surround.object_51(mono, still(10.0), 0.0, RATE), atol=1e-6)


@pytest.mark.parametrize(("azimuth_deg", "change_db"), [(0.0, 0.0), (-45.0, 0.0), (22.5, 2.32)])
def test_fold_down_of_objects_against_their_stereo_level(azimuth_deg, change_db):
    dry = noise(0.5)
    stereo = render_moving(dry, still(azimuth_deg), 0.0, RATE, FilmLaw())
    null = FoldDownNull()
    null.add(surround.object_51(dry, still(azimuth_deg), 0.0, RATE), stereo)
    assert null.level_change_db == pytest.approx(change_db, abs=0.01)  # in phase, L and C add to more than 1
