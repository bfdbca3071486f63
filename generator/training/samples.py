"""What a training is heard and seen by: the log-mel that was asked for, the one that was made, and its sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from foleydesigner.files import atomic_path
from foleydesigner.tools.audio_file import write_wav

if TYPE_CHECKING:
    from torch import Tensor

    from foleydesigner.generator.nano.codec import StereoCodec


def write_samples(
    folder: Path, step: int, codec: StereoCodec, wanted: Tensor, made: Tensor, spread: Tensor
) -> list[Path]:
    """A picture of two log-mels (1, bands, frames), one over the other, and the second one's sound; their paths.

    `spread` is the second one's, (1, bands, frames).
    """
    from foleydesigner.generator.nano.phase import rebuilt

    mel = codec.decoder.mel
    sound = rebuilt(mel.magnitudes(made), mel.texture(spread), codec.config)
    picture, heard = folder / f"step-{step:07d}.png", folder / f"step-{step:07d}.wav"
    write_picture(picture, np.concatenate([wanted[0].numpy()[::-1], made[0].numpy()[::-1]]))
    write_wav(heard, sound.numpy().clip(-1.0, 1.0), codec.config.sample_rate_hz)
    return [picture, heard]


def write_picture(path: Path, values: NDArray[np.float32], pixels: int = 4) -> None:
    """Values in [-1, 1] as grey levels, so many pixels each, either way."""
    import cv2

    grey = np.kron(np.clip(127.5 * (values + 1.0), 0, 255).astype(np.uint8), np.ones((pixels, pixels), dtype=np.uint8))
    with atomic_path(path) as temporary:
        cv2.imwrite(str(temporary), grey)
