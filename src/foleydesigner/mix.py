"""What the refinement stage measures, plans and sets (Algorithm 2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from foleydesigner.model import Identifier, Line, Model, Unit
from foleydesigner.script import Layer, Prominence
from foleydesigner.text import Finding

GainDb = Annotated[float, Field(ge=-60.0, le=24.0, allow_inf_nan=False)]
BandGainDb = Annotated[float, Field(ge=-12.0, le=12.0, allow_inf_nan=False)]
Operation = Literal["reverberation", "equalisation", "dynamics"]


class TrackAnalysis(Model):
    """Features of one take's track: semantics, spectrum, RT60 and loudness."""

    event_id: Identifier
    label: Line
    layer: Layer
    prominence: Prominence
    loudness_lufs: float
    """Integrated, BS.1770-4; sounds under 0.4 s by zero-padded momentary maximum; -100 for silence."""
    peak_dbfs: float
    rt60_s: float | None = None
    """Decay of the track as it stands; None where nothing decays."""
    low_db: float
    """Power below 250 Hz relative to the track's total, dB (`spectrum.BANDS`)."""
    mid_db: float
    """250 Hz - 4 kHz."""
    high_db: float
    """Above 4 kHz."""
    centroid_hz: float
    active_s: float
    """Seconds above peak - 40 dB."""
    heard_as: str = ""
    """What a track listener hears (house: read from the spectrum and envelope)."""
    agreement: Unit = 1.0
    """How well that fits the event."""
    mel_picture: str = ""
    """Path in the job folder of the mel-spectrogram picture."""
    onset_error_ms: float | None = None
    """Median absolute distance of measured from asked onsets."""


class Masking(Model):
    """One track buried by another in one band while both sound."""

    masked_id: Identifier
    masker_id: Identifier
    band: Literal["low", "mid", "high"]
    excess_db: float
    """Level of the masker over the masked in that band while both are active."""


class TrackPlan(Model):
    """The operations that one track needs, and why."""

    event_id: Identifier
    operations: tuple[Operation, ...]
    reasons: tuple[Line, ...] = ()


class Correction(Model):
    """A change of level that the planner asks for after the mix has been measured."""

    event_id: Identifier
    gain_db: Annotated[float, Field(ge=-3.0, le=3.0, allow_inf_nan=False)]
    reason: Line


class MixPlan(Model):
    """The planner's word to the three specialists."""

    tracks: tuple[TrackPlan, ...]
    maskings: tuple[Masking, ...] = ()
    findings: tuple[Finding, ...] = ()
    retake_ids: tuple[Identifier, ...] = ()
    """Takes that are asked for again (at most once each)."""
    corrections: tuple[Correction, ...] = ()
    """After the first mix: bounded changes of level, asked for once."""


class ReverbSettings(Model):
    """Reverberation of one track, in the terms of pedalboard's Freeverb; wet only, on its own return."""

    event_id: Identifier
    scene_id: Identifier
    send_db: GainDb
    """Level of the wet return relative to the dry track."""
    room_size: Unit
    damping: Unit
    width: Unit = 1.0
    target_rt60_s: Annotated[float, Field(ge=0.0, le=12.0)]
    reason: Line = ""


class EqualiserSettings(Model):
    """Three bands: low shelf 250 Hz, peak 1 kHz, high shelf 4 kHz."""

    event_id: Identifier
    low_db: BandGainDb = 0.0
    mid_db: BandGainDb = 0.0
    high_db: BandGainDb = 0.0
    highpass_hz: Annotated[float, Field(ge=10.0, le=1000.0)] | None = None
    reason: Line = ""


class DynamicsSettings(Model):
    """Level of one track in the mix, with gentle compression where its hits differ too much."""

    event_id: Identifier
    gain_db: GainDb
    compressor_threshold_db: Annotated[float, Field(ge=-60.0, le=0.0)] | None = None
    compressor_ratio: Annotated[float, Field(ge=1.0, le=20.0)] = 2.0
    reason: Line = ""


class MixSettings(Model):
    """All the specialists' settings of one pass."""

    version: Literal[1] = 1
    reverbs: tuple[ReverbSettings, ...] = ()
    equalisers: tuple[EqualiserSettings, ...] = ()
    dynamics: tuple[DynamicsSettings, ...] = ()
    corrected: bool = False
    """True after the bounded corrective pass."""


class LoudnessReport(Model):
    """Measured figures of one printed mix (BS.1770-4 / EBU R128)."""

    integrated_lufs: float
    loudness_range_lu: float
    momentary_max_lufs: float
    short_term_max_lufs: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
