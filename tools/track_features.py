"""The numeric half of a track's analysis: what `mix.TrackAnalysis` measures, without what it hears."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.script import SoundEvent
from foleydesigner.tools import loudness, reverberation_time, spectrum
from foleydesigner.tools.audio_source import AudioSource, as_source, blocks_of
from foleydesigner.tools.true_peak import decibels

Audio = NDArray[np.float32]


def measure_track(event: SoundEvent, track: Audio | AudioSource, sample_rate_hz: int) -> dict[str, Any]:
    """Fields of `TrackAnalysis` of a take (1 or 2, samples), to be passed on as keywords.

    `heard_as`, `agreement`, `mel_picture` and `onset_error_ms` are left to whoever listens.

    Raises:
        ConfigurationError: the track has more than two channels.
    """
    source = as_source(track)
    figures = spectrum.spectral_figures(track, sample_rate_hz)
    return {
        "event_id": event.id,
        "label": event.label,
        "layer": event.layer,
        "prominence": event.prominence,
        "loudness_lufs": round(loudness.integrated_lufs(source, sample_rate_hz), 3),
        "peak_dbfs": round(decibels(max((float(np.abs(b).max()) for b in blocks_of(source)), default=0.0)), 3),
        "rt60_s": reverberation_time.rt60_of_track(track, sample_rate_hz),
        "low_db": round(figures.low_db, 3),
        "mid_db": round(figures.mid_db, 3),
        "high_db": round(figures.high_db, 3),
        "centroid_hz": round(figures.centroid_hz, 2),
        "active_s": round(spectrum.active_seconds(track, sample_rate_hz), 3),
    }
