"""Placing a take in the stereo picture: the film law (amplitude) or the spaced pair (delay), along its trajectory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from foleydesigner.cues import EventCue
from foleydesigner.errors import EngineError
from foleydesigner.generator.engine import Audio
from foleydesigner.tools.audio_source import AudioSource, as_source, folded
from foleydesigner.tools.decorrelation import stereo_blocks
from foleydesigner.tools.moving import moving_blocks
from foleydesigner.tools.panning import FilmLaw, PanLaw, SpacedPairLaw

StereoLaw = Literal["film", "spaced_pair"]

_START_RAMP_S = 0.0003


def place(
    dry: Audio | AudioSource,
    cue: EventCue,
    start_s: float,
    sample_rate_hz: int,
    *,
    law: StereoLaw = "film",
    microphone_spacing_m: float = 0.17,
    field_of_view_deg: float = 90.0,
) -> Audio:
    """Stereo (2, samples) of a take at its place; sample k stands at `start_s + k / sample_rate_hz`, as in `dry`.

    A point source (placement `screen` or `offscreen`) gets distance gain, air absorption and the law's gains or delays
    along its trajectory (`tools.moving`, `tools.panning`). A `diffuse` take keeps its level and its two channels,
    narrowed by `cue.pan_width`; from one channel two decorrelated ones are made.

    Args:
        dry: (1 or 2, samples); two channels of a point source are folded to one.
        cue: placement, trajectory and `pan_width`, which scales the azimuth.
        start_s: clip time of the first sample.
        sample_rate_hz: samples per second.
        law: `film`, amplitude panning without any delay, or `spaced_pair`, delay without level difference.
        microphone_spacing_m: d of the spaced pair.
        field_of_view_deg: the azimuths +-FOV/2 are the film law's hard left and right.

    Raises:
        EngineError: the audio has another shape, or samples that are not finite.
    """
    source = as_source(dry)
    placed = np.zeros((2, source.samples), dtype=np.float32)
    for first, block in place_blocks(
        source,
        cue,
        start_s,
        sample_rate_hz,
        law=law,
        microphone_spacing_m=microphone_spacing_m,
        field_of_view_deg=field_of_view_deg,
    ):
        placed[:, first : first + block.shape[1]] = block
    return placed


def place_blocks(
    dry: Audio | AudioSource,
    cue: EventCue,
    start_s: float,
    sample_rate_hz: int,
    *,
    law: StereoLaw = "film",
    microphone_spacing_m: float = 0.17,
    field_of_view_deg: float = 90.0,
) -> Iterator[tuple[int, Audio]]:
    """`place`, as (first sample, (2, m)) blocks in order, for takes as long as a reel."""
    source = as_source(dry)
    if source.channels not in (1, 2):
        raise EngineError(f"a take of {source.channels} channels", "one or two", "fix the engine that made it")
    if cue.placement == "diffuse":
        for first, block in stereo_blocks(source, sample_rate_hz):
            yield first, _narrowed(block, cue.pan_width)
        return
    chosen: PanLaw = (
        FilmLaw(field_of_view_deg=field_of_view_deg) if law == "film" else SpacedPairLaw(spacing_m=microphone_spacing_m)
    )
    for first, block in moving_blocks(folded(source), cue, start_s, sample_rate_hz, chosen):
        if first == 0 and law == "spaced_pair":
            # The nearer microphone hears the take before its own first sample; what is cut off there must not click.
            ramp = min(round(_START_RAMP_S * sample_rate_hz), block.shape[1])
            block[:, :ramp] *= np.linspace(0.0, 1.0, ramp, endpoint=False, dtype=np.float32)
        yield first, block


def _narrowed(stereo: Audio, width: float) -> Audio:
    """Width 1 = as it is, 0 = middle only; power of decorrelated channels is kept."""
    if width >= 1.0:
        return stereo.astype(np.float32, copy=True)
    middle, side = 0.5 * (stereo[0] + stereo[1]), 0.5 * width * (stereo[0] - stereo[1])
    return np.asarray(np.sqrt(2.0 / (1.0 + width**2)) * np.stack([middle + side, middle - side]), dtype=np.float32)
