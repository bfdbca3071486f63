"""Small films for tests, made with PyAV: what is in them is known exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


@pytest.fixture(scope="session")
def films() -> SimpleNamespace:
    """Makers of pictures and films: `scene`, `moving_square`, `film`, `sound`."""
    return SimpleNamespace(scene=_scene, moving_square=_moving_square, film=_make_film, sound=_make_sound)


def _scene(seed: int, width_px: int = 96, height_px: int = 64) -> Picture:
    """A picture of smooth blotches of its own, shape (h, w, 3)."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(20, 220, (6, 8, 3)).astype(np.float64)
    rows = np.linspace(0, 5, height_px)
    columns = np.linspace(0, 7, width_px)
    across = np.stack([[np.interp(columns, np.arange(8), coarse[r, :, c]) for c in range(3)] for r in range(6)])
    full = np.stack(
        [[np.interp(rows, np.arange(6), across[:, c, x]) for x in range(width_px)] for c in range(3)]
    )  # (3, w, h)
    return np.ascontiguousarray(np.clip(full, 0, 255).astype(np.uint8).transpose(2, 1, 0))


def _moving_square(count: int, width_px: int = 96, height_px: int = 64) -> list[Picture]:
    """`count` pictures in which a light square crosses a scene."""
    background = _scene(1, width_px, height_px)
    pictures = []
    for index in range(count):
        picture = background.copy()
        x = (2 * index) % (width_px - 16)
        picture[20:36, x : x + 16] = 240
        pictures.append(picture)
    return pictures


def _make_film(
    path: Path,
    pictures: Iterable[Picture],
    rate: Fraction | int = 25,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    stamps: Callable[[int], int] | None = None,
    time_base: Fraction | None = None,
    prepare: Callable[[Any, Any], None] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode `pictures` to `path`; `stamps` gives each frame's pts in `time_base` where the rate is not constant."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=Fraction(rate))
        if options:
            stream.options = options
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = pix_fmt
                if time_base is not None:
                    stream.codec_context.time_base = time_base
                if prepare is not None:
                    prepare(container, stream)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if stamps is not None and time_base is not None:
                frame.pts, frame.time_base = stamps(index), time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _make_sound(path: Path, seconds: float = 0.5) -> Path:
    """A file with sound and no picture."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("pcm_s16le" if path.suffix == ".wav" else "aac", rate=48_000)
        stream.layout = "mono"
        samples = np.zeros((1, int(48_000 * seconds)), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
