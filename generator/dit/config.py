"""What an injection is made of, and the backbone that it fits: plain numbers that go into a checkpoint's JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from foleydesigner.errors import CheckpointError

_SETTINGS = "injection settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneShape:
    """The backbone, as far as an injection depends on it.

    Attributes:
        width: channels of a token.
        depth: transformer blocks.
        latent_channels: channels of the autoencoder's latents.
        sample_rate_hz: of the autoencoder.
        downsampling_ratio: audio samples a latent frame.
        patch_size: latent frames a token.
    """

    width: int
    depth: int
    latent_channels: int
    sample_rate_hz: int
    downsampling_ratio: int
    patch_size: int = 1

    @property
    def latent_rate_hz(self) -> float:
        """Latent frames a second."""
        return self.sample_rate_hz / self.downsampling_ratio

    def latent_frames(self, samples: int) -> int:
        """Latent frames of `samples` audio samples, whole tokens of them."""
        token = self.downsampling_ratio * self.patch_size
        return -(-samples // token) * self.patch_size


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionConfig:
    """Position encoder and injection blocks.

    Attributes:
        place: `blocks`, eq. 7; or `input`, where E joins the latents before the first block, as concatenation does.
        every: one injection after this many blocks of the backbone.
        features: m of eq. 4; a position becomes 2 m Fourier features.
        sigma: standard deviation of B in eq. 4, on normalised positions.
        epsilon: what is left of the features where the event is silent (eq. 5).
        channels: d_pos, channels of E (eq. 6).
        strides: of the encoder's convolutions; their product is the oversampling of its input over the latent rate.
        head_channels: channels of an attention head, even.
        heads: attention heads of an injection block.
        hidden: inner channels of its feed-forward.
        clock_period_frames: longest period of the rotary clock, in latent frames.
        seed: draws B, and the weights that do not start at zero.
    """

    place: Literal["blocks", "input"] = "blocks"
    every: int = 4
    features: int = 64
    sigma: float = 1.0
    epsilon: float = 0.1
    channels: int = 256
    strides: tuple[int, ...] = (2, 2)
    head_channels: int = 64
    heads: int = 8
    hidden: int = 1024
    clock_period_frames: float = 2048.0
    seed: int = 0

    @property
    def oversampling(self) -> int:
        """Steps of the encoder's input a latent frame."""
        product = 1
        for stride in self.strides:
            product *= stride
        return product

    def sites(self, depth: int) -> tuple[int, ...]:
        """Blocks, counted from 0, after which something is injected."""
        if self.place == "input":
            return ()
        return tuple(range(self.every - 1, depth, self.every))

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"strides": list(self.strides)}

    @classmethod
    def from_json(cls, data: object, where: str) -> Self:
        """Out of a checkpoint's JSON.

        Raises:
            CheckpointError: a field is missing, unknown or out of range.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(data, dict) or set(data) != known:
            raise unusable(_SETTINGS, where, f"needs exactly {', '.join(sorted(known))}")
        try:
            config = cls(**data | {"strides": tuple(int(stride) for stride in data["strides"])})
        except (TypeError, ValueError) as error:
            raise unusable(_SETTINGS, where, str(error)) from error
        whole = ("every", "features", "channels", "head_channels", "heads", "hidden")
        if any(type(getattr(config, name)) is not int or not 1 <= getattr(config, name) <= 8192 for name in whole):
            raise unusable(_SETTINGS, where, f"{', '.join(whole)} have to be whole numbers from 1 to 8192")
        if config.place not in ("blocks", "input"):
            raise unusable(_SETTINGS, where, "place is blocks or input")
        if config.head_channels % 2 or not config.strides or not all(s in (2, 4, 8) for s in config.strides):
            raise unusable(_SETTINGS, where, "head_channels has to be even, and strides 2, 4 or 8")
        if not 0.0 <= config.epsilon <= 1.0 or config.sigma <= 0.0 or config.clock_period_frames < 1.0:
            raise unusable(_SETTINGS, where, "epsilon lies in [0, 1]; sigma and clock_period_frames are positive")
        return config


def unusable(what: str, where: str, why: str) -> CheckpointError:
    """The line about settings in a checkpoint that are not what they have to be."""
    return CheckpointError(
        f"the {what} in {where}: {why}", "the file as training wrote it", "copy the checkpoint again"
    )
