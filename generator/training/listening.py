"""What a denoiser in training makes of a clip that it learns from: its sound, and both spectrograms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.generator.dit.sound_model import made_latents
from foleydesigner.generator.sound_model import SoundOrder
from foleydesigner.generator.training.samples import write_picture
from foleydesigner.tools.audio_file import write_wav

if TYPE_CHECKING:
    from foleydesigner.generator.dit.sampling import SamplingPlan
    from foleydesigner.generator.training.items import TrainingItem

_WINDOW = 1024
_FLOOR_DB = 80.0


def write_attempt(
    folder: Path, step: int, whole: Any, item: TrainingItem, plan: SamplingPlan, seconds: float
) -> list[Path]:
    """The clip's caption and positions as a sound, by the weights that are in place; picture and sound, their paths.

    Args:
        folder: where they go.
        step: of the training, in their names.
        whole: stable-audio-tools' model, its denoiser injected.
        item: the clip.
        plan: how it is sampled.
        seconds: length that the model is trained on.
    """
    import torch

    rate_hz = int(whole.sample_rate)
    order = SoundOrder(prompt=item.caption, seed=0, length_s=item.duration_s or seconds, positions=item.positions)
    weights = next(whole.model.parameters())
    with torch.inference_mode(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        latents = made_latents(whole, whole.model, [order], round(seconds * rate_hz), plan, weights.dtype)
        made = _decoded(whole, latents)
        if item.audio is not None:
            wanted = item.audio
        else:
            wanted = _decoded(whole, torch.from_numpy(np.asarray(item.latents))[None].to(weights.device))
    picture, heard = folder / f"step-{step:07d}.png", folder / f"step-{step:07d}.wav"
    write_picture(picture, np.concatenate([_levels(wanted, made.shape[1]), _levels(made, made.shape[1])]), pixels=1)
    write_wav(heard, made.clip(-1.0, 1.0), rate_hz)
    return [picture, heard]


def _decoded(whole: Any, latents: Any) -> NDArray[np.float32]:
    """Sound (2, samples) of latents (1, c, T')."""
    decoder = whole.pretransform
    sound = decoder.decode(latents.to(next(decoder.parameters()).dtype))
    return np.asarray(sound[0].float().cpu().numpy(), dtype=np.float32)


def _levels(sound: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """Levels (frequencies, frames) of the first `samples`, low ones last, from -1 (-80 dB) to 1 (the loudest)."""
    from scipy.signal import stft

    mono = np.zeros(samples, dtype=np.float32)
    known = sound.mean(axis=0)[:samples]
    mono[: known.size] = known
    power = np.abs(stft(mono, nperseg=_WINDOW, noverlap=_WINDOW // 2)[2]) ** 2
    level_db = 10.0 * np.log10(np.maximum(power, 1e-12) / max(float(power.max()), 1e-12))
    return np.asarray(2.0 * np.clip(level_db, -_FLOOR_DB, 0.0)[::-1] / _FLOOR_DB + 1.0, dtype=np.float32)
