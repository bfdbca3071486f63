"""A folder of clips as a stream of training items: `NAME.wav` (or `NAME.npz` with latents) beside `NAME.json`.

The JSON holds `caption`, `frame_rate_hz`, `azimuth_deg` and `depth_m` a video frame, and `active_ms`, a list of
[start, end].
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.training.items import TrainingItem, activation_of


class FolderStream:
    """All clips of a folder, shuffled anew each time round; item k is the same in every run of a seed.

    Args:
        folder: of clips.
        sample_rate_hz: of the autoencoder; clips at another rate are resampled.
        seed: of the order.

    Raises:
        EngineError: the folder holds no clip.
    """

    def __init__(self, folder: Path, sample_rate_hz: int, seed: int = 0) -> None:
        self._rate, self._seed = sample_rate_hz, seed
        self._paths = sorted(path for path in folder.glob("*.json") if _sound_of(path) is not None)
        if not self._paths:
            raise EngineError(f"{folder} holds no clip", "NAME.wav or NAME.npz beside NAME.json", "name another folder")

    def __len__(self) -> int:
        return len(self._paths)

    def items(self, first: int, step: int = 1) -> Iterator[TrainingItem]:
        """Items number first, first + step … without end."""
        number, count = first, len(self._paths)
        order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        round_ = -1
        while True:
            if number // count != round_:
                round_ = number // count
                order = np.random.default_rng([self._seed, round_]).permutation(count)
            yield self.read(self._paths[order[number % count]])
            number += step

    def read(self, path: Path) -> TrainingItem:
        """One clip by its JSON.

        Raises:
            EngineError: it is broken.
        """
        from foleydesigner.tools.audio_file import read_wav
        from foleydesigner.tools.resampling import at_rate

        try:
            said = json.loads(path.read_text("utf-8"))
            azimuth = np.asarray(said["azimuth_deg"], dtype=np.float32)
            rate = float(said["frame_rate_hz"])
            positions = FramePositions(
                azimuth_deg=azimuth,
                depth_m=np.asarray(said["depth_m"], dtype=np.float32),
                activation=activation_of([tuple(pair) for pair in said["active_ms"]], azimuth.size, rate),
                frame_rate_hz=rate,
            )
            sound = _sound_of(path)
            if sound is not None and sound.suffix == ".npz":
                with np.load(sound, allow_pickle=False) as kept:
                    latents = kept["latents"].astype(np.float32)
                return TrainingItem(caption=str(said["caption"]), positions=positions, latents=latents)
            audio, own_rate = read_wav(path.with_suffix(".wav"))
            stereo = np.repeat(audio, 2, axis=0) if audio.shape[0] == 1 else audio[:2]
            return TrainingItem(
                caption=str(said["caption"]),
                positions=positions,
                audio=at_rate(np.ascontiguousarray(stereo), own_rate, self._rate),
                duration_s=stereo.shape[1] / own_rate,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(
                f"{path} cannot be used ({type(error).__name__}: {error})", "a clip as described", "mend or remove it"
            ) from error


def _sound_of(path: Path) -> Path | None:
    return next((p for p in (path.with_suffix(".npz"), path.with_suffix(".wav")) if p.is_file()), None)
