"""A drawn scene, and the film that is made of it: exposure, grain, H.264."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.scenes.painting import Picture
from foleydesigner.evals.scenes.truth import Truth
from foleydesigner.files import atomic_path

FRAME_RATES = (Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30))
_EXPOSURES = 3
"""Pictures that are averaged over one exposure."""
_QUALITY = "17"
"""x264's constant rate factor: film grain survives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmScene:
    """A scene: how it is drawn, what truly happens in it, and what a screenwriter would put.

    Attributes:
        name: of the scene, an identifier.
        seed: that geometry, colours and timing were drawn from.
        draw: the picture at a time in seconds, without grain; a new array each time.
        truth: what happens.
        screenplay: in Fountain.
        grain_levels: standard deviation of the film grain, of 255.
        shutter: share of the frame period for which each picture is exposed.
    """

    name: str
    seed: int
    draw: Callable[[float], Picture] = field(repr=False)
    truth: Truth
    screenplay: str
    grain_levels: float = 1.5
    shutter: float = 0.0

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """Every frame in order, (height, width, 3) uint8; the exposure is centred on the frame's time."""
        rng = np.random.default_rng([self.seed, 77])
        period_s = 1.0 / float(self.truth.frame_rate)
        for frame in range(self.truth.frame_count):
            picture = self._exposed(frame * period_s, self.shutter * period_s)
            noise = rng.standard_normal(picture.shape[:2]).astype(np.float32)
            grain = 0.6 * noise + 0.9 * cv2.GaussianBlur(noise, (0, 0), 0.8)
            picture += self.grain_levels * grain[..., None]
            yield np.clip(np.rint(picture), 0, 255).astype(np.uint8)

    def _exposed(self, time_s: float, exposure_s: float) -> Picture:
        if exposure_s <= 0.0:
            return self.draw(time_s)
        shot_start_s = max((c for c in self.truth.cuts_s if c <= time_s + 1e-9), default=0.0)
        offsets = (np.arange(_EXPOSURES) - (_EXPOSURES - 1) / 2) / _EXPOSURES * exposure_s
        total = np.zeros((self.truth.height_px, self.truth.width_px, 3), dtype=np.float32)
        for offset_s in offsets:
            total += self.draw(max(time_s + float(offset_s), shot_start_s))
        return total / np.float32(_EXPOSURES)


def write_film(scene: FilmScene, path: Path) -> Path:
    """The scene as H.264 in MP4 at its exact frame rate, without sound."""
    import av

    truth = scene.truth
    with (
        atomic_path(path) as temporary,
        temporary.open("wb") as file,
        av.open(file, "w", format="mp4") as container,
    ):
        stream = container.add_stream("libx264", rate=truth.frame_rate)
        stream.width, stream.height, stream.pix_fmt = truth.width_px, truth.height_px, "yuv420p"
        stream.options = {"crf": _QUALITY, "preset": "veryfast", "threads": "1"}
        for index, pixels in enumerate(scene.frames()):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index, 1 / truth.frame_rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
