"""What a codec is made of: plain numbers that go into its JSON; every rate and length is derived from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from foleydesigner.generator.dit.config import unusable

_SETTINGS = "codec settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecConfig:
    """A stereo mel-spectrogram autoencoder.

    Attributes:
        sample_rate_hz: of its sound.
        hop: samples from one mel frame to the next.
        window: samples of a frame, twice the hop or more.
        bands: of the mel spectrogram, from `lowest_hz` to half the rate.
        lowest_hz: where the first band begins.
        floor: amplitude under which a band counts as silent; a full-scale sine stands at 1.
        frames_per_latent: mel frames a latent frame, even.
        content_channels: latent channels of the log-mel, drawn by the VAE; two more carry delay and level.
        fine_channels: of the network at half the mel rate.
        coarse_channels: of the network at the latent rate.
        fine_blocks: residual blocks at half the mel rate, on each side.
        coarse_blocks: residual blocks at the latent rate, on each side.
        place_window: samples in which delay and level are measured, around a latent frame's middle.
        max_lag_s: longest delay that is looked for.
        delay_unit_s: delay that a latent of 1 stands for.
        level_unit_db: level difference that a latent of 1 stands for.
        grain: share of the expected spread that is taken for the grain of noise; some of it is mere error.
        phase_iterations: of Griffin and Lim's algorithm.
        momentum: of Perraudin's acceleration of it, in [0, 1).
    """

    sample_rate_hz: int = 24_000
    hop: int = 140
    window: int = 560
    bands: int = 80
    lowest_hz: float = 20.0
    floor: float = 1e-5
    frames_per_latent: int = 10
    content_channels: int = 128
    fine_channels: int = 160
    coarse_channels: int = 224
    fine_blocks: int = 1
    coarse_blocks: int = 2
    place_window: int = 2048
    max_lag_s: float = 1e-3
    delay_unit_s: float = 250e-6
    level_unit_db: float = 6.0
    grain: float = 0.8
    phase_iterations: int = 16
    momentum: float = 0.99

    @property
    def ratio(self) -> int:
        """Samples a latent frame."""
        return self.hop * self.frames_per_latent

    @property
    def latent_channels(self) -> int:
        """Content, delay and level."""
        return self.content_channels + 2

    def latent_frames(self, samples: int) -> int:
        """Latent frames of so many samples; the last one may be padded with silence."""
        return -(-samples // self.ratio)

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: object, where: str) -> Self:
        """Out of a codec's JSON.

        Raises:
            CheckpointError: a field is missing, unknown or out of range.
        """
        known = {field.name: type(field.default) for field in fields(cls)}
        if not isinstance(data, dict) or set(data) != set(known):
            raise unusable(_SETTINGS, where, f"needs exactly {', '.join(sorted(known))}")
        wrong = [n for n, kind in known.items() if type(data[n]) not in {kind, int} or not 0 <= data[n] <= 1_000_000]
        if wrong:
            raise unusable(_SETTINGS, where, f"{wrong[0]} is {data[wrong[0]]!r}")
        config = cls(**data)
        if min(config.hop, config.frames_per_latent, config.bands, config.content_channels, config.place_window) < 1:
            raise unusable(
                _SETTINGS, where, "hop, frames_per_latent, bands, content_channels and place_window are 1 or more"
            )
        if config.window < 2 * config.hop or config.window % 2 or config.hop % 2 or config.frames_per_latent % 2:
            raise unusable(_SETTINGS, where, "hop, window and frames_per_latent are even, window twice hop or more")
        if min(config.floor, config.max_lag_s, config.delay_unit_s, config.level_unit_db) <= 0 or config.momentum >= 1:
            raise unusable(_SETTINGS, where, "floor, max_lag_s and units are above 0, momentum is below 1")
        return config
