"""The film of a scene: exposure, grain, light, and what the file says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from foleydesigner.evals.scenes.catalogue import make_scene
from foleydesigner.evals.scenes.film import FRAME_RATES, FilmScene, write_film
from foleydesigner.evals.scenes.painting import coverage, disc
from foleydesigner.evals.scenes.truth import Truth


def ramp(shutter: float = 0.0, grain: float = 0.0, cuts_s: tuple[float, ...] = (), rate: int = 25) -> FilmScene:
    """A picture whose level is 100 times the time in seconds."""
    truth = Truth(
        width_px=160, height_px=90, frame_rate=Fraction(rate), frame_count=50, events=(), rt60_s=0.3, cuts_s=cuts_s
    )
    return FilmScene(
        name="ramp",
        seed=1,
        draw=lambda t: np.full((90, 160, 3), 100.0 * t, np.float32),
        truth=truth,
        screenplay="",
        grain_levels=grain,
        shutter=shutter,
    )


def test_a_frame_is_the_picture_at_its_time() -> None:
    levels = [frame.mean() for frame in ramp().frames()]
    np.testing.assert_allclose(levels, np.arange(50) * 4.0, atol=1e-4)


def test_an_exposure_is_centred_on_its_frame_and_ends_at_a_cut() -> None:
    levels = [frame.mean() for frame in ramp(shutter=0.5, cuts_s=(0.4,)).frames()]
    # 20 ms long in three pictures, 6.7 ms apart: the mean is the middle's, but where the earliest is held at a cut.
    np.testing.assert_allclose(np.delete(levels, [0, 10]), np.delete(np.arange(50) * 4.0, [0, 10]), atol=0.51)
    scene = ramp(shutter=0.5, cuts_s=(0.4,))
    assert float(scene._exposed(0.4, 0.02).mean()) == pytest.approx(40.0 + 100 * 0.02 / 9, abs=1e-3)
    assert float(scene._exposed(0.44, 0.02).mean()) == pytest.approx(44.0, abs=1e-3)


def test_grain_is_as_strong_as_said_without_changing_the_level() -> None:
    scene = replace(ramp(grain=3.0), draw=lambda _: np.full((90, 160, 3), 128.0, np.float32))
    first, second = (f.astype(float) for f in list(scene.frames())[:2])
    assert first.mean() == pytest.approx(128.0, abs=0.3)
    assert 0.6 * 3.0 < first.std() < 1.1 * 3.0
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] < 0.05
    np.testing.assert_array_equal(first[..., 0], first[..., 2])


@pytest.mark.parametrize("rate", FRAME_RATES)
def test_the_file_has_the_exact_rate_every_frame_and_no_sound(tmp_path: Path, rate: Fraction) -> None:
    scene = ramp(grain=1.0)
    scene = replace(scene, truth=replace(scene.truth, frame_rate=rate, frame_count=12))
    path = write_film(scene, tmp_path / "film.mp4")
    with av.open(str(path)) as container:
        assert not container.streams.audio
        stream = container.streams.video[0]
        assert stream.average_rate == rate
        frames = list(container.decode(stream))
    assert len(frames) == 12
    assert [Fraction(f.pts * f.time_base) for f in frames] == [n / rate for n in range(12)]
    drawn = [frame.mean() for frame in scene.frames()]
    np.testing.assert_allclose([f.to_ndarray(format="rgb24").mean() for f in frames], drawn, atol=2.5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lightning_strikes_as_long_before_the_thunder_as_sound_takes(seed: int) -> None:
    scene = make_scene("flash_and_thunder", seed)
    (thunder,) = scene.truth.events
    assert not thunder.picture_driven
    flash_s = thunder.onsets_s[0] - thunder.depth_m[0] / 343.0
    dark, before, after = (scene.draw(t) for t in (0.0, flash_s - 1e-4, flash_s + 1e-4))
    np.testing.assert_array_equal(before, dark)
    assert (after - dark).max() > 60.0
    assert (after >= dark - 1e-3).all()
    # Brightest where the truth puts it.
    x1, y1, x2, y2 = thunder.boxes_px[0]
    y, x = np.unravel_index(np.argmax((after - dark).mean(axis=2)), dark.shape[:2])
    assert x1 - 40 <= x <= x2 + 40
    assert y1 <= y <= y2
    assert np.abs(scene.draw(flash_s + 1.0) - dark).max() < 0.01


def test_a_covered_share_is_the_outline_s_area() -> None:
    outline = disc(30.3, 20.6, 11.0)
    area = coverage(outline, (0, 0, 60, 40)).sum()
    # OpenCV fills from the middle of the first pixel to the middle of the last: half a pixel more all around.
    assert np.pi * 11.0**2 <= area <= np.pi * 12.0**2
    np.testing.assert_allclose(coverage(outline, (10, 5, 50, 35)), coverage(outline, (0, 0, 60, 40))[5:35, 10:50])
