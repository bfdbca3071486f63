"""The dry chain against the filters' closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.errors import EngineError
from foleydesigner.mix import DynamicsSettings, EqualiserSettings
from foleydesigner.tools import processing
from foleydesigner.tools.processing import process_dry

RATE = 48_000


def response_db(settings, frequencies_hz):
    click = np.zeros((1, RATE), np.float32)
    click[0, 0] = 1.0
    spectrum = np.abs(np.fft.rfft(process_dry(click, settings, None, RATE)[0].astype(float)))
    return 20 * np.log10(spectrum[[round(f) for f in frequencies_hz]])


def test_each_band_moves_its_own_part():
    low = response_db(EqualiserSettings(event_id="e", low_db=-6.0), [20, 250, 8000])
    np.testing.assert_allclose(low, [-6.0, -3.0, 0.0], atol=0.1)
    mid = response_db(EqualiserSettings(event_id="e", mid_db=5.0), [20, 1000, 20000])
    np.testing.assert_allclose(mid, [0.0, 5.0, 0.0], atol=0.1)
    high = response_db(EqualiserSettings(event_id="e", high_db=8.0), [50, 4000, 22000])
    np.testing.assert_allclose(high, [0.0, 4.0, 8.0], atol=0.1)


def test_high_pass_falls_12_db_an_octave():
    measured = response_db(EqualiserSettings(event_id="e", highpass_hz=80.0), [20, 80, 1000])
    np.testing.assert_allclose(measured, [-24.1, -3.01, 0.0], atol=0.1)


def test_gain_alone_is_exact_and_nothing_moves():
    dry = (0.1 * np.random.default_rng(1).standard_normal((2, 5000))).astype(np.float32)
    np.testing.assert_array_equal(process_dry(dry, None, None, RATE), dry)
    flat = EqualiserSettings(event_id="e")
    louder = process_dry(dry, flat, DynamicsSettings(event_id="e", gain_db=6.0), RATE)
    np.testing.assert_allclose(louder, dry * 10 ** (6 / 20), rtol=1e-6)
    assert louder.dtype == np.float32


def test_compressor_holds_the_ratio_and_lets_the_quiet_pass():
    time = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * 1000 * time)[None].astype(np.float32)
    rule = DynamicsSettings(event_id="e", gain_db=0.0, compressor_threshold_db=-20.0, compressor_ratio=4.0)
    late = slice(RATE, None)
    out_db = {
        level: 20 * np.log10(np.abs(process_dry(10 ** (level / 20) * tone, None, rule, RATE)[:, late]).max())
        for level in (-40.0, 0.0, -8.0)
    }
    assert out_db[-40.0] == pytest.approx(-40.0, abs=0.05)
    # 12 dB more in is 12 / 4 dB more out, at its detector's level.
    assert out_db[0.0] - out_db[-8.0] == pytest.approx(2.0, abs=0.2)
    assert out_db[0.0] < -12.0


def test_an_onset_stays_on_its_sample():
    dry = np.zeros((1, 4000), np.float32)
    dry[0, 1000] = 0.9
    out = process_dry(
        dry,
        EqualiserSettings(event_id="e", low_db=3.0, mid_db=-4.0, high_db=2.0, highpass_hz=60.0),
        DynamicsSettings(event_id="e", gain_db=-3.0, compressor_threshold_db=-12.0),
        RATE,
    )
    assert np.argmax(np.abs(out)) == 1000
    assert not out[0, :1000].any()


@pytest.mark.parametrize("samples", [0, 1, 2, 63])
@pytest.mark.parametrize("channels", [1, 2])
def test_very_short_takes_keep_their_shape(samples, channels):
    dry = np.full((channels, samples), 0.1, np.float32)
    rule = DynamicsSettings(event_id="e", gain_db=0.0, compressor_threshold_db=-30.0)
    assert process_dry(dry, EqualiserSettings(event_id="e", low_db=3.0), rule, RATE).shape == dry.shape


def test_bad_input_is_refused():
    with pytest.raises(EngineError, match="one or two"):
        process_dry(np.zeros((6, 10), np.float32), None, None, RATE)
    with pytest.raises(EngineError, match="finite"):
        process_dry(np.full((1, 10), np.inf, np.float32), None, None, RATE)


def test_a_long_track_is_processed_in_blocks_as_in_one(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(9)
    track = (rng.standard_normal((2, 100_003)) * np.linspace(0.0, 0.5, 100_003)).astype(np.float32)
    equaliser = EqualiserSettings(event_id="e", low_db=3.0, mid_db=-4.0, high_db=2.0, highpass_hz=90.0)
    dynamics = DynamicsSettings(event_id="e", gain_db=-3.0, compressor_threshold_db=-30.0, compressor_ratio=3.0)
    in_blocks = process_dry(track, equaliser, dynamics, 48_000)
    monkeypatch.setattr(processing, "blocks_of", lambda source: [source.read(0, source.samples)])
    in_one = process_dry(track, equaliser, dynamics, 48_000)
    np.testing.assert_allclose(in_blocks, in_one, atol=1e-6)
