"""Who buries whom, from band envelopes."""

from __future__ import annotations

import numpy as np
import pytest

from foleydesigner.tools.masking import MaskingPolicy, band_envelope, find_maskings

RATE = 48_000


def tone(frequency, seconds, amplitude):
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE))[None].astype(
        np.float32
    )


def test_power_is_the_mean_square_of_the_band():
    envelope = band_envelope("a", tone(1000.0, 1.0, 0.5), 2.0, RATE, gain_db=-6.0)
    assert envelope.first_frame == 40
    expected = 0.125 * 10**-0.6
    np.testing.assert_allclose(envelope.power[1], expected, rtol=0.01)
    assert envelope.power[[0, 2]].max() < 1e-6 * expected


def test_louder_in_the_same_band_at_the_same_time_masks():
    quiet = band_envelope("quiet", tone(1000.0, 1.0, 0.01), 3.0, RATE)
    loud = band_envelope("loud", tone(2000.0, 3.0, 0.1), 2.0, RATE)
    elsewhere = band_envelope("bass", tone(80.0, 3.0, 0.9), 2.0, RATE)
    later = band_envelope("later", tone(1000.0, 1.0, 0.9), 6.0, RATE)
    (found,) = find_maskings([quiet, loud, elsewhere, later])
    assert (found.masked_id, found.masker_id, found.band) == ("quiet", "loud", "mid")
    assert found.excess_db == pytest.approx(20.0, abs=0.1)


@pytest.mark.parametrize(("excess_db", "count"), [(19.0, 1), (21.0, 0)])
def test_the_threshold_decides(excess_db, count):
    pair = [band_envelope(n, tone(1000.0, 1.0, a), 0.0, RATE) for n, a in (("a", 0.01), ("b", 0.1))]
    assert len(find_maskings(pair, MaskingPolicy(excess_db=excess_db))) == count


def test_a_short_overlap_or_a_gap_does_not_mask():
    masked = band_envelope("masked", tone(1000.0, 4.0, 0.01), 0.0, RATE)
    brief = band_envelope("brief", tone(1000.0, 0.5, 0.5), 1.0, RATE)
    assert find_maskings([masked, brief]) == []
    gapped = np.concatenate([tone(1000.0, 0.2, 0.5), np.zeros((1, 4 * RATE), np.float32)], axis=1)
    assert find_maskings([masked, band_envelope("gapped", gapped, 0.0, RATE)]) == []


def test_start_off_the_grid_keeps_every_sample():
    envelope = band_envelope("a", tone(1000.0, 0.5, 0.5), 1.02, RATE)
    assert envelope.first_frame == 20
    assert envelope.power.shape == (3, 11)
    assert envelope.power.sum() == pytest.approx(0.125 * 10, rel=0.1)


def test_silence_neither_masks_nor_is_masked():
    silent = band_envelope("silent", np.zeros((1, RATE), np.float32), 0.0, RATE)
    loud = band_envelope("loud", tone(1000.0, 1.0, 0.5), 0.0, RATE)
    empty = band_envelope("empty", np.zeros((2, 0), np.float32), 0.0, RATE)
    assert find_maskings([silent, loud, empty]) == []
    assert find_maskings([]) == []
