"""The stereo autoencoder: stereo sound to latents (content, delay, level) and back.

It has the three parts of stable-audio-tools' `AudioAutoencoder`; `audio_autoencoder` puts them into one. A latent frame
holds `content_channels` numbers of the log-mel, then the delay, then the level difference, each shifted and scaled to
mean 0 and variance 1 over what the codec was trained on.
"""
# torch is an optional package: where it is absent its classes have no type to subclass.
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from foleydesigner.generator.nano.config import CodecConfig
from foleydesigner.generator.nano.mel import LogMel
from foleydesigner.generator.nano.phase import rebuilt
from foleydesigner.generator.nano.place import MAX_LEVEL_DB, measured, placed
from foleydesigner.generator.nano.vae import ContentDecoder, ContentEncoder, split

_LEAST_DEVIATION = 0.2
"""A latent that says less than this is not blown up to say it loudly."""


class StereoEncoder(nn.Module):
    """Stereo (b, 2, samples) to content parameters, delay and level: (b, 2 content channels + 2, T').

    The last latent frame is padded with silence.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.mel = LogMel(config)
        self.content = ContentEncoder(config)

    def forward(self, stereo: Tensor) -> Tensor:
        """As above."""
        ratio = self.config.ratio
        padded = nn.functional.pad(stereo, (0, -stereo.shape[-1] % ratio))
        delay_s, level_db = measured(padded, self.config)
        place = torch.stack([delay_s / self.config.delay_unit_s, level_db / self.config.level_unit_db], dim=1)
        return torch.cat([self.content(self.mel(padded)), place], dim=1)


class StereoBottleneck(nn.Module):
    """Latents out of the encoder's parameters, of unit variance, and back.

    `noise` is the share of the VAE's own deviation that is drawn: 0 gives its mean, which is what a codec wants.
    """

    is_discrete = False

    def __init__(self, config: CodecConfig, noise: float = 0.0) -> None:
        super().__init__()
        self.noise = noise
        self.shift: Tensor
        self.scale: Tensor
        self.register_buffer("shift", torch.zeros(config.latent_channels, 1))
        self.register_buffer("scale", torch.ones(config.latent_channels, 1))

    def encode(self, parameters: Tensor, return_info: bool = False, **_: Any) -> Any:
        """(b, 2 content channels + 2, T') to latents (b, content channels + 2, T'), with an empty record if asked."""
        mean, log_variance = split(parameters[:, :-2])
        if self.noise:
            mean = mean + self.noise * (0.5 * log_variance).exp() * torch.randn_like(mean)
        latents = (torch.cat([mean, parameters[:, -2:]], dim=1) - self.shift) / self.scale
        return (latents, {}) if return_info else latents

    def mirrored(self, latents: Tensor) -> Tensor:
        """Latents (…, content channels + 2, T') of the same sound with left and right exchanged, exactly."""
        numbers = latents * self.scale + self.shift
        numbers[..., -2:, :] = -numbers[..., -2:, :]
        return (numbers - self.shift) / self.scale

    def decode(self, latents: Tensor) -> Tensor:
        """Latents in the units of the content and of the place."""
        return latents * self.scale + self.shift


class StereoDecoder(nn.Module):
    """What the bottleneck decodes, (b, content channels + 2, T'), to stereo (b, 2, T' ratio)."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.mel = LogMel(config)
        self.content = ContentDecoder(config)

    def forward(self, numbers: Tensor) -> Tensor:
        """As above; what no pair of microphones could hear is brought to the nearest that it could."""
        config = self.config
        log_mel, spread = (part.float() for part in self.content(numbers[:, :-2]))
        place = numbers[:, -2:].float()
        mono = rebuilt(self.mel.magnitudes(log_mel), self.mel.texture(config.grain * spread), config)
        delay_s = (place[:, 0] * config.delay_unit_s).clamp(-config.max_lag_s, config.max_lag_s)
        level_db = (place[:, 1] * config.level_unit_db).clamp(-MAX_LEVEL_DB, MAX_LEVEL_DB)
        return placed(mono, delay_s, level_db, config)


class StereoCodec(nn.Module):
    """Encoder, bottleneck and decoder together."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = StereoEncoder(config)
        self.bottleneck = StereoBottleneck(config)
        self.decoder = StereoDecoder(config)

    def encode(self, stereo: Tensor) -> Tensor:
        """(b, 2, samples) to latents (b, content channels + 2, T')."""
        latents: Tensor = self.bottleneck.encode(self.encoder(stereo))
        return latents

    def decode(self, latents: Tensor) -> Tensor:
        """(b, content channels + 2, T') to (b, 2, T' ratio)."""
        stereo: Tensor = self.decoder(self.bottleneck.decode(latents))
        return stereo


def normalise(codec: StereoCodec, latents: Sequence[Tensor]) -> None:
    """Set a codec's shift and scale so that these latents, (channels, T') each, have mean 0 and variance 1."""
    every = torch.cat(list(latents), dim=1)
    std, mean = torch.std_mean(every, dim=1, keepdim=True)
    bottleneck = codec.bottleneck
    bottleneck.shift.copy_(bottleneck.shift + bottleneck.scale * mean)
    bottleneck.scale.mul_(std.clamp_min(_LEAST_DEVIATION))


def audio_autoencoder(codec: StereoCodec) -> Any:
    """The codec as stable-audio-tools' `AudioAutoencoder`, which shares its weights."""
    from foleydesigner.generator.dit.stable_audio import quiet

    with quiet():
        from stable_audio_tools.models.autoencoders import AudioAutoencoder

    config = codec.config
    return AudioAutoencoder(
        encoder=codec.encoder,
        bottleneck=codec.bottleneck,
        decoder=codec.decoder,
        latent_dim=config.latent_channels,
        downsampling_ratio=config.ratio,
        sample_rate=config.sample_rate_hz,
        io_channels=2,
    )
